#include "recorder/net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "core/check.h"

namespace redrive {

// OpenSSL's own socket BIO writes with write(2), which kills the process when the peer has gone.
struct TlsBio {
  static TlsStream::SocketIo& Io(BIO* bio) {
    return *static_cast<TlsStream::SocketIo*>(BIO_get_data(bio));
  }

  static int Read(BIO* bio, char* out, int size) {
    TlsStream::SocketIo& io = Io(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t got = ::recv(io.socket, out, static_cast<std::size_t>(size), 0);
    if (got > 0) return static_cast<int>(got);
    if (got == 0) {
      io.ended = true;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      BIO_set_retry_read(bio);
    } else {
      io.error = errno;
    }
    return static_cast<int>(got);
  }

  static int Write(BIO* bio, const char* bytes, int size) {
    TlsStream::SocketIo& io = Io(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(io.socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent > 0) {
      io.written = true;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      BIO_set_retry_write(bio);
    } else {
      io.error = errno;
    }
    return static_cast<int>(sent);
  }

  static long Control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return Io(bio).ended ? 1 : 0;
    return 0;
  }

  static int Create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static BIO_METHOD* Make() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "redrive socket");
    REDRIVE_CHECK(method != nullptr);
    BIO_meth_set_read(method, &Read);
    BIO_meth_set_write(method, &Write);
    BIO_meth_set_ctrl(method, &Control);
    BIO_meth_set_create(method, &Create);
    return method;
  }

  static BIO* Open(TlsStream::SocketIo* io) {
    static BIO_METHOD* const method = Make();  // for the life of the process
    BIO* bio = BIO_new(method);
    REDRIVE_CHECK(bio != nullptr);
    BIO_set_data(bio, io);
    return bio;
  }
};

TlsStream::TlsStream(SSL_CTX* context, int socket) : io_{.socket = socket}, ssl_(SSL_new(context)) {
  REDRIVE_CHECK(ssl_ != nullptr);
  BIO* const bio = TlsBio::Open(&io_);
  SSL_set_bio(ssl_.get(), bio, bio);
}

// OpenSSL takes a session for spoilt, and does not resume it, when its connection ends without a
// word. It is spoilt only when TLS itself has failed: not when a limit or the server ended it.
TlsStream::~TlsStream() {
  if (!spoilt_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsStream::End() {
  if (!failure_.empty() || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

TlsStream::Result TlsStream::Handshake() {
  ERR_clear_error();
  return Judge(SSL_connect(ssl_.get()));
}

TlsStream::Result TlsStream::Read(std::span<char> space) {
  REDRIVE_CHECK(!space.empty());
  ERR_clear_error();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(ssl_.get(), space.data(), space.size(), &bytes);
  if (returned == 1) return {TlsStatus::kDone, bytes};
  return Judge(returned);
}

TlsStream::Result TlsStream::Write(std::string_view bytes) {
  REDRIVE_CHECK(!bytes.empty());
  ERR_clear_error();
  std::size_t written = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  if (returned == 1) return {TlsStatus::kDone, written};
  return Judge(returned);
}

bool TlsStream::StillOpen() {
  char byte = 0;
  if (!has_pending()) {
    // OpenSSL allocates 16 KiB to look for what is most often not there.
    const ssize_t got = ::recv(io_.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (got == 0) return false;
  }
  ERR_clear_error();
  return Judge(SSL_peek(ssl_.get(), &byte, 1)).status == TlsStatus::kWantRead;
}

TlsStream::Result TlsStream::Judge(int returned) {
  if (returned > 0) return {TlsStatus::kDone};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {TlsStatus::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {TlsStatus::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {TlsStatus::kClosed};
    default:
      break;
  }
  if (io_.error != 0) {
    failure_ = std::generic_category().message(io_.error);
    return {TlsStatus::kFailed};
  }
  if (io_.ended) {
    failure_ = "connection cut without the end of TLS";
    return {TlsStatus::kCut};
  }
  spoilt_ = true;
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  failure_ = reason == nullptr ? "TLS failed" : reason;
  return {TlsStatus::kFailed};
}

std::string TlsStream::Failure() const {
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  }
  return failure_;
}

}  // namespace redrive
