// Prometheus' text exposition format (0.0.4) and OpenMetrics: what an endpoint of metrics answers.
#ifndef REDRIVE_RECORDER_PROBE_PROMETHEUS_TEXT_H_
#define REDRIVE_RECORDER_PROBE_PROMETHEUS_TEXT_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace redrive {

using PrometheusLabels = std::vector<std::pair<std::string, std::string>>;  // as written

struct PrometheusSample {
  std::string name;
  PrometheusLabels labels;  // unescaped
  double value = 0;         // may be NaN or infinite
};

// Calls `visit` for each sample, in order. Comments, types, timestamps and exemplars are read and
// passed over. Errors (kInvalid) name line and column; kLimit: over 16 MiB or 500,000 samples.
[[nodiscard]] Result<void> ParsePrometheus(
    std::string_view text, const std::function<void(const PrometheusSample&)>& visit);

// "metric" or "metric{label="value",…}": which samples are meant, the labels being some of theirs.
struct PrometheusSelector {
  std::string name;
  PrometheusLabels labels;
  [[nodiscard]] bool Selects(const PrometheusSample& sample) const;
};
[[nodiscard]] Result<PrometheusSelector> ParsePrometheusSelector(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROMETHEUS_TEXT_H_
