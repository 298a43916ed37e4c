#include "replayer/counter_algorithm.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>

#include "replayer/key_sort.h"

namespace redrive {
namespace {

constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

// The windows of the increments by rank, 1 to `last`, and what comes behind them.
class Windows {
 public:
  Windows(std::int64_t start, const std::vector<Issued>& reads, std::size_t last)
      : windows_(last + 2, Interval{0, kForever}) {
    for (const Issued& read : reads) {
      const auto rank = static_cast<std::size_t>(read.number - start);
      windows_[rank].end = std::min(windows_[rank].end, read.at.end);
      windows_[rank + 1].begin = std::max(windows_[rank + 1].begin, read.at.begin);
    }
    for (std::size_t k = last; k > 0; --k) {
      windows_[k].end = std::min(windows_[k].end, windows_[k + 1].end);
    }
    for (std::size_t k = 1; k < windows_.size(); ++k) {
      windows_[k].begin = std::max(windows_[k].begin, windows_[k - 1].begin);
    }
  }
  // What the reads of `rank` and more leave to it: no later than .end; of less: no earlier than
  // .begin. The one behind the last has no end.
  const Interval& operator[](std::size_t rank) const { return windows_[rank]; }
  [[nodiscard]] std::size_t last() const { return windows_.size() - 2; }
  [[nodiscard]] bool Monotone() const {
    return std::all_of(windows_.begin() + 1, windows_.end(),
                       [](const Interval& w) { return w.begin <= w.end; });
  }

 private:
  std::vector<Interval> windows_;  // windows_[0].begin: nothing; [0].end: of reads of the start
};

bool SortedByBegin(const std::vector<Interval>& increments) {
  return std::is_sorted(increments.begin(), increments.end(),
                        [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
}

// Increments in order of begin, answered and unanswered ones.
std::vector<Interval> ByBegin(const std::vector<Interval>& increments,
                              const std::vector<std::uint64_t>& perhaps) {
  std::vector<KeyedIndex> keys(increments.size() + perhaps.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t behind = i - increments.size();
    const bool answered = i < increments.size();
    keys[i] = {answered ? increments[i].begin : perhaps[behind], static_cast<std::uint32_t>(i)};
  }
  SortByKey(keys);
  std::vector<Interval> sorted(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool answered = keys[i].index < increments.size();
    sorted[i] = {keys[i].key, answered ? increments[keys[i].index].end : kForever};
  }
  return sorted;
}

// The ends of increments that have begun, the earliest first. The ends come nearly sorted, so a
// sorted list takes them with few moves; where it does not, a heap goes on.
class Ends {
 public:
  [[nodiscard]] bool empty() const { return head_ == ends_.size(); }
  [[nodiscard]] std::uint64_t earliest() const { return ends_[head_]; }

  void Add(std::uint64_t end) {
    if (heap_) {
      ends_.push_back(end);
      std::push_heap(ends_.begin(), ends_.end(), std::greater<>());
      return;
    }
    ends_.push_back(end);
    std::size_t at = ends_.size() - 1;
    std::size_t moves = 0;
    for (; at > head_ && ends_[at - 1] > end; --at, ++moves) ends_[at] = ends_[at - 1];
    ends_[at] = end;
    moves_ += moves;
    if (moves_ > kMovesSpare + kMovesEach * ++added_) BecomeHeap();
  }

  void DropEarliest() {
    if (heap_) {
      std::pop_heap(ends_.begin(), ends_.end(), std::greater<>());
      ends_.pop_back();
      return;
    }
    // The room in front is given back once it is half of the list: constant work per element.
    if (++head_ >= kHeadMax && 2 * head_ >= ends_.size()) {
      ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

 private:
  static constexpr std::size_t kMovesSpare = 1'000;
  static constexpr std::size_t kMovesEach = 32;
  static constexpr std::size_t kHeadMax = 1'024;

  // A sorted list is a heap already.
  void BecomeHeap() {
    ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    heap_ = true;
  }

  std::vector<std::uint64_t> ends_;
  std::size_t head_ = 0;
  std::size_t moves_ = 0;
  std::size_t added_ = 0;
  bool heap_ = false;
};

struct Mismatch {
  bool lost = false;      // an answered increment fits nowhere; else a window stays empty
  std::size_t rank = 0;   // the window
  std::uint64_t end = 0;  // of the lost increment
};

std::optional<Mismatch> Match(const std::vector<Interval>& sorted, const Windows& windows) {
  Ends ends;
  std::size_t next = 0;
  for (std::size_t rank = 1; rank <= windows.last(); ++rank) {
    const Interval window = windows[rank];
    for (; next < sorted.size() && sorted[next].begin <= window.end; ++next) {
      ends.Add(sorted[next].end);
    }
    if (ends.empty()) return Mismatch{false, rank, 0};
    if (ends.earliest() < window.begin) return Mismatch{true, rank, ends.earliest()};
    ends.DropEarliest();
  }
  const std::size_t behind = windows.last() + 1;
  if (!ends.empty() && ends.earliest() < windows[behind].begin) {
    return Mismatch{true, behind, ends.earliest()};
  }
  for (; next < sorted.size(); ++next) {
    if (sorted[next].end < windows[behind].begin) return Mismatch{true, behind, sorted[next].end};
  }
  return std::nullopt;
}

// Names the operations behind a mismatch. A lost increment: the latest read of a smaller number is
// what its window begins with. An empty window: the read of this number or more that ends first.
CounterProblem Explain(const Mismatch& mismatch, std::int64_t start,
                       const std::vector<Interval>& increments, const std::vector<Issued>& reads) {
  const std::int64_t number = start + static_cast<std::int64_t>(mismatch.rank);
  std::optional<std::size_t> read;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    if (mismatch.lost ? reads[i].number >= number : reads[i].number < number) continue;
    const bool better = !read || (mismatch.lost ? reads[i].at.begin > reads[*read].at.begin
                                                : reads[i].at.end < reads[*read].at.end);
    if (better) read = i;
  }
  CounterProblem problem{mismatch.lost ? CounterFault::kLost : CounterFault::kTooHigh,
                         read.value_or(0), read.value_or(0), number - 1};
  if (mismatch.lost) {
    const auto found = std::find_if(increments.begin(), increments.end(),
                                    [&](const Interval& at) { return at.end == mismatch.end; });
    problem.other = static_cast<std::size_t>(found - increments.begin());
  }
  return problem;
}

}  // namespace

std::vector<CounterProblem> JudgeBlindCounter(std::int64_t start,
                                              const std::vector<Interval>& increments,
                                              const std::vector<std::uint64_t>& perhaps,
                                              const std::vector<Issued>& reads) {
  std::vector<CounterProblem> problems;
  const auto all = static_cast<std::int64_t>(increments.size() + perhaps.size());
  std::int64_t last = 0;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const std::int64_t counted = reads[i].number - start;
    if (counted < 0) problems.push_back({CounterFault::kBelowStart, i, i, 0});
    if (counted > all) problems.push_back({CounterFault::kTooHigh, i, i, start + all});
    last = std::max(last, counted);
  }
  if (!problems.empty() || reads.empty()) return problems;
  const Windows windows(start, reads, static_cast<std::size_t>(last));
  if (!windows.Monotone()) {
    const SeriesRules rules{.real_time_order = true};
    for (const SeriesProblem& inversion : JudgeSeries({}, {}, rules, reads)) {
      problems.push_back({CounterFault::kInversion, inversion.second, inversion.first, 0});
    }
    return problems;
  }
  const std::optional<Mismatch> mismatch = perhaps.empty() && SortedByBegin(increments)
                                               ? Match(increments, windows)
                                               : Match(ByBegin(increments, perhaps), windows);
  if (mismatch) problems.push_back(Explain(*mismatch, start, increments, reads));
  return problems;
}

}  // namespace redrive
