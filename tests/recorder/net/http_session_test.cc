// What a user's session is made of: redirects, cookies, packed answers, back-off, and the limits.
#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "recorder/net/http_target.h"
#include "tests/recorder/net/fault_run.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/net/tls_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

Request Get(const std::string& target) { return Request{"GET", target, {}, ""}; }

// Sends the requests over one transport, and keeps the target's counts.
std::vector<Reply> SendAndCount(const HttpOptions& options, const std::vector<Request>& requests,
                                ConnectionCounts* counts) {
  const auto target = HttpTarget::Open(options).value();
  std::vector<Reply> replies = SendOver(target, requests);
  *counts = target->counts();
  return replies;
}

// Answers by the path: /to/STATUS?LOCATION redirects, /cookie?TEXT sets that cookie, anything else
// is answered with the request itself. Keeps what it was sent.
class Site {
 public:
  explicit Site(FaultServerOptions options = {})
      : server_([this](Peer& peer) { Serve(peer); }, std::move(options)) {}
  FaultServer& operator*() { return server_; }
  FaultServer* operator->() { return &server_; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve(Peer& peer) {
    std::string request;
    while (peer.ReadRequest(&request)) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::size_t begin = request.find(' ') + 1;
      const std::string target = request.substr(begin, request.find(' ', begin) - begin);
      const std::string rest = target.substr(std::min(target.find('?'), target.size() - 1) + 1);
      if (target.starts_with("/to/")) {
        peer.Send("HTTP/1.1 " + target.substr(4, 3) + " Go\r\nLocation: " + rest +
                  "\r\nContent-Length: 4\r\n\r\ngone");
      } else if (target.starts_with("/cookie")) {
        peer.Send("HTTP/1.1 200 OK\r\nSet-Cookie: " + rest + "\r\nSet-Cookie: second=2\r\n" +
                  "Content-Length: 0\r\n\r\n");
      } else {
        peer.Send(Whole(request));
      }
    }
  }

  std::mutex mutex_;
  std::vector<std::string> requests_;
  FaultServer server_;
};

TEST(RedirectTest, FollowsWithinTheServer) {
  Site site;
  ConnectionCounts counts;
  const Request post{
      "POST", "/to/302?/to/301?../there?x=1", {{"Authorization", "Bearer t"}}, "body"};
  const std::vector<Reply> replies =
      SendAndCount(Options(site->url()), {post, Get("/after")}, &counts);
  EXPECT_EQ(replies[0].error, SendError::kNone) << replies[0].message;
  EXPECT_EQ(replies[0].response.status, 200);
  const std::string& last = replies[0].response.body;
  EXPECT_TRUE(last.starts_with("GET /there?x=1 HTTP/1.1\r\n")) << last;
  EXPECT_NE(last.find("Authorization: Bearer t\r\n"), std::string::npos);
  EXPECT_TRUE(last.ends_with("\r\n\r\n")) << last;
  EXPECT_EQ(counts.redirects, 2U);
  EXPECT_EQ(counts.opened, 1U);
  EXPECT_TRUE(replies[1].response.body.starts_with("GET /after "));
  const Reply kept = SendOne(Options(site->url()), {"PUT", "/to/307?/x", {}, "body"});
  EXPECT_TRUE(kept.response.body.starts_with("PUT /x ")) << kept.response.body;
  EXPECT_TRUE(kept.response.body.ends_with("body"));
}

TEST(RedirectTest, TheBasePathIsPartOfWhatIsResolved) {
  Site site;
  HttpOptions options = Options("http://user:pw@127.0.0.1:" + std::to_string(site->port()) + "/");
  EXPECT_TRUE(SendOne(options, Get("/to/302?../b")).response.body.starts_with("GET /b "));
  options.url = site->url() + "/to";
  EXPECT_TRUE(SendOne(options, Get("/302?../c")).response.body.starts_with("GET /c "));
  EXPECT_TRUE(SendOne(options, Get("/302?/c")).response.body.starts_with("GET /c "));
}

TEST(RedirectTest, OffOrTooMany) {
  Site site;
  HttpOptions options = Options(site->url());
  options.redirects_max = 0;
  const Reply first = SendOne(options, Get("/to/302?/x"));
  EXPECT_EQ(first.error, SendError::kNone);
  EXPECT_EQ(first.response.status, 302);
  EXPECT_EQ(first.response.body, "gone");
  options.redirects_max = 3;
  const Reply loop = SendOne(options, Get("/to/302?"));
  EXPECT_EQ(loop.error, SendError::kRedirect);
  EXPECT_EQ(loop.message, "redirected more than 3 times");
  EXPECT_EQ(loop.response.status, 302);
  EXPECT_EQ(OutcomeOf(loop), Outcome::kInfo);
  EXPECT_EQ(site.requests().size(), 1U + 4U);
  options.redirects_max = 1000;
  EXPECT_TRUE(HttpTarget::Open(options).has_error());
}

// Another port of this machine may be gone to; it gets no secrets. Another host may not.
TEST(RedirectTest, OtherServers) {
  Site home;
  Site other;
  const std::string there = "http://localhost:" + std::to_string(other->port()) + "/x";
  const std::vector<Header> secrets = {{"Authorization", "Bearer t"}, {"X-Own", "1"}};
  ConnectionCounts counts;
  const Request request{"GET", "/to/302?" + there, secrets, ""};
  const std::vector<Reply> replies =
      SendAndCount(Options(home->url()), {request, request, Get("/home")}, &counts);
  for (int i = 0; i < 2; ++i) {
    const std::string& body = replies[static_cast<std::size_t>(i)].response.body;
    EXPECT_TRUE(body.starts_with(
        "GET /x HTTP/1.1\r\nHost: localhost:" + std::to_string(other->port()) + "\r\n"))
        << body << replies[0].message;
    EXPECT_EQ(body.find("Authorization"), std::string::npos);
    EXPECT_NE(body.find("X-Own: 1"), std::string::npos);
  }
  EXPECT_TRUE(replies[2].response.body.starts_with("GET /home "));
  EXPECT_EQ(counts.opened, 2U);  // both are kept

  const Reply abroad = SendOne(Options(home->url()), Get("/to/302?http://192.0.2.1/x"));
  EXPECT_EQ(abroad.error, SendError::kRedirect);
  EXPECT_EQ(abroad.message,
            "redirected to another host, 192.0.2.1: --redirect-host=192.0.2.1 allows it");
  HttpOptions allowed = Options(home->url());
  allowed.redirect_hosts = {"192.0.2.1"};
  allowed.timeouts.connect = 100ms;
  const Reply tried = SendOne(allowed, Get("/to/302?http://192.0.2.1:9/x"));
  EXPECT_EQ(tried.error, SendError::kClosed);  // the first hop was sent
  EXPECT_TRUE(tried.message.starts_with("connect 192.0.2.1:9: ")) << tried.message;
}

TEST(RedirectTest, FromPlainToTls) {
  TestAuthority authority;
  FaultServerOptions secure;
  secure.tls = authority.Sign({});
  Site tls(std::move(secure));
  Site plain;
  HttpOptions options = Options(plain->url());
  options.ca_file = authority.ca_file();
  const Reply reply = SendOne(options, Get("/to/308?" + tls->url() + "/safe"));
  EXPECT_TRUE(reply.response.body.starts_with("GET /safe ")) << reply.message;
  options.ca_file = "/no/such/file.pem";
  const Reply failed = SendOne(options, Get("/to/308?" + tls->url() + "/safe"));
  EXPECT_EQ(failed.error, SendError::kRedirect);
  EXPECT_NE(failed.message.find("/no/such/file.pem"), std::string::npos) << failed.message;
}

TEST(CookiesTest, AreKeptPerUserAndSentBack) {
  Site site;
  const std::vector<Request> requests = {Get("/cookie?token=abc;Path=/"),
                                         Get("/a"),
                                         {"GET", "/b", {{"Cookie", "own=1"}}, ""},
                                         Get("/to/302?/c")};
  const std::vector<Reply> replies = SendEach(Options(site->url()), requests);
  EXPECT_NE(replies[1].response.body.find("\r\nCookie: token=abc; second=2\r\n"),
            std::string::npos);
  EXPECT_NE(replies[2].response.body.find("\r\nCookie: own=1\r\n"), std::string::npos);
  EXPECT_EQ(replies[2].response.body.find("token"), std::string::npos);
  EXPECT_NE(replies[3].response.body.find("\r\nCookie: token=abc"), std::string::npos);
  const Reply another = SendOne(Options(site->url()), Get("/a"));
  EXPECT_EQ(another.response.body.find("Cookie"), std::string::npos);
  HttpOptions without = Options(site->url());
  without.cookies = Cookies::kIgnore;
  EXPECT_EQ(SendEach(without, requests)[1].response.body.find("Cookie"), std::string::npos);
}

std::string Gzip(const std::string& text) {
  std::string out(text.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

TEST(PackedAnswerTest, IsUnpacked) {
  const std::string text(10'000, 'x');
  std::string asked;
  FaultServer server([&](Peer& peer) {
    std::string request;
    while (peer.ReadRequest(&request)) {
      asked = request;
      std::string packed = Gzip(text);
      if (request.find("/cut ") != std::string::npos) packed.resize(packed.size() / 2);
      peer.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                std::to_string(request.starts_with("HEAD") ? 99 : packed.size()) + "\r\n\r\n" +
                (request.starts_with("HEAD") ? "" : packed));
    }
  });
  HttpOptions options = Options(server.url());
  const std::vector<Reply> replies =
      SendEach(options, {Get("/"), Get("/cut"), {"HEAD", "/", {}, ""}, Get("/")});
  EXPECT_NE(asked.find("Accept-Encoding: gzip, deflate\r\n"), std::string::npos);
  EXPECT_EQ(replies[0].response.body, text);
  EXPECT_EQ(replies[1].error, SendError::kGarbage);
  EXPECT_EQ(replies[1].message, "answer's gzip coding: ends early");
  EXPECT_EQ(replies[2].error, SendError::kNone);
  EXPECT_EQ(replies[3].response.body, text);
  EXPECT_EQ(server.connections(), 1);
  options.body_max = 5'000;
  const Reply large = SendOne(options, Get("/"));
  EXPECT_EQ(large.error, SendError::kTooLarge);
  EXPECT_EQ(large.message, "answer larger than 5000 bytes when unpacked");
  options.accept_encoding.clear();
  (void)SendOne(options, Get("/"));
  EXPECT_EQ(asked.find("Accept-Encoding"), std::string::npos);
}

TEST(BackoffTest, GrowsWithTheFailuresAndEndsWithThem) {
  const std::uint16_t port = ClosedPort();
  HttpOptions options = Options("http://127.0.0.1:" + std::to_string(port));
  ConnectionCounts counts;
  const std::vector<Request> five(5);
  for (const Reply& reply : SendAndCount(options, five, &counts)) {
    EXPECT_EQ(reply.error, SendError::kNotSent);
    EXPECT_TRUE(reply.message.ends_with("Connection refused")) << reply.message;
  }
  EXPECT_EQ(counts.failed, 5U);
  EXPECT_GE(counts.backoff, 0ms + 50ms + 100ms + 200ms);
  options.backoff_max = 60ms;
  SendAndCount(options, five, &counts);
  EXPECT_GE(counts.backoff, 50ms + 60ms + 60ms);
  options.backoff_max = 0ms;
  SendAndCount(options, five, &counts);
  EXPECT_LT(counts.backoff, 50ms);
}

// A run that is stopped does not wait for those who wait to connect.
TEST(BackoffTest, EndsWithTheRun) {
  HttpOptions options = Options("http://127.0.0.1:" + std::to_string(ClosedPort()));
  options.backoff_max = std::chrono::hours(1);
  const auto target = HttpTarget::Open(options).value();
  LiveWorld world({});
  std::vector<std::unique_ptr<Transport>> transports;
  std::vector<Reply> replies;
  const Request request;
  const auto user = [&](Env& env, Transport& transport) -> Task<void> {
    for (int i = 0; i < 30; ++i) {
      Reply reply = co_await transport.Send(env, request);
      replies.push_back(std::move(reply));
    }
  };
  for (int i = 0; i < 3; ++i) {
    transports.push_back(MakeHttpTransport(world, target));
    Env& env = world.NewTask("user");
    world.Start(env, user(env, *transports.back()), VirtualTime{0});
  }
  LiveRunLimits limits;
  limits.time_max = 1500ms;
  EXPECT_EQ(world.Run(limits), Ending::kTimeLimit);
  std::size_t stopped = 0;
  for (const Reply& reply : replies) {
    EXPECT_EQ(reply.error, SendError::kNotSent);
    if (reply.message == "not sent: the run was stopped") ++stopped;
  }
  EXPECT_GE(stopped, 3U);
}

TEST(TimeoutTest, EachLimitSaysItsName) {
  const auto ask = [](FaultServer::Serve serve, void (*set)(Timeouts&)) {
    FaultServer server(std::move(serve));
    HttpOptions options = Options(server.url());
    set(options.timeouts);
    const Reply reply = SendOne(options, Get("/"));
    EXPECT_EQ(reply.error, SendError::kTimeout);
    return reply.message;
  };
  const auto say = [](std::string bytes, int drops) {
    return [bytes = std::move(bytes), drops](Peer& peer) {
      std::string request;
      peer.ReadRequest(&request);
      peer.Send(bytes);
      for (int i = 0; i < drops && peer.Send("."); ++i) std::this_thread::sleep_for(20ms);
      peer.Hang();
    };
  };
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  EXPECT_EQ(ask(say("", 0), [](Timeouts& t) { t.first_byte = 120ms; }),
            "timeout after 120 ms waiting for the first byte");
  EXPECT_EQ(ask(say("", 0), [](Timeouts& t) { t.total = 120ms; }),
            "timeout after 120 ms in all waiting for the first byte");
  EXPECT_EQ(ask(say(head, 0), [](Timeouts& t) { t.idle = 120ms; }),
            "timeout after 120 ms without another byte: only 41 bytes of the answer came");
  EXPECT_TRUE(ask(say(head, 1000), [](Timeouts& t) {
                t.body = 150ms;
              }).starts_with("timeout after 150 ms of reading the answer: only "));
  EXPECT_TRUE(ask(say(head, 1000), [](Timeouts& t) {
                t.total = 150ms;
              }).starts_with("timeout after 150 ms in all: only "));
}

// The first of two addresses leads nowhere, or is refused, as the network is: the second is tried
// within the same limit.
TEST(TimeoutTest, AnAddressThatDoesNotAnswerLeavesTimeForTheNext) {
  EchoHandler handler;
  RunningServer server(handler);
  HttpOptions options = Options(server->url());
  options.timeouts.connect = 400ms;
  const auto target = HttpTarget::Open(options).value();
  auto& endpoints = target->impl().home.endpoints;
  endpoints.insert(endpoints.begin(), {boost::asio::ip::make_address("192.0.2.1"), 9});
  const Reply reply = SendOver(target, {Get("/second")}).front();
  EXPECT_EQ(reply.response.body, "GET /second ") << reply.message;
  EXPECT_EQ(target->counts().failed, 0U);
}

// Worlds in two threads over one target, as --threads makes them.
TEST(SharedTargetTest, ServesSeveralThreads) {
  TestAuthority authority;
  EchoHandler handler;
  RunningServer server(handler, authority.Sign({}));
  HttpOptions options = Options("https://localhost:" + std::to_string(server->port()));
  options.ca_file = authority.ca_file();
  options.keep_alive = KeepAlive::kOff;  // a handshake per request
  const auto target = HttpTarget::Open(options).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const std::vector<Request> requests(40, Get("/x"));
      for (const Reply& reply : SendOver(target, requests)) {
        EXPECT_EQ(reply.response.status, 200) << reply.message;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const ConnectionCounts counts = target->counts();
  EXPECT_EQ(counts.opened, 120U);
  EXPECT_EQ(counts.handshakes, 120U);
  EXPECT_EQ(counts.reopened, 0U);  // nobody meant to keep one
  EXPECT_GE(counts.resumed, 100U);
}

}  // namespace
}  // namespace redrive
