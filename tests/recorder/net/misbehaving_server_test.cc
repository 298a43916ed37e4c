// Servers that refuse, hang, break off, lie and flood: each ends as transport.h documents, with one
// clear line and within its bounds.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

using std::chrono::milliseconds;

// Answers every connection with these bytes, then hangs up.
RawServer::Serve Answering(std::string bytes) {
  return [bytes = std::move(bytes)](int socket, int) {
    ReadRequest(socket);
    SendAll(socket, bytes);
    ::shutdown(socket, SHUT_WR);
    char rest[256];
    while (::recv(socket, rest, sizeof(rest), 0) > 0) continue;
  };
}

Reply ReplyTo(std::string answer) {
  RawServer server(Answering(std::move(answer)));
  return SendOne(Options(server.url()));
}

// Keeps the connection open, without a word, until the client leaves.
void Hang(int socket) {
  char rest[256];
  while (::recv(socket, rest, sizeof(rest), 0) > 0) continue;
}

TEST(MisbehavingServerTest, HangsBeforeTheFirstByte) {
  RawServer server([](int socket, int) { Hang(socket); });
  HttpOptions options = Options(server.url());
  options.timeouts.first_byte = milliseconds(150);
  const auto begin = std::chrono::steady_clock::now();
  const Reply reply = SendOne(options);
  EXPECT_EQ(reply.error, SendError::kTimeout);
  EXPECT_EQ(reply.message, "timeout after 150 ms waiting for the first byte");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(MisbehavingServerTest, HangsBehindTheHeader) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    SendAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    Hang(socket);
  });
  HttpOptions options = Options(server.url());
  options.timeouts.total = milliseconds(200);
  const Reply reply = SendOne(options);
  EXPECT_EQ(reply.error, SendError::kTimeout);
  EXPECT_EQ(reply.message, "timeout after 200 ms in all: only 42 bytes of the answer came");
  EXPECT_EQ(reply.response.status, 200);
  EXPECT_EQ(reply.response.body, "abc");
}

TEST(MisbehavingServerTest, DripsSlowly) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    SendAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 1000 && SendAll(socket, "."); ++i) ::usleep(10'000);
  });
  HttpOptions options = Options(server.url());
  options.timeouts.total = milliseconds(200);
  const Reply reply = SendOne(options);
  EXPECT_EQ(reply.error, SendError::kTimeout);
  EXPECT_TRUE(reply.message.starts_with("timeout after 200 ms in all: only ")) << reply.message;
}

// Nobody accepts, and the queue of connections is full: the kernel answers nothing.
TEST(MisbehavingServerTest, TakesNoConnection) {
  HttpOptions options = Options("http://192.0.2.1:9");  // TEST-NET-1: routed nowhere (RFC 5737)
  options.timeouts.connect = milliseconds(100);
  const Reply reply = SendOne(options);
  EXPECT_EQ(reply.error, SendError::kNotSent);  // a timeout, or unreachable, as the network is
  EXPECT_TRUE(reply.message.starts_with("connect 192.0.2.1:9: ")) << reply.message;
}

TEST(MisbehavingServerTest, ClosesAtEveryByte) {
  const std::string whole = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello";
  int connections = 0;
  RawServer server([&](int socket, int number) {
    ReadRequest(socket);
    SendAll(socket, whole.substr(0, static_cast<std::size_t>(number)));
    connections = number;
  });
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    const Reply reply = SendOne(Options(server.url()));
    if (bytes == whole.size()) {
      EXPECT_EQ(reply.error, SendError::kNone) << reply.message;
      EXPECT_EQ(reply.response.body, "hello");
      continue;
    }
    EXPECT_EQ(reply.error, SendError::kClosed) << bytes << ": " << reply.message;
    EXPECT_EQ(reply.message, bytes == 0 ? "connection closed before the answer"
                                        : "connection closed after " + std::to_string(bytes) +
                                              " bytes of the answer");
    EXPECT_EQ(OutcomeOf(reply), Outcome::kInfo);
  }
}

TEST(MisbehavingServerTest, ResetsTheConnection) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    SendAll(socket, "HTTP/1.1 200 OK\r\n");
    ::usleep(50'000);
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  });
  const Reply reply = SendOne(Options(server.url()));
  EXPECT_EQ(reply.error, SendError::kClosed);
  EXPECT_EQ(reply.message, "Connection reset by peer after 17 bytes of the answer");
}

TEST(MisbehavingServerTest, AnswersGarbage) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SSH-2.0-OpenSSH_9.2\r\n", "answer is not HTTP: bad version at byte 0"},
      {std::string("\x15\x03\x01\x00\x02\x02\x16", 7), "answer is not HTTP: bad version at byte 0"},
      {"HTTP/2.0 200 OK\r\n\r\n", "answer is not HTTP: bad version at byte 0"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "answer is not HTTP: bad status at byte 0"},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "answer is not HTTP: bad field at byte 17"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "answer is not HTTP: multiple Content-Length at byte 36"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
       "answer is not HTTP: bad Content-Length at byte 17"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
       "answer is not HTTP: bad Transfer-Encoding at byte 36"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n",
       "answer is not HTTP: bad chunk at byte 47"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
       "answer is not HTTP: bad chunk at byte 53"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n",
       "answer 101 switches to a protocol that was not asked for"},
  };
  for (const auto& [answer, message] : cases) {
    const Reply reply = ReplyTo(answer);
    EXPECT_EQ(reply.error, SendError::kGarbage) << answer;
    EXPECT_EQ(reply.message, message) << answer;
  }
}

TEST(MisbehavingServerTest, SendsAHundredMegabytes) {
  for (const std::string framing : {"Content-Length: 104857600\r\n", "", "chunked"}) {
    std::uint64_t sent = 0;
    RawServer server([&](int socket, int) {
      ReadRequest(socket);
      const bool chunked = framing == "chunked";
      SendAll(socket, "HTTP/1.1 200 OK\r\n" +
                          (chunked ? "Transfer-Encoding: chunked\r\n" : framing) + "\r\n");
      const std::string block(1 << 20, 'x');
      for (int i = 0; i < 100; ++i) {
        if (!SendAll(socket, chunked ? "100000\r\n" + block + "\r\n" : block)) break;
        sent += block.size();
      }
    });
    HttpOptions options = Options(server.url());
    options.body_max = 4U << 20;
    const Reply reply = SendOne(options);
    EXPECT_EQ(reply.error, SendError::kTooLarge) << framing;
    EXPECT_EQ(reply.message, "answer larger than 4 MiB");
    EXPECT_EQ(reply.response.status, 200);
    EXPECT_LE(reply.response.body.size(), options.body_max);
  }
}

TEST(MisbehavingServerTest, SendsEndlessHeaders) {
  for (const std::string piece : {"X-Header: some value\r\n", "aaaaaaaaaaaaaaaa"}) {
    RawServer server([&](int socket, int) {
      ReadRequest(socket);
      SendAll(socket, "HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 1'000'000 && SendAll(socket, piece); ++i) continue;
    });
    const Reply reply = SendOne(Options(server.url()));
    EXPECT_EQ(reply.error, SendError::kTooLarge) << piece;
    EXPECT_EQ(reply.message, "answer's header larger than 64 KiB");
  }
}

TEST(MisbehavingServerTest, InterimAnswersAreSkippedUpToALimit) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  std::string flood;
  for (int i = 0; i < 16; ++i) flood += interim;
  const Reply good = ReplyTo(flood + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(good.error, SendError::kNone) << good.message;
  EXPECT_EQ(good.response.status, 200);
  EXPECT_EQ(good.response.headers.size(), 1U);
  EXPECT_EQ(good.response.body, "ok");
  const Reply bad = ReplyTo(flood + interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(bad.error, SendError::kGarbage);
  EXPECT_EQ(bad.message, "more than 16 interim (1xx) answers");
}

TEST(MisbehavingServerTest, AnswersBeforeItHasReadTheRequest) {
  RawServer server([](int socket, int) {
    SendAll(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    ::shutdown(socket, SHUT_WR);
    char buffer[65536];
    while (::recv(socket, buffer, sizeof(buffer), 0) > 0) continue;
  });
  const Reply reply =
      SendOne(Options(server.url()), {"POST", "/", {}, std::string(2'000'000, 'x')});
  EXPECT_EQ(reply.error, SendError::kNone) << reply.message;
  EXPECT_EQ(reply.response.status, 413);
}

TEST(MisbehavingServerTest, CloseDelimitedAndChunkedBodiesAreWhole) {
  EXPECT_EQ(ReplyTo("HTTP/1.0 200 OK\r\n\r\nto the end").response.body, "to the end");
  const Reply chunked = ReplyTo(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n"
      "0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(chunked.error, SendError::kNone) << chunked.message;
  EXPECT_EQ(chunked.response.body, "abc0123456789");
  EXPECT_EQ(FindHeader(chunked.response.headers, "Trailer"), nullptr);
}

// What follows an answer unasked must not become the answer to the next request.
TEST(MisbehavingServerTest, SurplusBytesEndTheConnection) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    SendAll(socket,
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    ReadRequest(socket);
  });
  const std::vector<Reply> replies = SendEach(Options(server.url()), {Request(), Request()});
  EXPECT_EQ(replies[0].response.body, "a");
  EXPECT_EQ(replies[1].response.body, "a") << replies[1].message;
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace redrive
