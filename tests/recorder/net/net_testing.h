// What the tests of sockets share: a small handler, a server in a thread of its own, a world that
// runs one task, and servers that misbehave on purpose, written with raw sockets.
#ifndef REDRIVE_TESTS_RECORDER_NET_NET_TESTING_H_
#define REDRIVE_TESTS_RECORDER_NET_NET_TESTING_H_

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "recorder/handler.h"
#include "recorder/net/http_transport.h"
#include "recorder/net/live_world.h"
#include "recorder/net/server.h"

namespace redrive {

// Answers with what it was asked, so that both directions show in one answer. Paths:
//   /status/N      that status, with body "status N"
//   /yield/N       N yield points before the answer; max_inside() tells how many were in at once
//   /big/N         N bytes of 'x'
//   anything else  200 and "METHOD target body"
class EchoHandler final : public Handler {
 public:
  Task<Response> Handle(Env& env, const Request& request, std::string_view client_ip) override;
  [[nodiscard]] int max_inside() const { return max_inside_; }
  [[nodiscard]] int lost() const { return counter_expected_ - counter_; }

 private:
  int inside_ = 0;  // not atomic: steps are, and ThreadSanitizer holds us to it
  int max_inside_ = 0;
  // Read before the yields, written after: updates get lost when requests overlap.
  int counter_ = 0;
  int counter_expected_ = 0;
};

// A server that runs while this lives.
class RunningServer {
 public:
  explicit RunningServer(Handler& handler, ServerOptions options = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  HttpServer& operator*() { return *server_; }
  HttpServer* operator->() { return server_.get(); }
  void StopNow();

 private:
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

// Serves raw bytes: `serve` gets each accepted connection, one after another, and its number.
class RawServer {
 public:
  using Serve = std::function<void(int socket, int connection)>;
  explicit RawServer(Serve serve);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_.load(); }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

// Reads up to the end of a request's header (and a body, by its length); what was read.
std::string ReadRequest(int socket);
// False when the peer has gone.
bool SendAll(int socket, std::string_view bytes);
// A port of 127.0.0.1 on which nobody listens.
std::uint16_t ClosedPort();

HttpOptions Options(const std::string& url);

// Sends the requests one after another over one transport; the replies.
std::vector<Reply> SendOver(const std::shared_ptr<HttpTarget>& target,
                            const std::vector<Request>& requests);
std::vector<Reply> SendEach(const HttpOptions& options, const std::vector<Request>& requests);
Reply SendOne(const HttpOptions& options, const Request& request = {});

// A directory of its own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace redrive

#endif  // REDRIVE_TESTS_RECORDER_NET_NET_TESTING_H_
