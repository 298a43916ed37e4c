#include <gtest/gtest.h>

#include <atomic>

#include "tests/recorder/net/fault_server.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/net/tls_testing.h"

namespace redrive {
namespace {

Request Get(const std::string& target) { return Request{"GET", target, {}, ""}; }

class TlsTest : public testing::Test {
 protected:
  // Sends one request; `host` stands in the URL.
  Reply Ask(const ServerOptions& server_options, const std::string& host, bool trust = true) {
    RunningServer server(handler_, server_options);
    HttpOptions options = Options("https://" + host + ":" + std::to_string(server->port()));
    if (trust) options.ca_file = authority_.ca_file();
    return SendOne(options, Get("/tls"));
  }

  EchoHandler handler_;
  TestAuthority authority_;
};

TEST_F(TlsTest, RoundTripsByNameAndAddress) {
  const ServerOptions server = authority_.Sign({});
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const Reply reply = Ask(server, host);
    EXPECT_EQ(reply.error, SendError::kNone) << reply.message;
    EXPECT_EQ(reply.response.body, "GET /tls ");
  }
}

TEST_F(TlsTest, ManyRequestsLargeBodiesAndReconnects) {
  RunningServer server(handler_, authority_.Sign({}));
  HttpOptions options = Options("https://localhost:" + std::to_string(server->port()));
  options.ca_file = authority_.ca_file();
  const std::vector<Request> requests = {Get("/1"),
                                         {"POST", "/2", {}, std::string(3'000'000, 'y')},
                                         Get("/big/3000000"),
                                         {"HEAD", "/big/10", {}, ""},
                                         Get("/5")};
  for (const KeepAlive keep_alive : {KeepAlive::kOn, KeepAlive::kOff}) {
    options.keep_alive = keep_alive;
    const std::vector<Reply> replies = SendEach(options, requests);
    for (const Reply& reply : replies) EXPECT_EQ(reply.response.status, 200) << reply.message;
    EXPECT_EQ(replies[1].response.body.size(), 8 + requests[1].body.size());
    EXPECT_EQ(replies[2].response.body.size(), 3'000'000U);
    EXPECT_EQ(replies[4].response.body, "GET /5 ");
  }
}

TEST_F(TlsTest, WrongNamesAreRefused) {
  const Reply reply = Ask(authority_.Sign({.names = "DNS:shop.example"}), "localhost");
  EXPECT_EQ(reply.error, SendError::kNotSent);
  EXPECT_TRUE(reply.message.ends_with("certificate: hostname mismatch")) << reply.message;
  EXPECT_TRUE(reply.message.starts_with("TLS with localhost:")) << reply.message;
  const Reply address = Ask(authority_.Sign({.names = "IP:127.0.0.2"}), "127.0.0.1");
  EXPECT_EQ(address.error, SendError::kNotSent);
  EXPECT_TRUE(address.message.ends_with("certificate: IP address mismatch")) << address.message;
}

TEST_F(TlsTest, ExpiredAndFutureCertificatesAreRefused) {
  const Reply expired =
      Ask(authority_.Sign({.valid_from_s = -7200, .valid_until_s = -3600}), "localhost");
  EXPECT_EQ(expired.error, SendError::kNotSent);
  EXPECT_TRUE(expired.message.ends_with("certificate: certificate has expired")) << expired.message;
  const Reply future =
      Ask(authority_.Sign({.valid_from_s = 3600, .valid_until_s = 7200}), "localhost");
  EXPECT_EQ(future.error, SendError::kNotSent);
  EXPECT_TRUE(future.message.ends_with("certificate is not yet valid")) << future.message;
}

TEST_F(TlsTest, SelfSignedAndUnknownAuthoritiesAreRefused) {
  const Reply self = Ask(authority_.SelfSign({}), "localhost");
  EXPECT_EQ(self.error, SendError::kNotSent);
  EXPECT_TRUE(self.message.ends_with("certificate: self-signed certificate")) << self.message;
  const Reply unknown = Ask(authority_.Sign({}), "localhost", false);
  EXPECT_EQ(unknown.error, SendError::kNotSent);
  EXPECT_TRUE(unknown.message.ends_with("unable to get local issuer certificate"))
      << unknown.message;
}

TEST_F(TlsTest, IgnoringCertificatesAcceptsAll) {
  RunningServer server(handler_, authority_.SelfSign({.names = "DNS:shop.example"}));
  HttpOptions options = Options("https://localhost:" + std::to_string(server->port()));
  options.certificates = Certificates::kIgnore;
  EXPECT_EQ(SendOne(options, Get("/x")).response.status, 200);
}

TEST_F(TlsTest, HostHeaderIsTheNameThatIsChecked) {
  RunningServer server(handler_, authority_.Sign({.names = "DNS:shop.example"}));
  HttpOptions options = Options("https://127.0.0.1:" + std::to_string(server->port()));
  options.ca_file = authority_.ca_file();
  options.host_header = "shop.example:443";
  const Reply reply = SendOne(options, Get("/x"));
  EXPECT_EQ(reply.response.status, 200) << reply.message;
}

TEST_F(TlsTest, PlainAgainstTlsAndTlsAgainstPlain) {
  RunningServer tls(handler_, authority_.Sign({}));
  const Reply plain = SendOne(Options("http://localhost:" + std::to_string(tls->port())), Get("/"));
  EXPECT_TRUE(plain.error == SendError::kClosed || plain.error == SendError::kGarbage)
      << plain.message;
  RunningServer server(handler_);
  HttpOptions options = Options("https://localhost:" + std::to_string(server->port()));
  options.ca_file = authority_.ca_file();
  const Reply reply = SendOne(options, Get("/"));
  EXPECT_EQ(reply.error, SendError::kNotSent);
  EXPECT_TRUE(reply.message.starts_with("TLS with localhost:")) << reply.message;
}

// Seen by the server: the second connection and all later ones go on with the session of the first.
TEST_F(TlsTest, SessionsAreResumed) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    FaultServerOptions server_options;
    server_options.tls = authority_.Sign({});
    server_options.tls_version_max = version;
    std::atomic<bool> as_asked{true};
    FaultServer server(
        [&](Peer& peer) {
          std::string request;
          while (peer.ReadRequest(&request)) {
            if (SSL_version(peer.ssl()) != version) as_asked = false;
            peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }
        },
        server_options);
    HttpOptions options = Options(server.url());
    options.ca_file = authority_.ca_file();
    options.keep_alive = KeepAlive::kOff;
    const auto target = HttpTarget::Open(options).value();
    // A user's own next connections, then those of other users.
    for (int user = 0; user < 3; ++user) {
      for (const Reply& reply : SendOver(target, {Get("/1"), Get("/2")})) {
        EXPECT_EQ(reply.response.body, "ok") << reply.message;
      }
    }
    EXPECT_TRUE(as_asked);
    EXPECT_EQ(server.connections(), 6);
    EXPECT_EQ(server.resumed(), 5);
    EXPECT_EQ(target->counts().handshakes, 6U);
    EXPECT_EQ(target->counts().resumed, 5U);
  }
}

TEST_F(TlsTest, WrongFilesAreErrorsAtTheStart) {
  HttpOptions options = Options("https://localhost");
  options.ca_file = "/no/such/file.pem";
  const auto target = HttpTarget::Open(options);
  ASSERT_TRUE(target.has_error());
  EXPECT_TRUE(target.error().message.starts_with("CA file '/no/such/file.pem': "))
      << target.error().message;
  ServerOptions mixed = authority_.Sign({});
  mixed.tls_key_file = authority_.Sign({}).tls_key_file;
  const auto server = HttpServer::Listen(handler_, mixed);
  ASSERT_TRUE(server.has_error());
  EXPECT_NE(server.error().message.find("does not belong to the certificate"), std::string::npos)
      << server.error().message;
}

}  // namespace
}  // namespace redrive
