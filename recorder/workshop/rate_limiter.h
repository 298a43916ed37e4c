// The per-client rate limiter: a sliding log per client address and category (contract A.6).
// Rejected requests are not counted. Not thread-safe: the caller holds the store's mutex.
#ifndef REDRIVE_RECORDER_WORKSHOP_RATE_LIMITER_H_
#define REDRIVE_RECORDER_WORKSHOP_RATE_LIMITER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/virtual_time.h"

namespace redrive::workshop {

struct RateCategory {
  std::string_view name;
  std::int64_t requests = 0;  // 0: exempt
  std::int64_t window_seconds = 0;
};

// By the raw path, without query.
RateCategory CategoryOf(std::string_view method, std::string_view path);

class RateLimiter {
 public:
  // Counts the request and returns 0, or returns the seconds to wait (at least 1).
  std::int64_t Hit(std::string_view client_ip, const RateCategory& category, VirtualTime now);
  void Clear();  // forgets the mark too

  // The present state is the one that Rollback goes back to, at the cost of what changed since.
  // REQUIRES for Rollback: Mark was called.
  void Mark();
  void Rollback();

 private:
  // By client, then category.
  using Logs = std::map<std::pair<std::string, std::string_view>, std::deque<VirtualTime>>;
  struct Change {
    enum class What : std::uint8_t { kCreated, kDropped, kAppended };
    What what;
    Logs::iterator log;
    VirtualTime time;  // of what was dropped
  };
  void Note(Change::What what, Logs::iterator log, VirtualTime time = {});
  void ForgetAll();

  Logs logs_;
  bool marked_ = false;
  std::vector<Change> changes_;  // since Mark, in order, up to the first ForgetAll
  bool forgot_ = false;          // since Mark
  Logs forgotten_;               // what the first ForgetAll took away
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_RATE_LIMITER_H_
