#include "core/decider.h"
#include "core/world.h"

namespace redrive {
namespace {

Ending RunToEnd(World& world, Decider& decider, const Limits& limits) {
  TaskId last = kNoTask;
  const bool observed = decider.observes();
  for (std::uint64_t step = 0;; ++step) {
    if (observed) {
      const VirtualTime before = world.Now();
      world.Settle();
      if (world.Now() != before) decider.WaitedForTime();
    } else {
      world.Settle();
    }
    const std::span<const ParkedTask> parked = world.Parked();
    if (parked.empty()) {
      decider.CheckPrefix();
      return world.Finished() ? Ending::kDone : Ending::kDeadlock;
    }
    if (step == limits.steps_max) return Ending::kStepLimit;
    if (world.Now() > limits.virtual_time_max) return Ending::kTimeLimit;
    if (limits.stop != nullptr && limits.stop->load(std::memory_order_relaxed)) {
      return Ending::kStopped;
    }
    last = decider.PickTask(parked, last);
    if (last == kNoTask) return Ending::kRedundant;
    world.Release(last);
  }
}

}  // namespace

Ending Explore(World& world, Decider& decider, const Limits& limits) {
  try {
    const Ending ending = RunToEnd(world, decider, limits);
    decider.End(ending);
    return ending;
  } catch (const Divergence&) {
    decider.End(Ending::kDiverged);
    throw;
  }
}

std::string_view EndingName(Ending ending) {
  switch (ending) {
    case Ending::kDone:
      return "done";
    case Ending::kDeadlock:
      return "deadlock";
    case Ending::kStepLimit:
      return "step limit";
    case Ending::kTimeLimit:
      return "virtual time limit";
    case Ending::kStopped:
      return "stopped";
    case Ending::kDiverged:
      return "diverged";
    case Ending::kTaskLimit:
      return "task limit";
    case Ending::kRedundant:
      return "redundant";
  }
  return "unknown";
}

}  // namespace redrive
