// World: what the explorer sees. It holds the tasks, knows who is parked and lets exactly one go
// on; whether a task is a coroutine in memory or a message held before a database does not matter.
#ifndef REDRIVE_CORE_WORLD_H_
#define REDRIVE_CORE_WORLD_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/event.h"

namespace redrive {

class Decider;

struct ParkedTask {
  TaskId id = kNoTask;
  const YieldPoint* point = nullptr;  // owned by the world, valid until the task is released
};

// Where `id` stands in `parked` (ascending by id), or parked.size(). Without branches on the data:
// which task is looked for is random by design, so a predictor would fail at every turn.
inline std::size_t IndexOfParked(std::span<const ParkedTask> parked, TaskId id) {
  if (parked.empty()) return 0;
  const ParkedTask* base = parked.data();
  for (std::size_t length = parked.size(); length > 1;) {
    const std::size_t half = length / 2;
    base = base[half].id <= id ? base + half : base;
    length -= half;
  }
  return base->id == id ? static_cast<std::size_t>(base - parked.data()) : parked.size();
}

class World {
 public:
  virtual ~World() = default;
  // Runs until every task is parked, blocked or done, moving time only when nobody is parked.
  virtual void Settle() = 0;
  // In ascending order of id. Valid until the next call of Settle or Release.
  [[nodiscard]] virtual std::span<const ParkedTask> Parked() const = 0;
  // Lets one parked task take one step. REQUIRES: `id` is parked.
  virtual void Release(TaskId id) = 0;
  // True when every task is done.
  [[nodiscard]] virtual bool Finished() const = 0;
  [[nodiscard]] virtual VirtualTime Now() const = 0;
};

// Why an execution stopped. Values are part of the trace format.
enum class Ending : std::uint8_t {
  kDone = 0,
  kDeadlock = 1,  // tasks are left, none can go on
  kStepLimit = 2,
  kTimeLimit = 3,
  kStopped = 4,  // by the user
  kDiverged = 5,
  kTaskLimit = 6,
  kRedundant = 7,  // abandoned: a search had executed an equivalent schedule before
};
std::string_view EndingName(Ending ending);

struct Limits {
  std::uint64_t steps_max = 50'000'000;
  VirtualTime virtual_time_max = std::chrono::hours(24 * 7);
  const std::atomic<bool>* stop = nullptr;  // checked at every step; may be null
};

// One execution: settle, choose, release, until an ending, which the strategy is told. The main
// loop of Redrive.
// Throws Divergence (core/decider.h) when a prefix does not fit; nothing else crosses it.
Ending Explore(World& world, Decider& decider, const Limits& limits);

}  // namespace redrive

#endif  // REDRIVE_CORE_WORLD_H_
