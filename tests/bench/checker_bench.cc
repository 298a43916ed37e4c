// Speed and memory of the checkers' pure algorithms on prepared histories. Bars of the project:
// counters >= 50 M operations/s, stock >= 15 M, linearizability search >= 1 M on linearizable
// histories of concurrency 16. "bytes_per_operation" is what the algorithm allocates at its peak,
// without the prepared arrays.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdlib>
#include <new>
#include <string>

#include "core/rng.h"
#include "replayer/chain_algorithm.h"
#include "replayer/counter_algorithm.h"
#include "replayer/linearizability.h"
#include "replayer/named_models.h"
#include "replayer/register_algorithm.h"
#include "replayer/serialisation_graph.h"
#include "replayer/session_algorithm.h"
#include "replayer/stock_algorithm.h"
#include "tests/replayer/timed_history.h"

namespace redrive {
namespace {

// Bytes that are allocated now, and the most there have been, while somebody measures.
bool g_measuring = false;
std::int64_t g_live = 0;
std::int64_t g_peak = 0;

void* Allocate(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (!memory) throw std::bad_alloc();
  if (g_measuring) {
    g_live += static_cast<std::int64_t>(malloc_usable_size(memory));
    g_peak = std::max(g_peak, g_live);
  }
  return memory;
}

void Release(void* memory) {
  if (g_measuring && memory) g_live -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace
}  // namespace redrive

void* operator new(std::size_t size) { return redrive::Allocate(size); }
void operator delete(void* memory) noexcept { redrive::Release(memory); }
void operator delete(void* memory, std::size_t) noexcept { redrive::Release(memory); }

namespace redrive {
namespace {

constexpr std::size_t kConcurrency = 16;

std::vector<TimedOperation> MakeHistory(std::size_t n) {
  Rng rng(7);
  return MakeTimedHistory(rng, n, kConcurrency);
}

template <class Judge>
void Measure(benchmark::State& state, Judge judge) {
  g_live = g_peak = 0;
  g_measuring = true;
  const bool right = judge();
  g_measuring = false;
  if (!right) state.SkipWithError("the verdict is wrong");
  for (auto _ : state) benchmark::DoNotOptimize(judge());
  const auto n = state.range(0);
  state.SetItemsProcessed(state.iterations() * n);
  state.counters["bytes_per_operation"] =
      benchmark::Counter(static_cast<double>(g_peak) / static_cast<double>(n));
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

// Every third operation a read.
void BM_CounterThatAnswers(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  std::vector<Issued> all(n);
  std::int64_t number = 0;
  for (const std::size_t i : ByEffect(history)) {
    if (i % 3 != 0) ++number;
    all[i] = {history[i].at, number};
  }
  std::vector<Issued> issued;
  std::vector<Issued> reads;
  for (std::size_t i = 0; i < n; ++i) (i % 3 != 0 ? issued : reads).push_back(all[i]);
  const SeriesRules rules{.gap_free = true, .start_known = true, .start = 0};
  Measure(state, [&] { return JudgeSeries(issued, {}, rules, reads).empty(); });
}
BENCHMARK(BM_CounterThatAnswers)->Apply(Sizes);

// No reads; every thousandth number was taken by a request without an answer, so that the general
// method is needed.
void BM_SeriesWithUnanswered(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  std::vector<Issued> issued;
  std::vector<Interval> perhaps;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 1000 == 0)
      perhaps.push_back({history[i].at.begin, kUnanswered});
    else
      issued.push_back({history[i].at, static_cast<std::int64_t>(history[i].effect) + 1});
  }
  const SeriesRules rules{.gap_free = true, .start_known = true, .start = 0};
  Measure(state, [&] { return JudgeSeries(issued, perhaps, rules).empty(); });
}
BENCHMARK(BM_SeriesWithUnanswered)->Apply(Sizes);

void BM_BlindCounter(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  std::vector<Issued> all(n);
  std::int64_t number = 0;
  for (const std::size_t i : ByEffect(history)) {
    if (i % 3 != 0) ++number;
    all[i] = {history[i].at, number};
  }
  std::vector<Interval> increments;
  std::vector<Issued> reads;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 3 != 0)
      increments.push_back(all[i].at);
    else
      reads.push_back(all[i]);
  }
  Measure(state, [&] { return JudgeBlindCounter(0, increments, {}, reads).empty(); });
}
BENCHMARK(BM_BlindCounter)->Apply(Sizes);

// Quantities of 1 to 3; half of all that is asked for is there, the rest is refused.
std::vector<StockEvent> MakeStock(const std::vector<TimedOperation>& history, bool additions) {
  std::vector<StockEvent> events(history.size());
  auto left = static_cast<std::int64_t>(additions ? 100 : history.size());
  Rng rng(11);
  for (const std::size_t i : ByEffect(history)) {
    const std::int64_t quantity = rng.Between(1, 3);
    StockEvent& event = events[i];
    event = {history[i].at, StockEffect::kDeducted, Decimal::FromInteger(quantity)};
    if (additions && rng.Below(2) == 0) {
      event.effect = StockEffect::kAdded;
      left += quantity;
    } else if (left >= quantity) {
      left -= quantity;
    } else {
      event.effect = StockEffect::kRefused;
    }
  }
  return events;
}

void BM_Stock(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<StockEvent> events = MakeStock(MakeHistory(n), /*additions=*/false);
  const Decimal initial = Decimal::FromInteger(static_cast<std::int64_t>(n));
  Measure(state, [&] { return JudgeStock(initial, events).problems.empty(); });
}
BENCHMARK(BM_Stock)->Apply(Sizes);

// Refusals that only the search can tell may stay open here: it is switched off.
void BM_StockWithAdditions(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<StockEvent> events = MakeStock(MakeHistory(n), /*additions=*/true);
  const Decimal initial = Decimal::FromInteger(100);
  Measure(state, [&] { return JudgeStock(initial, events, {.nodes_max = 0}).problems.empty(); });
}
BENCHMARK(BM_StockWithAdditions)->Apply(Sizes);

// Every fourth operation a write of a value of its own.
void BM_Register(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  std::vector<RegisterAccess> accesses(n);
  std::int64_t value = 0;
  for (const std::size_t i : ByEffect(history)) {
    if (i % 4 == 0) value = static_cast<std::int64_t>(i) + 1;
    accesses[i] = {history[i].at, value, i % 4 == 0};
  }
  Measure(state, [&] { return JudgeRegister(accesses, 0).problems.empty(); });
}
BENCHMARK(BM_Register)->Apply(Sizes);

void BM_Chain(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  std::vector<ChainLink> links(n);
  std::int64_t value = 0;
  for (const std::size_t i : ByEffect(history)) {
    links[i] = {history[i].at, Decimal::FromInteger(value), Decimal::FromInteger(value + 1)};
    ++value;
  }
  Measure(state, [&] { return JudgeChain(links, {}, Decimal(), std::nullopt).problems.empty(); });
}
BENCHMARK(BM_Chain)->Apply(Sizes);

// A thousand sessions over a hundred objects.
void BM_Sessions(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<TimedOperation> history = MakeHistory(n);
  Rng rng(5);
  std::vector<SessionAccess> accesses(n);
  for (const std::size_t i : ByEffect(history)) {
    accesses[i] = {.session = static_cast<std::uint32_t>(rng.Below(1'000)),
                   .object = static_cast<std::uint32_t>(rng.Below(100)),
                   .at = history[i].at,
                   .version = static_cast<std::int64_t>(history[i].effect),
                   .write = rng.Below(2) == 0};
  }
  Measure(state, [&] { return JudgeSessions(accesses, Guarantee::kReadYourWrites).empty(); });
}
BENCHMARK(BM_Sessions)->Apply(Sizes);

// Items are data operations: requests of four on a thousand keys, one after the other.
void BM_SerialisationGraph(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  Rng rng(5);
  std::vector<DataAccess> accesses(n);
  for (std::size_t i = 0; i < n; ++i) {
    accesses[i] = {
        static_cast<std::uint32_t>(i / 4), 0,
        i % 4 == 0 ? DataAccess::kWholeSpace : static_cast<std::uint32_t>(rng.Below(1'000)),
        i % 4 == 3};
  }
  const auto requests = static_cast<std::uint32_t>((n + 3) / 4);
  Measure(state, [&] { return FindSerialCycles(accesses, requests).empty(); });
}
BENCHMARK(BM_SerialisationGraph)->Apply(Sizes);

template <class Model>
void Search(benchmark::State& state, const Model& model,
            const std::vector<Call<typename Model::Operation>>& calls) {
  Measure(state, [&] {
    const auto verdict = CheckLinearizability(model, calls);
    state.counters["configurations"] =
        static_cast<double>(verdict.nodes) / static_cast<double>(calls.size());
    return verdict.outcome == Linearizable::kYes;
  });
}

void BM_SearchCounterThatAnswers(benchmark::State& state) {
  const std::vector<TimedOperation> history = MakeHistory(static_cast<std::size_t>(state.range(0)));
  std::vector<Call<CounterModel::Operation>> calls;
  for (const TimedOperation& one : history) {
    calls.push_back({one.at,
                     {.kind = CounterModel::Kind::kAddAndGet,
                      .value = static_cast<std::int64_t>(one.effect) + 1}});
  }
  Search(state, CounterModel{0}, calls);
}
BENCHMARK(BM_SearchCounterThatAnswers)->Apply(Sizes);

// A status of five values, half of the operations writes. (For values that are written once there
// are zones; the search is not made for them.)
void BM_SearchStatus(benchmark::State& state) {
  const std::vector<TimedOperation> history = MakeHistory(static_cast<std::size_t>(state.range(0)));
  std::vector<Call<RegisterModel::Operation>> calls(history.size());
  Rng rng(9);
  std::int64_t value = 0;
  for (const std::size_t i : ByEffect(history)) {
    const bool write = rng.Below(2) == 0;
    if (write) value = rng.Between(1, 5);
    const auto kind = write ? RegisterModel::Kind::kWrite : RegisterModel::Kind::kRead;
    calls[i] = {history[i].at, {.kind = kind, .value = value}};
  }
  Search(state, RegisterModel{{0}}, calls);
}
BENCHMARK(BM_SearchStatus)->Apply(Sizes);

void BM_SearchStock(benchmark::State& state) {
  const std::vector<TimedOperation> history = MakeHistory(static_cast<std::size_t>(state.range(0)));
  std::vector<Call<StockModel::Operation>> calls;
  for (const StockEvent& event : MakeStock(history, /*additions=*/true)) {
    const auto kind = event.effect == StockEffect::kAdded      ? StockModel::Kind::kAdd
                      : event.effect == StockEffect::kDeducted ? StockModel::Kind::kDeduct
                                                               : StockModel::Kind::kRefused;
    calls.push_back({event.at, {.kind = kind, .quantity = *event.quantity.Scaled(0)}});
  }
  Search(state, StockModel{100}, calls);
}
BENCHMARK(BM_SearchStock)->Apply(Sizes);

}  // namespace
}  // namespace redrive
