// The exact test of a counter (increment and get), as a pure function over intervals.
#ifndef REDRIVE_REPLAYER_SERIES_ALGORITHM_H_
#define REDRIVE_REPLAYER_SERIES_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace redrive {

// One operation may take effect at any instant from begin to end; a precedes b when a.end <
// b.begin.
struct Interval {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // Operation::kNever when open
};

// A create that answered with `number`, or a read that showed it.
struct Issued {
  Interval at;
  std::int64_t number = 0;
};

struct SeriesRules {
  bool gap_free = false;        // numbers follow each other without a hole
  bool real_time_order = true;  // who began after another had finished has the larger number
  bool start_known = false;     // the first number is start + 1
  std::int64_t start = 0;
};

enum class SeriesFault : std::uint8_t {
  kDuplicate,   // witnesses: both holders
  kBelowStart,  // witness: the holder
  kInversion,   // witnesses: the one that finished with the larger number, the one that began later
  kGap,         // witnesses: the holders around the missing number
};

struct SeriesProblem {
  SeriesFault fault = SeriesFault::kDuplicate;
  std::size_t first = 0;   // indexes into `issued`, then behind them into `reads`; equal when there
  std::size_t second = 0;  // is only one witness
  std::int64_t number = 0;    // the number in question; the missing one of a gap
  std::uint64_t missing = 0;  // how many in a row, of a gap
};

// Judges whether one counter, incremented in one step per create, can have answered all of
// `issued`, and shown `reads`: the number taken last. `perhaps` are creates that may have taken a
// number unseen: unanswered ones, whose interval has no end, and refused ones where refusals
// consume numbers. Numbers are less than 2^62 in magnitude.
// Empty exactly when some order within real time explains every answer. O(n log n); O(n) when the
// numbers lie close together and nothing is wrong.
// Method: the answers force the order, so it must extend real time; missing numbers are matched to
// `perhaps` by earliest end, which is optimal because the windows of the numbers are monotone.
std::vector<SeriesProblem> JudgeSeries(const std::vector<Issued>& issued,
                                       const std::vector<Interval>& perhaps,
                                       const SeriesRules& rules,
                                       const std::vector<Issued>& reads = {});

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SERIES_ALGORITHM_H_
