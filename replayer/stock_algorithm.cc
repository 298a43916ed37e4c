#include "replayer/stock_algorithm.h"

#include <algorithm>
#include <set>

namespace redrive {
namespace {

constexpr std::size_t kSumsMax = 100'000;  // reachable sums of unanswered deductions

// A sum that changes over time, asked for its value at a moment and its minimum over a span.
class Timeline {
 public:
  void Change(std::uint64_t at, Decimal by) { changes_.push_back({at, by}); }

  void Seal(Decimal initial) {
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Step& a, const Step& b) { return a.at < b.at; });
    levels_.assign(1, {initial});
    for (const Step& step : changes_) levels_[0].push_back(levels_[0].back() + step.by);
    for (std::size_t width = 2; width <= levels_[0].size(); width *= 2) {
      const std::vector<Decimal>& below = levels_.back();
      std::vector<Decimal> level;
      for (std::size_t i = 0; i + width <= levels_[0].size(); ++i) {
        level.push_back(std::min(below[i], below[i + width / 2]));
      }
      levels_.push_back(std::move(level));
    }
  }

  // With all changes up to and including `at`.
  [[nodiscard]] Decimal ValueAt(std::uint64_t at) const { return levels_[0][Index(at)]; }

  [[nodiscard]] Decimal MinOver(std::uint64_t from, std::uint64_t to) const {
    const std::size_t first = Index(from);
    const std::size_t last = Index(to);
    std::size_t level = 0;
    while ((std::size_t{2} << level) <= last - first + 1) ++level;
    return std::min(levels_[level][first], levels_[level][last + 1 - (std::size_t{1} << level)]);
  }

 private:
  struct Step {
    std::uint64_t at;
    Decimal by;
  };
  [[nodiscard]] std::size_t Index(std::uint64_t at) const {
    const auto behind = std::upper_bound(changes_.begin(), changes_.end(), at,
                                         [](std::uint64_t t, const Step& s) { return t < s.at; });
    return static_cast<std::size_t>(behind - changes_.begin());
  }
  std::vector<Step> changes_;
  std::vector<std::vector<Decimal>> levels_;  // levels_[k][i]: minimum of 2^k values from i on
};

std::vector<std::size_t> Pick(const std::vector<StockEvent>& events, StockEffect effect) {
  std::vector<std::size_t> picked;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].effect == effect) picked.push_back(i);
  }
  return picked;
}

void SortBy(const std::vector<StockEvent>& events, std::vector<std::size_t>& indexes,
            std::uint64_t Interval::* end) {
  std::stable_sort(indexes.begin(), indexes.end(), [&](std::size_t a, std::size_t b) {
    return events[a].at.*end < events[b].at.*end;
  });
}

// Additions as early and deductions as late as they can be: the highest conceivable stock.
Timeline Highest(Decimal initial, const std::vector<StockEvent>& events) {
  Timeline timeline;
  for (const StockEvent& event : events) {
    if (event.effect == StockEffect::kAdded || event.effect == StockEffect::kPerhapsAdded) {
      timeline.Change(event.at.begin, event.quantity);
    } else if (event.effect == StockEffect::kDeducted) {
      timeline.Change(event.at.end, -event.quantity);
    }
  }
  timeline.Seal(initial);
  return timeline;
}

void FindOversold(Decimal initial, const std::vector<StockEvent>& events,
                  std::vector<StockProblem>& problems) {
  const Timeline highest = Highest(initial, events);
  std::vector<std::size_t> deducted = Pick(events, StockEffect::kDeducted);
  SortBy(events, deducted, &Interval::end);
  for (const std::size_t i : deducted) {
    const Decimal left = highest.ValueAt(events[i].at.end);
    if (left < Decimal()) {
      problems.push_back({StockFault::kOversold, i, left + events[i].quantity});
    }
  }
}

// Without additions: the stock only falls, so a refusal is best placed at its end.
class Refusals {
 public:
  Refusals(Decimal initial, const std::vector<StockEvent>& events)
      : initial_(initial),
        events_(events),
        refused_(Pick(events, StockEffect::kRefused)),
        deducted_(Pick(events, StockEffect::kDeducted)),
        perhaps_(Pick(events, StockEffect::kPerhapsDeducted)) {
    SortBy(events, refused_, &Interval::end);
    SortBy(events, deducted_, &Interval::begin);
    SortBy(events, perhaps_, &Interval::begin);
    Decimal out;
    for (const std::size_t i : deducted_) out += events[i].quantity;
    spare_ = initial - out;
  }

  void Judge(StockVerdict& verdict) {
    std::set<Decimal> sums{Decimal()};  // what unanswered deductions may have taken so far
    std::size_t next_deducted = 0;
    std::size_t next_perhaps = 0;
    Decimal left = initial_;
    for (const std::size_t i : refused_) {
      const StockEvent& refusal = events_[i];
      for (; next_deducted < deducted_.size() &&
             events_[deducted_[next_deducted]].at.begin <= refusal.at.end;
           ++next_deducted) {
        left -= events_[deducted_[next_deducted]].quantity;
      }
      for (; next_perhaps < perhaps_.size() &&
             events_[perhaps_[next_perhaps]].at.begin <= refusal.at.end;
           ++next_perhaps) {
        Extend(sums, events_[perhaps_[next_perhaps]].quantity);
        if (sums.size() <= kSumsMax) continue;
        verdict.undecided = true;
        verdict.why = "too many unanswered deductions to tell whether refusals were right";
        return;
      }
      // Enough must be gone: left − sum < quantity.
      const auto enough = sums.upper_bound(left - refusal.quantity);
      if (enough == sums.end()) {
        verdict.problems.push_back({StockFault::kRefusedTooEarly, i, left - *sums.rbegin()});
      } else {
        sums.erase(sums.begin(), enough);
      }
    }
  }

 private:
  void Extend(std::set<Decimal>& sums, Decimal quantity) const {
    std::vector<Decimal> more;
    for (const Decimal sum : sums) {
      if (sum + quantity <= spare_) more.push_back(sum + quantity);
    }
    sums.insert(more.begin(), more.end());
  }

  Decimal initial_;
  const std::vector<StockEvent>& events_;
  std::vector<std::size_t> refused_;
  std::vector<std::size_t> deducted_;
  std::vector<std::size_t> perhaps_;
  Decimal spare_;  // what all accepted deductions leave
};

// With additions: a refusal is certainly wrong when even the lowest conceivable stock was enough,
// certainly right when the highest conceivable one was too little at some moment.
void JudgeRefusalsWithAdditions(Decimal initial, const std::vector<StockEvent>& events,
                                StockVerdict& verdict) {
  const Timeline highest = Highest(initial, events);
  Timeline taken;
  Timeline added;
  for (const StockEvent& event : events) {
    if (event.effect == StockEffect::kAdded) added.Change(event.at.end, event.quantity);
    if (event.effect == StockEffect::kDeducted || event.effect == StockEffect::kPerhapsDeducted) {
      taken.Change(event.at.begin, event.quantity);
    }
  }
  taken.Seal({});
  added.Seal({});
  for (const std::size_t i : Pick(events, StockEffect::kRefused)) {
    const StockEvent& refusal = events[i];
    const std::uint64_t before = refusal.at.begin == 0 ? 0 : refusal.at.begin - 1;
    const Decimal lowest = initial + added.ValueAt(before) - taken.ValueAt(refusal.at.end);
    if (lowest >= refusal.quantity) {
      verdict.problems.push_back({StockFault::kRefusedTooEarly, i, lowest});
    } else if (highest.MinOver(refusal.at.begin, refusal.at.end) >= refusal.quantity) {
      verdict.undecided = true;
      verdict.why = "a refusal among additions may have been right or wrong";
    }
  }
}

}  // namespace

StockVerdict JudgeStock(Decimal initial, const std::vector<StockEvent>& events) {
  StockVerdict verdict;
  FindOversold(initial, events, verdict.problems);
  const bool additions = std::any_of(events.begin(), events.end(), [](const StockEvent& event) {
    return event.effect == StockEffect::kAdded || event.effect == StockEffect::kPerhapsAdded;
  });
  if (additions)
    JudgeRefusalsWithAdditions(initial, events, verdict);
  else
    Refusals(initial, events).Judge(verdict);
  if (!verdict.problems.empty()) verdict.undecided = false;
  return verdict;
}

}  // namespace redrive
