// Execute: one RunSpec in, one execution in the simulated world out. Equal specs and prefixes give
// equal events, digests and responses, on every machine.
#ifndef REDRIVE_RECORDER_EXECUTE_H_
#define REDRIVE_RECORDER_EXECUTE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/result.h"
#include "core/schedule.h"
#include "core/world.h"
#include "recorder/conductor.h"
#include "recorder/handler.h"
#include "recorder/plan.h"
#include "recorder/statistics.h"
#include "recorder/trace_records.h"

namespace redrive {

namespace workshop {
class Workshop;
}

// Makes the service under test, fresh for each execution. `scenario.workshop`, `spec.workshop`
// (where
// "" means: as the scenario says), `spec.seed` and `spec.epoch_seconds` configure the workshop.
using HandlerFactory =
    std::function<Result<std::unique_ptr<Handler>>(const RunSpec& spec, const Scenario& scenario)>;

struct ExecuteOptions {
  std::span<const Decision> prefix;  // obeyed before the strategy is asked
  std::uint64_t execution = 0;       // n-th execution of the strategy, from 0
  TraceSink* sink = nullptr;         // may be null; gets everything; not owned
  bool keep_secrets = false;
  Limits limits;
  std::function<void(const Progress&)> on_progress;
  HandlerFactory handlers;  // empty: the workshop
};

struct RunOutcome {
  std::uint64_t plan_digest = 0;
  std::uint64_t digest = 0;
  std::uint64_t unseed = 0;  // mixes what the digest does not hold: decisions, steps, end time
  Ending ending = Ending::kDone;
  std::string divergence;  // with Ending::kDiverged: the first difference
  std::uint64_t events = 0;
  std::uint64_t steps = 0;
  std::uint64_t preemptions = 0;
  VirtualTime duration{0};  // virtual
  RunCounts counts;
  Schedule schedule;  // of all decisions, prefix included
  Statistics statistics;
  std::string setup_error;
  std::map<std::string, std::uint64_t> skipped;
};

// Parses and plans once, then executes any number of times: for replaying and exploring.
// Not thread-safe. The strategy lives as long as this, so dfs goes on where it was.
class Simulation {
 public:
  // Errors (kInvalid): the scenario, the spec or the strategy. `handlers` empty: the workshop.
  // Values for ${env(NAME)} come from spec.settings, as "env.NAME".
  [[nodiscard]] static Result<std::unique_ptr<Simulation>> Make(RunSpec spec,
                                                                HandlerFactory handlers = {});
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] const RunSpec& spec() const;
  [[nodiscard]] const Scenario& scenario() const;
  [[nodiscard]] const Plan& plan() const;
  // As a trace of it begins.
  [[nodiscard]] TraceHeader Header() const;

  // Error kLimit when the strategy has nothing left to try (dfs, bounded), kInvalid when the
  // handler cannot be made. A divergence is an outcome. `options.handlers` is ignored.
  [[nodiscard]] Result<RunOutcome> Execute(const ExecuteOptions& options);

 private:
  struct Impl;
  explicit Simulation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

[[nodiscard]] Result<RunOutcome> ExecuteSimulation(const RunSpec& spec,
                                                   const ExecuteOptions& options);

// The workshop as `spec` and `scenario` ask for it.
[[nodiscard]] Result<std::unique_ptr<workshop::Workshop>> MakeWorkshop(const RunSpec& spec,
                                                                       const Scenario& scenario);

// The values that `spec.settings` holds for ${env(NAME)} and the files of "data".
EnvLookup EnvFromSettings(const RunSpec& spec);
// The files alone.
EnvLookup FilesFromSettings(const RunSpec& spec);
// A setting that single requests taken out of the run have no use for: a file, whose rows stand in
// them, or the number of iterations.
[[nodiscard]] bool IsOfWholeRun(std::string_view setting);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_EXECUTE_H_
