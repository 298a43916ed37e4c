#include "recorder/net/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  bool Send(std::string_view bytes) const { return SendAll(socket_, bytes); }
  // Until the server closes, or `end` has come.
  std::string Receive(std::string_view end = {}) const {
    std::string text;
    char buffer[4096];
    while (end.empty() || text.find(end) == std::string::npos) {
      const ssize_t got = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int socket_;
};

// The whole conversation: the bytes, and what came back until the server closed.
std::string Talk(HttpServer& server, std::string_view bytes) {
  const RawClient client(server.port());
  client.Send(bytes);
  return client.Receive();
}

TEST(ServerTest, MalformedRequestsAreRefused) {
  EchoHandler handler;
  RunningServer server(handler);
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const std::string answer = Talk(*server, bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bytes << "\n" << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST(ServerTest, LimitsOfHeaderAndBody) {
  EchoHandler handler;
  ServerOptions options;
  options.header_max = 2000;
  options.body_max = 1000;
  RunningServer server(handler, options);
  const std::string large = "GET / HTTP/1.1\r\nX: " + std::string(3000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(Talk(*server, large).starts_with("HTTP/1.1 431 ")) << Talk(*server, large);
  const std::string body = "POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n";
  EXPECT_TRUE(Talk(*server, body + std::string(1001, 'x')).starts_with("HTTP/1.1 413 "));
  const std::string chunked =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x');
  EXPECT_TRUE(Talk(*server, chunked).starts_with("HTTP/1.1 413 "));
}

TEST(ServerTest, ChunkedBodiesKeepAliveAndPipelining) {
  EchoHandler handler;
  RunningServer server(handler);
  const std::string answer = Talk(*server,
                                  "POST /one HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                                  "GET /two HTTP/1.1\r\n\r\n"
                                  "GET /three HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("POST /one abcde"), std::string::npos) << answer;
  EXPECT_LT(answer.find("POST /one abcde"), answer.find("GET /two "));
  EXPECT_LT(answer.find("GET /two "), answer.find("GET /three "));
}

TEST(ServerTest, ExpectContinue) {
  EchoHandler handler;
  RunningServer server(handler);
  const RawClient client(server->port());
  client.Send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(client.Receive("\r\n\r\n").starts_with("HTTP/1.1 100 Continue\r\n"));
  client.Send("ab");
  EXPECT_NE(client.Receive("POST /x ab").find("POST /x ab"), std::string::npos);
}

TEST(ServerTest, IdleConnectionsAreClosed) {
  EchoHandler handler;
  ServerOptions options;
  options.idle_timeout = 100ms;
  RunningServer server(handler, options);
  EXPECT_EQ(Talk(*server, ""), "");
  EXPECT_EQ(Talk(*server, "GET / HT"), "");
}

TEST(ServerTest, MoreConnectionsThanAllowedWait) {
  EchoHandler handler;
  ServerOptions options;
  options.connections_max = 1;
  RunningServer server(handler, options);
  auto first = std::make_unique<RawClient>(server->port());
  first->Send("GET /first HTTP/1.1\r\n\r\n");
  EXPECT_NE(first->Receive("GET /first").find("GET /first"), std::string::npos);
  const RawClient second(server->port());
  second.Send("GET /second HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server->requests(), 1U);
  first.reset();
  EXPECT_NE(second.Receive("GET /second").find("GET /second"), std::string::npos);
}

TEST(ServerTest, StopsWithIdleAndBusyConnections) {
  EchoHandler handler;
  ServerOptions options;
  options.op_delay_max = 20ms;
  RunningServer server(handler, options);
  const RawClient idle(server->port());
  const RawClient busy(server->port());
  busy.Send("GET /yield/10 HTTP/1.1\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  const auto begin = std::chrono::steady_clock::now();
  server.StopNow();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
  const std::string answer = busy.Receive();
  EXPECT_NE(answer.find("GET /yield/10"), std::string::npos) << answer;  // it was let finish
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  EXPECT_EQ(idle.Receive(), "");
}

TEST(ServerTest, StopDoesNotWaitForEverForAHandler) {
  EchoHandler handler;
  ServerOptions options;
  options.op_delay_max = 1s;
  options.stop_grace = 50ms;
  auto server = std::make_unique<RunningServer>(handler, options);
  const RawClient busy((*server)->port());
  busy.Send("GET /yield/1000 HTTP/1.1\r\n\r\n");
  std::this_thread::sleep_for(50ms);
  const auto begin = std::chrono::steady_clock::now();
  server.reset();  // destroys what is left of the handler's coroutine
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
  EXPECT_EQ(busy.Receive(), "");
}

Task<void> SendYield(Env& env, Transport& transport, int requests, int* answered) {
  const Request request{"GET", "/yield/3", {}, ""};
  for (int i = 0; i < requests; ++i) {
    const Reply reply = co_await transport.Send(env, request);
    if (reply.response.status == 200) ++*answered;
  }
}

// Steps are atomic (the handler's counters are plain integers), and yet requests overlap between
// them, so that a read-then-write loses updates as it would in front of a real database.
TEST(ServerTest, HandlersRaceAtYieldPointsOnly) {
  EchoHandler handler;
  ServerOptions options;
  options.threads = 4;
  options.op_delay_max = 500us;
  options.seed = 42;
  RunningServer server(handler, options);
  LiveWorld world({});
  const auto target = HttpTarget::Open(Options(server->url())).value();
  std::vector<std::unique_ptr<Transport>> transports;
  int answered = 0;
  for (int user = 0; user < 8; ++user) {
    transports.push_back(MakeHttpTransport(world, target));
    Env& env = world.NewTask("user");
    world.Start(env, SendYield(env, *transports.back(), 50, &answered), VirtualTime{0});
  }
  EXPECT_EQ(world.Run({}), Ending::kDone);
  server.StopNow();
  EXPECT_EQ(answered, 400);
  EXPECT_GT(handler.max_inside(), 1);
  EXPECT_GT(handler.lost(), 0);
}

TEST(ServerTest, ErrorsOfListen) {
  EchoHandler handler;
  ServerOptions options;
  options.address = "shop.example";
  EXPECT_EQ(HttpServer::Listen(handler, options).error().code, ErrorCode::kInvalid);
  options.address = "127.0.0.1";
  const auto first = HttpServer::Listen(handler, options);
  options.port = first.value()->port();
  const auto second = HttpServer::Listen(handler, options);
  ASSERT_TRUE(second.has_error());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_EQ(second.error().message,
            "listen on 127.0.0.1:" + std::to_string(options.port) + ": Address already in use");
  options.tls_certificate_file = "/no/such/file.pem";
  EXPECT_EQ(HttpServer::Listen(handler, options).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace redrive
