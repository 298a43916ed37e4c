// Cost of shrinking whole runs. Bars of the project, CPU time: a failing burst of 5,000 requests
// and more within 5 s, one of 1,000 within 1 s; to at most 3 requests and 1 preemption.
#include <benchmark/benchmark.h>

#include <fstream>
#include <sstream>
#include <string>

#include "recorder/execute.h"
#include "recorder/trace_file.h"
#include "replayer/shrink.h"

namespace redrive {
namespace {

Trace Burst(std::uint32_t users, std::int64_t seconds) {
  std::ifstream file(REDRIVE_SOURCE_DIR "/corpora/battwheels/peak_burst_full.json");
  std::ostringstream text;
  text << file.rdbuf();
  RunSpec spec;
  spec.scenario_name = "peak_burst_full";
  spec.scenario_json = text.str();
  spec.users = users;
  spec.run_time_ns = seconds * 1'000'000'000;
  TraceCollector collector;
  ExecuteOptions options;
  options.sink = &collector;
  (void)ExecuteSimulation(spec, options).value();
  return collector.trace;
}

void BM_ShrinkBurst(benchmark::State& state) {
  const Trace trace = Burst(static_cast<std::uint32_t>(state.range(0)), state.range(1));
  for (auto _ : state) {
    const Result<Counterexample> small = Shrink(trace, {});
    if (small.has_error()) {
      state.SkipWithError(small.error().message.c_str());
      return;
    }
    state.counters["requests"] = static_cast<double>(small->requests);
    state.counters["preemptions"] = static_cast<double>(small->preemptions);
    state.counters["cases"] = static_cast<double>(small->cases);
  }
  state.counters["from"] = static_cast<double>(trace.invokes.size());
}
BENCHMARK(BM_ShrinkBurst)->Args({50, 30})->Args({100, 120})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace redrive
