// What MongoDB's answers say, read from their JSON. Servers lie: every member may be missing or of
// another type.
#ifndef REDRIVE_RECORDER_PROBE_MONGO_ANSWERS_H_
#define REDRIVE_RECORDER_PROBE_MONGO_ANSWERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace redrive {

// serverStatus. What a server leaves out is empty: FerretDB has none of them, a mongos no locks.
struct MongoStatus {
  std::int64_t local_time_ms = 0;  // the server's clock, since 1970
  std::int64_t pid = 0;
  std::int64_t uptime_ms = 0;
  std::optional<std::int64_t> connections;
  std::optional<std::int64_t> operations;  // opcounters, added
  std::optional<std::int64_t> queue;       // globalLock.currentQueue.total
  std::optional<std::int64_t> deadlocks;   // locks.*.deadlockCount.*, added
  std::optional<std::int64_t> write_conflicts;
  std::optional<std::int64_t> resident_bytes;
};
// Error (kInvalid): no localTime, so it is no answer to serverStatus.
[[nodiscard]] Result<MongoStatus> ReadMongoStatus(const std::string& json);

struct MongoOperation {
  std::string id;  // of a running one: its number
  std::string shape;
  std::int64_t milliseconds = 0;
  bool waits_for_lock = false;
};

// The answer to currentOp; Redrive's own and idle ones are left out. At most 1,000.
[[nodiscard]] Result<std::vector<MongoOperation>> ReadMongoCurrent(const std::string& json);
// The answer to a find in system.profile.
[[nodiscard]] Result<std::vector<MongoOperation>> ReadMongoProfile(const std::string& json);

// The answer to {profile: -1}.
struct MongoProfiler {
  std::int64_t level = 0;
  std::int64_t slow_ms = 100;
  bool samples = false;  // it writes only a part of what is slow
};
[[nodiscard]] Result<MongoProfiler> ReadMongoProfiler(const std::string& json);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_MONGO_ANSWERS_H_
