// The test of a chain: answers that each say what a number was before and after them.
#ifndef REDRIVE_REPLAYER_CHAIN_ALGORITHM_H_
#define REDRIVE_REPLAYER_CHAIN_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "replayer/decimal.h"
#include "replayer/series_algorithm.h"

namespace redrive {

struct ChainLink {
  Interval at;
  Decimal before;
  Decimal after;
};

// An unanswered change: whether it happened is open.
struct ChainPerhaps {
  std::uint64_t begin = 0;
  Decimal by;
};

enum class ChainFault : std::uint8_t {
  kFork,    // more links start from a value than lead to it; witnesses: two that start from it
  kBroken,  // a link starts from a value that nothing leads to; witness: the link
  kOrder,   // the only chain contradicts real time; witnesses: who finished first, who came first
  kFinal,   // the chain does not end at the final value; witness: its last link
  kNone,    // no order of the links makes one chain; witnesses: the first and last link
};

struct ChainProblem {
  ChainFault fault = ChainFault::kFork;
  std::size_t first = 0;  // indexes into `links`; equal when there is only one witness
  std::size_t second = 0;
};

struct ChainVerdict {
  std::vector<ChainProblem> problems;
  bool undecided = false;  // the search was cut off
};

// Judges whether the links, and some of `perhaps`, can be put into one order within real time in
// which each starts where the one before ended, from `initial` (if known) to `final_value` (if
// known). Linear when every link starts from another value, else a search with a limit.
ChainVerdict JudgeChain(const std::vector<ChainLink>& links,
                        const std::vector<ChainPerhaps>& perhaps, std::optional<Decimal> initial,
                        std::optional<Decimal> final_value);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHAIN_ALGORITHM_H_
