// TlsStream: TLS 1.2 and 1.3 on a non-blocking socket, OpenSSL reading and writing the socket
// itself. No buffers of its own: OpenSSL takes 16 KiB while a record is under way and gives them
// back, so that an idle connection holds none.
//
// Nothing here waits. An operation that cannot go on says what the socket must become, and is
// called again with the same bytes when it is. Owned by a connection and used by its thread only.
#ifndef REDRIVE_RECORDER_NET_TLS_STREAM_H_
#define REDRIVE_RECORDER_NET_TLS_STREAM_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace redrive {

enum class TlsStatus : std::uint8_t {
  kDone,       // some bytes, or the whole handshake
  kWantRead,   // when the socket is readable
  kWantWrite,  // when the socket is writable
  kClosed,     // the peer has ended the stream in good order
  kCut,        // the connection ended without the end of the stream
  kFailed,     // see Failure()
};

class TlsStream {
 public:
  struct Result {
    TlsStatus status;
    std::size_t bytes = 0;
  };

  // REQUIRES: `socket` is connected and non-blocking; it stays open while this lives.
  TlsStream(SSL_CTX* context, int socket);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // The client's side of it.
  Result Handshake();
  // REQUIRES: `space` and `bytes` are not empty.
  Result Read(std::span<char> space);
  Result Write(std::string_view bytes);
  // Whether an idle stream may carry another request: true unless the peer has ended it or has sent
  // what nobody asked for. Takes in the tickets that may have come.
  bool StillOpen();

  // Tells the peer that this is the end, as far as the socket takes it at once. REQUIRES: the
  // socket is open.
  void End();

  // Whether OpenSSL holds bytes that the socket will not announce again.
  [[nodiscard]] bool has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }
  // Whether any byte has been written to the socket since the last call.
  [[nodiscard]] bool TakeWritten() { return std::exchange(io_.written, false); }
  // Why the last operation failed, for people: the certificate's fault first.
  [[nodiscard]] std::string Failure() const;
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }

 private:
  struct Deleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  // What OpenSSL's calls for bytes see and leave behind.
  struct SocketIo {
    int socket;
    int error = 0;  // errno of the call that failed
    bool ended = false;
    bool written = false;
  };
  friend struct TlsBio;  // in the .cc

  Result Judge(int returned);

  SocketIo io_;
  std::unique_ptr<SSL, Deleter> ssl_;
  std::string failure_;  // of the stream; "": none
  bool spoilt_ = false;  // what failed was TLS itself
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_TLS_STREAM_H_
