#include "replayer/case_trial.h"

#include <algorithm>

#include "core/check.h"
#include "core/hash.h"
#include "core/strategy.h"

namespace redrive {
namespace {

// Lets the lanes take turns as their steps once did. Per lane it knows the labels to come; a parked
// step stands where the next equal label stood, and the earliest goes first.
class FollowOrder final : public Strategy {
 public:
  FollowOrder(const Case& source, const StepOrder& order) {
    std::map<std::uint64_t, std::size_t> lane_of;
    for (std::size_t lane = 0; lane < source.lanes.size(); ++lane) {
      for (const CaseRequest& request : source.lanes[lane].requests) {
        lane_of[request.operation] = lane;
      }
    }
    lanes_.resize(source.lanes.size());
    for (std::size_t at = 0; at < order.size(); ++at) {
      const auto lane = lane_of.find(order[at].first);
      if (lane != lane_of.end()) lanes_[lane->second].steps.push_back({at, order[at].second});
    }
  }

  std::string name() const override { return "follow"; }
  bool BeginExecution(std::uint64_t execution) override { return execution == 0; }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }

  bool observes() const override { return true; }

  std::uint32_t PickTask(const TaskChoice& choice) override {
    std::uint32_t best = 0;
    std::size_t best_at = PlaceOf(choice.at(0));
    for (std::uint32_t value = 1; value < choice.bound(); ++value) {
      const std::size_t at = PlaceOf(choice.at(value));
      if (at >= best_at) continue;
      best = value;
      best_at = at;
    }
    return best;
  }

  bool OnStep(const TaskChoice& choice, std::uint32_t value) override {
    const ParkedTask& parked = choice.at(value);
    PlaceOf(parked);
    Lane* lane = LaneOf(parked);
    if (lane != nullptr && lane->matched) ++lane->next;
    return true;
  }

 private:
  struct Step {
    std::size_t at;
    std::uint64_t label;
  };
  struct Lane {
    std::vector<Step> steps;
    std::size_t next = 0;
    bool matched = false;
  };

  // Lane i is task i + 1.
  Lane* LaneOf(const ParkedTask& parked) {
    return parked.id == 0 || parked.id > lanes_.size() ? nullptr : &lanes_[parked.id - 1];
  }

  // Where the step that `parked` is about to take stood; what was never seen goes at once.
  std::size_t PlaceOf(const ParkedTask& parked) {
    Lane* known = LaneOf(parked);
    if (known == nullptr) return 0;
    Lane& lane = *known;
    for (std::size_t i = lane.next; i < lane.steps.size(); ++i) {
      if (lane.steps[i].label != parked.point->label.hash) continue;
      lane.next = i;
      lane.matched = true;
      return lane.steps[i].at;
    }
    lane.matched = false;
    return lane.next == 0 || lane.steps.empty() ? 0 : lane.steps[lane.next - 1].at;
  }

  std::vector<Lane> lanes_;
};

bool Matches(const FailureIdentity& wanted, const FailureIdentity& shown) {
  return wanted == FailureIdentity() || wanted == shown;
}

}  // namespace

bool ShrinkBudget::Spend() {
  if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) stopped_ = true;
  if (spent_ >= executions_max_ || stopped_) {
    empty_ = true;
    return false;
  }
  ++spent_;
  return true;
}

Result<std::unique_ptr<CaseTrial>> CaseTrial::Make(const Case& source,
                                                   const TrialContext& context) {
  REDRIVE_CHECK(context.budget != nullptr);
  ++context.budget->cases;
  std::unique_ptr<CaseTrial> trial(new CaseTrial(source, context));
  Result<std::unique_ptr<FailureTest>> test = context.failures(source);
  if (test.has_error()) return test.error();
  trial->test_ = std::move(*test);
  Result<std::unique_ptr<CaseRunner>> runner = CaseRunner::Make(CaseToSpec(source), context.runner);
  if (runner.has_error()) return runner.error();
  trial->runner_ = std::move(*runner);
  return trial;
}

Result<bool> CaseTrial::Judge(const FailureIdentity& identity, const CaseExecution& execution,
                              TrialOutcome* outcome) {
  const Result<std::span<const Failure>> failures = test_->Judge(*runner_, execution);
  if (failures.has_error()) return failures.error();
  for (const Failure& failure : *failures) {
    FoundFailure found{.failure = failure,
                       .schedule = runner_->schedule(),
                       .preemptions = execution.preemptions,
                       .outcome = execution.outcome,
                       .order = execution.order};
    if (Matches(identity, failure.identity)) {
      if (!outcome->found) outcome->found = std::move(found);
    } else {
      if (execution.preemptions == 0) outcome->serial_others.insert(failure.identity);
      if (context_.on_other) context_.on_other(case_, found);
    }
  }
  return outcome->found.has_value();
}

Result<TrialOutcome> CaseTrial::Search(const FailureIdentity& identity,
                                       std::uint64_t preemptions_max,
                                       std::uint64_t executions_max) {
  TrialOutcome outcome;
  const auto strategy = MakeStrategy("bounded:" + std::to_string(preemptions_max), 1);
  if (strategy.has_error()) return strategy.error();
  for (std::uint64_t execution = 0;; ++execution) {
    if (outcome.executions >= executions_max || !context_.budget->Spend()) {
      outcome.exhaustive = false;
      return outcome;
    }
    const std::optional<CaseExecution> done = runner_->Execute(**strategy, execution);
    if (!done) break;
    ++outcome.executions;
    const Result<bool> found = Judge(identity, *done, &outcome);
    if (found.has_error()) return found.error();
    if (*found) break;
  }
  outcome.exhaustive = !(*strategy)->progress().cut;
  return outcome;
}

Result<TrialOutcome> CaseTrial::Follow(const FailureIdentity& identity, const StepOrder& order) {
  TrialOutcome outcome;
  outcome.exhaustive = false;
  FollowOrder follow(case_, order);
  if (!context_.budget->Spend()) return outcome;
  const std::optional<CaseExecution> done = runner_->Execute(follow, 0);
  REDRIVE_CHECK(done.has_value());
  ++outcome.executions;
  const Result<bool> found = Judge(identity, *done, &outcome);
  if (found.has_error()) return found.error();
  return outcome;
}

Result<TrialOutcome> CaseTrial::Obey(const FailureIdentity& identity, const Schedule& schedule) {
  TrialOutcome outcome;
  outcome.exhaustive = false;
  const auto serial = MakeStrategy("serial", 1);
  if (serial.has_error()) return serial.error();
  if (!context_.budget->Spend()) return outcome;
  const std::optional<CaseExecution> done = runner_->Execute(**serial, 0, schedule);
  REDRIVE_CHECK(done.has_value());
  ++outcome.executions;
  if (done->ending == Ending::kDiverged) return Error{ErrorCode::kDiverged, done->divergence};
  const Result<bool> found = Judge(identity, *done, &outcome);
  if (found.has_error()) return found.error();
  return outcome;
}

Result<Trace> CaseTrial::Record(const Schedule& schedule) const {
  return runner_->Record(schedule);
}

Result<StepOrder> CaseTrial::OrderOf(const Schedule& schedule) const {
  const Result<Trace> trace = runner_->Record(schedule);
  if (trace.has_error()) return trace.error();
  StepOrder order;
  for (const StepRecord& step : trace->steps) {
    if (step.operation == 0 || step.operation > trace->invokes.size()) continue;
    const InvokeRecord& invoke = trace->invokes[step.operation - 1];
    if (invoke.phase != Phase::kRun || invoke.user >= case_.lanes.size()) continue;
    const std::vector<CaseRequest>& requests = case_.lanes[invoke.user].requests;
    if (invoke.step >= requests.size()) continue;
    order.emplace_back(requests[invoke.step].operation, HashName(step.label));
  }
  return order;
}

}  // namespace redrive
