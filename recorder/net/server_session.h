// ServerSession: one connection of the HttpServer. It reads a request, has it handled, writes the
// answer, and does so again while both sides keep the connection.
#ifndef REDRIVE_RECORDER_NET_SERVER_SESSION_H_
#define REDRIVE_RECORDER_NET_SERVER_SESSION_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <string>

#include "recorder/net/server.h"
#include "recorder/net/server_call.h"

namespace redrive {

// What all sessions of a server share.
struct SessionContext {
  const ServerOptions& options;
  CallContext& calls;
  boost::asio::ssl::context* tls;  // null: plain
  std::atomic<bool> stopping{false};
  std::atomic<std::uint64_t> requests{0};
};

class ServerSession final : public std::enable_shared_from_this<ServerSession> {
 public:
  // `socket` runs on a strand of its own.
  ServerSession(SessionContext& context, boost::asio::ip::tcp::socket socket);

  // Until the connection ends. Owns this session meanwhile.
  boost::asio::awaitable<void> Run();
  // From any thread: ends the connection, at once when it is idle, else after the answer; `kNow`
  // does not wait for it.
  enum class Ending : std::uint8_t { kWhenIdle, kNow };
  void End(Ending ending);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Answer = boost::beast::http::response<boost::beast::http::string_body>;
  enum class Next : std::uint8_t { kRequest, kClose };

  template <typename Stream>
  boost::asio::awaitable<void> Serve(Stream& stream);
  template <typename Stream>
  boost::asio::awaitable<Next> ServeOne(Stream& stream);
  template <typename Stream>
  boost::asio::awaitable<Next> Refuse(Stream& stream, const boost::system::error_code& error);
  template <typename Stream>
  boost::asio::awaitable<boost::system::error_code> Write(Stream& stream, Answer& answer,
                                                          bool head);
  boost::asio::awaitable<Response> Handle(Request request);

  SessionContext& context_;
  std::unique_ptr<boost::beast::tcp_stream> plain_;  // one of the two
  std::unique_ptr<boost::beast::ssl_stream<boost::beast::tcp_stream>> tls_;
  boost::beast::flat_buffer buffer_;
  std::string client_ip_;
  bool idle_ = true;  // on the session's strand: no byte of a request has come
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_SERVER_SESSION_H_
