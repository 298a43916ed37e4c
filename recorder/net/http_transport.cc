#include "recorder/net/http_transport.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <utility>

#include "core/check.h"
#include "recorder/net/awaiter.h"
#include "recorder/net/http_target.h"
#include "recorder/net/live_world_impl.h"
#include "recorder/net/request_text.h"
#include "recorder/net/response_reader.h"

namespace redrive {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// A connection that was used a moment ago is not asked whether it is still there.
constexpr auto kTrustedIdle = std::chrono::microseconds(100);

std::string SecondsText(std::chrono::nanoseconds duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string EndpointText(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

bool IsSafe(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

// One user's connection and the request that is on it.
class HttpTransport final : public Transport, private Deadline, private Cancellable {
 public:
  HttpTransport(LiveWorld& world, std::shared_ptr<HttpTarget> target)
      : Deadline(world.impl()),
        world_(world.impl()),
        target_(std::move(target)),
        impl_(target_->impl()),
        socket_(world_.io),
        reader_({.header_max = impl_.options.header_max, .body_max = impl_.options.body_max}) {}

  Task<Reply> Send(Env& env, const Request& request) override;

 private:
  // What became of one try on one connection.
  enum class Try : std::uint8_t { kEnded, kAgain };

  // While it lives, a stopping world cancels this send.
  class InFlight {
   public:
    explicit InFlight(HttpTransport& transport) : transport_(transport) {
      transport_.world_.Enter(transport_);
    }
    ~InFlight() {
      transport_.Disarm();
      transport_.world_.Leave(transport_);
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

   private:
    HttpTransport& transport_;
  };

  Task<std::string> Connect();
  Task<std::string> Handshake();
  Task<Try> Exchange(Env& env, const Request& request, Reply* reply);
  Task<error_code> WriteAll();
  Task<error_code> ReadAnswer(Reply* reply);
  Try GiveUp(const error_code& error, Reply* reply);
  std::string Interrupted() const;
  bool StillOpen();
  void Close();
  void ArmWithin(std::chrono::nanoseconds limit);
  void OnDeadline() override;
  void Cancel() override;

  template <typename Buffer>
  [[nodiscard]] auto Read(const Buffer& buffer) {
    return Await([this, buffer](auto handler) {
      if (tls_)
        tls_->async_read_some(buffer, std::move(handler));
      else
        socket_.async_read_some(buffer, std::move(handler));
    });
  }
  template <typename Buffer>
  [[nodiscard]] auto Write(const Buffer& buffer) {
    return Await([this, buffer](auto handler) {
      if (tls_)
        tls_->async_write_some(buffer, std::move(handler));
      else
        socket_.async_write_some(buffer, std::move(handler));
    });
  }

  LiveWorld::Impl& world_;
  std::shared_ptr<HttpTarget> target_;
  HttpTarget::Impl& impl_;
  tcp::socket socket_;
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> tls_;
  ResponseReader reader_;
  std::string output_;       // head and body of the request
  std::size_t written_ = 0;  // bytes of it that left (with TLS: that may have left)
  bool used_ = false;        // this connection has carried an answer
  bool cancelled_ = false;
  std::chrono::nanoseconds timed_out_{0};  // the limit that was exceeded; 0: none
  std::chrono::nanoseconds limit_{0};      // what the armed deadline stands for
  RealTime begin_{};                       // of this send
  RealTime idle_since_{};
};

Task<Reply> HttpTransport::Send(Env& env, const Request& request) {
  Reply reply;
  reply.sent = env.Now();
  std::string problem = WriteRequest(impl_.frame, request, &output_);
  if (problem.empty() && world_.stopping) problem = "not sent: the run was stopped";
  if (!problem.empty()) {
    reply.error = SendError::kNotSent;
    reply.message = std::move(problem);
    co_return reply;
  }
  const InFlight in_flight(*this);
  cancelled_ = false;
  timed_out_ = {};
  begin_ = Clock::now();
  for (int tries = 0; tries < 2; ++tries) {
    if (socket_.is_open() && !StillOpen()) Close();
    if (!socket_.is_open()) {
      problem = co_await Connect();
      if (!problem.empty()) {
        Close();
        reply.error = SendError::kNotSent;
        reply.message = std::move(problem);
        co_return reply;
      }
    }
    const Try result = co_await Exchange(env, request, &reply);
    if (result == Try::kEnded) break;
  }
  co_return reply;
}

Task<HttpTransport::Try> HttpTransport::Exchange(Env& env, const Request& request, Reply* reply) {
  const bool kept = used_;
  written_ = 0;
  *reply = Reply();
  reply->sent = env.Now();
  reader_.Begin(request.method == "HEAD" ? ResponseReader::BodyRule::kNone
                                         : ResponseReader::BodyRule::kAsFramed,
                &reply->response);
  ArmWithin(impl_.options.first_byte_timeout);
  const error_code write_error = co_await WriteAll();
  if (write_error && written_ == 0) {
    Close();
    // The server closed the kept connection, and nothing of the request left.
    if (kept && Interrupted().empty()) co_return Try::kAgain;
    reply->error = SendError::kNotSent;
    const std::string interrupted = Interrupted();
    reply->message = "not sent: " + (interrupted.empty() ? write_error.message() : interrupted);
    co_return Try::kEnded;
  }
  // A server that refuses a large body answers and closes before it has read all of it.
  const error_code read_error = co_await ReadAnswer(reply);
  if (!read_error) {
    used_ = true;
    idle_since_ = Clock::now();
    if (write_error || !reader_.reusable() || impl_.options.keep_alive == KeepAlive::kOff) Close();
    co_return Try::kEnded;
  }
  Close();
  const bool unanswered = kept && reader_.bytes() == 0 && Interrupted().empty();
  if (unanswered && IsSafe(request.method)) co_return Try::kAgain;
  co_return GiveUp(read_error, reply);
}

Task<error_code> HttpTransport::WriteAll() {
  // Most requests fit into the socket's buffer: one system call and no way through the event loop.
  error_code error;
  if (!tls_) written_ = socket_.write_some(asio::buffer(output_), error);
  if (error == asio::error::would_block) error.clear();
  while (!error && written_ < output_.size()) {
    const auto rest = asio::buffer(output_) + written_;
    auto write = Write(rest);
    const IoResult result = co_await write;
    error = result.error;
    written_ += result.bytes;
    // Part of the ciphertext may have left even if the call failed.
    if (tls_ && written_ == 0) written_ = 1;
  }
  co_return error;
}

Task<error_code> HttpTransport::ReadAnswer(Reply* reply) {
  for (bool first = true;;) {
    const std::span<char> space = reader_.Prepare();
    const auto buffer = asio::buffer(space.data(), space.size());
    auto read = Read(buffer);
    const IoResult result = co_await read;
    ResponseReader::State state = ResponseReader::State::kNeedMore;
    if (result.error == asio::error::eof && Interrupted().empty()) {
      state = reader_.CommitEof();
    } else if (result.error) {
      co_return result.error;
    } else {
      state = reader_.Commit(result.bytes);
    }
    if (state == ResponseReader::State::kDone) co_return error_code();
    if (state == ResponseReader::State::kFailed) {
      reply->error = reader_.error();
      reply->message = reader_.message();
      co_return asio::error::eof;
    }
    if (std::exchange(first, false)) ArmWithin(impl_.options.total_timeout);
  }
}

// Fills in why there is no usable answer, unless the reader has already said so.
HttpTransport::Try HttpTransport::GiveUp(const error_code& error, Reply* reply) {
  const std::uint64_t bytes = reader_.bytes();
  if (cancelled_) {
    reply->error = SendError::kCancelled;
    reply->message = "the run was stopped";
  } else if (timed_out_.count() > 0) {
    reply->error = SendError::kTimeout;
    reply->message = Interrupted() +
                     (bytes == 0 ? " waiting for the first byte"
                                 : ": only " + std::to_string(bytes) + " bytes of the answer came");
  } else if (reply->error == SendError::kNone) {
    const bool cut = error == asio::ssl::error::stream_truncated;
    reply->error = SendError::kClosed;
    reply->message = (cut ? "connection cut without the end of TLS" : error.message()) + " after " +
                     std::to_string(bytes) + " bytes of the answer";
  }
  return Try::kEnded;
}

// Resolved already: tries the addresses in turn. Returns why not, or "".
Task<std::string> HttpTransport::Connect() {
  ArmWithin(impl_.options.connect_timeout);
  std::string problem;
  for (const tcp::endpoint& endpoint : impl_.endpoints) {
    auto connect = Await(
        [this, &endpoint](auto handler) { socket_.async_connect(endpoint, std::move(handler)); });
    const IoResult result = co_await connect;
    const std::string interrupted = Interrupted();
    if (!interrupted.empty()) co_return "connect " + EndpointText(endpoint) + ": " + interrupted;
    if (!result.error) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.non_blocking(true, ignored);
      used_ = false;
      if (!impl_.tls) co_return std::string();
      problem = co_await Handshake();
      co_return problem;
    }
    problem = "connect " + EndpointText(endpoint) + ": " + result.error.message();
    Close();
  }
  co_return problem;
}

Task<std::string> HttpTransport::Handshake() {
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *impl_.tls);
  impl_.Prepare(tls_->native_handle());
  auto handshake = Await([this](auto handler) {
    tls_->async_handshake(asio::ssl::stream_base::client, std::move(handler));
  });
  const IoResult result = co_await handshake;
  const std::string interrupted = Interrupted();
  if (interrupted.empty() && !result.error) co_return std::string();
  std::string why = interrupted;
  if (why.empty()) why = TlsFailure(tls_->native_handle(), result.error);
  co_return "TLS with " + impl_.url.Authority() + ": " + why;
}

// Why the socket was closed by us while an operation was under way, or "".
std::string HttpTransport::Interrupted() const {
  if (cancelled_) return "the run was stopped";
  if (timed_out_.count() > 0) return "timeout after " + SecondsText(timed_out_);
  return "";
}

// False when the server has ended the idle connection, or has said what nobody asked for.
bool HttpTransport::StillOpen() {
  if (Clock::now() - idle_since_ < kTrustedIdle) return true;
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  // Between TLS answers the server may send tickets; the next read digests them.
  return got > 0 && tls_ != nullptr;
}

void HttpTransport::Close() {
  error_code ignored;
  socket_.close(ignored);
  tls_.reset();
  used_ = false;
}

// The earlier of now + limit and the end of the whole send.
void HttpTransport::ArmWithin(std::chrono::nanoseconds limit) {
  const RealTime end = begin_ + impl_.options.total_timeout;
  const RealTime at = std::min(Clock::now() + limit, end);
  limit_ = at == end ? impl_.options.total_timeout : limit;
  Arm(at);
}

void HttpTransport::OnDeadline() {
  timed_out_ = limit_;
  error_code ignored;
  socket_.close(ignored);
}

void HttpTransport::Cancel() {
  cancelled_ = true;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace

std::unique_ptr<Transport> MakeHttpTransport(LiveWorld& world, std::shared_ptr<HttpTarget> target) {
  REDRIVE_CHECK(target != nullptr);
  return std::make_unique<HttpTransport>(world, std::move(target));
}

}  // namespace redrive
