// Strategies: who decides beyond the prefix. One small object each; deterministic in its seed.
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

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::span<const ParkedTask> parked_;
  std::size_t current_ = kNone;  // index of the last task in parked_
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // The spelling of --strategy that makes this one.
  [[nodiscard]] virtual std::string name() const = 0;
  // Prepares execution number `execution`, from 0. False: nothing is left to try.
  virtual bool BeginExecution(std::uint64_t execution) = 0;
  // Called only with bound() >= 2; returns a number below it.
  virtual std::uint32_t PickTask(const TaskChoice& choice) = 0;
  // Called only with bound >= 2; returns a number below it.
  virtual std::uint32_t PickDraw(Label label, std::uint32_t bound) = 0;
};

// "random" (a seeded uniform pick at every step), "serial" (always 0: no preemption), "pct:D"
// (Burckhardt et al., ASPLOS 2010; depth D from 1 to 64; "pct" is "pct:3"),
// "dfs" (exhaustive, draws fixed at 0) and "bounded:N" (dfs with at most N preemptions).
[[nodiscard]] Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec,
                                                             std::uint64_t seed);

}  // namespace redrive

#endif  // REDRIVE_CORE_STRATEGY_H_
