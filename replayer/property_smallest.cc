#include "replayer/property_smallest.h"

#include <rapidcheck/Random.h>
#include <rapidcheck/shrinkable/Operations.h>

#include "core/check.h"

namespace redrive::par {
namespace {

constexpr std::uint64_t kBoundedExecutionsMax = 20'000;
constexpr std::uint64_t kOneSwitchExecutionsMax = 1'000;  // per smaller plan

class Shrinker {
 public:
  Shrinker(const Model& model, const PropertyOptions& options, const Checkers& checkers,
           const Failing& failing, Rng rng)
      : model_(model),
        options_(options),
        checkers_(checkers),
        signature_(failing.signature),
        plan_(failing.plan),
        choices_(failing.choices),
        rng_(rng) {}

  Result<PropertyFailure> Run() {
    PropertyFailure failure;
    failure.commands_before = CountCommands(plan_);
    if (options_.shrink) {
      failure.shrinks += ShrinkThePlan();
      auto runner = PlanRunner::Make(model_, plan_, options_, checkers_);
      if (runner.has_error()) return runner.error();
      failure.shrinks += ShrinkTheChoices(**runner);
      while (FewerPreemptions(**runner)) failure.shrinks += ShrinkTheChoices(**runner);
      executions_ += (*runner)->executions();
      failure.least_preemptions = least_;
    }
    if (error_.has_error()) return error_.error();
    failure.signature = signature_;
    failure.plan = plan_;
    failure.choices = choices_;
    failure.executions = executions_;
    const Result<void> told = Tell(&failure);
    if (told.has_error()) return told.error();
    return failure;
  }

 private:
  [[nodiscard]] bool MayGoOn(std::uint64_t more) const {
    const bool stopped = options_.stop != nullptr && options_.stop->load();
    return !stopped && !error_.has_error() && executions_ + more < options_.shrink_executions_max;
  }

  // Whether these choices still fail so, with no more preemptions than `preemptions_max`.
  bool StillFails(PlanRunner& runner, const Choices& choices, std::uint64_t preemptions_max) {
    const Result<Executed> executed = runner.Follow(choices);
    if (executed.has_error()) {
      error_ = executed.error();
      return false;
    }
    return executed->judged->Has(signature_) && executed->preemptions <= preemptions_max;
  }

  // Fails under the choices of the larger plan, or under some others.
  std::optional<Choices> FindChoices(PlanRunner& runner) {
    constexpr std::uint64_t kAny = ~std::uint64_t{0};
    if (StillFails(runner, choices_, kAny)) return choices_;
    if (StillFails(runner, Choices(), kAny)) return Choices();
    const std::uint64_t decisions = runner.schedule().size();
    for (std::uint64_t i = 0; i < options_.schedules && MayGoOn(runner.executions()); ++i) {
      Choices choices = DrawSchedule(rng_, i, decisions);
      if (StillFails(runner, choices, kAny)) return choices;
    }
    return FindBounded(runner, 1, kOneSwitchExecutionsMax);
  }

  // Tries the schedules with at most `preemptions`, up to so many; sets `tried_all_`.
  std::optional<Choices> FindBounded(PlanRunner& runner, std::uint64_t preemptions,
                                     std::uint64_t executions_max) {
    tried_all_ = false;
    auto bounded = MakeStrategy("bounded:" + std::to_string(preemptions), 0);
    REDRIVE_CHECK(bounded.has_value());
    for (std::uint64_t i = 0; i < executions_max && MayGoOn(runner.executions()); ++i) {
      const Result<std::optional<Executed>> executed = runner.Execute(**bounded, i);
      if (executed.has_error()) {
        error_ = executed.error();
        return std::nullopt;
      }
      tried_all_ = !executed->has_value();
      if (tried_all_) return std::nullopt;
      if ((*executed)->judged->Has(signature_)) return ChoicesOf(runner.schedule());
    }
    return std::nullopt;
  }

  std::uint64_t ShrinkThePlan() {
    const auto model = std::make_shared<const Model>(model_);
    const auto fails = [this](const Plan& plan) {
      if (plan == plan_) return true;
      if (!MayGoOn(0)) return false;
      auto runner = PlanRunner::Make(model_, plan, options_, checkers_);
      if (runner.has_error()) return false;  // the service did not take the prefix
      std::optional<Choices> choices = FindChoices(**runner);
      executions_ += (*runner)->executions();
      if (!choices) return false;
      plan_ = plan;
      choices_ = std::move(*choices);
      return true;
    };
    return rc::shrinkable::findLocalMin(ShrinkablePlan(model, plan_), fails).second;
  }

  std::uint64_t ShrinkTheChoices(PlanRunner& runner) {
    const Result<Executed> now = runner.Follow(choices_);
    if (now.has_error()) {
      error_ = now.error();
      return 0;
    }
    preemptions_ = now->preemptions;
    const auto fails = [&](const Choices& choices) {
      if (choices == choices_) return true;
      if (!MayGoOn(runner.executions())) return false;
      return StillFails(runner, choices, preemptions_);
    };
    const auto [choices, shrinks] =
        rc::shrinkable::findLocalMin(ShrinkableChoices(choices_), fails);
    choices_ = choices;
    const Result<Executed> after = runner.Follow(choices_);
    if (after.has_value()) preemptions_ = after->preemptions;
    return shrinks;
  }

  // Tries every schedule with fewer preemptions; true when one of them fails so too.
  bool FewerPreemptions(PlanRunner& runner) {
    least_ = preemptions_ == 0;
    if (least_) return false;
    std::optional<Choices> fewer = FindBounded(runner, preemptions_ - 1, kBoundedExecutionsMax);
    least_ = tried_all_;
    if (!fewer) return false;
    choices_ = std::move(*fewer);
    return true;
  }

  Result<void> Tell(PropertyFailure* failure) const {
    auto runner = PlanRunner::Make(model_, plan_, options_, checkers_);
    if (runner.has_error()) return runner.error();
    const Result<Executed> executed = (*runner)->Follow(choices_);
    if (executed.has_error()) return executed.error();
    failure->preemptions = executed->preemptions;
    failure->schedule = (*runner)->schedule();
    failure->source = (*runner)->source();
    Result<Trace> trace = (*runner)->Record();
    if (trace.has_error()) return trace.error();
    failure->trace = std::move(*trace);
    const CheckReport report = JudgeTrace(model_, plan_, checkers_, failure->trace);
    for (const Verdict& verdict : report.verdicts) {
      for (const Violation& violation : verdict.violations) {
        if (verdict.name != signature_.check || violation.shape != signature_.shape) continue;
        failure->violation = violation;
        // A check that judges one answer cannot tell what led to it; the search can.
        failure->nature = least_ && preemptions_ > 0 ? Nature::kRace : violation.nature;
        return {};
      }
    }
    return Error{ErrorCode::kDiverged, "the failure '" + SignatureText(signature_) +
                                           "' did not come back when it was recorded"};
  }

  const Model& model_;
  const PropertyOptions& options_;
  const Checkers& checkers_;
  const Signature signature_;
  Plan plan_;  // the smallest so far, which fails under choices_
  Choices choices_;
  Rng rng_;
  std::uint64_t executions_ = 0;
  std::uint64_t preemptions_ = 0;
  bool least_ = false;
  bool tried_all_ = false;
  Result<void> error_;
};

}  // namespace

Choices DrawSchedule(const Rng& rng, std::uint64_t number, std::uint64_t decisions) {
  // While nobody is preempted decisions are asked for until one lane is left: preempted, it is
  // more.
  const std::uint64_t length = decisions + decisions / 2 + 1;
  const rc::Random random(rng.Split(number).Next());
  return gen::Schedule(length)(random).value();
}

Result<PropertyFailure> Smallest(const Model& model, const PropertyOptions& options,
                                 const Checkers& checkers, const Failing& failing, Rng rng) {
  return Shrinker(model, options, checkers, failing, rng).Run();
}

}  // namespace redrive::par
