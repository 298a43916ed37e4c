// HttpServer: serves a Handler over HTTP/1.1, plain or TLS, in real time.
//
// Sockets, TLS and parsing use all threads. Handlers keep what Env promises them: one step is
// atomic for all others, so their steps run one at a time; at a yield point a request really lets
// the others go on, and with `op_delay_max` stays away for a random time, as behind a real
// database.
#ifndef REDRIVE_RECORDER_NET_SERVER_H_
#define REDRIVE_RECORDER_NET_SERVER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "recorder/handler.h"

namespace redrive {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, see port()
  unsigned threads = 2;
  std::string tls_certificate_file;           // PEM chain; empty: plain HTTP
  std::string tls_key_file;                   // PEM
  std::chrono::microseconds op_delay_max{0};  // each yield point waits a random time up to this
  std::uint64_t seed = 0;                     // of the delays and of Env::Draw
  std::size_t header_max = 64U << 10;         // more is answered 431
  std::size_t body_max = 16U << 20;           // more is answered 413
  std::chrono::milliseconds idle_timeout{60'000};  // between requests, and for reading one
  std::size_t connections_max = 10'000;            // more wait in the kernel's queue
  std::chrono::milliseconds stop_grace{2'000};     // for requests in flight when stopped
};

class HttpServer {
 public:
  // Binds and listens; connections wait until Run. `handler` must outlive the server. Errors:
  // kIo (address in use, …), kInvalid (address, certificate or key).
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Listen(Handler& handler,
                                                                  const ServerOptions& options);
  // REQUIRES: Run is not running.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;         // "http://127.0.0.1:8001"
  [[nodiscard]] std::uint64_t requests() const;  // answered so far, from any thread

  // Serves in the calling thread and `threads` - 1 others until Stop; then requests in flight get
  // `stop_grace` to end. REQUIRES: called once.
  void Run();
  // From any thread, but not from a signal handler. Returns at once.
  void Stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_SERVER_H_
