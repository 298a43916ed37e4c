#include "recorder/probe/mongo_answers.h"

#include <chrono>
#include <cstdio>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kOperationsMax = 1'000;
constexpr std::size_t kShapeMax = 200;
constexpr int kShapeDepthMax = 6;
constexpr std::int64_t kNumberMax = 1'000'000'000'000'000;  // counters beyond are lies

// Null when the member is missing at any step.
const Json* At(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::optional<std::int64_t> Number(const Json* json) {
  if (json == nullptr) return std::nullopt;
  if (json->is_number_integer()) {
    const bool fits = !json->is_number_unsigned() ||
                      json->get<std::uint64_t>() <= static_cast<std::uint64_t>(kNumberMax);
    const std::int64_t value = fits ? json->get<std::int64_t>() : -1;
    if (value < 0 || value > kNumberMax) return std::nullopt;
    return value;
  }
  if (!json->is_number_float()) return std::nullopt;
  const double value = json->get<double>();
  if (!(value >= 0 && value <= static_cast<double>(kNumberMax))) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

// Relaxed JSON: {"$date": "2026-01-05T10:00:00.123Z"}, or with {"$numberLong": "…"} outside of
// the years 1970 to 9999.
std::optional<std::int64_t> DateMs(const Json* json) {
  const Json* const date = json == nullptr ? nullptr : At(*json, {"$date"});
  if (date == nullptr || !date->is_string()) return std::nullopt;
  const std::string text = date->get<std::string>();
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int read = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day,
                                 &hour, &minute, &second, &read);
  if (fields != 6 || month < 1 || month > 12 || day < 1 || year < 1970) return std::nullopt;
  std::int64_t milli = 0;
  if (text.size() >= static_cast<std::size_t>(read) + 4 &&
      text[static_cast<std::size_t>(read)] == '.') {
    for (int i = 1; i <= 3; ++i) {
      const char c = text[static_cast<std::size_t>(read + i)];
      if (c < '0' || c > '9') return std::nullopt;
      milli = milli * 10 + (c - '0');
    }
  }
  const std::chrono::sys_days days = std::chrono::year(year) / month / day;
  const std::int64_t seconds =
      std::int64_t{days.time_since_epoch().count()} * 86'400 + hour * 3600 + minute * 60 + second;
  return seconds * 1000 + milli;
}

// Adds the numbers of an object; empty when there is none.
std::optional<std::int64_t> Sum(const Json* json) {
  if (json == nullptr || !json->is_object()) return std::nullopt;
  std::optional<std::int64_t> sum;
  for (const auto& member : json->items()) {
    const std::optional<std::int64_t> number = Number(&member.value());
    if (number) sum = sum.value_or(0) + *number;
  }
  return sum;
}

// A lock that never saw a deadlock has no deadlockCount: then it is 0, if there are locks at all.
std::optional<std::int64_t> Deadlocks(const Json* locks) {
  if (locks == nullptr || !locks->is_object() || locks->empty()) return std::nullopt;
  std::int64_t sum = 0;
  for (const auto& lock : locks->items()) {
    sum += Sum(At(lock.value(), {"deadlockCount"})).value_or(0);
  }
  return sum;
}

Result<void> Parse(const std::string& text, const char* what, Json* json) {
  *json = Json::parse(text, nullptr, false);
  if (json->is_object()) return {};
  return Error{ErrorCode::kInvalid, std::string(what) +
                                        " answered with something else than a "
                                        "document"};
}

// Names stay, values go: {"find": ?, "filter": {"status": ?}}.
void AppendShape(const Json& json, int depth, std::string* shape) {
  if (shape->size() > kShapeMax) return;
  if (json.is_array()) {
    *shape += "[";
    if (!json.empty() && depth < kShapeDepthMax) AppendShape(json.front(), depth + 1, shape);
    *shape += json.size() > 1 ? ", …]" : "]";
    return;
  }
  const bool value = !json.is_object() || depth >= kShapeDepthMax ||
                     (json.size() <= 2 && !json.empty() &&
                      (json.begin().key() == "$oid" || json.begin().key() == "$date" ||
                       json.begin().key().starts_with("$number") ||
                       json.begin().key() == "$binary" || json.begin().key() == "$uuid"));
  if (value) {
    *shape += "?";
    return;
  }
  *shape += "{";
  bool first = true;
  for (const auto& member : json.items()) {
    const std::string& name = member.key();
    if (name == "lsid" || name.starts_with("$cluster") || name == "$db") continue;
    if (!first) *shape += ", ";
    first = false;
    *shape += name + ": ";
    AppendShape(member.value(), depth + 1, shape);
  }
  *shape += "}";
}

std::string TextOf(const Json& json, const char* name) {
  const Json* const text = At(json, {name});
  return text != nullptr && text->is_string() ? text->get<std::string>() : "";
}

std::string ShapeOf(const Json& operation) {
  std::string shape = TextOf(operation, "op") + " " + TextOf(operation, "ns");
  const Json* const command = At(operation, {"command"});
  if (command != nullptr) {
    shape += " ";
    AppendShape(*command, 0, &shape);
  }
  const std::string plan = TextOf(operation, "planSummary");
  for (char& c : shape) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (shape.size() > kShapeMax) {
    std::size_t end = kShapeMax;
    while (end > 0 && (static_cast<unsigned char>(shape[end]) & 0xC0U) == 0x80U) --end;
    shape.resize(end);
    shape += "…";
  }
  // "COLLSCAN" says it all; "IXSCAN { status: 1 }" has names only.
  if (plan.starts_with("COLLSCAN")) shape += "  (COLLSCAN: no index)";
  return shape;
}

}  // namespace

Result<MongoStatus> ReadMongoStatus(const std::string& text) {
  Json json;
  const Result<void> parsed = Parse(text, "serverStatus", &json);
  if (parsed.has_error()) return parsed.error();
  MongoStatus status;
  const std::optional<std::int64_t> time = DateMs(At(json, {"localTime"}));
  status.connections = Number(At(json, {"connections", "current"}));
  if (!time) return Error{ErrorCode::kInvalid, "serverStatus answered without localTime"};
  status.local_time_ms = *time;
  status.pid = Number(At(json, {"pid"})).value_or(0);
  status.uptime_ms = Number(At(json, {"uptimeMillis"})).value_or(0);
  status.operations = Sum(At(json, {"opcounters"}));
  status.queue = Number(At(json, {"globalLock", "currentQueue", "total"}));
  status.deadlocks = Deadlocks(At(json, {"locks"}));
  status.write_conflicts = Number(At(json, {"metrics", "operation", "writeConflicts"}));
  const std::optional<std::int64_t> resident = Number(At(json, {"mem", "resident"}));
  if (resident && *resident < kNumberMax / (1 << 20)) status.resident_bytes = *resident << 20;
  return status;
}

Result<std::vector<MongoOperation>> ReadMongoCurrent(const std::string& text) {
  Json json;
  const Result<void> parsed = Parse(text, "currentOp", &json);
  if (parsed.has_error()) return parsed.error();
  const Json* const list = At(json, {"inprog"});
  if (list == nullptr || !list->is_array()) {
    return Error{ErrorCode::kInvalid, "currentOp answered without inprog"};
  }
  std::vector<MongoOperation> operations;
  for (const Json& entry : *list) {
    if (operations.size() >= kOperationsMax) break;
    const std::optional<std::int64_t> microseconds = Number(At(entry, {"microsecs_running"}));
    if (!microseconds || TextOf(entry, "appName") == "redrive") continue;
    const std::string op = TextOf(entry, "op");
    if (op.empty() || op == "none") continue;  // threads of the server's own
    const Json* const hello = At(entry, {"command", "hello"});
    if (hello != nullptr) continue;  // drivers wait for news with it, for seconds
    MongoOperation operation;
    const Json* const id = At(entry, {"opid"});
    operation.id = id == nullptr ? "" : id->dump(-1, ' ', false, Json::error_handler_t::replace);
    operation.milliseconds = *microseconds / 1000;
    const Json* const waits = At(entry, {"waitingForLock"});
    operation.waits_for_lock = waits != nullptr && waits->is_boolean() && waits->get<bool>();
    operation.shape = ShapeOf(entry);
    operations.push_back(std::move(operation));
  }
  return operations;
}

Result<std::vector<MongoOperation>> ReadMongoProfile(const std::string& text) {
  Json json;
  const Result<void> parsed = Parse(text, "find in system.profile", &json);
  if (parsed.has_error()) return parsed.error();
  const Json* const list = At(json, {"cursor", "firstBatch"});
  if (list == nullptr || !list->is_array()) {
    return Error{ErrorCode::kInvalid, "find in system.profile answered without firstBatch"};
  }
  std::vector<MongoOperation> operations;
  for (const Json& entry : *list) {
    const std::optional<std::int64_t> milliseconds = Number(At(entry, {"millis"}));
    if (!milliseconds || operations.size() >= kOperationsMax) continue;
    operations.push_back({"", ShapeOf(entry), *milliseconds, false});
  }
  return operations;
}

Result<MongoProfiler> ReadMongoProfiler(const std::string& text) {
  Json json;
  const Result<void> parsed = Parse(text, "profile", &json);
  if (parsed.has_error()) return parsed.error();
  const std::optional<std::int64_t> level = Number(At(json, {"was"}));
  if (!level) return Error{ErrorCode::kInvalid, "profile answered without its level"};
  MongoProfiler profiler;
  profiler.level = *level;
  profiler.slow_ms = Number(At(json, {"slowms"})).value_or(100);
  const Json* const rate = At(json, {"sampleRate"});
  profiler.samples = rate != nullptr && rate->is_number() && rate->get<double>() < 1.0;
  if (At(json, {"filter"}) != nullptr) profiler.samples = true;
  return profiler;
}

}  // namespace redrive
