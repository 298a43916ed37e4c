#include "replayer/regression.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/hash.h"
#include "core/strategy.h"

namespace redrive {
namespace {

constexpr std::uint64_t kPreemptionsMax = 64;

// One regression case under execution.
class Run {
 public:
  Run(const RegressionCase& regression, const RegressionOptions& options)
      : regression_(regression), options_(options) {}

  RegressionResult Whole() {
    const Result<void> ready = Prepare();
    if (ready.has_error()) return End(RegressionStatus::kCannotRun, ready.error().message);
    const Result<void> recorded = UnderRecorded();
    if (recorded.has_error()) return End(RegressionStatus::kCannotRun, recorded.error().message);
    const bool met_at_once = met_.has_value();
    if (!met_) {
      const Result<void> around = Around();
      if (around.has_error()) return End(RegressionStatus::kCannotRun, around.error().message);
    }
    if (regression_.expect == Expectation::kViolation) return ForViolation(met_at_once);
    return ForPass();
  }

 private:
  Result<void> Prepare() {
    RunSpec spec;
    spec.scenario_name = regression_.name + ".json";
    spec.scenario_json = regression_.scenario_json;
    spec.seed = regression_.seed;
    spec.epoch_seconds = regression_.epoch_seconds;
    spec.workshop = options_.workshop;  // "": as the scenario says
    spec.settings = regression_.settings;
    auto checkers = ParseScenarioChecks(spec.scenario_json, spec.scenario_name);
    if (checkers.has_error()) return checkers.error();
    if (checkers->empty()) {
      return Error{ErrorCode::kInvalid, "its scenario has no checks: nothing can be judged"};
    }
    checkers_ = std::move(*checkers);
    const auto scenario = nlohmann::json::parse(spec.scenario_json, nullptr, false, true);
    auto test = MakeCheckFailureTest(scenario["checks"].dump(), spec.scenario_name);
    if (test.has_error()) return test.error();
    test_ = std::move(*test);
    auto runner = CaseRunner::Make(std::move(spec), options_.runner);
    if (runner.has_error()) return runner.error();
    runner_ = std::move(*runner);
    return {};
  }

  Result<void> UnderRecorded() {
    const auto serial = MakeStrategy("serial", 1);
    if (serial.has_error()) return serial.error();
    const auto execution = runner_->Execute(**serial, 0, regression_.schedule);
    REDRIVE_CHECK(execution.has_value());
    ++result_.executions;
    result_.schedule_fits = execution->ending == Ending::kDone;
    if (!result_.schedule_fits) return {};
    result_.same_outcome = execution->outcome == regression_.outcome;
    return Judge(*execution);
  }

  Result<void> Around() {
    const auto strategy = MakeStrategy("bounded:" + std::to_string(regression_.preemptions), 1);
    if (strategy.has_error()) return strategy.error();
    for (std::uint64_t execution = 0; execution < options_.executions_max; ++execution) {
      stopped_ = options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
      if (stopped_) return {};
      const auto done = runner_->Execute(**strategy, execution);
      if (!done) return {};
      ++result_.executions;
      const Result<void> judged = Judge(*done);
      if (judged.has_error() || met_) return judged;
    }
    return {};
  }

  // Keeps the first failure that matters: the recorded one, or any where it should pass.
  Result<void> Judge(const CaseExecution& execution) {
    const Result<std::span<const Failure>> failures = test_->Judge(*runner_, execution);
    if (failures.has_error()) return failures.error();
    for (const Failure& failure : *failures) {
      const bool any = regression_.expect == Expectation::kPass;
      if (!any && failure.identity != regression_.identity) continue;
      if (!met_) met_ = failure;
    }
    return {};
  }

  RegressionResult ForViolation(bool at_once) {
    if (!met_) {
      if (stopped_) return End(RegressionStatus::kInconclusive, "stopped");
      return End(RegressionStatus::kGone, "fixed? '" + IdentityText(regression_.identity) +
                                              "' did not occur in " + Executions() +
                                              ": set \"expect\" to \"pass\" (--accept does it)");
    }
    result_.what = met_->violation.what;
    if (at_once && result_.same_outcome) {
      return End(RegressionStatus::kAsExpected, "violation, as recorded");
    }
    if (at_once) {
      return End(RegressionStatus::kAsExpected,
                 "violation under the recorded schedule, with other answers than recorded");
    }
    return End(RegressionStatus::kAsExpected,
               "violation, but not under the recorded schedule: found again after " + Executions());
  }

  RegressionResult ForPass() {
    if (met_) {
      result_.what = met_->violation.what;
      return End(RegressionStatus::kViolates,
                 "expected to pass, but: " + IdentityText(met_->identity) + " (after " +
                     Executions() + ")");
    }
    if (stopped_) return End(RegressionStatus::kInconclusive, "stopped");
    // Passing because nothing could be judged is no pass.
    const Result<Trace> trace = runner_->Record(Schedule());
    if (trace.has_error()) return End(RegressionStatus::kCannotRun, trace.error().message);
    for (const Verdict& verdict : CheckAll(*trace, checkers_, {}).verdicts) {
      if (verdict.kind != VerdictKind::kUnknown) continue;
      const std::string note = verdict.notes.empty() ? "" : ": " + verdict.notes.front();
      return End(RegressionStatus::kInconclusive, "'" + verdict.name + "' cannot tell" + note);
    }
    return End(RegressionStatus::kAsExpected, "pass, " + Executions());
  }

  [[nodiscard]] std::string Executions() const {
    return std::to_string(result_.executions) +
           (result_.executions == 1 ? " execution" : " executions");
  }

  RegressionResult End(RegressionStatus status, std::string text) {
    result_.status = status;
    result_.text = std::move(text);
    return result_;
  }

  const RegressionCase& regression_;
  const RegressionOptions& options_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::unique_ptr<FailureTest> test_;
  std::unique_ptr<CaseRunner> runner_;
  std::optional<Failure> met_;
  bool stopped_ = false;
  RegressionResult result_;
};

}  // namespace

RegressionCase RegressionOf(const Counterexample& counterexample) {
  RegressionCase regression;
  regression.name = counterexample.source.name;
  regression.identity = counterexample.identity;
  regression.seed = counterexample.source.seed;
  regression.epoch_seconds = counterexample.source.epoch_seconds;
  regression.preemptions = counterexample.preemptions;
  regression.schedule = counterexample.schedule;
  for (Decision& decision : regression.schedule) decision.fingerprint = 0;  // as its text says
  regression.outcome = counterexample.outcome;
  regression.scenario_json = CaseToScenario(counterexample.source);
  return regression;
}

RegressionResult RunRegression(const RegressionCase& regression, const RegressionOptions& options) {
  REDRIVE_CHECK(regression.preemptions <= kPreemptionsMax);
  return Run(regression, options).Whole();
}

std::string_view RegressionStatusName(RegressionStatus status) {
  switch (status) {
    case RegressionStatus::kAsExpected:
      return "as expected";
    case RegressionStatus::kViolates:
      return "violates";
    case RegressionStatus::kGone:
      return "gone";
    case RegressionStatus::kInconclusive:
      return "inconclusive";
    case RegressionStatus::kCannotRun:
      break;
  }
  return "cannot run";
}

}  // namespace redrive
