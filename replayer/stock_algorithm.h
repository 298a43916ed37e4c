// The exact test of a bounded stock, as a pure function over intervals.
#ifndef REDRIVE_REPLAYER_STOCK_ALGORITHM_H_
#define REDRIVE_REPLAYER_STOCK_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "replayer/decimal.h"
#include "replayer/series_algorithm.h"

namespace redrive {

enum class StockEffect : std::uint8_t {
  kDeducted,         // accepted: the stock went down
  kRefused,          // for want of stock
  kPerhapsDeducted,  // unanswered; its interval has no end
  kAdded,
  kPerhapsAdded,
};

struct StockEvent {
  Interval at;
  StockEffect effect = StockEffect::kDeducted;
  Decimal quantity;  // > 0
};

enum class StockFault : std::uint8_t {
  kOversold,         // more went out than there can have been
  kRefusedTooEarly,  // there must have been enough
};

struct StockProblem {
  StockFault fault = StockFault::kOversold;
  std::size_t index = 0;  // the event that is wrong
  Decimal available;      // the most that was left before an oversold deduction (may be negative);
                          // the least that was there at a refusal
};

struct StockVerdict {
  std::vector<StockProblem> problems;
  bool undecided = false;  // no problem found, and none excluded
  std::string why;         // of undecided
};

// Judges whether a stock that starts at `initial` and never goes below zero can have given these
// answers in some order within real time. Exact without additions (research C.3.3): deductions are
// put at their begin, refusals at their end; unanswered deductions are chosen by a search over
// their reachable sums. With additions (C.3.4) the accepted part is exact, and a refusal that is
// neither certainly right nor certainly wrong makes the verdict undecided. O(n log n).
StockVerdict JudgeStock(Decimal initial, const std::vector<StockEvent>& events);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_STOCK_ALGORITHM_H_
