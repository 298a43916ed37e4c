// Exact replay of a simulation: the recorded spec is executed again with the recorded schedule as
// prefix, and every event must be the recorded one. Anything else is named and fails; nothing is
// tolerated.
#ifndef REDRIVE_REPLAYER_REPLAY_EXACT_H_
#define REDRIVE_REPLAYER_REPLAY_EXACT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"
#include "recorder/execute.h"
#include "recorder/trace_records.h"

namespace redrive {

struct ExactReplayOptions {
  std::uint64_t repeat = 1;                 // REQUIRES: > 0
  const std::atomic<bool>* stop = nullptr;  // ends between repeats; may be null
  std::function<void(std::uint64_t done)> on_progress;
  HandlerFactory handlers;  // empty: the workshop
  std::string version;      // of this build: a difference says when the recording one was another
};

struct ExactReplayReport {
  std::uint64_t attempts = 0;  // below options.repeat when stopped
  std::uint64_t identical = 0;
  std::string first_difference;  // of the first attempt that differed; "" when all are identical
  std::uint64_t plan_digest = 0;
  std::uint64_t digest = 0;  // of the last attempt
};

// `trace.header.spec` must hold its secrets again (they are not in files). The first attempt
// compares record by record, the others by digest, which covers the same events. Errors:
// kUnsupported for a live trace or one without schedule, kInvalid for a spec that cannot run,
// kDiverged when the plan itself is another one (a different version of Redrive or of the
// scenario's language).
[[nodiscard]] Result<ExactReplayReport> ReplayExactly(const Trace& trace,
                                                      const ExactReplayOptions& options);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_REPLAY_EXACT_H_
