// Strategies: who decides beyond the prefix. One small object each; deterministic in its seed.
// docs/SEARCH.md compares them.
#ifndef REDRIVE_CORE_STRATEGY_H_
#define REDRIVE_CORE_STRATEGY_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/world.h"

namespace redrive {

// The parked tasks as numbered candidates: 0 is the task that ran last, if it is parked; the others
// follow in ascending order of id.
class TaskChoice {
 public:
  TaskChoice(std::span<const ParkedTask> parked, TaskId last);
  [[nodiscard]] std::uint32_t bound() const { return static_cast<std::uint32_t>(parked_.size()); }
  // True when any other candidate than 0 is a preemption.
  [[nodiscard]] bool first_is_current() const { return current_ != kNone; }
  [[nodiscard]] const ParkedTask& at(std::uint32_t value) const;
  // The inverse of at(): the number of the candidate parked()[index].
  [[nodiscard]] std::uint32_t ValueOf(std::size_t index) const;
  [[nodiscard]] std::span<const ParkedTask> parked() const { return parked_; }
  // True when nobody was parked after the step before, so that time had to pass: then everything
  // before comes before everything after. Known to strategies that observe.
  [[nodiscard]] bool after_wait() const { return after_wait_; }
  void MarkAfterWait() { after_wait_ = true; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::span<const ParkedTask> parked_;
  std::size_t current_ = kNone;  // index of the last task in parked_
  bool after_wait_ = false;
};

// What PickTask answers when every continuation from here is equivalent to one that was executed.
inline constexpr std::uint32_t kAbandon = 0xffffffffU;

// How far a search has come. What a strategy does not know stays at its default.
struct SearchProgress {
  bool exhaustive = false;        // ends by itself: BeginExecution answers false in the end
  bool complete = false;          // it has ended, and nothing within its bounds was left out
  std::uint64_t schedules = 0;    // whole executions; of dpor, each is a class of its own
  std::uint64_t redundant = 0;    // executions that were abandoned
  std::uint32_t preemptions = 0;  // bounded: the level that is being searched, or was last
  bool cut = false;               // a limit or the user ended an execution early: never complete
  // dpor: time passed while nobody was parked; a task joined in while others were parked. With a
  // step time above zero both depend on more than accesses: then do not say complete.
  bool waited = false;
  bool joined = false;
  bool surprised = false;  // dpor: equivalent schedules differ, an access is wrong: never complete
  std::string limit;  // why nothing more can be complete: the limit's name and remedy; or empty
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // The spelling of --strategy that makes this one.
  [[nodiscard]] virtual std::string name() const = 0;
  // Prepares execution number `execution`, from 0; number 0 begins the search anew.
  // False: nothing is left to try.
  virtual bool BeginExecution(std::uint64_t execution) = 0;
  // Called only with bound() >= 2; returns a number below it, or kAbandon.
  virtual std::uint32_t PickTask(const TaskChoice& choice) = 0;
  // Called only with bound >= 2; returns a number below it.
  virtual std::uint32_t PickDraw(Label label, std::uint32_t bound) = 0;

  // True: OnStep is called. Asked once, when the decider is made, so that others pay nothing.
  [[nodiscard]] virtual bool observes() const { return false; }
  // The candidate `value` is about to be released. Called for every step of the execution, also
  // when it was the only candidate or was chosen by a prefix. False abandons the execution.
  virtual bool OnStep(const TaskChoice& /*choice*/, std::uint32_t /*value*/) { return true; }
  // The execution ended. Not called when an exception of the program under test ended it.
  virtual void EndExecution(Ending /*ending*/) {}
  [[nodiscard]] virtual SearchProgress progress() const { return {}; }
  // How many executions, from number 0, it learns from. Later ones depend on seed, number and these
  // lessons alone: whoever splits a campaign lets every part run them.
  [[nodiscard]] virtual std::uint64_t lessons() const { return 0; }
};

// True when the program under test ran to its own end, so that the schedule is a whole one.
constexpr bool IsWhole(Ending ending) {
  return ending == Ending::kDone || ending == Ending::kDeadlock;
}

// The spellings; docs/SEARCH.md says what each guarantees.
//   "random"     a seeded uniform pick at every step
//   "serial"     always 0: no preemption
//   "urw"        uniform over interleavings, by weights learnt from earlier executions
//   "surw"       the same over the steps that can matter
//   "pct:D"      Burckhardt et al., ASPLOS 2010; depth D from 1 to 64; "pct" is "pct:3"
//   "pos"        partial order sampling, Yuan, Yang, Gu, CAV 2018
//   "dfs"        all schedules, draws fixed at 0
//   "bounded:N"  all schedules with 0 preemptions, then 1, … then N; draws fixed at 0
//   "dpor"       one schedule of each class of equivalent ones; draws fixed at 0
//   "estimate"   probes that estimate the number of classes (core/class_estimator.h)
[[nodiscard]] Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec,
                                                             std::uint64_t seed);

}  // namespace redrive

#endif  // REDRIVE_CORE_STRATEGY_H_
