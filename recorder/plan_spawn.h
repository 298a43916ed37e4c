// When the users of a plan start and stop: ramps and stages as Locust dispatches them, and the
// arrivals of the open model. Integers only.
#ifndef REDRIVE_RECORDER_PLAN_SPAWN_H_
#define REDRIVE_RECORDER_PLAN_SPAWN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/rng.h"
#include "recorder/scenario.h"

namespace redrive {

struct Spawn {
  std::size_t user_class = 0;  // index into the classes that were given
  VirtualTime start{0};
  VirtualTime stop = VirtualTime::max();
};

// Ramps up and down as Locust does: max(1, floor(rate)) users at once, so often that the rate
// holds; the last started stop first. Users are in order of their start; who comes after others
// have stopped is a new one. Of `classes` names, weights and fixed counts are read. Those that are
// left at the end stop at `end`. Error kLimit: more than `users_max` in all.
[[nodiscard]] Result<std::vector<Spawn>> SpawnStages(const std::vector<Stage>& stages,
                                                     const std::vector<UserClass>& classes,
                                                     VirtualTime end, std::uint64_t users_max);

// One user per arrival before `end`, each on its own until it has done what it came for. Evenly
// spaced: the n-th arrives when the area under the rate is n. Poisson: when it is the sum of n
// exponential draws of mean 1. Error kLimit: more than `users_max`.
[[nodiscard]] Result<std::vector<Spawn>> SpawnArrivals(const Arrivals& arrivals,
                                                       const std::vector<UserClass>& classes,
                                                       VirtualTime end, std::uint64_t users_max,
                                                       const Rng& rng);

// The last instant of `arrivals`.
VirtualTime DurationOf(const Arrivals& arrivals);

// Deals `iterations` out among users with these limits (0: none), one to each in turn, again and
// again. Those behind the end of the result get none.
std::vector<std::uint32_t> DealIterations(std::uint64_t iterations,
                                          const std::vector<std::uint32_t>& limits);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PLAN_SPAWN_H_
