// CaseRunner: executes one case again and again, each time under another schedule and over the same
// prepared state. Setup runs once; after each execution the state is rolled back. That makes an
// execution cost little more than the handlers themselves.
#ifndef REDRIVE_RECORDER_CASE_RUNNER_H_
#define REDRIVE_RECORDER_CASE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/commutation_audit.h"
#include "core/result.h"
#include "core/schedule.h"
#include "core/strategy.h"
#include "core/world.h"
#include "recorder/handler.h"
#include "recorder/scenario.h"
#include "recorder/trace_records.h"

namespace redrive {

struct CaseExecution {
  Ending ending = Ending::kDone;
  std::string divergence;
  // Of every answer (status and body) by lane and position, and of the changed documents: equal
  // outcomes cannot be told apart by any client.
  std::uint64_t outcome = 0;
  // Of who was answered before whom was sent: the real-time order that checkers may use.
  std::uint64_t order = 0;
  std::uint64_t steps = 0;
  std::uint64_t preemptions = 0;
};

using ResettableFactory = std::function<Result<std::unique_ptr<ResettableHandler>>(
    const RunSpec& spec, const Scenario& scenario)>;

struct CaseRunnerOptions {
  ResettableFactory handlers;  // empty: the workshop
  Limits limits = {.steps_max = 100'000, .virtual_time_max = std::chrono::hours(1)};
  bool keep_steps = false;  // for steps()
};

// Not thread-safe.
class CaseRunner {
 public:
  // `spec` is a case's (CaseToSpec), or any whose scenario is as plain: users of one action that
  // start together. Errors (kInvalid): the scenario, or what its setup answered.
  [[nodiscard]] static Result<std::unique_ptr<CaseRunner>> Make(RunSpec spec,
                                                                CaseRunnerOptions options = {});
  ~CaseRunner();
  CaseRunner(const CaseRunner&) = delete;
  CaseRunner& operator=(const CaseRunner&) = delete;

  [[nodiscard]] std::size_t lanes() const;
  // Requests of each lane.
  [[nodiscard]] const std::vector<std::size_t>& requests() const;

  // As the scenario has it: name, method, accepted statuses.
  [[nodiscard]] const RequestStep& step(std::size_t lane, std::size_t position) const;
  [[nodiscard]] const RunSpec& spec() const;

  // One execution: `prefix` is obeyed before `strategy` is asked. `execution` counts from 0 for
  // each strategy. Empty when the strategy has nothing left.
  [[nodiscard]] std::optional<CaseExecution> Execute(Strategy& strategy, std::uint64_t execution,
                                                     std::span<const Decision> prefix = {});

  // Requests that the coming executions leave out, as if they had never been meant: (lane,
  // position). For serial orders of the others.
  void Omit(std::vector<std::pair<std::size_t, std::size_t>> requests);

  // Of the last execution; valid until the next one.
  [[nodiscard]] const Schedule& schedule() const;
  [[nodiscard]] std::span<const StepTaken> steps() const;  // with keep_steps; lane i is task i + 1
  // Of request `position` of `lane`; status 0 when it was not sent or not answered.
  [[nodiscard]] const Response& response(std::size_t lane, std::size_t position) const;

  // Executes again and reads the documents that it changed, before they are rolled back.
  [[nodiscard]] std::vector<StateChange> ChangesUnder(const Schedule& schedule);

  // The same execution by the whole engine, with setup, audit and all events: what checkers judge
  // and what a trace file holds. Errors: kDiverged, which would be a bug.
  [[nodiscard]] Result<Trace> Record(const Schedule& schedule) const;

 private:
  struct Impl;
  explicit CaseRunner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_CASE_RUNNER_H_
