// LiveSetup: what a live run and a timeline replay prepare in the same way before anything is sent.
#ifndef REDRIVE_RECORDER_NET_LIVE_SETUP_H_
#define REDRIVE_RECORDER_NET_LIVE_SETUP_H_

#include <memory>
#include <optional>
#include <vector>

#include "recorder/net/live_run.h"
#include "recorder/plan.h"
#include "recorder/scenario.h"
#include "recorder/statistics.h"

namespace redrive {

struct LiveSetup {
  // Reads the scenario, makes the plan, opens the target. Errors as ExecuteLive.
  [[nodiscard]] static Result<std::unique_ptr<LiveSetup>> Make(const RunSpec& spec,
                                                               const HttpOptions& http);
  // `started_unix_ns`: calendar time of the beginning.
  [[nodiscard]] TraceHeader Header(std::int64_t started_unix_ns) const;
  [[nodiscard]] TransportFactory Transports(LiveWorld& world) const;
  // Of `options`, as the world wants them.
  [[nodiscard]] LiveRunLimits Limits(const LiveOptions& options, VirtualTime time_max) const;

  RunSpec spec;
  Scenario scenario;
  std::optional<Plan> plan;
  std::shared_ptr<HttpTarget> target;
};

Lateness LatenessOf(const Histogram& histogram);

// As a trace of a live run ends.
EndRecord MakeLiveEnd(const RunOutcome& outcome);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_LIVE_SETUP_H_
