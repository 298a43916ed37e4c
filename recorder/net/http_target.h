// The inside of HttpTarget, for the other files of this directory.
#ifndef REDRIVE_RECORDER_NET_HTTP_TARGET_H_
#define REDRIVE_RECORDER_NET_HTTP_TARGET_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recorder/net/http_transport.h"
#include "recorder/net/request_text.h"

namespace redrive {

struct SessionDeleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

struct HttpTarget::Impl {
  HttpOptions options;
  Url url;
  RequestFrame frame;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;  // tried in this order
  std::optional<boost::asio::ssl::context> tls;           // empty: plain
  std::string tls_name;                                   // name or address in the certificate
  std::unique_ptr<SSL_SESSION, SessionDeleter> session;   // the latest, offered to new connections

  // Sets name indication, name check and the kept session on a new connection.
  void Prepare(SSL* ssl) const;
};

// Why a handshake failed, for people: the certificate's fault first.
std::string TlsFailure(SSL* ssl, const boost::system::error_code& error);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_HTTP_TARGET_H_
