// The strategies behind MakeStrategy, one small file each. Callers use core/strategy.h.
#ifndef REDRIVE_CORE_STRATEGIES_H_
#define REDRIVE_CORE_STRATEGIES_H_

#include "core/strategy.h"

namespace redrive {

// random_walk.cc
std::unique_ptr<Strategy> MakeSerial();
std::unique_ptr<Strategy> MakeRandomWalk(std::uint64_t seed);
// pct.cc. REQUIRES: 1 <= depth <= 64.
std::unique_ptr<Strategy> MakePct(std::uint64_t seed, std::uint32_t depth);
// depth_first.cc
std::unique_ptr<Strategy> MakeDepthFirst();
// bounded.cc. `bytes_max` caps the schedules that are kept for the next level.
std::unique_ptr<Strategy> MakeBounded(std::uint32_t preemptions_max,
                                      std::size_t bytes_max = 256'000'000);
// weighted_walk.cc
std::unique_ptr<Strategy> MakeUrw(std::uint64_t seed);
std::unique_ptr<Strategy> MakeSurw(std::uint64_t seed);
// partial_order_sampling.cc
std::unique_ptr<Strategy> MakePos(std::uint64_t seed);
// dpor.cc. Beyond `wakeups_max` planned steps it may abandon executions, but loses none.
std::unique_ptr<Strategy> MakeDpor(std::size_t wakeups_max = 4'000'000);

}  // namespace redrive

#endif  // REDRIVE_CORE_STRATEGIES_H_
