// The exact test of a register whose writes all have different values (a document by version, a
// status): the zones of Gibbons and Korach (SIAM J. Computing 26, 1997).
#ifndef REDRIVE_REPLAYER_REGISTER_ALGORITHM_H_
#define REDRIVE_REPLAYER_REGISTER_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replayer/series_algorithm.h"

namespace redrive {

struct RegisterAccess {
  Interval at;             // an unanswered write has no end; unanswered reads are left out
  std::int64_t value = 0;  // equal numbers are equal values; otherwise they mean nothing
  bool write = false;
};

enum class RegisterFault : std::uint8_t {
  kNeverWritten,  // a read shows what nobody wrote; witness: the read
  kFromFuture,    // witnesses: the read, the write of its value, which began after the read's end
  kStale,         // the value was there before and after another one that came in between
};

// kStale: `first` began last among the operations of its value, and `before` had finished with that
// value first; `second` and `also` are the same of the other value: each value must have been there
// from `before` to `first`, and from `also` to `second` (or, when `second` is written at one
// instant, at some moment of it), and the two spans do not go into one line.
struct RegisterProblem {
  RegisterFault fault = RegisterFault::kNeverWritten;
  std::size_t first = 0;  // indexes into `accesses`; kInitial: the initial value, no operation
  std::size_t second = 0;
  std::size_t before = 0;
  std::size_t also = 0;
  static constexpr std::size_t kInitial = static_cast<std::size_t>(-1);
};

struct RegisterVerdict {
  std::vector<RegisterProblem> problems;
  bool undecided = false;     // a value is written twice: zones cannot tell
  std::int64_t repeated = 0;  // such a value
};

// Judges whether one register can have given all answers in some order within real time. Without
// `initial` it may have begun with any one value. Undecided where two writes have one value (the
// initial one counts as a write), or only an unknown initial value could explain what is wrong;
// exact otherwise. O(n log n).
// Method: a value's zone spans from the earliest end to the latest begin of its operations. Where
// the earliest end is first (a forward zone) the value was certainly there in between: two such
// zones must not overlap. The others (backward) fit anywhere but inside a forward zone.
RegisterVerdict JudgeRegister(const std::vector<RegisterAccess>& accesses,
                              std::optional<std::int64_t> initial);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_REGISTER_ALGORITHM_H_
