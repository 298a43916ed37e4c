// The pure algorithms on long and strange histories. What they say of small ones is compared with
// exhaustive search in *_differential_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"
#include "replayer/chain_algorithm.h"
#include "replayer/counter_algorithm.h"
#include "replayer/key_sort.h"
#include "replayer/linearizability.h"
#include "replayer/named_models.h"
#include "replayer/register_algorithm.h"
#include "replayer/series_algorithm.h"
#include "replayer/stock_algorithm.h"
#include "tests/replayer/timed_history.h"

namespace redrive {
namespace {

TEST(ChainAlgorithmTest, LongChainWithRepeatedValuesIsDecidedFast) {
  // Up and down between 0 and 1 ten thousand times, one after the other.
  std::vector<ChainLink> links;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto from = static_cast<std::int64_t>(i % 2);
    links.push_back(
        {{2 * i + 1, 2 * i + 2}, Decimal::FromInteger(from), Decimal::FromInteger(1 - from)});
  }
  const ChainVerdict verdict = JudgeChain(links, {}, Decimal(), Decimal());
  EXPECT_FALSE(verdict.undecided);
  EXPECT_TRUE(verdict.problems.empty());
}

TEST(SeriesAlgorithmTest, HugeHoleIsCountedNotWalked) {
  const std::vector<Issued> issued{{{1, 2}, 1}, {{3, 4}, 4'000'000'000'000'000'000}};
  const auto problems = JudgeSeries(issued, {}, {.gap_free = true});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].fault, SeriesFault::kGap);
  EXPECT_EQ(problems[0].number, 2);
  EXPECT_EQ(problems[0].missing, 3'999'999'999'999'999'998U);
}

TEST(KeySortTest, SortsStablyLikeTheLibrary) {
  Rng rng(1);
  for (int round = 0; round < 300; ++round) {
    const unsigned bits = static_cast<unsigned>(1 + rng.Below(64));
    std::vector<KeyedIndex> items(rng.Below(400));
    for (std::uint32_t i = 0; i < items.size(); ++i) items[i] = {rng.Next() >> (64 - bits), i};
    std::vector<KeyedIndex> expected = items;
    std::stable_sort(expected.begin(), expected.end(),
                     [](const KeyedIndex& a, const KeyedIndex& b) { return a.key < b.key; });
    SortByKey(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ(items[i].key, expected[i].key);
      ASSERT_EQ(items[i].index, expected[i].index);
    }
  }
}

// The ends come in the worst order, so that the sorted list gives way to the heap.
TEST(BlindCounterTest, NestedIncrementsAreMatchedToo) {
  constexpr std::uint64_t kMany = 20'000;
  std::vector<Interval> increments;
  for (std::uint64_t i = 0; i < kMany; ++i) increments.push_back({i + 1, 10 * kMany - i});
  const auto all = static_cast<std::int64_t>(kMany);
  const Interval late{20 * kMany, 20 * kMany + 1};
  EXPECT_TRUE(JudgeBlindCounter(0, increments, {}, {{late, all}}).empty());
  const auto problems = JudgeBlindCounter(0, increments, {}, {{late, all - 1}});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].fault, CounterFault::kLost);
  EXPECT_EQ(problems[0].other, 0U);  // the one that ended last is left over
}

TEST(BlindCounterTest, AnAbsurdNumberTakesNoMemory) {
  const auto problems = JudgeBlindCounter(0, {{1, 2}}, {}, {{{3, 4}, 1'000'000'000'000'000}});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].fault, CounterFault::kTooHigh);
  EXPECT_EQ(problems[0].conceivable, 1);
}

using CounterCalls = std::vector<Call<CounterModel::Operation>>;

TEST(LinearizabilityTest, MoreThan64OpenCallsAreUndecided) {
  CounterCalls calls(65, {{1, kUnanswered}, {.kind = CounterModel::Kind::kAdd}});
  calls.push_back({{2, 3}, {.kind = CounterModel::Kind::kRead, .value = 1}});
  const auto verdict = CheckLinearizability(CounterModel{}, calls);
  EXPECT_EQ(verdict.outcome, Linearizable::kUndecided);
  EXPECT_NE(verdict.why.find("64"), std::string::npos);
}

TEST(LinearizabilityTest, EqualUnansweredCallsAreNotPermuted) {
  CounterCalls calls(60, {{1, kUnanswered}, {.kind = CounterModel::Kind::kAdd}});
  calls.push_back({{2, 3}, {.kind = CounterModel::Kind::kRead, .value = 61}});
  const auto verdict = CheckLinearizability(CounterModel{}, calls);
  EXPECT_EQ(verdict.outcome, Linearizable::kNo);
  EXPECT_LE(verdict.nodes, 61U);
}

// One request as long as the whole run takes one of 64 places, however many others pass it by.
TEST(LinearizabilityTest, ALongCallAmongManyShortOnesIsDecided) {
  CounterCalls calls{{{1, 1'000'000}, {.kind = CounterModel::Kind::kAddAndGet, .value = 10'001}}};
  for (std::int64_t i = 1; i <= 10'000; ++i) {
    const auto begin = static_cast<std::uint64_t>(3 * i);
    calls.push_back({{begin, begin + 1}, {.kind = CounterModel::Kind::kAddAndGet, .value = i}});
  }
  EXPECT_EQ(CheckLinearizability(CounterModel{}, calls).outcome, Linearizable::kYes);
  calls[0].operation.value = 10'002;
  const auto verdict = CheckLinearizability(CounterModel{}, calls);
  EXPECT_EQ(verdict.outcome, Linearizable::kNo);
  EXPECT_EQ(verdict.stuck, 0U);
}

// A thousand windows that each end in one of two states: 2^1000 orders, but two states to carry.
TEST(LinearizabilityTest, TheCostIsASumOverWindows) {
  using Kind = RegisterModel::Kind;
  std::vector<Call<RegisterModel::Operation>> calls;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    calls.push_back({{4 * i + 1, 4 * i + 3}, {.kind = Kind::kWrite, .value = 1}});
    calls.push_back({{4 * i + 2, 4 * i + 4}, {.kind = Kind::kWrite, .value = 2}});
  }
  calls.push_back({{5'000, 5'001}, {.kind = Kind::kRead, .value = 3}});
  const auto verdict = CheckLinearizability(RegisterModel{{0}}, calls);
  EXPECT_EQ(verdict.outcome, Linearizable::kNo);
  EXPECT_EQ(verdict.stuck, 2'000U);
  EXPECT_LE(verdict.nodes, 20'000U);
}

TEST(LinearizabilityTest, TheLimitIsNoPass) {
  const CounterCalls calls{{{1, 2}, {.kind = CounterModel::Kind::kAdd}},
                           {{3, 4}, {.kind = CounterModel::Kind::kAdd}},
                           {{5, 6}, {.kind = CounterModel::Kind::kRead, .value = 2}}};
  EXPECT_EQ(CheckLinearizability(CounterModel{}, calls, {.nodes_max = 1}).outcome,
            Linearizable::kUndecided);
  EXPECT_EQ(CheckLinearizability(CounterModel{}, calls).outcome, Linearizable::kYes);
}

// Histories of 300 operations, right ones and ones with a slip: the exact algorithms and the search
// say the same.
class LargeHistories {
 public:
  explicit LargeHistories(Rng& rng, std::size_t concurrency)
      : history(MakeTimedHistory(rng, 300, concurrency)) {}

  // Numbers of a counter of which every third operation is a read; lists and calls.
  void Count(Rng& rng, bool answers, bool slip) {
    std::vector<Issued> all(history.size());
    std::int64_t number = 0;
    for (const std::size_t i : ByEffect(history)) {
      if (i % 3 != 0) ++number;
      all[i] = {history[i].at, number};
    }
    if (slip) all[3 * rng.Below(100)].number += rng.Between(-12, 12);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool read = i % 3 == 0;
      (read ? reads : issued).push_back(all[i]);
      if (!read) increments.push_back(all[i].at);
      const auto kind = read      ? CounterModel::Kind::kRead
                        : answers ? CounterModel::Kind::kAddAndGet
                                  : CounterModel::Kind::kAdd;
      calls.push_back({all[i].at, {.kind = kind, .value = all[i].number}});
    }
  }

  std::vector<TimedOperation> history;
  std::vector<Issued> issued;
  std::vector<Issued> reads;
  std::vector<Interval> increments;
  CounterCalls calls;
};

struct Agreement {
  int passes = 0;
  int violations = 0;
  void Compare(bool exact, Linearizable searched) {
    ++(exact ? passes : violations);
    EXPECT_EQ(searched, exact ? Linearizable::kYes : Linearizable::kNo);
  }
};

TEST(LargeHistoriesTest, CountersAgreeWithTheSearch) {
  Rng rng(3);
  Agreement answering;
  Agreement blind;
  for (int round = 0; round < 200; ++round) {
    LargeHistories numbers(rng, 12);
    numbers.Count(rng, /*answers=*/true, round % 2 == 1);
    const SeriesRules rules{.gap_free = true, .start_known = true, .start = 0};
    answering.Compare(JudgeSeries(numbers.issued, {}, rules, numbers.reads).empty(),
                      CheckLinearizability(CounterModel{}, numbers.calls).outcome);
    LargeHistories views(rng, 5);
    views.Count(rng, /*answers=*/false, round % 2 == 1);
    blind.Compare(JudgeBlindCounter(0, views.increments, {}, views.reads).empty(),
                  CheckLinearizability(CounterModel{}, views.calls).outcome);
  }
  EXPECT_GT(answering.violations, 30);
  EXPECT_GT(blind.violations, 30);
  EXPECT_GE(answering.passes, 100);
  EXPECT_GE(blind.passes, 100);
}

TEST(LargeHistoriesTest, StockAgreesWithTheSearch) {
  Rng rng(4);
  Agreement agreement;
  for (int round = 0; round < 200; ++round) {
    const std::vector<TimedOperation> history = MakeTimedHistory(rng, 300, 6);
    std::vector<StockEvent> events(history.size());
    std::int64_t left = 300;
    for (const std::size_t i : ByEffect(history)) {
      const std::int64_t quantity = rng.Between(1, 3);
      const bool there = left >= quantity;
      if (there) left -= quantity;
      events[i] = {history[i].at, there ? StockEffect::kDeducted : StockEffect::kRefused,
                   Decimal::FromInteger(quantity)};
    }
    if (round % 2 == 1) events[120 + rng.Below(60)].effect = StockEffect::kRefused;
    std::vector<Call<StockModel::Operation>> calls;
    for (const StockEvent& event : events) {
      const bool refused = event.effect == StockEffect::kRefused;
      calls.push_back({event.at,
                       {.kind = refused ? StockModel::Kind::kRefused : StockModel::Kind::kDeduct,
                        .quantity = *event.quantity.Scaled(0)}});
    }
    const StockVerdict verdict = JudgeStock(Decimal::FromInteger(300), events);
    ASSERT_FALSE(verdict.undecided);
    agreement.Compare(verdict.problems.empty(),
                      CheckLinearizability(StockModel{300}, calls).outcome);
  }
  EXPECT_GT(agreement.violations, 30);
  EXPECT_GE(agreement.passes, 100);
}

TEST(LargeHistoriesTest, RegistersAgreeWithTheSearch) {
  Rng rng(5);
  Agreement agreement;
  for (int round = 0; round < 200; ++round) {
    const std::vector<TimedOperation> history = MakeTimedHistory(rng, 300, 4);
    std::vector<RegisterAccess> accesses(history.size());
    std::int64_t value = 0;
    for (const std::size_t i : ByEffect(history)) {
      if (i % 3 == 0) value = static_cast<std::int64_t>(i) + 1;
      accesses[i] = {history[i].at, value, i % 3 == 0};
    }
    if (round % 2 == 1) {
      const std::size_t at = 3 * rng.Below(90) + 10;
      accesses[at].value = accesses[at - 7].value;
    }
    std::vector<Call<RegisterModel::Operation>> calls;
    for (const RegisterAccess& access : accesses) {
      const auto kind = access.write ? RegisterModel::Kind::kWrite : RegisterModel::Kind::kRead;
      calls.push_back({access.at, {.kind = kind, .value = access.value}});
    }
    const RegisterVerdict verdict = JudgeRegister(accesses, 0);
    ASSERT_FALSE(verdict.undecided);
    agreement.Compare(verdict.problems.empty(),
                      CheckLinearizability(RegisterModel{{0}}, calls).outcome);
  }
  EXPECT_GT(agreement.violations, 30);
  EXPECT_GE(agreement.passes, 100);
}

}  // namespace
}  // namespace redrive
