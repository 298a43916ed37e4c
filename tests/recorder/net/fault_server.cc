#include "tests/recorder/net/fault_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tests/recorder/net/net_testing.h"

namespace redrive {

long Peer::Receive(char* out, std::size_t size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, out, static_cast<int>(size));
  return ::recv(socket_, out, size, 0);
}

bool Peer::ReadHeader(std::string* header) {
  header->clear();
  char byte = 0;
  while (!header->ends_with("\r\n\r\n")) {
    if (Receive(&byte, 1) <= 0) return false;
    *header += byte;
  }
  return true;
}

bool Peer::ReadRequest(std::string* request) {
  if (!ReadHeader(request)) return false;
  const std::size_t length = request->find("Content-Length: ");
  std::size_t left = length == std::string::npos
                         ? 0
                         : static_cast<std::size_t>(std::atoi(request->c_str() + length + 16));
  while (left > 0) {
    char buffer[4096];
    const long got = Receive(buffer, std::min(left, sizeof(buffer)));
    if (got <= 0) return false;
    request->append(buffer, static_cast<std::size_t>(got));
    left -= static_cast<std::size_t>(got);
  }
  return true;
}

bool Peer::Send(std::string_view bytes) {
  if (bytes.empty()) return true;
  if (ssl_ == nullptr) return SendAll(socket_, bytes);
  return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

void Peer::SendCut(std::string_view bytes, std::size_t wire_bytes) {
  BIO* const memory = BIO_new(BIO_s_mem());
  SSL_set0_wbio(ssl_, memory);
  SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  char* wire = nullptr;
  const long size = BIO_get_mem_data(memory, &wire);
  SendRaw(std::string_view(wire, std::min(wire_bytes, static_cast<std::size_t>(size))));
}

void Peer::SendRaw(std::string_view bytes) { SendAll(socket_, bytes); }

void Peer::Reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void Peer::Hang() {
  char rest[256];
  while (::recv(socket_, rest, sizeof(rest), 0) > 0) continue;
}

void Peer::EndInOrder() {
  ::shutdown(socket_, SHUT_WR);
  Hang();
}

FaultServer::FaultServer(Serve serve, FaultServerOptions options)
    : serve_(std::move(serve)), options_(std::move(options)) {
  if (!options_.tls.tls_certificate_file.empty()) {
    tls_ = SSL_CTX_new(TLS_server_method());
    EXPECT_EQ(SSL_CTX_use_certificate_chain_file(tls_, options_.tls.tls_certificate_file.c_str()),
              1);
    EXPECT_EQ(
        SSL_CTX_use_PrivateKey_file(tls_, options_.tls.tls_key_file.c_str(), SSL_FILETYPE_PEM), 1);
    SSL_CTX_set_max_proto_version(tls_, options_.tls_version_max);
    const std::string context = "redrive test";
    SSL_CTX_set_session_id_context(tls_, reinterpret_cast<const unsigned char*>(context.data()),
                                   static_cast<unsigned>(context.size()));
  }
  Up();
}

FaultServer::~FaultServer() {
  Down();
  SSL_CTX_free(tls_);
}

std::string FaultServer::url() const {
  return (tls_ == nullptr ? "http://127.0.0.1:" : "https://localhost:") + std::to_string(port_);
}

void FaultServer::Up() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
  port_ = ntohs(address.sin_port);
  ASSERT_EQ(::listen(listener_, 64), 0);
  stopping_ = false;
  acceptor_ = std::thread([this] { Accept(); });
}

void FaultServer::Down() {
  stopping_ = true;
  if (acceptor_.joinable()) acceptor_.join();
  const int listener = listener_.exchange(-1);
  if (listener >= 0) ::close(listener);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RD);
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void FaultServer::Deafen() { ::shutdown(listener_, SHUT_RDWR); }

void FaultServer::Accept() {
  while (!stopping_.load()) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 5) <= 0) continue;
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) {
      ::usleep(1000);  // deafened: poll has nothing to wait for
      continue;
    }
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    ++connections_;
    {
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
    }
    threads_.emplace_back([this, socket] { Run(socket); });
  }
}

void FaultServer::Run(int socket) {
  // OpenSSL writes with write(2). Blocked in this thread only: the client must live without.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  SSL* ssl = nullptr;
  bool good = !options_.on_accept || options_.on_accept(socket);
  if (good && tls_ != nullptr) {
    ssl = SSL_new(tls_);
    SSL_set_fd(ssl, socket);
    good = SSL_accept(ssl) == 1;
    if (good && SSL_session_reused(ssl) == 1) ++resumed_;
  }
  if (good) {
    Peer peer(socket, ssl);
    serve_(peer);
  }
  SSL_free(ssl);
  const std::lock_guard lock(mutex_);
  sockets_.remove(socket);
  ::close(socket);
}

}  // namespace redrive
