#include "recorder/net/server.h"

#include <openssl/err.h>
#include <openssl/x509err.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/check.h"
#include "recorder/net/server_call.h"
#include "recorder/net/server_session.h"

namespace redrive {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kPauseAfterFailedAccept = std::chrono::milliseconds(20);
constexpr auto kLastWords = std::chrono::milliseconds(500);  // for connections cut at the end

}  // namespace

struct HttpServer::Impl {
  Impl(Handler& handler, const ServerOptions& options_in)
      : options(options_in),
        calls{.handler = handler,
              .steps = {},
              .start = std::chrono::steady_clock::now(),
              .op_delay_max_us = static_cast<std::uint32_t>(options_in.op_delay_max.count()),
              .seed = options_in.seed},
        io(static_cast<int>(options_in.threads)),
        strand(asio::make_strand(io)),
        acceptor(strand),
        room(strand),
        grace(strand),
        sessions_context{.options = options, .calls = calls, .tls = nullptr} {
    calls.steps = asio::make_strand(io);
  }
  ~Impl() { calls.steps = asio::any_io_executor(); }  // a strand must not outlive its io_context

  Result<void> Open();
  Result<void> OpenTls();
  asio::awaitable<void> Accept();
  void StartSession(tcp::socket socket);
  void EndSession(std::uint64_t id);
  void Stop();

  ServerOptions options;
  CallContext calls;
  std::optional<asio::ssl::context> tls;
  asio::io_context io;
  asio::strand<asio::io_context::executor_type> strand;  // of all that follows
  tcp::acceptor acceptor;
  asio::steady_timer room;  // cancelled when a connection ends
  asio::steady_timer grace;
  SessionContext sessions_context;
  std::map<std::uint64_t, std::shared_ptr<ServerSession>> sessions;
  std::uint64_t sessions_begun = 0;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const { return impl_->port; }
std::uint64_t HttpServer::requests() const { return impl_->sessions_context.requests.load(); }

std::string HttpServer::url() const {
  const std::string& host = impl_->options.address;
  return (impl_->tls ? "https://" : "http://") +
         (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         std::to_string(impl_->port);
}

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(Handler& handler,
                                                       const ServerOptions& options) {
  if (options.threads == 0 || options.threads > 256) {
    return Error{ErrorCode::kInvalid, "server threads: 1 to 256 expected"};
  }
  if (options.op_delay_max.count() < 0 || options.op_delay_max > std::chrono::seconds(60)) {
    return Error{ErrorCode::kInvalid, "delay of operations: 0 to 60 s expected"};
  }
  auto impl = std::make_unique<Impl>(handler, options);
  if (const Result<void> opened = impl->Open(); opened.has_error()) return opened.error();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::Run() {
  asio::co_spawn(impl_->strand, impl_->Accept(), asio::detached);
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < impl_->options.threads; ++i) {
    threads.emplace_back([this] { impl_->io.run(); });
  }
  impl_->io.run();
}

void HttpServer::Stop() {
  asio::post(impl_->strand, [impl = impl_.get()] { impl->Stop(); });
}

Result<void> HttpServer::Impl::Open() {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return Error{ErrorCode::kInvalid, "listen address '" + options.address +
                                          "': an IP address such as 127.0.0.1 or ::1 is expected"};
  }
  if (const Result<void> opened = OpenTls(); opened.has_error()) return opened;
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error{ErrorCode::kIo, "listen on " + options.address + ":" +
                                     std::to_string(options.port) + ": " + error.message()};
  }
  port = acceptor.local_endpoint(error).port();
  return {};
}

Result<void> HttpServer::Impl::OpenTls() {
  if (options.tls_certificate_file.empty() && options.tls_key_file.empty()) return {};
  tls.emplace(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  error_code error;
  tls->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error) {
    return Error{ErrorCode::kInvalid, "TLS certificate '" + options.tls_certificate_file +
                                          "': " + error.message() + "; a PEM file is expected"};
  }
  tls->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  if (error && reason == X509_R_KEY_VALUES_MISMATCH) {
    return Error{ErrorCode::kInvalid,
                 "TLS key '" + options.tls_key_file + "': does not belong to the certificate"};
  }
  if (error) {
    return Error{ErrorCode::kInvalid, "TLS key '" + options.tls_key_file + "': " + error.message() +
                                          "; a PEM file is expected"};
  }
  sessions_context.tls = &*tls;
  return {};
}

asio::awaitable<void> HttpServer::Impl::Accept() {
  while (!sessions_context.stopping.load()) {
    error_code error;
    if (sessions.size() >= options.connections_max) {
      room.expires_at(asio::steady_timer::time_point::max());
      co_await room.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    tcp::socket socket = co_await acceptor.async_accept(
        asio::make_strand(io), asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor.is_open()) co_return;
    if (error) {  // out of file descriptors, or the peer has gone already
      room.expires_after(kPauseAfterFailedAccept);
      co_await room.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    StartSession(std::move(socket));
  }
}

void HttpServer::Impl::StartSession(tcp::socket socket) {
  const auto executor = socket.get_executor();
  const std::uint64_t id = ++sessions_begun;
  auto session = std::make_shared<ServerSession>(sessions_context, std::move(socket));
  sessions.emplace(id, session);
  asio::co_spawn(executor, session->Run(), [this, id, session](const std::exception_ptr&) {
    asio::post(strand, [this, id] { EndSession(id); });
  });
}

void HttpServer::Impl::EndSession(std::uint64_t id) {
  sessions.erase(id);
  room.cancel();
  if (sessions_context.stopping.load() && sessions.empty()) io.stop();
}

void HttpServer::Impl::Stop() {
  if (sessions_context.stopping.exchange(true)) return;
  error_code ignored;
  acceptor.close(ignored);
  room.cancel();
  if (sessions.empty()) io.stop();
  for (const auto& [id, session] : sessions) session->End(ServerSession::Ending::kWhenIdle);
  grace.expires_after(options.stop_grace);
  grace.async_wait([this](const error_code& error) {
    if (error) return;
    for (const auto& [id, session] : sessions) session->End(ServerSession::Ending::kNow);
    grace.expires_after(kLastWords);
    grace.async_wait([this](const error_code& late) {
      if (!late) io.stop();
    });
  });
}

}  // namespace redrive
