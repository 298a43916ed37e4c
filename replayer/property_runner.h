// PlanRunner: one plan, prepared in the simulation: executes it under schedules and judges what
// came out. Outcomes and orders that were met before are not judged again.
#ifndef REDRIVE_REPLAYER_PROPERTY_RUNNER_H_
#define REDRIVE_REPLAYER_PROPERTY_RUNNER_H_

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "recorder/case_runner.h"
#include "replayer/checker.h"
#include "replayer/property.h"

namespace redrive::par {

using Checkers = std::vector<std::unique_ptr<Checker>>;

// How an outcome was judged.
struct Judged {
  std::vector<Signature> violations;    // ascending, each once
  std::vector<std::uint64_t> examined;  // by check, kOrderCheck last
  std::string unknown;                  // why it cannot be told; "" when it can
  [[nodiscard]] bool Has(const Signature& signature) const;
};

struct Executed {
  const Judged* judged = nullptr;  // valid as long as the runner
  std::uint64_t preemptions = 0;
  std::uint64_t decisions = 0;
};

// The model's checks, and kOrderCheck behind them.
CheckReport JudgeTrace(const Model& model, const Plan& plan, const Checkers& checkers,
                       const Trace& trace);

// Not thread-safe.
class PlanRunner {
 public:
  // `model` and `checkers` must outlive it. Errors (kInvalid): a request of the setup or the prefix
  // was refused.
  [[nodiscard]] static Result<std::unique_ptr<PlanRunner>> Make(const Model& model,
                                                                const Plan& plan,
                                                                const PropertyOptions& options,
                                                                const Checkers& checkers);

  // Errors: kDiverged, which would be a bug of Redrive or of the handler.
  [[nodiscard]] Result<Executed> Follow(const Choices& choices);
  // Empty when the strategy has nothing left.
  [[nodiscard]] Result<std::optional<Executed>> Execute(Strategy& strategy, std::uint64_t number);

  // Of the last execution.
  [[nodiscard]] const redrive::Schedule& schedule() const { return runner_->schedule(); }
  [[nodiscard]] Result<Trace> Record() const { return runner_->Record(runner_->schedule()); }

  [[nodiscard]] const Case& source() const { return source_; }
  [[nodiscard]] std::uint64_t executions() const { return executions_; }
  [[nodiscard]] const std::map<std::pair<std::uint64_t, std::uint64_t>, Judged>& judged() const {
    return judged_;
  }

 private:
  PlanRunner(const Model& model, Plan plan, const Checkers& checkers)
      : model_(model), plan_(std::move(plan)), checkers_(checkers) {}
  [[nodiscard]] Result<Judged> JudgeOutcome(const CaseExecution& execution) const;

  const Model& model_;
  Plan plan_;
  Case source_;
  std::unique_ptr<CaseRunner> runner_;
  const Checkers& checkers_;
  ChoiceStrategy follow_;
  std::uint64_t executions_ = 0;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Judged> judged_;
};

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_RUNNER_H_
