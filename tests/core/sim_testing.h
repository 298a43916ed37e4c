// A two-request lost update in the bare world, for the tests of strategies and worlds.
#ifndef REDRIVE_TESTS_CORE_SIM_TESTING_H_
#define REDRIVE_TESTS_CORE_SIM_TESTING_H_

#include "core/sim_world.h"

namespace redrive {

struct Counter {
  int value = 0;
};

inline constexpr Label kCounters{"counters"};

// count + 1 with a read and a write step: loses an update when another write comes in between.
inline Task<void> ReadThenWrite(Env& env, Counter& counter) {
  const Access read(kCounters, 1, Mode::kRead);
  const Access write(kCounters, 1, Mode::kWrite);
  co_await env.Yield("counter.read", read);
  const int seen = counter.value;
  co_await env.Yield("counter.write", write);
  counter.value = seen + 1;
}

struct LostUpdateResult {
  Ending ending = Ending::kDone;
  bool lost = false;
  std::uint64_t digest = 0;
};

// One execution with `tasks` concurrent increments.
inline LostUpdateResult ExecuteLostUpdate(SimWorld& world, Decider& decider, int tasks,
                                          const Limits& limits = {}) {
  world.Reset();
  Counter counter;
  for (int i = 0; i < tasks; ++i) {
    Env& env = world.NewTask("request");
    world.Start(env, ReadThenWrite(env, counter));
  }
  const Ending ending = Explore(world, decider, limits);
  return {ending, counter.value != tasks, world.digest()};
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_CORE_SIM_TESTING_H_
