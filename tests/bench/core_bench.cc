// Cost of the simulated world. Bars of the project: a step with its decision recorded <= 30 ns,
// >= 2,000,000 complete schedules of a two-request lost update per second and core.
#include <benchmark/benchmark.h>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

Task<void> Steps(Env& env, int steps) {
  const Access access(kCounters, env.id() + 1, Mode::kWrite);
  for (int i = 0; i < steps; ++i) {
    co_await env.Yield("step", access);
  }
}

void BM_Step(benchmark::State& state, const char* spec) {
  const auto strategy = MakeStrategy(spec, 42).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  constexpr int kSteps = 10'000;
  const int tasks = static_cast<int>(state.range(0));
  std::uint64_t execution = 0;
  for (auto _ : state) {
    decider.Begin(execution++);
    world.Reset();
    for (int i = 0; i < tasks; ++i) {
      Env& env = world.NewTask("task");
      world.Start(env, Steps(env, kSteps / tasks));
    }
    benchmark::DoNotOptimize(Explore(world, decider, {}));
  }
  state.counters["per_step"] = benchmark::Counter(
      kSteps, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(BM_Step, random, "random")->Arg(2)->Arg(16)->Arg(64);
BENCHMARK_CAPTURE(BM_Step, pct3, "pct:3")->Arg(2)->Arg(16);
BENCHMARK_CAPTURE(BM_Step, urw, "urw")->Arg(2)->Arg(16);
BENCHMARK_CAPTURE(BM_Step, surw, "surw")->Arg(2)->Arg(16);
BENCHMARK_CAPTURE(BM_Step, pos, "pos")->Arg(2)->Arg(16);

void BM_LostUpdateSchedules(benchmark::State& state, const char* spec) {
  const auto strategy = MakeStrategy(spec, 42).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  std::uint64_t execution = 0;
  for (auto _ : state) {
    if (!decider.Begin(execution++)) {
      execution = 0;
      decider.Begin(execution++);
    }
    benchmark::DoNotOptimize(ExecuteLostUpdate(world, decider, 2).lost);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_LostUpdateSchedules, random, "random");
BENCHMARK_CAPTURE(BM_LostUpdateSchedules, dfs, "dfs");
BENCHMARK_CAPTURE(BM_LostUpdateSchedules, bounded2, "bounded:2");
BENCHMARK_CAPTURE(BM_LostUpdateSchedules, dpor, "dpor");

// A whole search of four tasks: 576 classes of 2,520 orders.
void BM_AllClasses(benchmark::State& state) {
  const auto strategy = MakeStrategy("dpor", 42).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  std::uint64_t classes = 0;
  for (auto _ : state) {
    for (std::uint64_t n = 0; decider.Begin(n); ++n, ++classes) {
      benchmark::DoNotOptimize(ExecuteLostUpdate(world, decider, 4).lost);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(classes));
}
BENCHMARK(BM_AllClasses);

}  // namespace
}  // namespace redrive
