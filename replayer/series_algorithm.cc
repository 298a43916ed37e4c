#include "replayer/series_algorithm.h"

#include <algorithm>
#include <limits>
#include <queue>

namespace redrive {
namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

// Indexes into `issued`, by number and then by begin.
std::vector<std::size_t> ByNumber(const std::vector<Issued>& issued) {
  std::vector<std::size_t> order(issued.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (issued[a].number != issued[b].number) return issued[a].number < issued[b].number;
    return issued[a].at.begin != issued[b].at.begin ? issued[a].at.begin < issued[b].at.begin
                                                    : a < b;
  });
  return order;
}

void FindInversions(const std::vector<Issued>& issued, const std::vector<std::size_t>& order,
                    std::vector<SeriesProblem>& problems) {
  std::uint64_t earliest_end = kForever;  // of all strictly larger numbers
  std::size_t holder = 0;
  for (std::size_t i = order.size(); i > 0;) {
    std::size_t from = i;
    while (from > 0 && issued[order[from - 1]].number == issued[order[i - 1]].number) --from;
    for (std::size_t j = from; j < i; ++j) {
      const Issued& late = issued[order[j]];
      if (earliest_end < late.at.begin) {
        problems.push_back({SeriesFault::kInversion, holder, order[j], late.number, 0});
      }
    }
    for (std::size_t j = from; j < i; ++j) {
      if (issued[order[j]].at.end < earliest_end) {
        earliest_end = issued[order[j]].at.end;
        holder = order[j];
      }
    }
    i = from;
  }
}

// The creates that may have taken the missing numbers, offered in order of their begin.
class Takers {
 public:
  Takers(const std::vector<Interval>& perhaps, bool real_time) : all_(perhaps), timed_(real_time) {
    std::sort(all_.begin(), all_.end(),
              [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
  }
  // Takes one that can have happened in [earliest, latest]; both grow from call to call.
  bool Take(std::uint64_t earliest, std::uint64_t latest) {
    for (; next_ < all_.size() && (!timed_ || all_[next_].begin <= latest); ++next_) {
      ends_.push(all_[next_].end);
    }
    while (timed_ && !ends_.empty() && ends_.top() < earliest) ends_.pop();
    if (ends_.empty()) return false;
    ends_.pop();
    return true;
  }

 private:
  std::vector<Interval> all_;
  bool timed_;
  std::size_t next_ = 0;
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> ends_;
};

void FindGaps(const std::vector<Issued>& issued, const std::vector<std::size_t>& order,
              const std::vector<Interval>& perhaps, const SeriesRules& rules,
              std::vector<SeriesProblem>& problems) {
  // latest[i]: the earliest end of the numbers from order[i] on.
  std::vector<std::uint64_t> latest(order.size() + 1, kForever);
  for (std::size_t i = order.size(); i > 0; --i) {
    latest[i - 1] = std::min(latest[i], issued[order[i - 1]].at.end);
  }
  Takers takers(perhaps, rules.real_time_order);
  std::uint64_t earliest = 0;  // the latest begin of the smaller numbers
  // Without a known start the smallest number seen is where the series begins for us.
  std::int64_t expected = rules.start_known ? rules.start + 1 : issued[order.front()].number;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Issued& next = issued[order[i]];
    std::uint64_t untaken = 0;
    std::int64_t first_untaken = 0;
    for (; expected < next.number; ++expected) {
      if (takers.Take(earliest, latest[i])) continue;
      // Windows only grow for later numbers of the same hole when nobody is left at all; count the
      // rest without walking through a hole of any size.
      first_untaken = expected;
      untaken = static_cast<std::uint64_t>(next.number) - static_cast<std::uint64_t>(expected);
      expected = next.number;
      break;
    }
    if (untaken > 0) {
      const std::size_t below = i > 0 ? order[i - 1] : order[i];
      problems.push_back({SeriesFault::kGap, order[i], below, first_untaken, untaken});
    }
    expected = std::max(expected, next.number + 1);
    earliest = std::max(earliest, next.at.begin);
  }
}

}  // namespace

std::vector<SeriesProblem> JudgeSeries(const std::vector<Issued>& issued,
                                       const std::vector<Interval>& perhaps,
                                       const SeriesRules& rules) {
  std::vector<SeriesProblem> problems;
  if (issued.empty()) return problems;
  const std::vector<std::size_t> order = ByNumber(issued);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Issued& here = issued[order[i]];
    if (rules.start_known && here.number <= rules.start) {
      problems.push_back({SeriesFault::kBelowStart, order[i], order[i], here.number, 0});
    }
    if (i > 0 && issued[order[i - 1]].number == here.number) {
      problems.push_back({SeriesFault::kDuplicate, order[i - 1], order[i], here.number, 0});
    }
  }
  if (rules.real_time_order) FindInversions(issued, order, problems);
  if (rules.gap_free) FindGaps(issued, order, perhaps, rules, problems);
  return problems;
}

}  // namespace redrive
