// MongoProbe: deadlocks, slow operations, queues and memory of a MongoDB server, from its own
// serverStatus, currentOp and profiler. Reads only.
#ifndef REDRIVE_RECORDER_PROBE_MONGO_PROBE_H_
#define REDRIVE_RECORDER_PROBE_MONGO_PROBE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "recorder/probe/mongo_answers.h"
#include "recorder/probe/mongo_client.h"
#include "recorder/probe/probe.h"

namespace redrive {

// Four times a second. Slow operations are those in currentOp for longer than `slow`, and those
// that the profiler wrote to system.profile of the URI's database, where it is on; where it is
// off, short ones can be missed between two looks, and the report says so and how to turn it on.
class MongoProbe final : public Probe {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MongoProbe>> Open(const std::string& uri,
                                                                std::chrono::milliseconds slow);

  [[nodiscard]] std::string source() const override { return source_; }
  [[nodiscard]] std::string flag() const override { return "--probe-mongodb"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] Result<void> Begin(ProbeReport* report) override;
  [[nodiscard]] Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override;
  [[nodiscard]] Result<void> End(std::int64_t at_ns, ProbeReport* report) override;

 private:
  MongoProbe() = default;
  [[nodiscard]] Result<MongoStatus> ReadStatus();
  void ReadCurrent(ProbeReport* report);
  void AskProfiler(ProbeReport* report);
  void ReadProfile();
  void Keep(const MongoOperation& operation);
  void Conclude(std::int64_t at_ns, ProbeReport* report);

  std::unique_ptr<MongoClient> client_;
  std::string source_;
  std::int64_t slow_ms_ = 0;
  MongoStatus before_;
  bool profiled_ = false;      // the profiler writes everything that is slow here
  bool current_works_ = true;  // currentOp is allowed
  std::uint64_t seen_count_ = 0;
  std::uint64_t profiled_count_ = 0;
  std::map<std::string, std::int64_t> running_;  // by opid, milliseconds
  std::map<std::string, std::int64_t> slowest_;  // by shape, milliseconds
  std::int64_t longest_ms_ = 0;
  std::string at_least_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_MONGO_PROBE_H_
