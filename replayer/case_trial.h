// CaseTrial: whether a case shows a failure, and under which schedule with the fewest preemptions.
// The acceptance test of every shrink pass.
#ifndef REDRIVE_REPLAYER_CASE_TRIAL_H_
#define REDRIVE_REPLAYER_CASE_TRIAL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/schedule.h"
#include "recorder/case.h"
#include "recorder/case_runner.h"
#include "replayer/failure.h"

namespace redrive {

// How much may be executed in all; shared by the trials of one shrink.
class ShrinkBudget {
 public:
  // `stop` may be null; it must outlive this.
  ShrinkBudget(std::uint64_t executions_max, const std::atomic<bool>* stop)
      : executions_max_(executions_max), stop_(stop) {}
  // Takes one execution; false when there is none left or the caller wants to stop.
  bool Spend();
  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] std::uint64_t spent() const { return spent_; }
  std::uint64_t cases = 0;  // tried so far

 private:
  std::uint64_t executions_max_;
  const std::atomic<bool>* stop_;
  std::uint64_t spent_ = 0;
  bool empty_ = false;
  bool stopped_ = false;
};

// A failing execution.
struct FoundFailure {
  Failure failure;
  Schedule schedule;
  std::uint64_t preemptions = 0;
  std::uint64_t outcome = 0;
  std::uint64_t order = 0;
};

struct TrialOutcome {
  std::optional<FoundFailure> found;
  // Found: every schedule with fewer preemptions was executed and is right. Not found: every
  // schedule up to the bound was.
  bool exhaustive = true;
  // Failures with another identity that executions without preemption showed.
  std::set<FailureIdentity> serial_others;
  std::uint64_t executions = 0;
};

// The order in which the data operations of requests were executed, to be followed by a part of
// them: (CaseRequest::operation, hash of the label).
using StepOrder = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

struct TrialContext {
  FailureTestFactory failures;
  CaseRunnerOptions runner;
  ShrinkBudget* budget = nullptr;  // never null; not owned
  // Told of failures with another identity than the one looked for; may be empty.
  std::function<void(const Case& source, const FoundFailure& other)> on_other;
};

class CaseTrial {
 public:
  // `context` and `source` must outlive it. Errors (kInvalid): the case cannot run; for a shrink
  // pass that means a candidate that is not accepted.
  [[nodiscard]] static Result<std::unique_ptr<CaseTrial>> Make(const Case& source,
                                                               const TrialContext& context);

  // Tries all schedules without preemption, then with one, … up to `preemptions_max`, at most
  // `executions_max` in all; ends at the first that shows `identity` (an empty one: any failure).
  [[nodiscard]] Result<TrialOutcome> Search(const FailureIdentity& identity,
                                            std::uint64_t preemptions_max,
                                            std::uint64_t executions_max);

  // One execution that follows `order` as far as its steps are still there. A lane without a step
  // in it goes on when it can, so nothing waits for what is gone.
  [[nodiscard]] Result<TrialOutcome> Follow(const FailureIdentity& identity,
                                            const StepOrder& order);

  // One execution that obeys `schedule`. kDiverged when it does not fit.
  [[nodiscard]] Result<TrialOutcome> Obey(const FailureIdentity& identity,
                                          const Schedule& schedule);

  // Of a schedule that was found here.
  [[nodiscard]] Result<Trace> Record(const Schedule& schedule) const;
  [[nodiscard]] Result<StepOrder> OrderOf(const Schedule& schedule) const;

 private:
  CaseTrial(const Case& source, const TrialContext& context) : case_(source), context_(context) {}
  Result<bool> Judge(const FailureIdentity& identity, const CaseExecution& execution,
                     TrialOutcome* outcome);

  const Case& case_;
  const TrialContext& context_;
  std::unique_ptr<CaseRunner> runner_;
  std::unique_ptr<FailureTest> test_;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CASE_TRIAL_H_
