#include "replayer/shrink.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/hash.h"
#include "core/nearest.h"
#include "replayer/case_edit.h"
#include "replayer/shrink_guess.h"
#include "replayer/shrinker.h"

namespace redrive {
namespace {

constexpr std::size_t kViolationsMax = 50;  // per check; guesses look at the first few

// The verdict to shrink: the first violated one, or the one that was asked for.
Result<const Verdict*> Chosen(const CheckReport& report, const std::string& check) {
  std::vector<std::string> names;
  const Verdict* chosen = nullptr;
  for (const Verdict& verdict : report.verdicts) {
    names.push_back(verdict.name);
    if (!check.empty() && verdict.name != check && verdict.check != check) continue;
    const bool better = chosen == nullptr || chosen->kind != VerdictKind::kViolation;
    if (better && (chosen == nullptr || verdict.kind == VerdictKind::kViolation)) chosen = &verdict;
  }
  if (chosen == nullptr && !check.empty()) {
    std::string message = "no check '" + check + "' in this trace";
    const std::string nearest = NearestOf(check, names);
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
    return Error{ErrorCode::kInvalid, message};
  }
  if (chosen == nullptr || chosen->kind != VerdictKind::kViolation) {
    const std::string which = check.empty() ? "no check" : "'" + check + "'";
    return Error{ErrorCode::kInvalid,
                 which + (check.empty() ? " is violated in this trace" : " is not violated here") +
                     ": there is nothing to shrink"};
  }
  return chosen;
}

std::uint64_t UsersOf(const Trace& trace) {
  std::set<std::uint32_t> users;
  for (const InvokeRecord& invoke : trace.invokes) {
    if (invoke.phase == Phase::kRun) users.insert(invoke.user);
  }
  return users.size();
}

StepOrder OrderOfRun(const Trace& trace) {
  StepOrder order;
  order.reserve(trace.steps.size());
  for (const StepRecord& step : trace.steps) {
    order.emplace_back(step.operation, HashName(step.label));
  }
  return order;
}

// With less of the setup a check may fail for want of it. A failure without a race is believed only
// if it is there with the whole setup too; that case is then the one to shrink.
Result<bool> Believed(const Trace& trace, const Guess& guess, const FailureIdentity& identity,
                      Shrinker& shrinker) {
  if (guess.setup != CaseSetup::kNeeded) return true;
  const Result<bool> searched = shrinker.SearchBest(0);
  if (searched.has_error()) return searched.error();
  if (!*searched) return true;  // it needs a preemption
  const Result<Case> whole = CaseFromTrace(trace, guess.operations, CaseSetup::kSetup);
  if (whole.has_error()) return whole.error();
  return shrinker.StartBySearch(*whole, identity, 1);
}

// True when one of the guesses shows the failure; cheap searches of all before wide ones of any.
Result<bool> StartByGuess(const Trace& trace, const std::vector<Guess>& guesses,
                          const FailureIdentity& identity, std::uint64_t preemptions_max,
                          Shrinker& shrinker) {
  constexpr std::size_t kWideMax = 12;  // guesses that are worth more than one preemption
  const StepOrder order = OrderOfRun(trace);
  const std::uint64_t narrow = std::min<std::uint64_t>(1, preemptions_max);
  std::vector<std::optional<Case>> cases;
  for (const Guess& guess : guesses) {
    if (shrinker.budget().empty()) return false;
    const Result<Case> made = CaseFromTrace(trace, guess.operations, guess.setup);
    cases.push_back(made.has_value() ? std::optional(*made) : std::nullopt);
    if (made.has_error()) continue;
    Result<bool> started = shrinker.StartByOrder(*made, identity, order);
    if (started.has_value() && !*started) started = shrinker.StartBySearch(*made, identity, narrow);
    if (started.has_value() && *started) started = Believed(trace, guess, identity, shrinker);
    if (started.has_error() || *started) return started;
  }
  for (std::size_t i = 0; i < cases.size() && i < kWideMax && preemptions_max > narrow; ++i) {
    if (!cases[i]) continue;
    Result<bool> started = shrinker.StartBySearch(*cases[i], identity, preemptions_max);
    if (started.has_value() && *started) started = Believed(trace, guesses[i], identity, shrinker);
    if (started.has_error() || *started) return started;
  }
  return false;
}

// The last resort: all requests of the users that the run began with, in their old order.
Result<bool> StartByAll(const Trace& trace, const FailureIdentity& identity,
                        std::uint64_t requests_max, Shrinker& shrinker) {
  constexpr std::size_t kUsersMax = 1'000;  // a case has no more
  std::set<std::uint32_t> users;
  std::vector<std::uint64_t> operations;
  for (const InvokeRecord& invoke : trace.invokes) {
    if (invoke.phase != Phase::kRun) continue;
    if (users.size() == kUsersMax && !users.contains(invoke.user)) continue;
    users.insert(invoke.user);
    operations.push_back(invoke.operation);
  }
  if (operations.empty() || operations.size() > requests_max) return false;
  const Result<Case> whole = CaseFromTrace(trace, operations, CaseSetup::kSetup);
  if (whole.has_error()) return whole.error();
  return shrinker.StartByOrder(*whole, identity, OrderOfRun(trace));
}

std::string PreemptionsText(const Counterexample& counterexample) {
  const std::string count = std::to_string(counterexample.preemptions);
  if (!counterexample.schedule_exhaustive) {
    return count + (counterexample.preemptions == 1 ? " preemption" : " preemptions") +
           " (whether fewer suffice was not searched to the end)";
  }
  if (counterexample.preemptions == 0) return "no preemption needed (0)";
  const std::string fewer = std::to_string(counterexample.preemptions - 1);
  const bool one = counterexample.preemptions == 1;
  return "minimum preemptions (" + count +
         ", exhaustively checked: " + (one ? "0 does" : "up to " + fewer + " do") + " not suffice)";
}

}  // namespace

std::string GuaranteeText(const Counterexample& counterexample) {
  std::string text;
  if (counterexample.requests == 1) {
    text = "one request suffices";
  } else if (counterexample.requests_minimal && counterexample.requests_exhaustive) {
    text = "1-minimal in requests";
  } else if (counterexample.requests_minimal) {
    text = "no single request can go, as far as the search of each case went";
  } else {
    text = "requests not minimised to the end";
  }
  text += ", " + PreemptionsText(counterexample);
  if (counterexample.stopped) text += "; stopped early";
  if (counterexample.out_of_budget) {
    text += "; the budget of " + std::to_string(counterexample.executions) +
            " executions ran out: a larger --budget may find a smaller one";
  }
  return text;
}

Result<Counterexample> ShrinkCase(const Case& source, const Schedule& schedule,
                                  const FailureIdentity& identity, const ShrinkOptions& options) {
  Shrinker shrinker(options);
  const Result<void> started = shrinker.StartBySchedule(source, identity, schedule);
  if (started.has_error()) return started.error();
  Result<Counterexample> counterexample = shrinker.Finish({});
  if (counterexample.has_error()) return counterexample.error();
  counterexample->origin = {.scenario = source.name,
                            .seed = source.seed,
                            .requests = CountRequests(source),
                            .users = source.lanes.size()};
  return counterexample;
}

Result<Counterexample> Shrink(const Trace& trace, const ShrinkOptions& given) {
  ShrinkOptions options = given;
  // A case may be as long as the run.
  options.runner.limits.steps_max =
      std::max<std::uint64_t>(options.runner.limits.steps_max, 4 * trace.steps.size());
  const auto checkers =
      ParseScenarioChecks(trace.header.spec.scenario_json, "scenario in the trace");
  if (checkers.has_error()) return checkers.error();
  const CheckReport report =
      CheckAll(trace, *checkers, {.violations_max = kViolationsMax, .rerun_command = {}});
  const Result<const Verdict*> verdict = Chosen(report, options.check);
  if (verdict.has_error()) return verdict.error();
  const FailureIdentity identity{(*verdict)->name, (*verdict)->violations.front().shape};

  Shrinker shrinker(options);
  const History history(trace);
  const std::vector<Guess> guesses = GuessRequests(history, **verdict, identity.shape);
  Result<bool> started = StartByGuess(trace, guesses, identity, options.preemptions_max, shrinker);
  if (started.has_value() && !*started) {
    started = StartByAll(trace, identity, options.whole_run_max, shrinker);
  }
  if (started.has_error()) return started.error();
  if (!*started) {
    return Error{ErrorCode::kLimit,
                 IdentityText(identity) + ": the failure did not come back in any of " +
                     std::to_string(shrinker.budget().cases) + " smaller cases (" +
                     std::to_string(shrinker.budget().spent()) +
                     " executions); the run itself can still be replayed"};
  }
  std::vector<FailureIdentity> in_run;
  for (const Failure& failure : FailuresOf(report)) in_run.push_back(failure.identity);
  Result<Counterexample> counterexample = shrinker.Finish(in_run);
  if (counterexample.has_error()) return counterexample.error();
  counterexample->origin = {.scenario = trace.header.spec.scenario_name,
                            .seed = trace.header.spec.seed,
                            .requests = trace.invokes.size(),
                            .users = UsersOf(trace)};
  return counterexample;
}

}  // namespace redrive
