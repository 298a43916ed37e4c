// The catalogue of what probes of the back end measure: names for --fail, units, and which flag
// gives each. Pure data; docs/PROBES.md is its page.
#ifndef REDRIVE_RECORDER_PROBE_PROBE_METRIC_H_
#define REDRIVE_RECORDER_PROBE_PROBE_METRIC_H_

#include <cstdint>
#include <span>
#include <string_view>

namespace redrive {

enum class ProbeKind : std::uint8_t {
  kCounter,  // points tell how many since the start of the run
  kGauge,    // points tell what is
  kFinal,    // one point, made of the whole run
  kFree,     // whatever the source exports
};

// Values are whole millionths of the unit: of one, of a megabyte (so bytes), of a millisecond (so
// nanoseconds), of a share of 1.
enum class ProbeUnit : std::uint8_t { kCount, kBytes, kTime, kShare };

struct ProbeMetric {
  std::string_view name;  // letters and '_'
  ProbeKind kind;
  ProbeUnit unit;
  std::string_view flags;  // those that give it
  std::string_view what;
};

std::span<const ProbeMetric> ProbeMetrics();

// Null when there is none of that name.
const ProbeMetric* FindProbeMetric(std::string_view name);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROBE_METRIC_H_
