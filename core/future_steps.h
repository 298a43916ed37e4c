// FutureSteps: what tasks may still touch, as far as earlier executions told. From it follow
// persistent sets: tasks whose next steps no other task can interfere with before one of them is
// taken, so that only they need be tried (Godefroid, 1996, chapter 4).
#ifndef REDRIVE_CORE_FUTURE_STEPS_H_
#define REDRIVE_CORE_FUTURE_STEPS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "core/offers.h"

namespace redrive {

class FutureSteps {
 public:
  // A new execution begins.
  void Begin() { taken_.clear(); }
  // `task` takes this step; `learn` keeps what it touches.
  void Add(std::uint32_t task, const Footprint& footprint, bool learn);

  // The persistent set of `offers` with the fewest tasks outside `asleep`, of equals the first. A
  // task that does more than was ever seen may touch anything.
  [[nodiscard]] TaskSet Persistent(std::span<const Offer> offers, TaskSet asleep) const;

  void Forget() { *this = FutureSteps(); }

 private:
  [[nodiscard]] bool MayTouch(std::uint32_t task, const Offer& own, const Footprint& other) const;

  std::vector<std::size_t> taken_;                         // steps of each task in this execution
  std::vector<std::vector<std::vector<Footprint>>> seen_;  // by task and number of the step
};

}  // namespace redrive

#endif  // REDRIVE_CORE_FUTURE_STEPS_H_
