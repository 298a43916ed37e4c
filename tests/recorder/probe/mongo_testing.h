// A peer that speaks MongoDB's wire protocol on a loopback socket and answers as a script says:
// shapes as mongod 6 and 7 give them, and lies.
#ifndef REDRIVE_TESTS_RECORDER_PROBE_MONGO_TESTING_H_
#define REDRIVE_TESTS_RECORDER_PROBE_MONGO_TESTING_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/recorder/net/net_testing.h"

namespace redrive::testing_support {

class MongoPeer {
 public:
  // Gets a command's name ("serverStatus") and the whole command as JSON; its answer is the
  // reply's document as extended JSON; "" for what every server says. Some answers are no
  // documents but lies.
  static constexpr const char* kHang = "hang";
  static constexpr const char* kClose = "close";
  static constexpr const char* kGarbage = "garbage";   // bytes that are no message
  static constexpr const char* kBadBson = "bad bson";  // a message whose document is broken
  static constexpr const char* kEndless = "endless";   // a length of 2 GB
  using Script = std::function<std::string(const std::string& name, const std::string& command)>;
  explicit MongoPeer(Script script);
  ~MongoPeer();
  MongoPeer(const MongoPeer&) = delete;
  MongoPeer& operator=(const MongoPeer&) = delete;

  [[nodiscard]] std::string Uri(const std::string& database = "battwheels") const;
  [[nodiscard]] std::vector<std::string> commands() const;  // all that came, as JSON

 private:
  void Serve(int socket);
  [[nodiscard]] bool Answer(int socket, std::int32_t request, bool query,
                            const std::string& document);

  Script script_;
  std::atomic<bool> done_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  RawServer server_;
};

// serverStatus as mongod gives it, cut to what a reader may look at and some that it may not.
struct StatusNumbers {
  int deadlocks = 0;
  int write_conflicts = 0;
  int connections = 12;
  int inserts = 100;
  std::int64_t uptime_ms = 1'000'000;
  int pid = 4711;
};
std::string ServerStatus(const StatusNumbers& numbers);

}  // namespace redrive::testing_support

#endif  // REDRIVE_TESTS_RECORDER_PROBE_MONGO_TESTING_H_
