// Picks groups of requests out of a trace that are worth exploring: those that can step on each
// other, going by the data operations that each of them did. (The idea of ACIDRain's 2AD, SIGMOD
// 2017: candidates from a trace, here confirmed by search.)
#ifndef REDRIVE_REPLAYER_PICK_H_
#define REDRIVE_REPLAYER_PICK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/trace_records.h"

namespace redrive {

struct PickOptions {
  std::uint64_t first_event = 0;  // requests that were in flight between these two, both included
  std::uint64_t last_event = ~std::uint64_t{0};
  std::size_t requests = 2;  // per group, from 2
  std::size_t groups_max = 200;
};

struct PickedGroup {
  std::vector<std::uint64_t> operations;  // ascending; of different virtual users
  std::string names;                      // "POST portal/tickets × POST portal/tickets"
  std::string conflict;                   // what they meet on: "tickets/*", "inventory/…"
};

// One group for each pair of request names and of the collections they meet on: the pair that was
// closest in time, on one document rather than on a whole collection. Two requests conflict when
// one of them touches, in two or more steps, what the other writes or, writing itself, what the
// other touches: only then can an order of steps differ from both serial orders. Empty for a trace
// without data operations.
std::vector<PickedGroup> PickConflicts(const Trace& trace, const PickOptions& options);

// All requests of the users that were in flight in the window.
std::vector<std::uint64_t> OperationsInWindow(const Trace& trace, const PickOptions& options);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_PICK_H_
