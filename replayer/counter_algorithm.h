// The exact test of a blind counter (views, usage): increments that answer nothing, and reads.
#ifndef REDRIVE_REPLAYER_COUNTER_ALGORITHM_H_
#define REDRIVE_REPLAYER_COUNTER_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "replayer/series_algorithm.h"

namespace redrive {

enum class CounterFault : std::uint8_t {
  kBelowStart,  // a read shows less than the counter began with; witness: the read
  kInversion,   // witnesses: the read that finished with more, the later read that shows less
  kTooHigh,     // a read shows more than can have been counted by its end; witness: the read
  kLost,        // witnesses: a read, and an increment that had finished before and is not in it
};

struct CounterProblem {
  CounterFault fault = CounterFault::kBelowStart;
  std::size_t read = 0;          // index into `reads`: the one that shows it
  std::size_t other = 0;         // kInversion: into `reads`; kLost: into `increments`
  std::int64_t conceivable = 0;  // kTooHigh: the most, kLost: more than this must have been counted
};

// Judges whether a counter that begins at `start` and grows by one per increment can have shown all
// of `reads`. `perhaps` are increments without an answer, by their begin: they may have counted, at
// any later time. Empty exactly when some order within real time explains every read; below the
// start and inversions are listed in full, of the other faults the first. O(n log n), and O(n) for
// increments that are given in order of begin.
// Method (Redrive's research notes, C.3.2): a read of r lies between the r-th and the next
// increment, so the reads give every increment by rank a window; both ends of the windows grow with
// the rank; increments are matched to windows by earliest end, which is optimal because crossing
// ones can be swapped.
std::vector<CounterProblem> JudgeBlindCounter(std::int64_t start,
                                              const std::vector<Interval>& increments,
                                              const std::vector<std::uint64_t>& perhaps,
                                              const std::vector<Issued>& reads);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_COUNTER_ALGORITHM_H_
