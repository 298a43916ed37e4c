// The exact algorithms against exhaustive search over all orders, on random small histories.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "core/rng.h"
#include "replayer/chain_algorithm.h"
#include "replayer/history.h"
#include "replayer/series_algorithm.h"
#include "replayer/stock_algorithm.h"

namespace redrive {
namespace {

constexpr int kHistories = 100'000;

// Uniform in [first, end), whatever size rapidcheck is at: it narrows ranges at small sizes.
template <typename T>
T Draw(T first, T end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(first, end));
}

// rapidcheck shrinks; the seed is fixed so that every run tests the same histories.
rc::detail::TestResult CheckMany(const std::function<void()>& property) {
  rc::detail::TestMetadata metadata;
  rc::detail::TestParams params;
  params.seed = 20260105;
  params.maxSuccess = kHistories;
  params.maxSize = 60;
  return rc::detail::checkTestable(property, metadata, params);
}

void ExpectHolds(const std::function<void()>& property) {
  const rc::detail::TestResult result = CheckMany(property);
  rc::detail::SuccessResult success;
  ASSERT_TRUE(result.match(success)) << [&] {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    return text.str();
  }();
  EXPECT_EQ(success.numSuccess, kHistories);
}

// Random intervals with distinct ends: positions of a shuffled list of 2n events.
std::vector<Interval> Intervals(std::size_t n) {
  std::vector<std::uint64_t> events(2 * n);
  for (std::size_t i = 0; i < events.size(); ++i) events[i] = i + 1;
  for (std::size_t i = events.size(); i > 1; --i) {
    std::swap(events[i - 1], events[Draw<std::size_t>(0, i)]);
  }
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t a = events[2 * i];
    const std::uint64_t b = events[2 * i + 1];
    intervals.push_back({std::min(a, b), std::max(a, b)});
  }
  return intervals;
}

// Tries all orders within real time: `apply(i)` changes the state or says no, `undo(i)` takes it
// back; optional ones may be left out.
class Orders {
 public:
  Orders(std::vector<Interval> at, std::vector<bool> optional,
         std::function<bool(std::size_t)> apply, std::function<void(std::size_t)> undo,
         std::function<bool()> accept)
      : at_(std::move(at)),
        optional_(std::move(optional)),
        used_(at_.size()),
        apply_(std::move(apply)),
        undo_(std::move(undo)),
        accept_(std::move(accept)) {}

  bool Exists() {
    std::uint64_t earliest = UINT64_MAX;
    bool left = false;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      if (used_[i] || optional_[i]) continue;
      left = true;
      earliest = std::min(earliest, at_[i].end);
    }
    if (!left && accept_()) return true;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      if (used_[i] || at_[i].begin > earliest) continue;
      // An optional one that had finished before somebody already placed began comes too late.
      if (at_[i].end < latest_begin_) continue;
      if (!apply_(i)) continue;
      used_[i] = true;
      const std::uint64_t latest = latest_begin_;
      latest_begin_ = std::max(latest_begin_, at_[i].begin);
      const bool found = Exists();
      latest_begin_ = latest;
      used_[i] = false;
      undo_(i);
      if (found) return true;
    }
    return false;
  }

 private:
  std::vector<Interval> at_;
  std::vector<bool> optional_;
  std::vector<bool> used_;
  std::uint64_t latest_begin_ = 0;
  std::function<bool(std::size_t)> apply_;
  std::function<void(std::size_t)> undo_;
  std::function<bool()> accept_;
};

bool SeriesExists(const std::vector<Issued>& issued, const std::vector<Interval>& perhaps,
                  const SeriesRules& rules, std::int64_t start) {
  std::vector<Interval> at;
  std::vector<bool> optional;
  for (const Issued& one : issued) {
    at.push_back(rules.real_time_order ? one.at : Interval{0, UINT64_MAX});
    optional.push_back(false);
  }
  for (const Interval& one : perhaps) {
    at.push_back(rules.real_time_order ? one : Interval{0, UINT64_MAX});
    optional.push_back(true);
  }
  std::vector<std::int64_t> numbers{start};
  const auto apply = [&](std::size_t i) {
    if (i >= issued.size()) {
      numbers.push_back(numbers.back() + 1);
      return true;
    }
    const std::int64_t number = issued[i].number;
    if (rules.gap_free ? number != numbers.back() + 1 : number <= numbers.back()) return false;
    numbers.push_back(number);
    return true;
  };
  return Orders(
             at, optional, apply, [&](std::size_t) { numbers.pop_back(); }, [] { return true; })
      .Exists();
}

TEST(SeriesAlgorithmTest, AgreesWithAllOrders) {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  ExpectHolds([&] {
    const auto n = Draw<std::size_t>(1, 8);
    const std::vector<Interval> at = Intervals(n);
    const SeriesRules rules{.gap_free = Draw(0, 4) > 0,
                            .real_time_order = Draw(0, 4) > 0,
                            .start_known = Draw(0, 3) > 0,
                            .start = 0};
    std::vector<Issued> issued;
    std::vector<Interval> perhaps;
    // Numbers in order of begin or of end, with an occasional slip: near-correct histories.
    const bool by_begin = Draw(0, 2) == 0;
    std::vector<Interval> sorted = at;
    std::sort(sorted.begin(), sorted.end(), [&](const Interval& a, const Interval& b) {
      return by_begin ? a.begin < b.begin : a.end < b.end;
    });
    std::int64_t number = rules.start_known ? 0 : Draw(0, 3);
    for (const Interval& one : sorted) {
      const int kind = Draw(0, 8);
      ++number;
      if (kind == 0) {
        perhaps.push_back({one.begin, UINT64_MAX});
      } else if (kind == 1) {
        perhaps.push_back(one);  // refused, and refusals may consume
      } else {
        issued.push_back({one, kind == 2 || kind == 3 ? number + Draw(-2, 3) : number});
      }
    }
    if (issued.empty()) issued.push_back({at[0], 1});  // then also among perhaps: no harm
    const bool fine = JudgeSeries(issued, perhaps, rules).empty();
    bool exists = false;
    const auto smallest =
        std::min_element(issued.begin(), issued.end(),
                         [](const Issued& a, const Issued& b) { return a.number < b.number; });
    if (rules.start_known) {
      exists = SeriesExists(issued, perhaps, rules, rules.start);
    } else {
      exists = SeriesExists(issued, perhaps, rules, smallest->number - 1);
    }
    ++(exists ? accepted : rejected);
    RC_ASSERT(fine == exists);
  });
  // Both verdicts must be well represented, or the agreement means little.
  EXPECT_GT(accepted, 10'000U);
  EXPECT_GT(rejected, 10'000U);
  testing::Test::RecordProperty("accepted", std::to_string(accepted));
  testing::Test::RecordProperty("rejected", std::to_string(rejected));
}

bool StockExists(Decimal initial, const std::vector<StockEvent>& events) {
  std::vector<Interval> at;
  std::vector<bool> optional;
  for (const StockEvent& event : events) {
    at.push_back(event.at);
    optional.push_back(event.effect == StockEffect::kPerhapsDeducted ||
                       event.effect == StockEffect::kPerhapsAdded);
  }
  Decimal left = initial;
  const auto change = [&](std::size_t i) {
    const StockEvent& event = events[i];
    if (event.effect == StockEffect::kRefused) return Decimal();
    const bool added =
        event.effect == StockEffect::kAdded || event.effect == StockEffect::kPerhapsAdded;
    return added ? event.quantity : -event.quantity;
  };
  const auto apply = [&](std::size_t i) {
    if (events[i].effect == StockEffect::kRefused) return left < events[i].quantity;
    if (left + change(i) < Decimal()) return false;
    left += change(i);
    return true;
  };
  return Orders(
             at, optional, apply, [&](std::size_t i) { left -= change(i); }, [] { return true; })
      .Exists();
}

std::vector<StockEvent> DrawStock(bool additions) {
  const auto n = Draw<std::size_t>(1, 8);
  std::vector<StockEvent> events;
  for (const Interval& at : Intervals(n)) {
    const int kind = Draw(0, additions ? 10 : 8);
    StockEvent event{
        .at = at, .effect = StockEffect::kDeducted, .quantity = Decimal::FromInteger(Draw(1, 4))};
    if (kind == 0) event.effect = StockEffect::kPerhapsDeducted;
    if (kind == 1 || kind == 2) event.effect = StockEffect::kRefused;
    if (kind == 8) event.effect = StockEffect::kAdded;
    if (kind == 9) event.effect = StockEffect::kPerhapsAdded;
    if (kind == 0 || kind == 9) event.at.end = UINT64_MAX;
    events.push_back(event);
  }
  return events;
}

TEST(StockAlgorithmTest, AgreesWithAllOrders) {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  ExpectHolds([&] {
    const std::vector<StockEvent> events = DrawStock(/*additions=*/false);
    const Decimal initial = Decimal::FromInteger(Draw(0, 12));
    const StockVerdict verdict = JudgeStock(initial, events);
    RC_ASSERT(!verdict.undecided);
    const bool exists = StockExists(initial, events);
    ++(exists ? accepted : rejected);
    RC_ASSERT(verdict.problems.empty() == exists);
  });
  // Both verdicts must be well represented, or the agreement means little.
  EXPECT_GT(accepted, 10'000U);
  EXPECT_GT(rejected, 10'000U);
  testing::Test::RecordProperty("accepted", std::to_string(accepted));
  testing::Test::RecordProperty("rejected", std::to_string(rejected));
}

TEST(StockAlgorithmTest, WithAdditionsNeverWrong) {
  std::size_t decided = 0;
  ExpectHolds([&] {
    const std::vector<StockEvent> events = DrawStock(/*additions=*/true);
    const Decimal initial = Decimal::FromInteger(Draw(0, 6));
    const StockVerdict verdict = JudgeStock(initial, events);
    if (verdict.undecided) return;
    ++decided;
    RC_ASSERT(verdict.problems.empty() == StockExists(initial, events));
  });
  EXPECT_GT(decided, 75'000U);
}

bool ChainExists(const std::vector<ChainLink>& links, const std::vector<ChainPerhaps>& perhaps,
                 std::optional<Decimal> initial, std::optional<Decimal> final_value) {
  std::vector<Interval> at;
  std::vector<bool> optional;
  for (const ChainLink& link : links) {
    at.push_back(link.at);
    optional.push_back(false);
  }
  for (const ChainPerhaps& one : perhaps) {
    at.push_back({one.begin, UINT64_MAX});
    optional.push_back(true);
  }
  std::vector<Decimal> starts;
  if (initial) starts.push_back(*initial);
  for (const ChainLink& link : links) {
    if (!initial) starts.push_back(link.before);
  }
  for (const Decimal start : starts) {
    std::vector<Decimal> values{start};
    const auto apply = [&](std::size_t i) {
      if (i < links.size() && links[i].before != values.back()) return false;
      values.push_back(i < links.size() ? links[i].after
                                        : values.back() + perhaps[i - links.size()].by);
      return true;
    };
    const auto accept = [&] { return !final_value || values.back() == *final_value; };
    if (Orders(at, optional, apply, [&](std::size_t) { values.pop_back(); }, accept).Exists()) {
      return true;
    }
  }
  return false;
}

TEST(ChainAlgorithmTest, AgreesWithAllOrders) {
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  ExpectHolds([&] {
    const auto n = Draw<std::size_t>(1, 7);
    std::vector<Interval> at = Intervals(n);
    std::sort(at.begin(), at.end(),
              [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
    const bool initial_known = Draw(0, 3) > 0;
    const bool monotone = Draw(0, 2) == 0;
    std::vector<ChainLink> links;
    std::vector<ChainPerhaps> perhaps;
    int value = 6;
    const Decimal initial = Decimal::FromInteger(value);
    for (const Interval& one : at) {
      const int by = monotone ? -1 : Draw(-1, 2);
      const int slip = Draw(0, 12) == 0 ? 1 : 0;
      if (initial_known && Draw(0, 8) == 0) {
        perhaps.push_back({one.begin, Decimal::FromInteger(by)});
        if (Draw(0, 2) == 0) value += by;
        continue;
      }
      links.push_back(
          {one, Decimal::FromInteger(value + slip), Decimal::FromInteger(value + slip + by)});
      value += by;
    }
    if (links.size() > 1 && Draw(0, 3) == 0) std::swap(links[0].at, links[1].at);
    if (links.empty()) links.push_back({at[0], initial, initial});
    std::optional<Decimal> final_value;
    if (Draw(0, 2) == 0) final_value = Decimal::FromInteger(value);
    const auto start = initial_known ? std::optional(initial) : std::nullopt;
    const ChainVerdict verdict = JudgeChain(links, perhaps, start, final_value);
    RC_ASSERT(!verdict.undecided);
    const bool exists = ChainExists(links, perhaps, start, final_value);
    ++(exists ? accepted : rejected);
    RC_ASSERT(verdict.problems.empty() == exists);
  });
  // Both verdicts must be well represented, or the agreement means little.
  EXPECT_GT(accepted, 10'000U);
  EXPECT_GT(rejected, 10'000U);
  testing::Test::RecordProperty("accepted", std::to_string(accepted));
  testing::Test::RecordProperty("rejected", std::to_string(rejected));
}

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

}  // namespace
}  // namespace redrive
