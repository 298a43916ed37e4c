#include "recorder/net/server_session.h"

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

namespace redrive {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

constexpr std::size_t kDrainMax = 1U << 20;  // read and thrown away behind a refused request
constexpr auto kDrainTime = std::chrono::seconds(1);

Request MakeRequest(http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    if (field.name() == http::field::host || field.name() == http::field::content_length ||
        field.name() == http::field::transfer_encoding) {
      continue;
    }
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.body = std::move(message.body());
  return request;
}

http::response<http::string_body> MakeAnswer(Response& response, unsigned version) {
  http::response<http::string_body> answer;
  answer.result(static_cast<unsigned>(std::clamp(response.status, 100, 999)));
  answer.version(version);
  for (const Header& header : response.headers) {
    if (EqualIgnoringCase(header.name, "Content-Length") ||
        EqualIgnoringCase(header.name, "Transfer-Encoding") ||
        EqualIgnoringCase(header.name, "Connection")) {
      continue;  // the framing is the server's
    }
    answer.insert(header.name, header.value);
  }
  answer.body() = std::move(response.body);
  return answer;
}

// Plain text that a person understands; what the service itself answers is not decided here.
http::response<http::string_body> MakeRefusal(http::status status) {
  http::response<http::string_body> answer(status, 11);
  answer.set(http::field::content_type, "text/plain");
  answer.body() = std::string(http::obsolete_reason(status)) + "\n";
  answer.keep_alive(false);
  return answer;
}

bool MayHaveBody(unsigned status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

ServerSession::ServerSession(SessionContext& context, asio::ip::tcp::socket socket)
    : context_(context), buffer_(context.options.header_max + context.options.body_max + 65536) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (!error) client_ip_ = peer.address().to_string();
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  if (context_.tls != nullptr) {
    tls_ = std::make_unique<beast::ssl_stream<beast::tcp_stream>>(
        beast::tcp_stream(std::move(socket)), *context_.tls);
  } else {
    plain_ = std::make_unique<beast::tcp_stream>(std::move(socket));
  }
}

asio::awaitable<void> ServerSession::Run() {
  const auto self = shared_from_this();
  if (plain_) {
    co_await Serve(*plain_);
    co_return;
  }
  beast::get_lowest_layer(*tls_).expires_after(context_.options.idle_timeout);
  error_code error;
  co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                 redirect_error(use_awaitable, error));
  if (error) co_return;
  co_await Serve(*tls_);
  beast::get_lowest_layer(*tls_).expires_after(kDrainTime);
  co_await tls_->async_shutdown(redirect_error(use_awaitable, error));
}

void ServerSession::End(Ending ending) {
  beast::tcp_stream& stream = plain_ ? *plain_ : beast::get_lowest_layer(*tls_);
  asio::dispatch(stream.get_executor(), [self = shared_from_this(), &stream, ending] {
    if (ending == Ending::kNow || self->idle_) stream.close();
  });
}

template <typename Stream>
asio::awaitable<void> ServerSession::Serve(Stream& stream) {
  for (Next next = Next::kRequest; next == Next::kRequest && !context_.stopping.load();) {
    next = co_await ServeOne(stream);
  }
  beast::tcp_stream& lowest = beast::get_lowest_layer(stream);
  if (!lowest.socket().is_open()) co_return;
  // Closing with unread bytes would reset the connection, and the peer might lose the answer.
  error_code error;
  if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
    lowest.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    lowest.expires_after(kDrainTime);
    char waste[4096];
    for (std::size_t drained = 0; !error && drained < kDrainMax;) {
      drained += co_await lowest.async_read_some(asio::buffer(waste),
                                                 redirect_error(use_awaitable, error));
    }
  }
}

template <typename Stream>
asio::awaitable<ServerSession::Next> ServerSession::ServeOne(Stream& stream) {
  beast::tcp_stream& lowest = beast::get_lowest_layer(stream);
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(context_.options.header_max));
  parser.body_limit(context_.options.body_max);
  error_code error;
  lowest.expires_after(context_.options.idle_timeout);
  idle_ = buffer_.size() == 0;
  if (idle_) {  // the first byte of a request ends the idleness
    const auto space = buffer_.prepare(4096);
    const std::size_t bytes =
        co_await stream.async_read_some(space, redirect_error(use_awaitable, error));
    if (error) co_return Next::kClose;
    buffer_.commit(bytes);
    idle_ = false;
  }
  co_await http::async_read_header(stream, buffer_, parser, redirect_error(use_awaitable, error));
  if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    http::response<http::string_body> go_on(http::status::continue_, 11);
    error = co_await Write(stream, go_on, true);
    if (error) co_return Next::kClose;
  }
  if (!error) {
    co_await http::async_read(stream, buffer_, parser, redirect_error(use_awaitable, error));
  }
  if (error) {
    const Next next = co_await Refuse(stream, error);
    co_return next;
  }
  http::request<http::string_body> message = parser.release();
  const bool keep_alive = message.keep_alive();
  const unsigned version = message.version();
  Request request = MakeRequest(message);
  const bool head = request.method == "HEAD";
  lowest.expires_never();
  Response response = co_await Handle(std::move(request));
  Answer answer = MakeAnswer(response, version);
  const bool keep = keep_alive && !context_.stopping.load();
  answer.keep_alive(keep);
  if (MayHaveBody(answer.result_int())) {
    answer.content_length(answer.body().size());
  } else {
    answer.body().clear();
  }
  if (head) answer.body().clear();
  lowest.expires_after(context_.options.idle_timeout);
  ++context_.requests;  // before the peer can see the answer, so that both count alike
  error = co_await Write(stream, answer, head);
  if (error) co_return Next::kClose;
  co_return keep ? Next::kRequest : Next::kClose;
}

// What cannot be read is answered, as far as the peer still listens, and ends the connection.
template <typename Stream>
asio::awaitable<ServerSession::Next> ServerSession::Refuse(Stream& stream,
                                                           const error_code& error) {
  if (error.category() != make_error_code(http::error::bad_method).category() ||
      error == http::error::end_of_stream || error == http::error::partial_message) {
    co_return Next::kClose;  // the connection is gone, or nobody was in the middle of a request
  }
  http::status status = http::status::bad_request;
  if (error == http::error::body_limit) status = http::status::payload_too_large;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    status = http::status::request_header_fields_too_large;
  }
  Answer answer = MakeRefusal(status);
  answer.prepare_payload();
  (void)co_await Write(stream, answer, false);
  co_return Next::kClose;
}

template <typename Stream>
asio::awaitable<error_code> ServerSession::Write(Stream& stream, Answer& answer, bool head) {
  error_code error;
  http::response_serializer<http::string_body> serializer(answer);
  if (head) {
    serializer.split(true);
    co_await http::async_write_header(stream, serializer, redirect_error(use_awaitable, error));
  } else {
    co_await http::async_write(stream, serializer, redirect_error(use_awaitable, error));
  }
  co_return error;
}

asio::awaitable<Response> ServerSession::Handle(Request request) {
  const auto call = std::make_shared<HandlerCall>(context_.calls, context_.calls.calls++,
                                                  std::move(request), client_ip_);
  // The session waits on its own strand for the step strand to say that the answer is there.
  asio::steady_timer answered(co_await asio::this_coro::executor,
                              asio::steady_timer::time_point::max());
  const auto executor = answered.get_executor();
  const auto self = shared_from_this();
  call->Begin([executor, &answered, self] {
    asio::post(executor, [&answered, self] { answered.cancel(); });
  });
  error_code ignored;
  co_await answered.async_wait(redirect_error(use_awaitable, ignored));
  co_return std::move(call->response());
}

}  // namespace redrive
