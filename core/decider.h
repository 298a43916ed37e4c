// Decider: the only maker and recorder of decisions. A prefix is obeyed before the strategy is
// asked; there is no other "replay mode" anywhere.
#ifndef REDRIVE_CORE_DECIDER_H_
#define REDRIVE_CORE_DECIDER_H_

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "core/schedule.h"
#include "core/strategy.h"

namespace redrive {

// A replay was offered a different choice than was recorded. Never a pass.
class Divergence : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Decider {
 public:
  // `strategy` must outlive its use.
  explicit Decider(Strategy& strategy) { Use(strategy); }

  // Asks another strategy from the next execution on. It must outlive its last use.
  void Use(Strategy& strategy) {
    strategy_ = &strategy;
    observes_ = strategy.observes();
  }

  // Prepares one execution. `prefix` must outlive it. False: the strategy has nothing left.
  bool Begin(std::uint64_t execution, std::span<const Decision> prefix = {});

  // The task to release, or kNoTask when the strategy abandons the execution. Throws Divergence.
  // REQUIRES: !parked.empty().
  TaskId PickTask(std::span<const ParkedTask> parked, TaskId last);

  // True when the strategy wants to be told by WaitedForTime().
  [[nodiscard]] bool observes() const { return observes_; }
  // Says that nobody was parked, and time had to pass before the coming PickTask.
  // REQUIRES: observes().
  void WaitedForTime() { waited_ = true; }

  // A number in [0, bound). Never throws: it is called inside tasks, so a mismatch is kept and
  // thrown by the next PickTask or by CheckPrefix. REQUIRES: bound > 0.
  std::uint32_t Draw(Label label, std::uint32_t bound);

  // Tells the strategy how the execution ended. Explore does it; whoever runs an execution by
  // another loop calls it once at its end.
  void End(Ending ending) { strategy_->EndExecution(ending); }

  // Throws Divergence if a draw did not fit or, at the end, if part of the prefix was not used.
  void CheckPrefix() const;

  [[nodiscard]] const Schedule& schedule() const { return schedule_; }
  [[nodiscard]] std::uint64_t preemptions() const { return preemptions_; }

 private:
  bool TakeRecorded(Decision offered, std::string_view what, std::uint32_t* value);
  void KeepDivergence(std::string message);

  Strategy* strategy_ = nullptr;
  bool observes_ = false;  // cached: most strategies do not, and should not pay for a call
  std::span<const Decision> prefix_;
  Schedule schedule_;
  std::uint64_t preemptions_ = 0;
  bool waited_ = false;
  std::string divergence_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_DECIDER_H_
