#include "recorder/net/tls_context.h"

#include <openssl/err.h>

#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

// The slot of an SSL that names its TlsSession.
int SessionIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string LastReason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unreadable" : reason;
}

}  // namespace

void TlsSession::Attach(SSL* ssl) {
  SSL_set_ex_data(ssl, SessionIndex(), this);
  Owned copy;
  {
    const std::lock_guard lock(mutex_);
    if (latest_ == nullptr) return;
    copy.reset(SSL_SESSION_dup(latest_.get()));
  }
  if (copy != nullptr) SSL_set_session(ssl, copy.get());
}

void TlsSession::Keep(Owned session) {
  const std::lock_guard lock(mutex_);
  std::swap(latest_, session);  // the old one is freed behind the lock's end
}

Result<std::unique_ptr<TlsContext>> TlsContext::Open(Certificates certificates,
                                                     const std::string& ca_file) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  REDRIVE_CHECK(context != nullptr);
  std::unique_ptr<TlsContext> out(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // a record's head and its rest by one system call
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &TlsContext::KeepSession);
  if (certificates == Certificates::kIgnore) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return out;
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  const bool read = ca_file.empty()
                        ? SSL_CTX_set_default_verify_paths(context) == 1
                        : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) == 1;
  if (read) return out;
  const std::string place = ca_file.empty() ? "the system's CA files" : "CA file '" + ca_file + "'";
  return Error{ErrorCode::kInvalid,
               place + ": " + LastReason() + "; a file of PEM certificates is expected"};
}

int TlsContext::KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* const slot = static_cast<TlsSession*>(SSL_get_ex_data(ssl, SessionIndex()));
  if (slot == nullptr) return 0;
  slot->Keep(TlsSession::Owned(session));
  return 1;  // the session is ours now
}

}  // namespace redrive
