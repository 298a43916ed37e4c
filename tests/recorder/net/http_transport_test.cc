#include "recorder/net/http_transport.h"

#include <gtest/gtest.h>

#include "tests/recorder/net/fault_server.h"
#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

Request Get(const std::string& target) { return Request{"GET", target, {}, ""}; }

TEST(HttpTransportTest, RoundTripsOverOneConnection) {
  EchoHandler handler;
  RunningServer server(handler);
  const std::vector<Request> requests = {
      Get("/a?b=c"),
      {"POST", "/tickets", {{"Content-Type", "text/plain"}}, "hello"},
      {"PUT", "/empty", {}, ""},
      {"DELETE", "/gone", {}, ""},
      Get("/big/3000000"),
      {"POST", "/large", {}, std::string(3'000'000, 'y')},
  };
  const std::vector<Reply> replies = SendEach(Options(server->url()), requests);
  for (const Reply& reply : replies) EXPECT_EQ(reply.error, SendError::kNone) << reply.message;
  EXPECT_EQ(replies[0].response.body, "GET /a?b=c ");
  EXPECT_EQ(replies[1].response.body, "POST /tickets hello");
  EXPECT_EQ(replies[2].response.body, "PUT /empty ");
  EXPECT_EQ(replies[3].response.body, "DELETE /gone ");
  EXPECT_EQ(replies[4].response.body.size(), 3'000'000U);
  EXPECT_EQ(replies[5].response.body, "POST /large " + std::string(3'000'000, 'y'));
  EXPECT_EQ(*FindHeader(replies[0].response.headers, "X-Client"), "127.0.0.1");
  EXPECT_EQ(server->requests(), requests.size());
}

TEST(HttpTransportTest, AnswersWithoutBody) {
  EchoHandler handler;
  RunningServer server(handler);
  const std::vector<Request> requests = {
      {"HEAD", "/big/1000", {}, ""},
      Get("/status/204"),
      Get("/status/304"),
      Get("/status/404"),
      Get("/after"),
  };
  const std::vector<Reply> replies = SendEach(Options(server->url()), requests);
  EXPECT_EQ(replies[0].response.status, 200);
  EXPECT_EQ(*FindHeader(replies[0].response.headers, "Content-Length"), "1000");
  EXPECT_EQ(replies[0].response.body, "");
  EXPECT_EQ(replies[1].response.status, 204);
  EXPECT_EQ(replies[2].response.status, 304);
  EXPECT_EQ(replies[3].response.body, "status 404");
  EXPECT_EQ(replies[4].response.body, "GET /after ");
}

TEST(HttpTransportTest, RequestIsWrittenAsDocumented) {
  std::string seen;
  RawServer server([&seen](int socket, int) {
    seen = ReadRequest(socket);
    SendAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  const std::string port = std::to_string(server.port());
  HttpOptions options = Options("http://user:p%40ss@127.0.0.1:" + port + "/base/");
  options.host_header = "shop.example";
  const std::vector<Header> headers = {{"X-One", "1"}, {"Content-Length", "99"}};
  const Reply reply = SendOne(options, {"POST", "/x", headers, "ab"});
  EXPECT_EQ(reply.error, SendError::kNone) << reply.message;
  EXPECT_EQ(seen,
            "POST /base/x HTTP/1.1\r\nHost: shop.example\r\nX-One: 1\r\nUser-Agent: redrive\r\n"
            "Accept-Encoding: gzip, deflate\r\nAuthorization: Basic dXNlcjpwQHNz\r\n"
            "Content-Length: 2\r\n\r\nab");
}

TEST(HttpTransportTest, WhatCannotBeARequestIsNotSent) {
  const HttpOptions options = Options("http://127.0.0.1:" + std::to_string(ClosedPort()));
  const std::vector<Request> requests = {
      {"GET", "/", {{"X", "a\r\nInjected: 1"}}, ""},
      {"GET", "/", {{"X Y", "a"}}, ""},
      {"GET", "/a b", {}, ""},
      {"G T", "/", {}, ""},
      {"GET", "relative", {}, ""},
      {"GET", "/", {{"Transfer-Encoding", "x"}}, ""},
  };
  for (const Reply& reply : SendEach(options, requests)) {
    EXPECT_EQ(reply.error, SendError::kNotSent);
    EXPECT_EQ(reply.message.find("connect"), std::string::npos) << reply.message;
  }
}

TEST(HttpTransportTest, RefusedConnectionWasNotSent) {
  const std::uint16_t port = ClosedPort();
  const Reply reply = SendOne(Options("http://127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(reply.error, SendError::kNotSent);
  EXPECT_EQ(reply.message, "connect 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(HttpTransportTest, UnknownHostIsOneErrorAtTheStart) {
  const auto target = HttpTarget::Open(Options("http://no-such-host.invalid"));
  ASSERT_TRUE(target.has_error());
  EXPECT_EQ(target.error().code, ErrorCode::kIo);
  EXPECT_NE(target.error().message.find("'no-such-host.invalid'"), std::string::npos);
}

// The server closes every connection behind its answer without saying so.
TEST(HttpTransportTest, ReconnectsWhenTheIdleConnectionWasClosed) {
  RawServer server([](int socket, int) {
    if (ReadRequest(socket).empty()) return;
    SendAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  // A GET may be sent again; a POST is kept from the dead connection when its end can be seen, and
  // is otherwise told as it is: closed, perhaps with effect.
  const std::vector<Request> three = {Get("/1"), Get("/2"), Get("/3")};
  const std::vector<Reply> gets = SendEach(Options(server.url()), three);
  for (const Reply& reply : gets) EXPECT_EQ(reply.response.body, "ok") << reply.message;
  EXPECT_EQ(server.connections(), 3);
  const Request post{"POST", "/", {}, "x"};
  const std::vector<Reply> posts = SendEach(Options(server.url()), {post, post, post});
  for (const Reply& reply : posts) {
    if (reply.error == SendError::kNone) continue;
    EXPECT_EQ(reply.error, SendError::kClosed) << reply.message;
  }
  EXPECT_EQ(posts[0].response.body, "ok");
}

// The server reads the second request of a connection and hangs up: it may have acted on it.
TEST(HttpTransportTest, UnansweredPostIsNotSentAgainAndUnansweredGetIs) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    SendAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    ReadRequest(socket);
  });
  const Request post{"POST", "/", {}, "x"};
  const std::vector<Reply> posts = SendEach(Options(server.url()), {post, post});
  EXPECT_EQ(posts[0].error, SendError::kNone);
  EXPECT_EQ(posts[1].error, SendError::kClosed);
  EXPECT_EQ(posts[1].message, "connection closed before the answer");
  EXPECT_EQ(OutcomeOf(posts[1]), Outcome::kInfo);
  EXPECT_EQ(server.connections(), 1);
  const std::vector<Reply> gets = SendEach(Options(server.url()), {Get("/"), Get("/")});
  EXPECT_EQ(gets[1].error, SendError::kNone) << gets[1].message;
  EXPECT_EQ(server.connections(), 3);
}

// A GET may have had an effect although nobody answered it and nobody was there to repeat it to.
TEST(HttpTransportTest, UnansweredGetThatCannotBeRepeatedIsOpen) {
  FaultServer* listening = nullptr;
  FaultServer server([&](Peer& peer) {
    std::string request;
    peer.ReadRequest(&request);
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer.ReadRequest(&request);
    listening->Deafen();
  });
  listening = &server;
  const std::vector<Reply> replies = SendEach(Options(server.url()), {Get("/1"), Get("/2")});
  EXPECT_EQ(replies[0].error, SendError::kNone);
  EXPECT_EQ(replies[1].error, SendError::kClosed);
  EXPECT_TRUE(replies[1].message.starts_with("sent without an answer; then connect 127.0.0.1:"))
      << replies[1].message;
  EXPECT_EQ(OutcomeOf(replies[1]), Outcome::kInfo);
}

TEST(HttpTransportTest, KeepAliveOffOpensAConnectionPerRequest) {
  RawServer server([](int socket, int) {
    const bool asked = ReadRequest(socket).find("Connection: close\r\n") != std::string::npos;
    SendAll(socket, asked ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : "");
  });
  HttpOptions options = Options(server.url());
  options.keep_alive = KeepAlive::kOff;
  for (const Reply& reply : SendEach(options, {Get("/"), Get("/"), Get("/")})) {
    EXPECT_EQ(reply.response.status, 200) << reply.message;
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST(HttpTransportTest, Ipv6) {
  EchoHandler handler;
  ServerOptions options;
  options.address = "::1";
  const auto probe = HttpServer::Listen(handler, options);
  if (probe.has_error()) GTEST_SKIP() << probe.error().message;
  RunningServer server(handler, options);
  EXPECT_EQ(server->url(), "http://[::1]:" + std::to_string(server->port()));
  const Reply reply = SendOne(Options(server->url()), Get("/six"));
  EXPECT_EQ(reply.response.body, "GET /six ") << reply.message;
  EXPECT_EQ(*FindHeader(reply.response.headers, "X-Client"), "::1");
}

}  // namespace
}  // namespace redrive
