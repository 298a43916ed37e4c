#include "tests/recorder/probe/mongo_testing.h"

#include <bson/bson.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace redrive::testing_support {
namespace {

constexpr std::int32_t kOpReply = 1;
constexpr std::int32_t kOpQuery = 2004;
constexpr std::int32_t kOpMsg = 2013;
constexpr std::size_t kHeader = 16;

constexpr const char* kHello =
    R"({"ismaster": true, "isWritablePrimary": true, "helloOk": true, "maxBsonObjectSize": 16777216,
        "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000,
        "localTime": {"$date": "2026-01-05T10:00:00Z"}, "logicalSessionTimeoutMinutes": 30,
        "connectionId": 7, "minWireVersion": 0, "maxWireVersion": 17, "readOnly": false,
        "ok": 1.0})";

bool ReadAll(int socket, void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = ::recv(socket, at, size, 0);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::int32_t Int(const char* bytes) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void Put(std::string* bytes, std::int32_t value) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string ToJson(const char* document, std::size_t size) {
  bson_t bson;
  if (!bson_init_static(&bson, reinterpret_cast<const std::uint8_t*>(document), size)) return "{}";
  char* const text = bson_as_relaxed_extended_json(&bson, nullptr);
  std::string json = text == nullptr ? "{}" : text;
  bson_free(text);
  return json;
}

std::string ToBson(const std::string& json) {
  bson_error_t error{};
  bson_t* const bson = bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                          static_cast<ssize_t>(json.size()), &error);
  EXPECT_NE(bson, nullptr) << error.message << " in " << json;
  if (bson == nullptr) return std::string("\x05\0\0\0\0", 5);
  std::string bytes(reinterpret_cast<const char*>(bson_get_data(bson)), bson->len);
  bson_destroy(bson);
  return bytes;
}

// "{ "serverStatus" : 1, …" begins with the command's name.
std::string NameOf(const std::string& json) {
  const std::size_t start = json.find('"');
  const std::size_t end = json.find('"', start + 1);
  return end == std::string::npos ? "" : json.substr(start + 1, end - start - 1);
}

}  // namespace

MongoPeer::MongoPeer(Script script)
    : script_(std::move(script)), server_([this](int socket, int) { Serve(socket); }) {}

MongoPeer::~MongoPeer() { done_ = true; }

std::string MongoPeer::Uri(const std::string& database) const {
  return "mongodb://127.0.0.1:" + std::to_string(server_.port()) + "/" + database;
}

std::vector<std::string> MongoPeer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

void MongoPeer::Serve(int socket) {
  while (!done_) {
    char header[kHeader];
    if (!ReadAll(socket, header, sizeof header)) return;
    const std::int32_t size = Int(header);
    if (size < static_cast<std::int32_t>(kHeader) || size > (1 << 20)) return;
    std::string body(static_cast<std::size_t>(size) - kHeader, '\0');
    if (!ReadAll(socket, body.data(), body.size())) return;
    const bool query = Int(header + 12) == kOpQuery;
    // OP_QUERY: flags, a name, skip, number. OP_MSG: flags, one byte of kind.
    const std::size_t at = query ? 4 + std::strlen(body.c_str() + 4) + 1 + 8 : 5;
    const std::string json = ToJson(body.data() + at, static_cast<std::size_t>(Int(&body[at])));
    const std::string name = NameOf(json);
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(json);
    }
    const bool hello = name == "hello" || name == "isMaster" || name == "ismaster";
    std::string answer = script_(name, json);
    if (answer.empty()) answer = hello ? kHello : R"({"ok": 1.0})";
    if (answer == kHang) {
      while (!done_) ::usleep(10'000);
      return;
    }
    if (answer == kClose || !Answer(socket, Int(header + 4), query, answer)) return;
  }
}

bool MongoPeer::Answer(int socket, std::int32_t request, bool query, const std::string& document) {
  std::string bson;
  if (document == kBadBson) {
    bson = ToBson(R"({"ok": 1.0, "text": "abcdefgh"})");
    bson[4] = '\x7e';  // a type that there is not
  } else if (document != kGarbage && document != kEndless) {
    bson = ToBson(document);
  }
  std::string rest;
  if (query) {
    Put(&rest, 8);
    rest.append(12, '\0');
    Put(&rest, 1);
  } else {
    rest.append(5, '\0');
  }
  std::string message;
  Put(&message, document == kEndless
                    ? 0x7FFFFFF0
                    : static_cast<std::int32_t>(kHeader + rest.size() + bson.size()));
  Put(&message, 1);
  Put(&message, request);
  Put(&message, query ? kOpReply : kOpMsg);
  message += rest + bson;
  if (document == kGarbage) message = std::string(64, '\xA5');
  return ::send(socket, message.data(), message.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(message.size());
}

std::string ServerStatus(const StatusNumbers& numbers) {
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  return R"({"host": "db:27017", "version": "7.0.5", "process": "mongod",
    "pid": {"$numberLong": ")" +
         number(numbers.pid) + R"("}, "uptime": 1000.0, "uptimeMillis": {"$numberLong": ")" +
         number(numbers.uptime_ms) + R"("},
    "localTime": {"$date": "2026-01-05T10:00:00.250Z"},
    "connections": {"current": )" +
         number(numbers.connections) + R"(, "available": 51188, "totalCreated": 99, "active": 3},
    "globalLock": {"totalTime": {"$numberLong": "999"}, "currentQueue": {"total": 2, "readers": 1,
      "writers": 1}, "activeClients": {"total": 0, "readers": 0, "writers": 0}},
    "locks": {"ParallelBatchWriterMode": {"acquireCount": {"r": {"$numberLong": "1"}}},
      "Collection": {"acquireCount": {"r": {"$numberLong": "5"}, "W": {"$numberLong": "1"}},
        "deadlockCount": {"W": {"$numberLong": ")" +
         number(numbers.deadlocks) + R"("}}}, "Global": {"deadlockCount": {"w": 0}}},
    "mem": {"bits": 64, "resident": 150, "virtual": 2700, "supported": true},
    "metrics": {"operation": {"scanAndOrder": {"$numberLong": "0"},
      "writeConflicts": {"$numberLong": ")" +
         number(numbers.write_conflicts) + R"("}}},
    "opcounters": {"insert": {"$numberLong": ")" +
         number(numbers.inserts) + R"("}, "query": {"$numberLong": "7"}, "update": 0, "delete": 0,
      "getmore": 0, "command": 50}, "ok": 1.0})";
}

}  // namespace redrive::testing_support
