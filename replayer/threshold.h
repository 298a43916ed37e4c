// Threshold: one limit on what was measured, in k6's grammar and a little more. Pure data;
// docs/THRESHOLDS.md is the grammar, replayer/thresholds.h judges.
#ifndef REDRIVE_REPLAYER_THRESHOLD_H_
#define REDRIVE_REPLAYER_THRESHOLD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/virtual_time.h"
#include "recorder/probe/probe_metric.h"

namespace redrive {

enum class Metric : std::uint8_t {
  kResponseTime,  // done - intended: http_req_duration, response_time
  kServiceTime,   // done - sent: service_time
  kFailed,        // http_req_failed: share of requests that were not accepted
  kChecks,        // checks: share of answers that met "accept" and "expect"
  kRequests,      // http_reqs: number, or number per second
  kAnswers,       // answers{status:N}: share of answers with that status
  kDropped,       // dropped_iterations: arrivals that found all users busy
  kProbe,         // of the back end: Threshold::probe says which
};
std::string_view MetricName(Metric metric);

enum class Aggregate : std::uint8_t {
  kPercentile,
  kAverage,
  kMin,
  kMedian,
  kMax,
  kRate,
  kCount,
  kLast
};

enum class Comparison : std::uint8_t {
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kEqual,
  kNotEqual
};

// Which requests a threshold is about; what is empty is not asked for.
struct RequestSelector {
  std::string name;  // the grouping name, or method and name: "POST tickets"
  std::string method;
  int status = 0;
  std::optional<bool> accepted;
  [[nodiscard]] bool all() const {
    return name.empty() && method.empty() && status == 0 && !accepted;
  }
};

struct Threshold {
  std::string text;                    // as written
  const ProbeMetric* probe = nullptr;  // of the catalogue; set exactly for Metric::kProbe
  Metric metric = Metric::kResponseTime;
  RequestSelector selector;
  Aggregate aggregate = Aggregate::kPercentile;
  std::uint32_t percentile_milli = 0;  // p(99.9) is 99'900
  Comparison comparison = Comparison::kLess;
  std::int64_t bound = 0;      // millionths: of a millisecond (so nanoseconds), of one, per second
  VirtualTime window{0};       // 0: over the whole run; else every window of this length must hold
  bool abort_on_fail = false;  // a live run ends as soon as it is broken …
  VirtualTime abort_delay{0};  // … but not before this

  [[nodiscard]] bool is_time() const {
    return metric == Metric::kResponseTime || metric == Metric::kServiceTime;
  }
  // A number between 0 and 1 rather than one per second.
  [[nodiscard]] bool is_share() const {
    return aggregate == Aggregate::kRate && metric != Metric::kRequests &&
           metric != Metric::kDropped && metric != Metric::kProbe;
  }
};

// "p(95)<500", "POST tickets: p(99)<2s", "http_req_failed{name:POST tickets}: rate<1%",
// "p(95, 10s)<800 abortOnFail". The error (kInvalid) names the column and what was expected.
[[nodiscard]] Result<Threshold> ParseThreshold(std::string_view text);

// All of them; `where` stands before an error ("--fail", "peak.json: /thresholds"). At most 100.
[[nodiscard]] Result<std::vector<Threshold>> ParseThresholds(const std::vector<std::string>& texts,
                                                             std::string_view where);

// "312 ms", "0.2 %", "57.3/s", "12": a value in the unit of `threshold`, from its millionths.
std::string ThresholdValueText(const Threshold& threshold, std::int64_t millionths);

// "312 MB", "-3", "99.8 %": a value of a probe.
std::string ProbeValueText(ProbeUnit unit, std::int64_t millionths);

// "p95", "errors", "POST tickets p99", "429s": what it is about, for the one line of the verdict.
std::string ThresholdShortName(const Threshold& threshold);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_THRESHOLD_H_
