// Load shapes: the ones that Locust ships as examples, and a spike, as stages of so many users.
// In integers, so that every machine plans the same users.
#ifndef REDRIVE_RECORDER_LOAD_SHAPE_H_
#define REDRIVE_RECORDER_LOAD_SHAPE_H_

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/virtual_time.h"
#include "recorder/scenario.h"

namespace redrive {

// `users`, but `peak_users` from `spike_at` on for `spike_time`.
struct SpikeShape {
  std::uint32_t users = 10;
  std::uint32_t peak_users = 100;
  VirtualTime spike_at{0};
  VirtualTime spike_time{0};
  std::uint64_t spawn_rate_milli = 100'000;
  VirtualTime time_limit{0};
};

// Locust's double_wave.py: two bells over a floor, told anew every second.
struct DoubleWaveShape {
  std::uint32_t min_users = 20;
  std::uint32_t peak_one_users = 60;
  std::uint32_t peak_two_users = 40;
  VirtualTime time_limit{0};
};

// Locust's step_load.py: `step_load` users more every `step_time`.
struct StepShape {
  VirtualTime step_time{0};
  std::uint32_t step_load = 10;
  std::uint64_t spawn_rate_milli = 10'000;
  VirtualTime time_limit{0};
};

// Errors (kInvalid): parts that do not fit into the time limit, more than 100,000 stages or
// 1,000,000 users.
[[nodiscard]] Result<std::vector<Stage>> StagesOfShape(const SpikeShape& shape);
[[nodiscard]] Result<std::vector<Stage>> StagesOfShape(const DoubleWaveShape& shape);
[[nodiscard]] Result<std::vector<Stage>> StagesOfShape(const StepShape& shape);

// Users of the double wave, `second` seconds after the start of `time_limit` seconds.
// REQUIRES: time_limit > 0.
[[nodiscard]] std::uint32_t DoubleWaveUsers(const DoubleWaveShape& shape, std::uint64_t second,
                                            std::uint64_t time_limit);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOAD_SHAPE_H_
