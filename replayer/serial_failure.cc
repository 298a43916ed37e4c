#include "replayer/serial_failure.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/check.h"
#include "replayer/case_judge.h"
#include "replayer/history.h"
#include "replayer/judgement.h"

namespace redrive {
namespace {

// Judges on a runner of its own: the one that is asked about keeps its last execution.
class SerialFailureTest final : public FailureTest {
 public:
  static Result<std::unique_ptr<FailureTest>> Make(Case source, SerialOracleOptions options) {
    source.checks_json = "[]";
    auto runner = CaseRunner::Make(CaseToSpec(source));
    if (runner.has_error()) return runner.error();
    options.allowed.insert(options.allowed.end(), source.allowed.begin(), source.allowed.end());
    std::unique_ptr<SerialFailureTest> test(
        new SerialFailureTest(std::move(*runner), std::move(options)));
    if (test->oracle_.Learn()) {
      auto judge = CaseJudge::Make(*test->runner_, &test->oracle_);
      if (judge.has_error()) return judge.error();
      test->judge_ = std::move(*judge);
    }
    return std::unique_ptr<FailureTest>(std::move(test));
  }

  Result<std::span<const Failure>> Judge(CaseRunner& runner, const CaseExecution&) override {
    failures_.clear();
    if (judge_ == nullptr) return std::span<const Failure>(failures_);
    const Schedule schedule = runner.schedule();
    const auto serial = MakeStrategy("serial", 0);
    REDRIVE_CHECK(serial.has_value());
    const auto again = runner_->Execute(**serial, 0, schedule);
    if (!again || again->ending != Ending::kDone) return std::span<const Failure>(failures_);
    for (const CaseFailure& failure : judge_->Judge(*again)) {
      const Result<Violation> violation = ViolationOf(failure, schedule);
      if (violation.has_error()) return violation.error();
      failures_.push_back({{failure.oracle, failure.shape}, *violation});
    }
    return std::span<const Failure>(failures_);
  }

 private:
  SerialFailureTest(std::unique_ptr<CaseRunner> runner, SerialOracleOptions options)
      : runner_(std::move(runner)), oracle_(*runner_, std::move(options)) {}

  // All requests of the lanes are witnesses: it is their order that does not exist.
  Result<Violation> ViolationOf(const CaseFailure& failure, const Schedule& schedule) {
    const Result<Trace> trace = runner_->Record(schedule);
    if (trace.has_error()) return trace.error();
    Violation violation;
    violation.shape = failure.shape;
    violation.nature = Nature::kRace;
    violation.what = failure.what;
    violation.why = failure.why;
    for (const InvokeRecord& invoke : trace->invokes) {
      if (invoke.phase == Phase::kRun) violation.operations.push_back(invoke.operation);
    }
    if (violation.operations.size() > 1) {
      const History history(*trace);
      violation.window = FindWindow(history, violation.operations[0], violation.operations[1], "");
    }
    return violation;
  }

  std::unique_ptr<CaseRunner> runner_;
  SerialOracle oracle_;
  std::unique_ptr<CaseJudge> judge_;  // null: too many serial orders
  std::vector<Failure> failures_;
};

}  // namespace

FailureTestFactory SerialFailures(SerialOracleOptions options) {
  return [options = std::move(options)](const Case& source) {
    return SerialFailureTest::Make(source, options);
  };
}

}  // namespace redrive
