// ProbeReport: what one probe of the back end saw during one run, as time series.
#ifndef REDRIVE_RECORDER_PROBE_PROBE_REPORT_H_
#define REDRIVE_RECORDER_PROBE_PROBE_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/probe/log_reader.h"
#include "recorder/probe/probe_metric.h"

namespace redrive {

struct ProbePoint {
  std::int64_t at_ns = 0;  // since the probes were started
  std::int64_t value = 0;  // millionths of the metric's unit
};

// Bounded: past a limit every second point goes, and the points kept lie twice as far apart.
// `samples`, `min` and `max` are of all that was added.
class ProbeSeries {
 public:
  ProbeSeries(const ProbeMetric& metric, std::string label)
      : metric_(&metric), label_(std::move(label)) {}

  void Add(std::int64_t at_ns, std::int64_t value);

  [[nodiscard]] const ProbeMetric& metric() const { return *metric_; }
  [[nodiscard]] const std::string& label() const { return label_; }  // of a kFree metric
  [[nodiscard]] const std::vector<ProbePoint>& points() const { return points_; }
  [[nodiscard]] std::uint64_t samples() const { return samples_; }
  [[nodiscard]] std::int64_t min() const { return min_; }
  [[nodiscard]] std::int64_t max() const { return max_; }
  [[nodiscard]] const ProbePoint& last() const { return last_; }  // REQUIRES: samples() > 0
  // Nearest rank among the points kept, in 1/100'000. REQUIRES: samples() > 0.
  [[nodiscard]] std::int64_t Quantile(std::uint32_t milli) const;

  // Why the truth may be higher than what was seen; "" when what was seen is all. Such a value
  // breaks a limit, but does not keep one.
  std::string at_least;

 private:
  const ProbeMetric* metric_;
  std::string label_;
  std::vector<ProbePoint> points_;
  ProbePoint last_;
  std::uint64_t samples_ = 0;
  std::uint64_t stride_ = 1;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
};

struct ProbeReport {
  std::string source;   // "postgresql://app@127.0.0.1/app": never a password
  std::string flag;     // "--probe-postgres"
  std::string problem;  // why nothing, or not all of the run, was measured; "" otherwise
  std::uint64_t samples = 0;
  std::uint64_t failed_samples = 0;
  std::int64_t slow_ms = 0;  // from when on a query was counted as slow; 0: queries are not counted
  bool ended = false;        // the process that was watched ended during the run
  std::vector<ProbeSeries> series;
  std::vector<std::string> findings;  // "312 ms: SELECT ? FROM …", the worst first
  std::vector<std::string> notes;     // how it was measured, what was not allowed
  std::optional<LogFigures> log;      // of --server-log

  // The series of a metric of the catalogue; made when there is none yet.
  ProbeSeries& Series(std::string_view metric, const std::string& label = "");
  [[nodiscard]] const ProbeSeries* Find(std::string_view metric,
                                        const std::string& label = "") const;
  // Once, however often it is said.
  void Note(const std::string& note);
};

// Adds server_memory_growth, from server_memory; nothing when the run was too short for it.
void AddMemoryGrowth(ProbeReport* report);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROBE_REPORT_H_
