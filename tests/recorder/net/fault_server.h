// FaultServer: a server of raw bytes, plain or TLS, each connection in a thread of its own, that
// can be taken down and brought up again on its port. What it says and when it breaks off is the
// test's: it gets each connection as a Peer.
#ifndef REDRIVE_TESTS_RECORDER_NET_FAULT_SERVER_H_
#define REDRIVE_TESTS_RECORDER_NET_FAULT_SERVER_H_

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "recorder/net/server.h"

namespace redrive {

class Peer {
 public:
  Peer(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}

  // The next request with its body, by its length; false when the client has gone.
  bool ReadRequest(std::string* request);
  // Only up to the end of the header: a body may lie unread behind it.
  bool ReadHeader(std::string* header);
  bool Send(std::string_view bytes);
  // TLS: so many bytes of the records that carry `bytes`; then nothing can be sent any more.
  void SendCut(std::string_view bytes, std::size_t wire_bytes);
  // Bytes past TLS.
  void SendRaw(std::string_view bytes);
  // Ends the connection with a reset in place of an orderly end.
  void Reset();
  // Until the client leaves or the server is stopped.
  void Hang();
  // For unread bodies: reads on until the client leaves, so that its answer is not lost in a reset.
  void EndInOrder();
  [[nodiscard]] SSL* ssl() { return ssl_; }

 private:
  long Receive(char* out, std::size_t size);

  int socket_;
  SSL* ssl_;  // null: plain
};

struct FaultServerOptions {
  ServerOptions tls;                   // certificate and key; empty: plain
  int tls_version_max = 0;             // TLS1_2_VERSION; 0: any
  std::function<bool(int)> on_accept;  // before TLS, with the socket; false: closed then
};

class FaultServer {
 public:
  using Serve = std::function<void(Peer&)>;
  explicit FaultServer(Serve serve, FaultServerOptions options = {});
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  // Ends the connections as their peers are between two requests, and listens no more. From any
  // thread but those of peers.
  void Down();
  void Up();
  // From now on connections are refused; those that are open go on. From any thread.
  void Deafen();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url() const;
  [[nodiscard]] int connections() const { return connections_.load(); }
  [[nodiscard]] int resumed() const { return resumed_.load(); }  // TLS sessions

 private:
  void Accept();
  void Run(int socket);

  Serve serve_;
  FaultServerOptions options_;
  SSL_CTX* tls_ = nullptr;
  std::uint16_t port_ = 0;
  std::atomic<int> listener_{-1};  // Deafen looks at it
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> resumed_{0};
  std::thread acceptor_;
  std::mutex mutex_;
  std::list<int> sockets_;  // open ones
  std::list<std::thread> threads_;
};

}  // namespace redrive

#endif  // REDRIVE_TESTS_RECORDER_NET_FAULT_SERVER_H_
