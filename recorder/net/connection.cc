#include "recorder/net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// A connection that was used a moment ago is not asked whether it is still there.
constexpr auto kTrustedIdle = std::chrono::microseconds(100);
constexpr auto kBackoffFirst = std::chrono::milliseconds(50);
constexpr auto kLimitMax = std::chrono::hours(24 * 30);  // no sum of times overflows

std::string SecondsText(std::chrono::nanoseconds duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string EndpointText(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

error_code SocketError() {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return asio::error::would_block;
  return error_code(errno, boost::system::system_category());
}

}  // namespace

Connection::Connection(LiveWorld::Impl& world, HttpTarget::Impl& target, const Origin& origin)
    : Deadline(world), world_(world), target_(target), origin_(origin), socket_(world.io) {}

Connection::~Connection() { Close(); }

Connection::InUse::InUse(Connection& connection, RealTime began) : connection_(connection) {
  connection.cancelled_ = false;
  connection.timed_out_.reset();
  connection.attempted_ = began;
  connection.end_ = began + connection.SpanOf(Limit::kTotal);
  connection.world_.Enter(connection);
}

Connection::InUse::~InUse() {
  connection_.Disarm();
  connection_.world_.Leave(connection_);
}

Task<std::string> Connection::Open() {
  if (Clock::now() < not_before_) {
    co_await BackOff();
    if (cancelled_) co_return "not sent: " + Interrupted();
  }
  attempted_ = Clock::now();
  std::string problem = co_await Attempt();
  AtomicCounts& counts = target_.counts;
  if (!problem.empty()) {
    Close();
    if (!cancelled_) {
      AtomicCounts::Add(counts.failed);
      not_before_ = Clock::now() + NextBackoff();
    }
    co_return problem;
  }
  failures_ = 0;
  AtomicCounts::Add(counts.opened);
  if (std::exchange(opened_once_, true) && target_.options.keep_alive == KeepAlive::kOn) {
    AtomicCounts::Add(counts.reopened);
  }
  co_return problem;
}

// None behind the first failure in a row, then 50 ms and twice as much each time.
std::chrono::nanoseconds Connection::NextBackoff() {
  const std::uint32_t failures = failures_++;
  if (failures == 0) return std::chrono::nanoseconds(0);
  const std::chrono::nanoseconds wait = kBackoffFirst * (1U << std::min(failures - 1, 16U));
  return std::min(wait, target_.options.backoff_max);
}

// The wait is not part of what the limits allow: the send begins behind it.
Task<void> Connection::BackOff() {
  const RealTime began = Clock::now();
  Deadline::Arm(not_before_);
  PauseAwaiter pause{*this};
  co_await pause;
  const RealTime now = Clock::now();
  end_ += now - began;
  target_.counts.backoff_ns.fetch_add(std::chrono::nanoseconds(now - began).count(),
                                      std::memory_order_relaxed);
}

// Resolved already: tries the addresses in turn. One that does not answer leaves a share of the
// time to those behind it.
Task<std::string> Connection::Attempt() {
  std::string problem;
  std::size_t left = origin_.endpoints.size();
  for (const tcp::endpoint& endpoint : origin_.endpoints) {
    ArmConnect(left);
    auto connect = Await(
        [this, &endpoint](auto handler) { socket_.async_connect(endpoint, std::move(handler)); });
    const IoResult result = co_await connect;
    if (--left > 0 && timed_out_ == Limit::kConnect) {
      timed_out_.reset();
      Close();
      continue;
    }
    const std::string interrupted = Interrupted();
    if (!interrupted.empty()) co_return "connect " + EndpointText(endpoint) + ": " + interrupted;
    if (!result.error) {
      error_code ignored;
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.non_blocking(true, ignored);
      used_ = false;
      left_ = false;
      written_ = false;
      Arm(Limit::kConnect, attempted_);
      if (plain()) co_return std::string();
      problem = co_await Handshake();
      co_return problem;
    }
    problem = "connect " + EndpointText(endpoint) + ": " + result.error.message();
    Close();
  }
  co_return problem;
}

Task<std::string> Connection::Handshake() {
  tls_.emplace(origin_.tls, socket_.native_handle());
  origin_.Prepare(tls_->ssl());
  std::string problem;
  while (true) {
    const TlsStream::Result step = tls_->Handshake();
    if (step.status == TlsStatus::kDone) break;
    if (step.status != TlsStatus::kWantRead && step.status != TlsStatus::kWantWrite) {
      co_return "TLS with " + origin_.url.Authority() + ": " + tls_->Failure();
    }
    wants_write_ = step.status == TlsStatus::kWantWrite;
    auto wait = Readable();
    co_await wait;
    problem = Interrupted();
    if (!problem.empty()) co_return "TLS with " + origin_.url.Authority() + ": " + problem;
  }
  (void)tls_->TakeWritten();
  wants_write_ = false;
  AtomicCounts::Add(target_.counts.handshakes);
  if (SSL_session_reused(tls_->ssl()) == 1) AtomicCounts::Add(target_.counts.resumed);
  co_return problem;
}

bool Connection::StillOpen(RealTime now) {
  if (now - idle_since_ < kTrustedIdle) return true;
  if (tls_) return tls_->StillOpen();
  char byte = 0;
  const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::Close() {
  if (tls_ && socket_.is_open()) tls_->End();
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
  used_ = false;
}

void Connection::Rest(RealTime now) {
  used_ = true;
  idle_since_ = now;
}

void Connection::Arm(Limit limit, RealTime now) {
  const RealTime at = now + SpanOf(limit);
  armed_ = end_ <= at ? Limit::kTotal : limit;
  Deadline::Arm(std::min(at, end_));
  if (limit == Limit::kFirstByte) body_end_ = RealTime::max();
}

void Connection::ArmConnect(std::size_t addresses_left) {
  Arm(Limit::kConnect, attempted_);
  if (addresses_left <= 1 || armed_ == Limit::kTotal) return;
  const RealTime now = Clock::now();
  const RealTime end = attempted_ + SpanOf(Limit::kConnect);
  Deadline::Arm(now + (end - now) / static_cast<std::int64_t>(addresses_left));
}

void Connection::ArmBody(RealTime now) {
  if (body_end_ == RealTime::max()) body_end_ = now + SpanOf(Limit::kBody);
  Arm(Limit::kIdle, now);
  if (body_end_ >= std::min(now + SpanOf(Limit::kIdle), end_)) return;
  armed_ = Limit::kBody;
  Deadline::Arm(body_end_);
}

IoResult Connection::TryWrite(std::string_view bytes) {
  IoResult result;
  if (plain()) {
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      result.error = SocketError();
    } else {
      result.bytes = static_cast<std::size_t>(sent);
      left_ = left_ || sent > 0;
    }
  } else {
    while (!result.error && result.bytes < bytes.size()) {
      const TlsStream::Result step = tls_->Write(bytes.substr(result.bytes));
      result.bytes += step.bytes;
      result.error = Take(step);
    }
    if (tls_->TakeWritten()) left_ = true;
  }
  written_ = true;
  return result;
}

IoResult Connection::TryRead(std::span<char> space) {
  written_ = false;
  IoResult result;
  if (!plain()) {
    const TlsStream::Result step = tls_->Read(space);
    result.bytes = step.bytes;
    result.error = Take(step);
    return result;
  }
  const ssize_t got = ::recv(socket_.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
  if (got < 0) result.error = SocketError();
  if (got == 0) result.error = asio::error::eof;
  if (got > 0) result.bytes = static_cast<std::size_t>(got);
  return result;
}

error_code Connection::Take(const TlsStream::Result& result) {
  switch (result.status) {
    case TlsStatus::kDone:
      return {};
    case TlsStatus::kWantRead:
    case TlsStatus::kWantWrite:
      wants_write_ = result.status == TlsStatus::kWantWrite;
      return asio::error::would_block;
    case TlsStatus::kClosed:
      return asio::error::eof;
    default:
      failure_ = tls_->Failure();
      return asio::error::connection_aborted;
  }
}

bool Connection::TakeLeft() { return std::exchange(left_, false); }

std::string Connection::Why(const error_code& error) const {
  return plain() || error != asio::error::connection_aborted ? error.message() : failure_;
}

std::string Connection::Interrupted() const {
  if (cancelled_) return "the run was stopped";
  if (!timed_out_) return "";
  const std::string text = "timeout after " + SecondsText(SpanOf(*timed_out_));
  return *timed_out_ == Limit::kTotal ? text + " in all" : text;
}

std::chrono::nanoseconds Connection::SpanOf(Limit limit) const {
  const Timeouts& timeouts = target_.options.timeouts;
  std::chrono::nanoseconds span{0};
  switch (limit) {
    case Limit::kConnect:
      span = timeouts.connect;
      break;
    case Limit::kSend:
      span = timeouts.send;
      break;
    case Limit::kFirstByte:
      span = timeouts.first_byte;
      break;
    case Limit::kIdle:
      span = timeouts.idle;
      break;
    case Limit::kBody:
      span = timeouts.body;
      break;
    case Limit::kTotal:
      span = timeouts.total;
      break;
  }
  return std::min<std::chrono::nanoseconds>(span, kLimitMax);
}

void Connection::ReadyAwaiter::await_suspend(std::coroutine_handle<> waiting) {
  task = waiting;
  const auto handler = [this](const error_code&) { Ended(); };
  connection.socket_.async_wait(tcp::socket::wait_read, handler);
  connection.socket_.async_wait(tcp::socket::wait_write, handler);
}

// The second wait is ended with the first: the task goes on when neither refers to it any more.
void Connection::ReadyAwaiter::Ended() {
  if (++ended == 2) return task.resume();
  error_code ignored;
  connection.socket_.cancel(ignored);
}

void Connection::OnDeadline() {
  if (paused_) return std::exchange(paused_, {}).resume();
  timed_out_ = armed_;
  error_code ignored;
  socket_.close(ignored);
}

void Connection::Cancel() {
  cancelled_ = true;
  error_code ignored;
  socket_.close(ignored);
  // Not from here: the world goes through its sends just now.
  if (paused_) asio::post(world_.io, [task = std::exchange(paused_, {})] { task.resume(); });
}

}  // namespace redrive
