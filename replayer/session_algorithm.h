// The four session guarantees (Terry et al., PDIS 1994) for objects with versions, as a pure
// function over intervals.
#ifndef REDRIVE_REPLAYER_SESSION_ALGORITHM_H_
#define REDRIVE_REPLAYER_SESSION_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "replayer/series_algorithm.h"

namespace redrive {

enum class Guarantee : std::uint8_t {
  kReadYourWrites,     // a read shows no older version than an own write before it made
  kMonotonicReads,     // a read shows no older version than an own read before it
  kMonotonicWrites,    // a write makes no older version than an own write before it
  kWritesFollowReads,  // a write makes no older version than an own read before it showed
};

struct SessionAccess {
  std::uint32_t session = 0;
  std::uint32_t object = 0;
  Interval at;
  std::int64_t version = 0;  // of one object they are ordered as numbers
  bool write = false;
};

// Indexes of the accesses: `later` began after `earlier` had finished, and has an older version.
struct SessionProblem {
  std::size_t earlier = 0;
  std::size_t later = 0;
};

// One problem for each access that breaks the guarantee, with the newest version that it had to
// respect; in order of session, object and begin. Accesses of one session that overlap have no
// order. O(n log n).
std::vector<SessionProblem> JudgeSessions(const std::vector<SessionAccess>& accesses,
                                          Guarantee guarantee);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SESSION_ALGORITHM_H_
