// LocustRecorder: listens to a running execution and counts it as Locust would.
#ifndef REDRIVE_RECORDER_LOCUST_RECORDER_H_
#define REDRIVE_RECORDER_LOCUST_RECORDER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "recorder/locust_statistics.h"
#include "recorder/plan.h"
#include "recorder/trace_records.h"

namespace redrive {

struct LocustRecorderOptions {
  const Plan* plan = nullptr;  // not owned, not null
  bool reset_when_spawned = false;
  // At each whole second since the users' start, from 0, with what had ended by then; may be empty.
  std::function<void(std::int64_t unix_second, std::uint32_t users)> on_second;
};

// Counts the users' requests; setup and audit are Redrive's own and stay out, and so do requests
// that the end of the run cut off. Response time counts from the intended start under planned
// pacing, and from the send under closed pacing, which is Locust's. Hands every record on.
// In the simulation calendar time is the run's epoch and seconds pass as records come; a live run
// also needs AdvanceTo, or a silent target would stop the clock. Not thread-safe.
class LocustRecorder final : public TraceSink {
 public:
  // `next` must outlive it.
  LocustRecorder(LocustRecorderOptions options, TraceSink& next);

  void OnHeader(const TraceHeader& header) override;
  void OnInvoke(const InvokeRecord& record) override;
  void OnReturn(const ReturnRecord& record) override;
  void OnStep(const StepRecord& record) override { next_.OnStep(record); }
  void OnEnd(const Schedule& schedule, const EndRecord& record) override {
    next_.OnEnd(schedule, record);
  }

  // Lets the seconds pass that have passed by then. Does nothing before the users start.
  void AdvanceTo(std::int64_t unix_ns);

  [[nodiscard]] const LocustStatistics& statistics() const { return statistics_; }
  // Users that the plan has running at that time: started and not yet due to stop.
  [[nodiscard]] std::uint32_t UsersAt(std::int64_t unix_ns) const;
  // The last end of a user's request, or the users' start.
  [[nodiscard]] std::int64_t last_unix_ns() const { return last_unix_ns_; }

 private:
  struct Open {
    std::string method;
    std::string name;
    std::int64_t from_ns = 0;
  };
  void Begin(const InvokeRecord& record);

  LocustRecorderOptions options_;
  TraceSink& next_;
  LocustStatistics statistics_{0};
  std::vector<std::int64_t> starts_;  // since the users' start, ascending
  std::vector<std::int64_t> stops_;
  std::map<std::uint64_t, Open> open_;  // users' requests in flight, by operation
  std::int64_t base_unix_ns_ = 0;       // of the start of the execution
  std::int64_t origin_unix_ns_ = 0;     // of the users' start
  std::int64_t last_unix_ns_ = 0;
  std::int64_t second_ = 0;  // the next to report, since the users' start
  bool begun_ = false;
  bool reset_done_ = false;
};

// The exception that Locust would show for a request that was not accepted:
// "HTTPError('500 Server Error: Internal Server Error for url: NAME')",
// "CatchResponseError('TEXT')" where the scenario judged, "ConnectionError('TEXT')" and
// "ReadTimeout('TEXT')" where no answer came. "" when it was accepted.
std::string LocustError(const ReturnRecord& record, const std::string& name);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOCUST_RECORDER_H_
