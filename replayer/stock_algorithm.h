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
  kNoOrder,          // with this answer no order within real time explains all; without, there is
};  // one for everything that ended earlier

struct StockProblem {
  StockFault fault = StockFault::kOversold;
  std::size_t index = 0;  // the event that is wrong
  Decimal available;      // the most that was left before an oversold deduction (may be negative);
                          // the least that was there at a refusal; nothing of kNoOrder
};

struct StockVerdict {
  std::vector<StockProblem> problems;
  bool undecided = false;  // no problem found, and none excluded
  std::string why;         // of undecided
};

struct StockLimits {
  // Configurations that the search for an order may look at where the algorithm cannot tell.
  std::uint64_t nodes_max = 300'000;  // 0: it does not search
};

// Judges whether a stock that starts at `initial` and never goes below zero can have given these
// answers in some order within real time. O(n log n), O(n) for event numbers of a trace.
// Exact without additions (C.3.3 of Redrive's research notes): the stock only falls, so deductions
// are put at their begin and refusals at their end; unanswered deductions are chosen by a search
// over their reachable sums. With additions (C.3.4) the accepted part is exact: additions at their
// begin and deductions at their end. A refusal is certainly right when that highest stock was too
// low at some moment of it, certainly wrong when the lowest conceivable one (additions at their
// end, deductions at their begin) was enough at every moment. Refusals that are neither are handed
// to the linearizability search; what that cannot tell within its limit is undecided.
StockVerdict JudgeStock(Decimal initial, const std::vector<StockEvent>& events,
                        const StockLimits& limits = {});

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_STOCK_ALGORITHM_H_
