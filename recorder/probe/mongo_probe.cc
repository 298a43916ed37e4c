#include "recorder/probe/mongo_probe.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "recorder/probe/mask_query.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kKeptMax = 10'000;
constexpr std::size_t kFindingsMax = 10;
constexpr std::size_t kProfileMax = 1'000;

void AddDelta(const char* metric, const std::optional<std::int64_t>& before,
              const std::optional<std::int64_t>& now, std::int64_t at_ns, ProbeReport* report) {
  if (before && now) report->Series(metric).Add(at_ns, (*now - *before) * kMillion);
}

}  // namespace

Result<std::unique_ptr<MongoProbe>> MongoProbe::Open(const std::string& uri,
                                                     std::chrono::milliseconds slow) {
  Result<std::unique_ptr<MongoClient>> client = MongoClient::Make(uri);
  if (client.has_error()) return client.error();
  std::unique_ptr<MongoProbe> probe(new MongoProbe());
  probe->client_ = std::move(*client);
  probe->source_ = WithoutPassword(uri);
  probe->slow_ms_ = slow.count();
  return probe;
}

std::chrono::milliseconds MongoProbe::interval() const { return std::chrono::milliseconds(250); }

Result<void> MongoProbe::Begin(ProbeReport* report) {
  running_.clear();
  slowest_.clear();
  seen_count_ = 0;
  profiled_count_ = 0;
  longest_ms_ = 0;
  at_least_.clear();
  current_works_ = true;
  report->slow_ms = slow_ms_;
  const Result<MongoStatus> status = ReadStatus();
  if (status.has_error()) return status.error();
  before_ = *status;
  AskProfiler(report);
  if (!before_.deadlocks) report->Note("serverStatus has no lock counters: deadlocks not measured");
  return {};
}

Result<void> MongoProbe::Sample(std::int64_t at_ns, ProbeReport* report) {
  const Result<MongoStatus> now = ReadStatus();
  if (now.has_error()) return now.error();
  if (now->pid != before_.pid || now->uptime_ms < before_.uptime_ms) {
    return Error{ErrorCode::kIo, "the server was restarted during the run"};
  }
  AddDelta("mongo_deadlocks", before_.deadlocks, now->deadlocks, at_ns, report);
  AddDelta("mongo_write_conflicts", before_.write_conflicts, now->write_conflicts, at_ns, report);
  AddDelta("mongo_operations", before_.operations, now->operations, at_ns, report);
  if (now->connections)
    report->Series("mongo_connections").Add(at_ns, *now->connections * kMillion);
  if (now->queue) report->Series("mongo_queue").Add(at_ns, *now->queue * kMillion);
  if (now->resident_bytes) report->Series("mongo_memory").Add(at_ns, *now->resident_bytes);
  ReadCurrent(report);
  report->Series("mongo_slow_queries")
      .Add(at_ns, static_cast<std::int64_t>(seen_count_) * kMillion);
  return {};
}

Result<void> MongoProbe::End(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> last = Sample(at_ns, report);
  if (last.has_value() && profiled_) ReadProfile();
  Conclude(at_ns, report);
  return last;
}

Result<MongoStatus> MongoProbe::ReadStatus() {
  // What it leaves out is large and not needed.
  const Result<std::string> answer = client_->Command(
      "admin", R"({"serverStatus": 1, "repl": 0, "tcmalloc": 0, "wiredTiger": 0, "sharding": 0})");
  if (answer.has_error()) return answer.error();
  return ReadMongoStatus(*answer);
}

void MongoProbe::ReadCurrent(ProbeReport* report) {
  if (!current_works_) return;
  const Result<std::string> answer = client_->Command(
      "admin", R"({"currentOp": 1, "active": true, "microsecs_running": {"$gte": )" +
                   std::to_string(slow_ms_ * 1000) + "}}");
  const auto operations = answer.has_error() ? Result<std::vector<MongoOperation>>(answer.error())
                                             : ReadMongoCurrent(*answer);
  if (operations.has_error()) {
    current_works_ = false;
    report->Note("currentOp: " + operations.error().message);
    return;
  }
  for (const MongoOperation& operation : *operations) {
    if (operation.milliseconds <= slow_ms_) continue;
    const bool known = running_.count(operation.id) != 0;
    if (!known && running_.size() >= kKeptMax) continue;
    // An operation number that is used again has a shorter time.
    const bool fresh = !known || operation.milliseconds < running_[operation.id];
    if (fresh) ++seen_count_;
    running_[operation.id] = operation.milliseconds;
    Keep(operation);
  }
}

void MongoProbe::AskProfiler(ProbeReport* report) {
  profiled_ = false;
  const std::string& database = client_->database();
  if (database.empty()) {
    at_least_ = "the URI names no database, whose profiler could be read: …/DATABASE";
    return;
  }
  const Result<std::string> answer = client_->Command(database, R"({"profile": -1})");
  const auto profiler =
      answer.has_error() ? Result<MongoProfiler>(answer.error()) : ReadMongoProfiler(*answer);
  const std::string how =
      "in " + database + ": db.setProfilingLevel(1, { slowms: " + std::to_string(slow_ms_) + " })";
  if (profiler.has_error()) {
    at_least_ = "the profiler cannot be read: " + profiler.error().message;
  } else if (profiler->level == 0) {
    at_least_ = "the profiler is off; to turn it on, " + how;
  } else if (profiler->level == 1 && (profiler->slow_ms > slow_ms_ || profiler->samples)) {
    at_least_ = "the profiler writes only a part of what is slow; to have all, " + how;
    profiled_ = true;
  } else {
    profiled_ = true;
  }
  if (!profiled_) report->Note("slow operations by looking four times a second: " + at_least_);
}

void MongoProbe::ReadProfile() {
  // The server's clock at the beginning: the two machines need not agree.
  const std::string find =
      R"({"find": "system.profile", "filter": {"ts": {"$gte": {"$date": {"$numberLong": ")" +
      std::to_string(before_.local_time_ms) + R"("}}}, "millis": {"$gt": )" +
      std::to_string(slow_ms_) +
      R"(}, "appName": {"$ne": "redrive"}}, "sort": {"millis": -1}, "limit": )" +
      std::to_string(kProfileMax) + R"(, "batchSize": )" + std::to_string(kProfileMax) +
      R"(, "singleBatch": true})";
  const Result<std::string> answer = client_->Command(client_->database(), find);
  const auto operations = answer.has_error() ? Result<std::vector<MongoOperation>>(answer.error())
                                             : ReadMongoProfile(*answer);
  if (operations.has_error()) {
    at_least_ = "system.profile: " + operations.error().message;
    return;
  }
  profiled_count_ = operations->size();
  for (const MongoOperation& operation : *operations) Keep(operation);
  if (profiled_count_ >= kProfileMax) at_least_ = "only the 1,000 slowest were read";
}

void MongoProbe::Keep(const MongoOperation& operation) {
  longest_ms_ = std::max(longest_ms_, operation.milliseconds);
  const std::string shape =
      operation.shape + (operation.waits_for_lock ? "  (waited for a lock)" : "");
  if (slowest_.size() >= kKeptMax && slowest_.count(shape) == 0) return;
  std::int64_t& slowest = slowest_[shape];
  slowest = std::max(slowest, operation.milliseconds);
}

void MongoProbe::Conclude(std::int64_t at_ns, ProbeReport* report) {
  std::vector<std::pair<std::int64_t, std::string>> shapes;
  for (const auto& [shape, milliseconds] : slowest_) shapes.emplace_back(-milliseconds, shape);
  std::sort(shapes.begin(), shapes.end());
  for (const auto& [negative, shape] : shapes) {
    if (report->findings.size() >= kFindingsMax) break;
    report->findings.push_back(std::to_string(-negative) + " ms: " + shape);
  }
  // An operation that was seen running is in the profile too: the larger number has all.
  const auto slow = static_cast<std::int64_t>(std::max(seen_count_, profiled_count_));
  ProbeSeries& count = report->Series("mongo_slow_queries");
  count.Add(at_ns, slow * kMillion);
  count.at_least = at_least_;
  ProbeSeries& longest = report->Series("mongo_longest_query");
  longest.Add(at_ns, longest_ms_ * kMillion);
  longest.at_least = at_least_;
}

}  // namespace redrive
