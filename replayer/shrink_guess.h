// Guesses: which few requests of a long run may be enough to show a violation. The witnesses know
// most of the time, so that delta debugging over thousands of requests is the last resort.
#ifndef REDRIVE_REPLAYER_SHRINK_GUESS_H_
#define REDRIVE_REPLAYER_SHRINK_GUESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/case.h"
#include "replayer/checker.h"
#include "replayer/history.h"

namespace redrive {

struct Guess {
  std::vector<std::uint64_t> operations;  // ascending, of the run phase; at most 26 users
  CaseSetup setup = CaseSetup::kNeeded;
};

// The likeliest and cheapest first: the two witnesses of each violation of that shape; all its
// witnesses; pairs of other requests that step on each other, one for each pair of names; then the
// same with more of the state before them; then all that was in flight around it. Deterministic.
std::vector<Guess> GuessRequests(const History& history, const Verdict& verdict,
                                 const std::string& shape);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SHRINK_GUESS_H_
