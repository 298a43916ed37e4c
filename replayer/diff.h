// Diff: what differs between the responses of two traces of the same plan, grouped by request name
// and place. Requests are matched by who sent them and when in the plan: phase, user, iteration,
// step. No noise is learned here: ids, dates and tokens that differ by nature are reported too,
// unless told to be left out.
#ifndef REDRIVE_REPLAYER_DIFF_H_
#define REDRIVE_REPLAYER_DIFF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/trace_records.h"

namespace redrive {

struct DiffOptions {
  bool statuses_only = false;
  // Differences whose place ends in one of these members are left out ("created_at", "_id", …).
  std::vector<std::string> ignored_suffixes;
};

// All differences of one name at one place.
struct Difference {
  std::string name;   // of the request
  std::string place;  // "status", or a JSON pointer with array positions as "*", or "body"
  std::uint64_t count = 0;
  std::uint64_t operation_a = 0;  // an example: the first, by operation of A
  std::uint64_t operation_b = 0;
  std::string value_a;  // at most 80 bytes
  std::string value_b;
};

struct TraceDiff {
  std::uint64_t matched = 0;  // requests in both
  std::uint64_t equal = 0;    // of these, with equal status and body
  std::uint64_t only_a = 0;
  std::uint64_t only_b = 0;
  std::vector<Difference> differences;  // by name, then place
};

TraceDiff DiffTraces(const Trace& a, const Trace& b, const DiffOptions& options);

std::string DiffToText(const TraceDiff& diff);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_DIFF_H_
