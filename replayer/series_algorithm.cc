#include "replayer/series_algorithm.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <queue>

#include "replayer/key_sort.h"

namespace redrive {
namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

// The answers as one list: creates, then reads.
class Answers {
 public:
  Answers(const std::vector<Issued>& issued, const std::vector<Issued>& reads)
      : issued_(issued), reads_(reads) {}
  [[nodiscard]] std::size_t size() const { return issued_.size() + reads_.size(); }
  [[nodiscard]] bool IsRead(std::size_t i) const { return i >= issued_.size(); }
  const Issued& operator[](std::size_t i) const {
    return IsRead(i) ? reads_[i - issued_.size()] : issued_[i];
  }
  // The place in the forced order: a read of v stands behind the create of v.
  [[nodiscard]] std::int64_t Rank(std::size_t i) const {
    return 2 * (*this)[i].number + (IsRead(i) ? 1 : 0);
  }

 private:
  const std::vector<Issued>& issued_;
  const std::vector<Issued>& reads_;
};

// What precedes the first number, as far as the answers and the rules tell: without a known start
// the smallest number seen is where the series begins for us.
std::int64_t StartOf(const std::vector<Issued>& issued, const std::vector<Issued>& reads,
                     const SeriesRules& rules) {
  if (rules.start_known) return rules.start;
  std::int64_t start = std::numeric_limits<std::int64_t>::max();
  for (const Issued& one : issued) start = std::min(start, one.number - 1);
  for (const Issued& one : reads) start = std::min(start, one.number);
  return start;
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

// Notices in linear time that nothing is wrong, when the numbers lie close together.
class DenseSweep {
 public:
  DenseSweep(const std::vector<Issued>& issued, const std::vector<Interval>& perhaps,
             const SeriesRules& rules, const std::vector<Issued>& reads)
      : issued_(issued),
        perhaps_(perhaps),
        rules_(rules),
        reads_(reads),
        start_(StartOf(issued, reads, rules)) {}

  // False: something is wrong, or it takes the general method to tell.
  [[nodiscard]] bool Passes() {
    std::int64_t last = start_;
    for (const Issued& one : issued_) {
      if (one.number <= start_) return false;
      last = std::max(last, one.number);
    }
    for (const Issued& one : reads_) {
      if (one.number < start_) return false;
      last = std::max(last, one.number);
    }
    const auto span = static_cast<std::uint64_t>(last - start_);
    if (span > 4 * (issued_.size() + reads_.size())) return false;
    if (rules_.gap_free && span > issued_.size() + perhaps_.size()) return false;
    if (!FillTables(static_cast<std::size_t>(span))) return false;
    return !rules_.real_time_order ? true : SweepDown() && TakeMissing();
  }

 private:
  static constexpr Interval kUntaken{kForever, 0};

  bool FillTables(std::size_t span) {
    taken_.assign(span + 1, kUntaken);
    for (const Issued& one : issued_) {
      Interval& place = taken_[static_cast<std::size_t>(one.number - start_)];
      if (place.begin != kForever) return false;
      place = one.at;
    }
    shown_.assign(reads_.empty() ? 0 : span + 1, Interval{0, kForever});
    for (const Issued& one : reads_) {
      Interval& place = shown_[static_cast<std::size_t>(one.number - start_)];
      place.begin = std::max(place.begin, one.at.begin);
      place.end = std::min(place.end, one.at.end);
    }
    return true;
  }

  // From the last number to the first: nobody began after a larger one had finished.
  bool SweepDown() {
    std::uint64_t earliest_end = kForever;  // of all that stands behind
    for (std::size_t i = taken_.size(); i > 0; --i) {
      if (!shown_.empty()) {
        if (shown_[i - 1].begin > earliest_end) return false;
        earliest_end = std::min(earliest_end, shown_[i - 1].end);
      }
      const Interval& here = taken_[i - 1];
      if (here.begin == kForever) {
        if (rules_.gap_free && i > 1) missing_.push_back({i - 1, earliest_end});
        continue;
      }
      if (here.begin > earliest_end) return false;
      earliest_end = std::min(earliest_end, here.end);
    }
    return true;
  }

  // From the first missing number to the last: somebody is there who can have taken it.
  bool TakeMissing() {
    if (missing_.empty()) return true;
    Takers takers(perhaps_, /*real_time=*/true);
    std::uint64_t latest_begin = shown_.empty() ? 0 : shown_[0].begin;
    for (std::size_t i = 1; i < taken_.size() && !missing_.empty(); ++i) {
      if (taken_[i].begin == kForever) {
        if (!takers.Take(latest_begin, missing_.back().latest)) return false;
        missing_.pop_back();
      } else {
        latest_begin = std::max(latest_begin, taken_[i].begin);
      }
      if (!shown_.empty()) latest_begin = std::max(latest_begin, shown_[i].begin);
    }
    return true;
  }

  struct Missing {
    std::size_t number;
    std::uint64_t latest;  // the earliest end of all that stands behind
  };

  const std::vector<Issued>& issued_;
  const std::vector<Interval>& perhaps_;
  const SeriesRules& rules_;
  const std::vector<Issued>& reads_;
  std::int64_t start_;
  std::vector<Interval> taken_;   // by number - start
  std::vector<Interval> shown_;   // of the reads of one number: latest begin, earliest end
  std::vector<Missing> missing_;  // the last one first
};

// Indexes of the answers by rank, then by begin.
std::vector<std::size_t> ByRank(const Answers& answers) {
  std::vector<KeyedIndex> keys(answers.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = {answers[i].at.begin, static_cast<std::uint32_t>(i)};
  }
  SortByKey(keys);
  for (KeyedIndex& item : keys) {
    item.key = static_cast<std::uint64_t>(answers.Rank(item.index)) ^ (std::uint64_t{1} << 63);
  }
  SortByKey(keys);
  std::vector<std::size_t> order(keys.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = keys[i].index;
  return order;
}

void FindInversions(const Answers& answers, const std::vector<std::size_t>& order,
                    std::vector<SeriesProblem>& problems) {
  std::uint64_t earliest_end = kForever;  // of all strictly larger ranks
  std::size_t holder = 0;
  for (std::size_t i = order.size(); i > 0;) {
    std::size_t from = i;
    while (from > 0 && answers.Rank(order[from - 1]) == answers.Rank(order[i - 1])) --from;
    for (std::size_t j = from; j < i; ++j) {
      const Issued& late = answers[order[j]];
      if (earliest_end < late.at.begin) {
        problems.push_back({SeriesFault::kInversion, holder, order[j], late.number, 0});
      }
    }
    for (std::size_t j = from; j < i; ++j) {
      if (answers[order[j]].at.end < earliest_end) {
        earliest_end = answers[order[j]].at.end;
        holder = order[j];
      }
    }
    i = from;
  }
}

void FindGaps(const Answers& answers, const std::vector<std::size_t>& order, std::int64_t start,
              const std::vector<Interval>& perhaps, const SeriesRules& rules,
              std::vector<SeriesProblem>& problems) {
  // latest[i]: the earliest end of the answers from order[i] on.
  std::vector<std::uint64_t> latest(order.size() + 1, kForever);
  for (std::size_t i = order.size(); i > 0; --i) {
    latest[i - 1] = std::min(latest[i], answers[order[i - 1]].at.end);
  }
  Takers takers(perhaps, rules.real_time_order);
  std::uint64_t earliest = 0;  // the latest begin of the smaller ranks
  std::int64_t expected = start + 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Issued& next = answers[order[i]];
    // A read needs its own number taken as well, a create takes it.
    const std::int64_t needed = answers.IsRead(order[i]) ? next.number + 1 : next.number;
    std::uint64_t untaken = 0;
    std::int64_t first_untaken = 0;
    for (; expected < needed; ++expected) {
      if (takers.Take(earliest, latest[i])) continue;
      // Windows only grow for later numbers of the same hole when nobody is left at all; count the
      // rest without walking through a hole of any size.
      first_untaken = expected;
      untaken = static_cast<std::uint64_t>(needed) - static_cast<std::uint64_t>(expected);
      expected = needed;
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
                                       const SeriesRules& rules, const std::vector<Issued>& reads) {
  std::vector<SeriesProblem> problems;
  if (issued.empty() && reads.empty()) return problems;
  if (DenseSweep(issued, perhaps, rules, reads).Passes()) return problems;
  const Answers answers(issued, reads);
  const std::vector<std::size_t> order = ByRank(answers);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Issued& here = answers[order[i]];
    const bool read = answers.IsRead(order[i]);
    if (rules.start_known && (read ? here.number < rules.start : here.number <= rules.start)) {
      problems.push_back({SeriesFault::kBelowStart, order[i], order[i], here.number, 0});
    }
    if (!read && i > 0 && answers.Rank(order[i - 1]) == answers.Rank(order[i])) {
      problems.push_back({SeriesFault::kDuplicate, order[i - 1], order[i], here.number, 0});
    }
  }
  if (rules.real_time_order) FindInversions(answers, order, problems);
  if (rules.gap_free) {
    FindGaps(answers, order, StartOf(issued, reads, rules), perhaps, rules, problems);
  }
  return problems;
}

}  // namespace redrive
