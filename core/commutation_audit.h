// The commutation audit: every reduction of the search rests on steps called independent having no
// order that anybody could notice. The audit takes an execution, swaps two such neighbours, and its
// caller compares the outcomes: a difference means that an access in the code under test is wrong.
#ifndef REDRIVE_CORE_COMMUTATION_AUDIT_H_
#define REDRIVE_CORE_COMMUTATION_AUDIT_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/rng.h"

namespace redrive {

struct StepTaken {
  TaskId task = kNoTask;
  Label label;
  Access access;  // without key_text, which does not live as long
};

// Keeps the steps of an execution, as a sink of its world.
class StepLog final : public EventSink {
 public:
  void OnEvent(const Event& event) override;
  void Clear() { steps_.clear(); }
  [[nodiscard]] std::span<const StepTaken> steps() const { return steps_; }

 private:
  std::vector<StepTaken> steps_;
};

// The tasks of the recorded steps with the steps `first` and `first + 1` exchanged, for
// FollowTasks. If that misses place `first`, the later step was only made possible by the earlier
// one, and the swap says nothing; if it misses a later place, or the outcome differs, the two do
// not commute.
struct Swap {
  std::size_t first = 0;
  std::vector<TaskId> tasks;
};

// One of the neighbours of different tasks that are called independent, each equally likely.
// None when there are no such neighbours.
std::optional<Swap> ProposeSwap(std::span<const StepTaken> steps, Rng& rng);

// "step 12, task 3 at parts.find (parts), and step 13, task 5 at …": which steps `swap` exchanges.
std::string DescribeSwap(std::span<const StepTaken> steps, const Swap& swap);

}  // namespace redrive

#endif  // REDRIVE_CORE_COMMUTATION_AUDIT_H_
