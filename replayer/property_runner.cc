#include "replayer/property_runner.h"

#include <algorithm>

#include "replayer/property_order_check.h"

namespace redrive::par {

bool Judged::Has(const Signature& signature) const {
  return std::binary_search(violations.begin(), violations.end(), signature);
}

CheckReport JudgeTrace(const Model& model, const Plan& plan, const Checkers& checkers,
                       const Trace& trace) {
  CheckReport report = CheckAll(trace, checkers, {.violations_max = 100'000});
  report.verdicts.push_back(CheckOrder(model, plan, trace));
  return report;
}

Result<std::unique_ptr<PlanRunner>> PlanRunner::Make(const Model& model, const Plan& plan,
                                                     const PropertyOptions& options,
                                                     const Checkers& checkers) {
  std::unique_ptr<PlanRunner> made(new PlanRunner(model, plan, checkers));
  made->source_ = PlanToCase(model, plan, options.workshop);
  CaseRunnerOptions with;
  with.handlers = options.handlers;
  auto runner = CaseRunner::Make(CaseToSpec(made->source_), with);
  if (runner.has_error()) return runner.error();
  made->runner_ = std::move(*runner);
  return made;
}

Result<Executed> PlanRunner::Follow(const Choices& choices) {
  follow_.Follow(choices);
  const Result<std::optional<Executed>> executed = Execute(follow_, 0);
  if (executed.has_error()) return executed.error();
  return **executed;  // a list of choices is never at its end
}

Result<std::optional<Executed>> PlanRunner::Execute(Strategy& strategy, std::uint64_t number) {
  const std::optional<CaseExecution> execution = runner_->Execute(strategy, number);
  if (!execution) return std::optional<Executed>();
  ++executions_;
  const std::pair key(execution->outcome, execution->order);
  auto found = judged_.find(key);
  if (found == judged_.end()) {
    Result<Judged> judged = JudgeOutcome(*execution);
    if (judged.has_error()) return judged.error();
    found = judged_.emplace(key, std::move(*judged)).first;
  }
  Executed executed;
  executed.judged = &found->second;
  executed.preemptions = execution->preemptions;
  executed.decisions = runner_->schedule().size();
  return std::optional<Executed>(executed);
}

Result<Judged> PlanRunner::JudgeOutcome(const CaseExecution& execution) const {
  Judged judged;
  judged.examined.resize(checkers_.size() + 1, 0);
  if (execution.ending != Ending::kDone) {  // nothing that checks could rely on
    judged.unknown = "an execution ended by " + std::string(EndingName(execution.ending));
    if (!execution.divergence.empty()) judged.unknown += ": " + execution.divergence;
    return judged;
  }
  const Result<Trace> trace = runner_->Record(runner_->schedule());
  if (trace.has_error()) return trace.error();
  const CheckReport report = JudgeTrace(model_, plan_, checkers_, *trace);
  for (std::size_t i = 0; i < report.verdicts.size(); ++i) {
    const Verdict& verdict = report.verdicts[i];
    judged.examined[i] = verdict.examined;
    for (const Violation& violation : verdict.violations) {
      judged.violations.push_back({verdict.name, violation.shape});
    }
    if (verdict.kind == VerdictKind::kUnknown && judged.unknown.empty()) {
      judged.unknown = verdict.name;
      if (!verdict.notes.empty()) judged.unknown += ": " + verdict.notes.front();
    }
  }
  std::sort(judged.violations.begin(), judged.violations.end());
  const auto end = std::unique(judged.violations.begin(), judged.violations.end());
  judged.violations.erase(end, judged.violations.end());
  return judged;
}

}  // namespace redrive::par
