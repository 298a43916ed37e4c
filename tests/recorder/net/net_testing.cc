#include "tests/recorder/net/net_testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace redrive {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A bound socket on a free port.
int Bind(std::uint16_t* port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), 0);
  *port = ntohs(address.sin_port);
  return socket;
}

int NumberBehind(const std::string& target, std::string_view prefix) {
  return std::atoi(target.c_str() + prefix.size());
}

Task<void> SendAllOf(Env& env, Transport& transport, const std::vector<Request>& requests,
                     std::vector<Reply>* replies) {
  for (const Request& request : requests) {
    Reply reply = co_await transport.Send(env, request);
    replies->push_back(std::move(reply));
  }
}

}  // namespace

Task<Response> EchoHandler::Handle(Env& env, const Request& request, std::string_view client_ip) {
  Response response;
  response.status = 200;
  response.headers.push_back({"X-Client", std::string(client_ip)});
  if (request.target.starts_with("/status/")) {
    response.status = NumberBehind(request.target, "/status/");
    response.body = "status " + std::to_string(response.status);
    co_return response;
  }
  if (request.target.starts_with("/big/")) {
    response.body.assign(static_cast<std::size_t>(NumberBehind(request.target, "/big/")), 'x');
    co_return response;
  }
  response.body = request.method + " " + request.target + " " + request.body;
  if (!request.target.starts_with("/yield/")) co_return response;
  max_inside_ = std::max(max_inside_, ++inside_);
  ++counter_expected_;
  const int seen = counter_;
  for (int i = NumberBehind(request.target, "/yield/"); i > 0; --i) {
    const Access nothing;
    co_await env.Yield("echo.yield", nothing);
  }
  counter_ = seen + 1;
  --inside_;
  co_return response;
}

RunningServer::RunningServer(Handler& handler, ServerOptions options) {
  auto server = HttpServer::Listen(handler, options);
  if (server.has_error()) {
    ADD_FAILURE() << server.error().message;
    std::abort();
  }
  server_ = std::move(*server);
  thread_ = std::thread([this] { server_->Run(); });
}

RunningServer::~RunningServer() { StopNow(); }

void RunningServer::StopNow() {
  server_->Stop();
  if (thread_.joinable()) thread_.join();
}

RawServer::RawServer(Serve serve) {
  listener_ = Bind(&port_);
  EXPECT_EQ(::listen(listener_, 16), 0);
  thread_ = std::thread([this, serve = std::move(serve)] {
    while (!stopping_.load()) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 10) <= 0) continue;
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      const timeval limit{.tv_sec = 5, .tv_usec = 0};
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
      ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
      const int number = connections_++;
      serve(socket, number);
      ::close(socket);
    }
  });
}

RawServer::~RawServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

std::string ReadRequest(int socket) {
  std::string text;
  std::size_t end = std::string::npos;
  std::size_t body = 0;
  while (end == std::string::npos || text.size() < end + 4 + body) {
    char buffer[4096];
    const ssize_t got = ::recv(socket, buffer, sizeof(buffer), 0);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    end = text.find("\r\n\r\n");
    const std::size_t length = text.find("Content-Length: ");
    if (length < end) body = static_cast<std::size_t>(std::atoi(text.c_str() + length + 16));
  }
  return text;
}

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::uint16_t ClosedPort() {
  std::uint16_t port = 0;
  ::close(Bind(&port));
  return port;
}

HttpOptions Options(const std::string& url) {
  HttpOptions options;
  options.url = url;
  options.timeouts.connect = std::chrono::seconds(5);
  options.timeouts.first_byte = std::chrono::seconds(5);
  options.timeouts.total = std::chrono::seconds(10);
  return options;
}

std::vector<Reply> SendOver(const std::shared_ptr<HttpTarget>& target,
                            const std::vector<Request>& requests) {
  std::vector<Reply> replies;
  LiveWorld world({});
  const std::unique_ptr<Transport> transport = MakeHttpTransport(world, target);
  Env& env = world.NewTask("test");
  world.Start(env, SendAllOf(env, *transport, requests, &replies), VirtualTime{0});
  EXPECT_EQ(world.Run({}), Ending::kDone);
  EXPECT_EQ(replies.size(), requests.size());
  return replies;
}

std::vector<Reply> SendEach(const HttpOptions& options, const std::vector<Request>& requests) {
  const auto target = HttpTarget::Open(options);
  if (target.has_error()) {
    ADD_FAILURE() << target.error().message;
    return std::vector<Reply>(requests.size());
  }
  return SendOver(*target, requests);
}

Reply SendOne(const HttpOptions& options, const Request& request) {
  return SendEach(options, {request}).front();
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "redrive-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace redrive
