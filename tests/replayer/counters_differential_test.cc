// The exact counters against exhaustive search: increment and get with reads (C.3.1), blind
// increments with reads (C.3.2).
#include <bit>

#include "replayer/counter_algorithm.h"
#include "replayer/series_algorithm.h"
#include "tests/replayer/differential.h"

namespace redrive {
namespace {

enum class Kind : std::uint8_t { kIncrement, kPerhaps, kRead };

struct CounterEvent {
  Interval at;
  Kind kind = Kind::kIncrement;
  std::int64_t number = 0;
};

struct CounterCase {
  std::vector<CounterEvent> events;
  SeriesRules rules;
};

std::string Show(const CounterCase& history) {
  std::ostringstream text;
  text << "gap_free " << history.rules.gap_free << ", real_time_order "
       << history.rules.real_time_order << ", start_known " << history.rules.start_known << "\n";
  for (const CounterEvent& event : history.events) {
    constexpr std::string_view kWords[] = {"increment", "perhaps", "read"};
    text << ShowInterval(event.at) << kWords[static_cast<int>(event.kind)] << " " << event.number
         << "\n";
  }
  return text.str();
}

// Answers of a correct counter, with a slip in half of the histories.
CounterCase MakeCase(Rng& rng, std::uint64_t read_share, bool blind) {
  CounterCase history;
  history.rules = {.gap_free = rng.Below(4) > 0,
                   .real_time_order = rng.Below(4) > 0,
                   .start_known = blind || rng.Below(3) > 0,
                   .start = 0};
  const std::size_t n = 1 + rng.Below(kEventsMax);
  for (const Interval& at : RandomIntervals(rng, n)) history.events.push_back({.at = at});
  for (CounterEvent& event : history.events) {
    if (rng.Below(8) < read_share) {
      event.kind = Kind::kRead;
    } else if (rng.Below(6) == 0) {
      event.kind = Kind::kPerhaps;
      if (blind || rng.Below(2) == 0) event.at.end = kUnanswered;
    }
  }
  std::vector<Interval> at;
  for (const CounterEvent& event : history.events) at.push_back(event.at);
  std::int64_t number = history.rules.start_known ? 0 : rng.Between(-1, 2);
  for (const std::size_t i : RandomOrder(rng, at)) {
    CounterEvent& event = history.events[i];
    if (event.kind == Kind::kIncrement || (event.kind == Kind::kPerhaps && rng.Below(2) == 0)) {
      ++number;
    }
    event.number = number;
  }
  if (rng.Below(2) == 0) {
    CounterEvent& event = history.events[rng.Below(n)];
    event.number += rng.Between(-2, 2);
  }
  return history;
}

struct Lists {
  std::vector<Issued> issued;
  std::vector<Interval> perhaps;
  std::vector<Issued> reads;
  explicit Lists(const CounterCase& history) {
    for (const CounterEvent& event : history.events) {
      if (event.kind == Kind::kIncrement) issued.push_back({event.at, event.number});
      if (event.kind == Kind::kPerhaps) perhaps.push_back(event.at);
      if (event.kind == Kind::kRead) reads.push_back({event.at, event.number});
    }
  }
};

bool SeriesExists(const CounterCase& history) {
  const SeriesRules& rules = history.rules;
  SmallOrder order;
  std::int64_t start = INT64_MAX;
  for (const CounterEvent& event : history.events) {
    order.Add(rules.real_time_order ? event.at : Interval{0, kUnanswered},
              event.kind == Kind::kPerhaps);
    if (event.kind == Kind::kIncrement) start = std::min(start, event.number - 1);
    if (event.kind == Kind::kRead) start = std::min(start, event.number);
  }
  if (rules.start_known) start = rules.start;
  if (start == INT64_MAX) return true;
  const auto apply = [&](std::int64_t state, std::size_t i) -> std::optional<std::int64_t> {
    const CounterEvent& event = history.events[i];
    // With gaps the counter may have moved on by itself at any time.
    const bool fits = event.kind == Kind::kRead
                          ? (rules.gap_free ? event.number == state : event.number >= state)
                          : (rules.gap_free ? event.number == state + 1 : event.number > state);
    if (event.kind == Kind::kPerhaps) return state + 1;
    return fits ? std::optional(event.number) : std::nullopt;
  };
  return OrderExistsFrom(order, start, apply);
}

TEST(SeriesDifferentialTest, WithReadsAgreesWithAllOrders) {
  const Tally tally = CompareAll<CounterCase>(
      "series with reads", [](Rng& rng) { return MakeCase(rng, 3, /*blind=*/false); },
      [](const CounterCase& history) -> std::optional<bool> {
        const Lists lists(history);
        return JudgeSeries(lists.issued, lists.perhaps, history.rules, lists.reads).empty();
      },
      SeriesExists, Show);
  EXPECT_EQ(tally.undecided, 0U);
}

TEST(SeriesDifferentialTest, CreatesOnlyAgreeWithAllOrders) {
  const Tally tally = CompareAll<CounterCase>(
      "series", [](Rng& rng) { return MakeCase(rng, 0, /*blind=*/false); },
      [](const CounterCase& history) -> std::optional<bool> {
        const Lists lists(history);
        return JudgeSeries(lists.issued, lists.perhaps, history.rules).empty();
      },
      SeriesExists, Show);
  EXPECT_EQ(tally.undecided, 0U);
}

bool BlindExists(const CounterCase& history) {
  SmallOrder order;
  unsigned increments = 0;
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    const CounterEvent& event = history.events[i];
    order.Add(event.at, event.kind == Kind::kPerhaps);
    if (event.kind != Kind::kRead) increments |= 1U << i;
  }
  return OrderExists(order, [&](unsigned done, std::size_t i) {
    const CounterEvent& event = history.events[i];
    return event.kind != Kind::kRead || event.number == std::popcount(done & increments);
  });
}

TEST(BlindCounterDifferentialTest, AgreesWithAllOrders) {
  const Tally tally = CompareAll<CounterCase>(
      "blind counter", [](Rng& rng) { return MakeCase(rng, 4, /*blind=*/true); },
      [](const CounterCase& history) -> std::optional<bool> {
        const Lists lists(history);
        std::vector<Interval> increments;
        std::vector<std::uint64_t> perhaps;
        for (const Issued& one : lists.issued) increments.push_back(one.at);
        for (const Interval& one : lists.perhaps) perhaps.push_back(one.begin);
        return JudgeBlindCounter(0, increments, perhaps, lists.reads).empty();
      },
      BlindExists, Show);
  EXPECT_EQ(tally.undecided, 0U);
}

}  // namespace
}  // namespace redrive
