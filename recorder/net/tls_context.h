// What the TLS connections of a run share: the settings, and per server the session that the next
// connection resumes. Both may be used by several threads at once.
#ifndef REDRIVE_RECORDER_NET_TLS_CONTEXT_H_
#define REDRIVE_RECORDER_NET_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"

namespace redrive {

enum class Certificates : std::uint8_t { kVerify, kIgnore };

// The latest session that a server gave. A connection gets a copy of it, because OpenSSL writes
// into the session of a connection.
class TlsSession {
 public:
  TlsSession() = default;
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Lets `ssl` offer the session, and keep what the server gives it. The session must outlive it.
  void Attach(SSL* ssl);

 private:
  friend class TlsContext;
  struct Deleter {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  using Owned = std::unique_ptr<SSL_SESSION, Deleter>;
  void Keep(Owned session);

  std::mutex mutex_;
  Owned latest_;
};

class TlsContext {
 public:
  // Reads the authorities: those of `ca_file` (PEM) or, when it is empty, the system's. Errors:
  // kInvalid.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> Open(Certificates certificates,
                                                                const std::string& ca_file);
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  struct Deleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  static int KeepSession(SSL* ssl, SSL_SESSION* session);

  std::unique_ptr<SSL_CTX, Deleter> context_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_TLS_CONTEXT_H_
