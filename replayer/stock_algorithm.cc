#include "replayer/stock_algorithm.h"

#include <algorithm>
#include <optional>
#include <set>

#include "replayer/key_sort.h"
#include "replayer/linearizability.h"
#include "replayer/named_models.h"

namespace redrive {
namespace {

constexpr std::size_t kSumsMax = 100'000;  // reachable sums of unanswered deductions
// So many quantities of this size, and an initial one of 2^60, cannot overflow 64 bits.
constexpr std::size_t kSearchedMax = std::size_t{1} << 18;
constexpr std::int64_t kQuantityMax = std::int64_t{1} << 44;

bool Adds(const StockEvent& event) {
  return event.effect == StockEffect::kAdded || event.effect == StockEffect::kPerhapsAdded;
}

// A sum that changes over time, asked for its value at a moment and its minimum over a span.
class Timeline {
 public:
  explicit Timeline(const std::vector<StockEvent>& events) : events_(events) {
    order_.reserve(events.size());
  }

  // The quantity of event `i` comes or goes at a moment.
  void Change(std::uint64_t at, std::size_t i) {
    order_.push_back({at, static_cast<std::uint32_t>(i)});
  }

  void Seal(Decimal initial) {
    SortByKey(order_);
    values_.reserve(order_.size() + 1);
    values_.push_back(initial);
    for (const KeyedIndex& change : order_) {
      const StockEvent& event = events_[change.index];
      values_.push_back(Adds(event) ? values_.back() + event.quantity
                                    : values_.back() - event.quantity);
    }
  }

  // With all changes up to and including `at`.
  [[nodiscard]] Decimal ValueAt(std::uint64_t at) const { return values_[Index(at)]; }

  [[nodiscard]] bool EverNegative() const {
    return std::any_of(values_.begin(), values_.end(), [](Decimal v) { return v < Decimal(); });
  }

  // The smallest value at `from`, at `to`, or in between.
  [[nodiscard]] Decimal MinOver(std::uint64_t from, std::uint64_t to) {
    constexpr std::size_t kScanMax = 128;
    const std::size_t first = Index(from);
    const std::size_t last = Index(to);
    if (last - first > kScanMax) return MinByTree(first, last);
    return *std::min_element(values_.begin() + static_cast<std::ptrdiff_t>(first),
                             values_.begin() + static_cast<std::ptrdiff_t>(last + 1));
  }

 private:
  [[nodiscard]] Decimal MinByTree(std::size_t first, std::size_t last) {
    if (tree_.empty()) BuildTree();
    std::size_t left = first + values_.size();
    std::size_t right = last + 1 + values_.size();
    Decimal least = tree_[left];
    for (; left < right; left /= 2, right /= 2) {
      if (left % 2 == 1) least = std::min(least, tree_[left++]);
      if (right % 2 == 1) least = std::min(least, tree_[--right]);
    }
    return least;
  }

  // Leaf i stands at i + n, and every node holds the minimum of its two children.
  void BuildTree() {
    tree_.resize(2 * values_.size());
    std::copy(values_.begin(), values_.end(),
              tree_.begin() + static_cast<std::ptrdiff_t>(values_.size()));
    for (std::size_t i = values_.size() - 1; i > 0; --i) {
      tree_[i] = std::min(tree_[2 * i], tree_[2 * i + 1]);
    }
  }

  // How many changes there were up to `at`. Looks near the last answer first, in steps that double.
  [[nodiscard]] std::size_t Index(std::uint64_t at) const {
    const auto later = [&](std::size_t i) { return i < order_.size() && order_[i].key <= at; };
    std::size_t low = 0;               // all before it are at or before `at`
    std::size_t high = order_.size();  // all from it on are behind
    std::size_t step = 1;
    if (later(near_)) {
      for (low = near_ + 1; later(low + step); step *= 2) low += step;
      high = std::min(high, low + step);
    } else {
      for (high = near_; high > step && !later(high - step); step *= 2) high -= step;
      low = high > step ? high - step : 0;
    }
    const auto begin = order_.begin();
    const auto behind = std::upper_bound(
        begin + static_cast<std::ptrdiff_t>(low), begin + static_cast<std::ptrdiff_t>(high), at,
        [](std::uint64_t t, const KeyedIndex& change) { return t < change.key; });
    near_ = static_cast<std::size_t>(behind - begin);
    return near_;
  }

  mutable std::size_t near_ = 0;
  const std::vector<StockEvent>& events_;
  std::vector<KeyedIndex> order_;
  std::vector<Decimal> values_;  // values_[i]: after the first i changes
  std::vector<Decimal> tree_;
};

// Indexes of the events with `effect`, by begin or by end.
std::vector<KeyedIndex> Pick(const std::vector<StockEvent>& events, StockEffect effect,
                             std::uint64_t Interval::* by) {
  std::vector<KeyedIndex> picked;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].effect == effect) {
      picked.push_back({events[i].at.*by, static_cast<std::uint32_t>(i)});
    }
  }
  SortByKey(picked);
  return picked;
}

// Additions as early and deductions as late as they can be: the highest conceivable stock.
Timeline Highest(Decimal initial, const std::vector<StockEvent>& events) {
  Timeline timeline(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (Adds(events[i]))
      timeline.Change(events[i].at.begin, i);
    else if (events[i].effect == StockEffect::kDeducted)
      timeline.Change(events[i].at.end, i);
  }
  timeline.Seal(initial);
  return timeline;
}

// Additions as late and deductions as early as they can be, those without an answer only the
// latter: the lowest conceivable stock.
Timeline Lowest(Decimal initial, const std::vector<StockEvent>& events) {
  Timeline timeline(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const StockEffect effect = events[i].effect;
    if (effect == StockEffect::kAdded)
      timeline.Change(events[i].at.end + 1, i);  // at its end it may still be to come
    else if (effect == StockEffect::kDeducted || effect == StockEffect::kPerhapsDeducted)
      timeline.Change(events[i].at.begin, i);
  }
  timeline.Seal(initial);
  return timeline;
}

void FindOversold(const Timeline& highest, const std::vector<StockEvent>& events,
                  std::vector<StockProblem>& problems) {
  if (!highest.EverNegative()) return;
  for (const KeyedIndex& item : Pick(events, StockEffect::kDeducted, &Interval::end)) {
    const Decimal left = highest.ValueAt(item.key);
    if (left < Decimal()) {
      problems.push_back({StockFault::kOversold, item.index, left + events[item.index].quantity});
    }
  }
}

// Without additions: the stock only falls, so a refusal is best placed at its end.
class Refusals {
 public:
  Refusals(Decimal initial, const std::vector<StockEvent>& events)
      : initial_(initial),
        events_(events),
        refused_(Pick(events, StockEffect::kRefused, &Interval::end)),
        deducted_(Pick(events, StockEffect::kDeducted, &Interval::begin)),
        perhaps_(Pick(events, StockEffect::kPerhapsDeducted, &Interval::begin)) {
    Decimal out;
    for (const KeyedIndex& item : deducted_) out += events[item.index].quantity;
    spare_ = initial - out;
  }

  [[nodiscard]] bool oversold() const { return spare_ < Decimal(); }

  void Judge(StockVerdict& verdict) {
    std::set<Decimal> sums{Decimal()};  // what unanswered deductions may have taken so far
    std::size_t next_deducted = 0;
    std::size_t next_perhaps = 0;
    Decimal left = initial_;
    for (const auto& [end, i] : refused_) {
      for (; next_deducted < deducted_.size() && deducted_[next_deducted].key <= end;
           ++next_deducted) {
        left -= events_[deducted_[next_deducted].index].quantity;
      }
      for (; next_perhaps < perhaps_.size() && perhaps_[next_perhaps].key <= end; ++next_perhaps) {
        Extend(sums, events_[perhaps_[next_perhaps].index].quantity);
        if (sums.size() <= kSumsMax) continue;
        verdict.undecided = true;
        verdict.why = "too many unanswered deductions to tell whether refusals were right";
        return;
      }
      // Enough must be gone: left − sum < quantity.
      const auto enough = sums.upper_bound(left - events_[i].quantity);
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
  std::vector<KeyedIndex> refused_;
  std::vector<KeyedIndex> deducted_;
  std::vector<KeyedIndex> perhaps_;
  Decimal spare_;  // what all accepted deductions leave
};

// The refusals among additions; those that may be right or wrong make the verdict undecided.
void JudgeRefusalsWithAdditions(Decimal initial, const std::vector<StockEvent>& events,
                                Timeline& highest, StockVerdict& verdict) {
  std::optional<Timeline> lowest;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const StockEvent& refusal = events[i];
    if (refusal.effect != StockEffect::kRefused) continue;
    if (highest.MinOver(refusal.at.begin, refusal.at.end) < refusal.quantity) continue;
    if (!lowest) lowest.emplace(Lowest(initial, events));
    const Decimal least = lowest->MinOver(refusal.at.begin, refusal.at.end);
    if (least >= refusal.quantity) {
      verdict.problems.push_back({StockFault::kRefusedTooEarly, i, least});
    } else {
      verdict.undecided = true;
      verdict.why = "a refusal among additions may have been right or wrong";
    }
  }
}

// The events as calls of the model, in units so small that all quantities are whole; empty when
// there is no such unit.
std::optional<std::vector<Call<StockModel::Operation>>> CallsOf(
    const std::vector<StockEvent>& events, int digits) {
  std::vector<Call<StockModel::Operation>> calls;
  for (const StockEvent& event : events) {
    const std::optional<std::int64_t> quantity = event.quantity.Scaled(digits);
    if (!quantity || *quantity > kQuantityMax) return std::nullopt;
    StockModel::Operation operation{.kind = StockModel::Kind::kDeduct, .quantity = *quantity};
    if (event.effect == StockEffect::kRefused) operation.kind = StockModel::Kind::kRefused;
    if (Adds(event)) operation.kind = StockModel::Kind::kAdd;
    calls.push_back({event.at, operation});
  }
  return calls;
}

void SearchOrder(Decimal initial, const std::vector<StockEvent>& events, const StockLimits& limits,
                 StockVerdict& verdict) {
  if (limits.nodes_max == 0 || events.size() > kSearchedMax) return;
  for (const int digits : {0, 1, 2, 3, 4, 6, 9}) {
    const std::optional<std::int64_t> start = initial.Scaled(digits);
    const auto calls = start ? CallsOf(events, digits) : std::nullopt;
    if (!calls) continue;
    const auto found =
        CheckLinearizability(StockModel{*start}, *calls, {.nodes_max = limits.nodes_max});
    if (found.outcome == Linearizable::kUndecided) {
      verdict.why += "; " + found.why;
      return;
    }
    verdict.undecided = false;
    verdict.why.clear();
    if (found.outcome == Linearizable::kNo) {
      verdict.problems.push_back({StockFault::kNoOrder, found.stuck, {}});
    }
    return;
  }
}

}  // namespace

StockVerdict JudgeStock(Decimal initial, const std::vector<StockEvent>& events,
                        const StockLimits& limits) {
  StockVerdict verdict;
  const bool additions = std::any_of(events.begin(), events.end(), Adds);
  if (additions) {
    Timeline highest = Highest(initial, events);
    FindOversold(highest, events, verdict.problems);
    JudgeRefusalsWithAdditions(initial, events, highest, verdict);
  } else {
    Refusals refusals(initial, events);
    if (refusals.oversold()) FindOversold(Highest(initial, events), events, verdict.problems);
    refusals.Judge(verdict);
  }
  if (!verdict.problems.empty()) verdict.undecided = false;
  if (verdict.undecided && additions) SearchOrder(initial, events, limits, verdict);
  return verdict;
}

}  // namespace redrive
