// ThresholdMeter: measures what one threshold asks about, sample by sample; ThresholdWatch does so
// while a live run goes on, for abortOnFail.
#ifndef REDRIVE_REPLAYER_THRESHOLD_METER_H_
#define REDRIVE_REPLAYER_THRESHOLD_METER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/statistics.h"
#include "recorder/trace_records.h"
#include "replayer/threshold.h"

namespace redrive {

// One request that came to its end. Times are nanoseconds since the start of the execution.
struct RequestSample {
  std::string_view method;
  std::string_view name;
  std::int64_t intended_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t done_ns = 0;
  int status = 0;         // 0: no answer
  bool accepted = false;  // by the scenario
  bool failed = false;    // not accepted, and no status that was declared expected
};

// `expected_statuses` are no failures, whatever the scenario says. REQUIRES: the records outlive
// the sample.
RequestSample SampleOf(const InvokeRecord& invoke, const ReturnRecord& reply,
                       const std::vector<int>& expected_statuses);

// Whether the record counts: requests of the users only, not of setup and audit, and none that was
// cancelled because the run ended.
bool IsMeasured(const InvokeRecord& invoke, const ReturnRecord& reply);

// A value as a fraction of whole numbers, in millionths of the threshold's unit.
struct MeasuredValue {
  __extension__ using Wide = __int128;
  Wide numerator = 0;
  std::int64_t denominator = 1;  // > 0
  [[nodiscard]] std::int64_t Rounded() const;
  [[nodiscard]] bool Holds(Comparison comparison, std::int64_t bound) const;
};

// Exact keeps every value (8 bytes each); three digits keeps a histogram, which is what a live run
// can afford to ask every second.
enum class Precision : std::uint8_t { kExact, kThreeDigits };

class ThresholdMeter {
 public:
  // `origin_ns` is when the first window begins. `threshold` is not owned.
  ThresholdMeter(const Threshold& threshold, Precision precision, std::int64_t origin_ns);

  // REQUIRES: ascending by done_ns, if the threshold has a window.
  void Add(const RequestSample& sample);
  // All samples of one row at once. REQUIRES: no window, no status, precision kThreeDigits.
  void Add(const RequestStatistics& row);

  struct Reading {
    std::optional<MeasuredValue> value;  // of the run or of the worst window; empty: no samples
    bool holds = true;
    std::uint64_t samples = 0;        // that were selected
    std::int64_t window_from_ns = 0;  // since the origin; windows only
  };
  // At the time `now_ns`; a window that is not over yet is judged too when `final`, except where a
  // part of a window would count less than a whole one does.
  [[nodiscard]] Reading Read(std::int64_t now_ns, bool final);

 private:
  struct Tally {
    std::vector<std::int64_t> exact;
    Histogram histogram;
    __extension__ using Wide = unsigned __int128;
    Wide sum = 0;
    std::uint64_t count = 0;
    std::uint64_t hits = 0;
  };
  [[nodiscard]] bool Selects(const RequestSample& sample) const;
  [[nodiscard]] std::optional<MeasuredValue> Value(Tally& tally, std::int64_t duration_ns) const;
  [[nodiscard]] std::int64_t Quantile(Tally& tally, std::uint32_t milli) const;
  void CloseWindowsBefore(std::int64_t time_ns);
  void JudgeWindow(std::int64_t duration_ns);

  const Threshold& threshold_;
  Precision precision_;
  std::int64_t origin_ns_;
  std::int64_t window_ns_;      // since the origin, the begin of the window that is being filled
  Tally tally_;                 // of the window, or of the run
  std::uint64_t selected_ = 0;  // over all windows
  Reading worst_;
};

// Whether `selector` means requests of this method and name.
bool SelectsName(const RequestSelector& selector, std::string_view method, std::string_view name);

// Hands all records on, and calls `on_broken` once when a threshold with abortOnFail does not hold;
// looks once a second, and only behind its delay. Not thread-safe.
class ThresholdWatch final : public TraceSink {
 public:
  // All arguments must outlive it. `next` may be null.
  ThresholdWatch(const std::vector<Threshold>& thresholds, std::vector<int> expected_statuses,
                 TraceSink* next, std::function<void(const Threshold&)> on_broken);

  void OnHeader(const TraceHeader& header) override;
  void OnInvoke(const InvokeRecord& record) override;
  void OnReturn(const ReturnRecord& record) override;
  void OnStep(const StepRecord& record) override;
  void OnEnd(const Schedule& schedule, const EndRecord& record) override;

 private:
  void Look(std::int64_t now_ns);

  const std::vector<Threshold>& thresholds_;
  std::vector<int> expected_statuses_;
  TraceSink* next_;
  std::function<void(const Threshold&)> on_broken_;
  bool broken_ = false;
  std::optional<std::int64_t> origin_ns_;
  std::int64_t looked_ns_ = 0;
  std::vector<std::pair<const Threshold*, ThresholdMeter>> meters_;
  struct Open {
    std::string method;
    std::string name;
    std::int64_t intended_ns = 0;
    std::int64_t sent_ns = 0;
  };
  std::map<std::uint64_t, Open> open_;  // requests of the users in flight, by operation
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_THRESHOLD_METER_H_
