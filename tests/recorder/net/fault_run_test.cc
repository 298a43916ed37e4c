// Connections that never come about, uploads that meet an answer, and a server that restarts.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/recorder/net/fault_run.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/net/tls_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

// No connection comes about: nothing is sent, every request fails as such.
void ExpectNothingSent(const HttpOptions& options, const std::string& message) {
  SCOPED_TRACE(message);
  const Ran ran = ExecuteFaults(options);
  ExpectExact(ran);
  EXPECT_EQ(ran.outcome.run.counts.fail, 3 * kEach);
  for (const auto& record : ran.trace.returns) {
    EXPECT_EQ(record->error, SendError::kNotSent);
    EXPECT_NE(record->message.find(message), std::string::npos) << record->message;
  }
  EXPECT_EQ(ran.outcome.connections.opened, 0U);
  EXPECT_EQ(ran.outcome.connections.failed, 3 * kEach);
}

TEST(FaultRunTest, Refused) {
  ExpectNothingSent(Impatient("http://127.0.0.1:" + std::to_string(ClosedPort())),
                    "Connection refused");
}

TEST(FaultRunTest, HandshakesThatFail) {
  TestAuthority authority;
  const auto expect = [&](FaultServerOptions options, const std::string& message) {
    if (options.tls.tls_certificate_file.empty()) options.tls = authority.Sign({});
    FaultServer server(Serving([](Peer&) { return true; }), options);
    HttpOptions http = Impatient(server.url());
    http.ca_file = authority.ca_file();
    http.timeouts.connect = 150ms;
    ExpectNothingSent(http, message);
  };
  FaultServerOptions strange;
  strange.tls = authority.SelfSign({});
  expect(strange, "certificate: self-signed certificate");
  strange.tls = authority.Sign({.valid_from_s = -7200, .valid_until_s = -3600});
  expect(strange, "certificate: certificate has expired");
  strange.tls = authority.Sign({.names = "DNS:shop.example"});
  expect(strange, "certificate: hostname mismatch");

  const auto with = [](std::function<bool(int)> on_accept) {
    FaultServerOptions options;
    options.on_accept = std::move(on_accept);
    return options;
  };
  const auto read_hello = [](int socket) {
    char bytes[4096];
    EXPECT_GT(::recv(socket, bytes, sizeof(bytes), 0), 0);
  };
  expect(with([&](int socket) {
           read_hello(socket);
           return false;
         }),
         "connection cut without the end of TLS");
  expect(with([&](int socket) {
           read_hello(socket);
           Peer(socket, nullptr).Reset();
           return false;
         }),
         "Connection reset by peer");
  expect(with([&](int socket) {
           read_hello(socket);
           SendAll(socket, "HTTP/1.1 400 Plain\r\nContent-Length: 0\r\n\r\n");
           return false;
         }),
         "wrong version number");
  expect(with([](int socket) {
           Peer(socket, nullptr).Hang();
           return false;
         }),
         "timeout after 150 ms");
}

// The server answers a long upload before it has read it, and reads no more.
TEST(FaultRunTest, EarlyAnswerWhileUploading) {
  TestAuthority authority;
  for (const bool tls : {false, true}) {
    FaultServerOptions server_options;
    if (tls) server_options.tls = authority.Sign({});
    FaultServer server(
        [](Peer& peer) {
          std::string header;
          while (peer.ReadHeader(&header)) {
            if (header.starts_with("GET")) {
              peer.Send(Whole("get"));
              continue;
            }
            peer.Send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
            ::usleep(50'000);  // the client is still at it, and must not wait for us to read
            return;
          }
        },
        server_options);
    HttpOptions options = Options(server.url());
    options.ca_file = tls ? authority.ca_file() : "";
    const Request upload{"POST", "/up", {}, std::string(16 << 20, 'x')};
    const std::vector<Reply> replies = SendEach(options, {Request(), upload, Request(), upload});
    for (std::size_t i = 0; i < replies.size(); ++i) {
      EXPECT_EQ(replies[i].error, SendError::kNone) << replies[i].message;
      EXPECT_EQ(replies[i].response.status, i % 2 == 0 ? 200 : 413);
    }
    EXPECT_EQ(server.connections(), 2);  // half a request makes a connection unusable
  }
}

TEST(FaultRunTest, UploadThatNobodyTakes) {
  FaultServer server([](Peer& peer) {
    std::string header;
    peer.ReadHeader(&header);
    ::usleep(400'000);
  });
  HttpOptions options = Options(server.url());
  options.timeouts.send = 150ms;
  const Reply reply = SendOne(options, {"POST", "/up", {}, std::string(64 << 20, 'x')});
  EXPECT_EQ(reply.error, SendError::kTimeout);
  EXPECT_TRUE(reply.message.starts_with("timeout after 150 ms: only ")) << reply.message;
  EXPECT_TRUE(reply.message.ends_with(" bytes of the request were taken")) << reply.message;
  EXPECT_EQ(OutcomeOf(reply), Outcome::kInfo);
}

// The server goes away between two requests of its users and comes back: what it answered is
// exactly what was accepted, and the rest says that it was not sent, or that nobody answered.
TEST(FaultRunTest, ServerRestartsInMidRun) {
  std::atomic<std::uint64_t> answered{0};
  std::atomic<bool> half{false};
  FaultServer server([&](Peer& peer) {
    std::string request;
    while (peer.ReadRequest(&request)) {
      if (!peer.Send(Whole("good"))) return;
      if (++answered == 300) half = true;
    }
  });
  std::thread operations([&] {
    while (!half) ::usleep(1000);
    server.Down();
    ::usleep(200'000);
    server.Up();
  });
  HttpOptions options = Options(server.url());
  const Ran ran = ExecuteFaults(options, 100);
  operations.join();
  server.Down();  // so that it has counted its last answer
  ExpectExact(ran);
  const RunCounts& counts = ran.outcome.run.counts;
  EXPECT_EQ(counts.started, 300 * kUsers);
  EXPECT_EQ(counts.ok, answered.load());
  EXPECT_GT(counts.ok, 300U);
  std::uint64_t failures = 0;
  for (const auto& record : ran.trace.returns) {
    ASSERT_TRUE(record.has_value());
    if (record->error == SendError::kNone) continue;
    ++failures;
    EXPECT_TRUE(record->error == SendError::kNotSent || record->error == SendError::kClosed)
        << record->message;
  }
  EXPECT_EQ(failures, counts.fail + counts.info);
  const ConnectionCounts& connections = ran.outcome.connections;
  EXPECT_EQ(connections.reopened, connections.opened - kUsers);
  EXPECT_GE(connections.reopened, 1U);
  // Without a pause between attempts 200 ms are thousands of them.
  EXPECT_GT(connections.backoff.count(), 0);
  EXPECT_LT(connections.failed, 20 * kUsers);
}

}  // namespace
}  // namespace redrive
