// Compares a checker with exhaustive search on random small histories: how many, from which seed,
// and what is printed when they disagree.
#ifndef REDRIVE_TESTS_REPLAYER_DIFFERENTIAL_H_
#define REDRIVE_TESTS_REPLAYER_DIFFERENTIAL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "replayer/sequential_model.h"

namespace redrive {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REDRIVE_SLOW_BUILD 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define REDRIVE_SLOW_BUILD 1
#endif

// A million each; ten million when REDRIVE_LONG=1. Builds with sanitizers or without optimisation
// take 20,000: they are there for what those see, and the same histories come first.
inline std::uint64_t HistoriesToTry() {
  const char* wanted = std::getenv("REDRIVE_LONG");
  if (wanted && std::string_view(wanted) == "1") return 10'000'000;
#ifdef REDRIVE_SLOW_BUILD
  return 20'000;
#else
  return 1'000'000;
#endif
}

inline constexpr std::uint64_t kDifferentialSeed = 20260105;
inline constexpr std::size_t kEventsMax = 7;

// n intervals with distinct ends in 1 … 2n. Half of the time any, else nearly one after the other.
inline std::vector<Interval> RandomIntervals(Rng& rng, std::size_t n) {
  std::uint8_t who[2 * kEventsMax];
  for (std::size_t i = 0; i < 2 * n; ++i) who[i] = static_cast<std::uint8_t>(i / 2);
  if (rng.Below(2) == 0) {
    for (std::size_t i = 2 * n; i > 1; --i) std::swap(who[i - 1], who[rng.Below(i)]);
  } else {
    for (std::uint64_t swaps = rng.Below(3 * n); swaps > 0; --swaps) {
      const std::uint64_t at = rng.Below(2 * n - 1);
      std::swap(who[at], who[at + 1]);
    }
  }
  std::vector<Interval> intervals(n);
  for (std::size_t i = 0; i < 2 * n; ++i) {
    Interval& interval = intervals[who[i]];
    (interval.begin == 0 ? interval.begin : interval.end) = i + 1;
  }
  return intervals;
}

// An order within real time: every interval by a moment of its own, ties by chance.
inline std::vector<std::size_t> RandomOrder(Rng& rng, const std::vector<Interval>& intervals) {
  std::vector<std::pair<std::uint64_t, std::size_t>> moments;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const std::uint64_t length = std::min<std::uint64_t>(intervals[i].end, 20) - intervals[i].begin;
    moments.emplace_back((intervals[i].begin + rng.Below(length + 1)) * 8 + rng.Below(8), i);
  }
  std::sort(moments.begin(), moments.end());
  std::vector<std::size_t> order;
  for (const auto& [moment, i] : moments) order.push_back(i);
  return order;
}

inline std::string ShowInterval(const Interval& at) {
  return "[" + std::to_string(at.begin) + "," +
         (at.end == kUnanswered ? "∞" : std::to_string(at.end)) + "] ";
}

struct Tally {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t undecided = 0;
};

// History has a member `events`, a vector. `fast` may decline (undecided); what it says must be
// what `exhaustive` says. A disagreement is shown with as few events as still disagree.
template <class History>
Tally CompareAll(std::string_view label, const std::function<History(Rng&)>& make,
                 const std::function<std::optional<bool>(const History&)>& fast,
                 const std::function<bool(const History&)>& exhaustive,
                 const std::function<std::string(const History&)>& show) {
  Tally tally;
  const Rng seeds = Rng(kDifferentialSeed).Split(label);
  const auto disagree = [&](const History& history) {
    const std::optional<bool> said = fast(history);
    return said.has_value() && *said != exhaustive(history);
  };
  const std::uint64_t histories = HistoriesToTry();
  for (std::uint64_t i = 0; i < histories; ++i) {
    Rng rng = seeds.Split(i);
    History history = make(rng);
    const std::optional<bool> said = fast(history);
    const bool right = exhaustive(history);
    if (said.has_value() && *said == right) {
      ++(right ? tally.accepted : tally.rejected);
      continue;
    }
    if (!said) {
      ++tally.undecided;
      continue;
    }
    for (std::size_t at = 0; at < history.events.size();) {
      History smaller = history;
      smaller.events.erase(smaller.events.begin() + static_cast<std::ptrdiff_t>(at));
      if (smaller.events.empty() || !disagree(smaller))
        ++at;
      else
        history = std::move(smaller);
    }
    ADD_FAILURE() << label << ", history " << i << ": the checker says "
                  << (*fast(history) ? "pass" : "violation") << ", exhaustive search the opposite\n"
                  << show(history);
    break;
  }
  testing::Test::RecordProperty("histories", std::to_string(histories));
  testing::Test::RecordProperty("accepted", std::to_string(tally.accepted));
  testing::Test::RecordProperty("rejected", std::to_string(tally.rejected));
  testing::Test::RecordProperty("undecided", std::to_string(tally.undecided));
  // Both verdicts must be well represented, or the agreement means little.
  EXPECT_GT(tally.accepted, histories / 10) << label;
  EXPECT_GT(tally.rejected, histories / 10) << label;
  return tally;
}

// What must stand in an order before what: small sets of operations as bits.
class SmallOrder {
 public:
  // Optional ones may be left out.
  void Add(const Interval& at, bool optional) {
    const auto bit = static_cast<std::uint8_t>(1U << size_);
    if (!optional) required_ |= bit;
    for (std::size_t i = 0; i < size_; ++i) {
      if (at_[i].end < at.begin) before_[size_] |= static_cast<std::uint8_t>(1U << i);
      if (at.end < at_[i].begin) before_[i] |= bit;
    }
    at_[size_++] = at;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool Complete(unsigned done) const { return (done & required_) == required_; }

  // Whether `i` may come next when `done` have come: nobody required is still to come before it,
  // and nobody who came has to come after it.
  [[nodiscard]] bool MayFollow(unsigned done, std::size_t i) const {
    if ((done >> i & 1) != 0 || (before_[i] & required_ & ~done) != 0) return false;
    for (std::size_t j = 0; j < size_; ++j) {
      if ((done >> j & 1) != 0 && (before_[j] >> i & 1) != 0) return false;
    }
    return true;
  }

 private:
  Interval at_[8];
  std::uint8_t before_[8] = {};  // by operation: those that precede it in real time
  std::uint8_t required_ = 0;
  std::size_t size_ = 0;
};

// Whether an order exists, where the state is a function of who has come: `allowed(done, i)` says
// whether `i` can give its answer then. All subsets, by dynamic programming.
template <class Allowed>
bool OrderExists(const SmallOrder& order, Allowed allowed) {
  bool reached[256] = {true};
  for (unsigned done = 0; done < 1U << order.size(); ++done) {
    if (!reached[done]) continue;
    if (order.Complete(done)) return true;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order.MayFollow(done, i) && allowed(done, i)) reached[done | 1U << i] = true;
    }
  }
  return false;
}

// The same for any state: `apply(state, i)` gives the next state, or empty. Goes through all
// orders.
template <class State, class Apply>
bool OrderExistsFrom(const SmallOrder& order, const State& state, Apply apply, unsigned done = 0) {
  if (order.Complete(done)) return true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!order.MayFollow(done, i)) continue;
    const std::optional<State> next = apply(state, i);
    if (next && OrderExistsFrom(order, *next, apply, done | 1U << i)) return true;
  }
  return false;
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_DIFFERENTIAL_H_
