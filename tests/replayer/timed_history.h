// Large histories of which an order is known: operations on lanes, each taking effect at a moment
// of its own between its begin and its end.
#ifndef REDRIVE_TESTS_REPLAYER_TIMED_HISTORY_H_
#define REDRIVE_TESTS_REPLAYER_TIMED_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "replayer/series_algorithm.h"

namespace redrive {

struct TimedOperation {
  Interval at;
  std::uint64_t effect = 0;  // the order in which they took effect, from 0
};

// n operations, at most so many of them open at one time; in order of begin.
inline std::vector<TimedOperation> MakeTimedHistory(Rng& rng, std::size_t n,
                                                    std::size_t concurrency) {
  enum class Stage : std::uint8_t { kIdle, kOpen, kDone };
  struct Lane {
    Stage stage = Stage::kIdle;
    std::size_t operation = 0;
  };
  std::vector<TimedOperation> operations;
  operations.reserve(n);
  std::vector<Lane> lanes(concurrency);
  std::uint64_t event = 0;
  std::uint64_t effects = 0;
  for (std::size_t finished = 0; finished < n;) {
    Lane& lane = lanes[rng.Below(concurrency)];
    if (lane.stage == Stage::kIdle) {
      if (operations.size() == n) continue;
      lane = {Stage::kOpen, operations.size()};
      operations.push_back({.at = {++event, 0}});
    } else if (lane.stage == Stage::kOpen) {
      operations[lane.operation].effect = effects++;
      lane.stage = Stage::kDone;
    } else {
      operations[lane.operation].at.end = ++event;
      lane.stage = Stage::kIdle;
      ++finished;
    }
  }
  return operations;
}

// Indexes in order of effect.
inline std::vector<std::size_t> ByEffect(const std::vector<TimedOperation>& operations) {
  std::vector<std::size_t> order(operations.size());
  for (std::size_t i = 0; i < operations.size(); ++i) order[operations[i].effect] = i;
  return order;
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_TIMED_HISTORY_H_
