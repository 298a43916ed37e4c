// Shrink: makes a failing run as small as it gets while it fails in the same way, and says what it
// guarantees. Requests first, by delta debugging (Zeller & Hildebrandt, TSE 2002); the schedule is
// not edited but searched again by number of preemptions (CHESS, PLDI 2007), so the result has
// fewest of them by construction. docs/SHRINKING.md tells the passes.
#ifndef REDRIVE_REPLAYER_SHRINK_H_
#define REDRIVE_REPLAYER_SHRINK_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "recorder/case.h"
#include "recorder/case_runner.h"
#include "replayer/failure.h"

namespace redrive {

struct ShrinkOptions {
  std::string check;  // of a trace: the name or kind of the check; "" is the first violated one
  std::uint64_t executions_max = 300'000;       // in all
  std::uint64_t search_executions_max = 5'000;  // for one set of requests
  std::uint64_t preemptions_max = 2;
  // When no guess shows the failure, runs of up to so many requests are cut as a whole, slowly.
  std::uint64_t whole_run_max = 2'000;
  std::uint64_t confirm = 20;               // exact replays of the result
  const std::atomic<bool>* stop = nullptr;  // ends early with what there is; may be null
  CaseRunnerOptions runner;                 // handlers empty: the workshop
  FailureTestFactory failures;              // empty: the checks of the case
  std::function<void(const std::string& what)> on_progress;  // "3 requests, 12 cases tried"
};

// A failure with another identity that was met on the way.
struct OtherFinding {
  FailureIdentity identity;
  std::string what;  // the violation's sentence
  Case source;
  Schedule schedule;
  std::uint64_t preemptions = 0;
};

// Where the failure came from.
struct CounterexampleOrigin {
  std::string scenario;
  std::uint64_t seed = 0;
  std::uint64_t requests = 0;
  std::uint64_t users = 0;
};

// A failure made small. Equal bugs give equal `source` and `schedule`, wherever they were found.
struct Counterexample {
  FailureIdentity identity;
  std::string check_kind;  // "unique"; "" when no check stands behind it
  Violation violation;     // operations and events of `trace`
  Case source;
  Schedule schedule;  // of the lanes
  std::uint64_t outcome = 0;
  Trace trace;  // the whole execution: replays exactly
  std::uint64_t requests = 0;
  std::uint64_t preemptions = 0;

  bool requests_minimal = false;      // without any one request the failure is gone …
  bool requests_exhaustive = false;   // … under every schedule of up to preemptions_max
  bool schedule_exhaustive = false;   // no schedule with fewer preemptions shows it
  std::uint64_t preemptions_max = 0;  // of the search
  bool out_of_budget = false;
  bool stopped = false;
  std::uint64_t executions = 0;
  std::uint64_t cases = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t confirm_attempts = 0;
  CounterexampleOrigin origin;
  std::vector<OtherFinding> others;
};

// "1-minimal in requests, minimum preemptions (1, exhaustively checked: 0 does not suffice)", and
// what of it could not be shown.
std::string GuaranteeText(const Counterexample& counterexample);

// Shrinks a case that fails with `identity` under `schedule` (an empty identity: whatever it shows
// first). Errors: kInvalid when it does not fail so, or cannot run; kDiverged when the schedule
// does not fit.
[[nodiscard]] Result<Counterexample> ShrinkCase(const Case& source, const Schedule& schedule,
                                                const FailureIdentity& identity,
                                                const ShrinkOptions& options);

// Shrinks the first violation of one check of a trace. A trace of a live run may be given: the same
// requests are then tried on the workshop. Errors: kInvalid when no check is violated or the check
// is unknown; kLimit when the failure did not come back in any case that was tried.
[[nodiscard]] Result<Counterexample> Shrink(const Trace& trace, const ShrinkOptions& options);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SHRINK_H_
