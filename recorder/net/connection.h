// Connection: a user's connection to one server, plain or TLS: opening it with its back-off, bytes
// in and out, and the limits on all of it. What is sent over it is the business of the transport.
//
// Owned by a transport, which its LiveWorld outlives; used by the tasks of that world only.
#ifndef REDRIVE_RECORDER_NET_CONNECTION_H_
#define REDRIVE_RECORDER_NET_CONNECTION_H_

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <coroutine>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/task.h"
#include "recorder/net/awaiter.h"
#include "recorder/net/http_target.h"
#include "recorder/net/live_world_impl.h"
#include "recorder/net/tls_stream.h"

namespace redrive {

// What a deadline stands for: the members of Timeouts.
enum class Limit : std::uint8_t { kConnect, kSend, kFirstByte, kIdle, kBody, kTotal };

class Connection final : private Deadline, private Cancellable {
 public:
  Connection(LiveWorld::Impl& world, HttpTarget::Impl& target, const Origin& origin);
  ~Connection() override;

  // The part of a send that goes over one connection: while it lives, limits hold, and a stopping
  // world cuts short what is waited for. `began` is when the whole send did.
  class InUse {
   public:
    InUse(Connection& connection, RealTime began);
    ~InUse();
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

   private:
    Connection& connection_;
  };

  // All below. REQUIRES: an InUse lives.

  // Connects, and shakes hands when it is TLS; tries the addresses in turn. Waits first when the
  // last attempts failed. Returns why not, or "".
  Task<std::string> Open();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  // False when the server has ended the idle connection, or has said what nobody asked for.
  bool StillOpen(RealTime now);
  void Close();
  // An answer has come whole: the connection is idle now.
  void Rest(RealTime now);

  // From now on this limit runs, or what is left of the whole send if that is less.
  void Arm(Limit limit, RealTime now);
  // Between two pieces of an answer: the idle limit, or what is left of the body's.
  void ArmBody(RealTime now);

  // As many of the bytes as the socket takes at once. The error is would_block when it is full.
  IoResult TryWrite(std::string_view bytes);
  // What is there. The error is would_block when nothing is, eof at the end in good order.
  IoResult TryRead(std::span<char> space);
  // Waits for bytes and takes them. REQUIRES: plain().
  [[nodiscard]] auto ReadPlain(std::span<char> space) {
    const auto buffer = boost::asio::buffer(space.data(), space.size());
    return Await(
        [this, buffer](auto handler) { socket_.async_read_some(buffer, std::move(handler)); });
  }
  // Whether TryRead may find something now. Behind a request there is nothing yet, and looking
  // would cost a system call.
  bool MayHaveBytes() { return !std::exchange(written_, false) || (tls_ && tls_->has_pending()); }
  // Waits until TryRead is worth its while again: without a buffer, so that thousands may wait.
  [[nodiscard]] auto Readable() {
    const auto wanted = wants_write_ ? boost::asio::ip::tcp::socket::wait_write
                                     : boost::asio::ip::tcp::socket::wait_read;
    return Await([this, wanted](auto handler) { socket_.async_wait(wanted, std::move(handler)); });
  }
  // Waits until the socket can be read or written.
  [[nodiscard]] auto Ready() { return ReadyAwaiter{*this}; }

  [[nodiscard]] bool plain() const { return origin_.tls == nullptr; }
  [[nodiscard]] const Origin& origin() const { return origin_; }
  [[nodiscard]] bool used() const { return used_; }  // it has carried an answer
  // Whether any byte of what was written since the last call may have left.
  bool TakeLeft();
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] const std::optional<Limit>& timed_out() const { return timed_out_; }
  // Why the socket was closed by us while something was waited for, or "".
  [[nodiscard]] std::string Interrupted() const;
  // When Open last began to connect, the wait before it behind it.
  [[nodiscard]] RealTime attempted() const { return attempted_; }
  // Why TryWrite, TryRead or a read failed.
  [[nodiscard]] std::string Why(const boost::system::error_code& error) const;

 private:
  struct ReadyAwaiter {
    Connection& connection;
    std::coroutine_handle<> task{};
    int ended = 0;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting);
    void await_resume() const noexcept {}
    void Ended();
  };
  // Sleeps until the armed deadline or a cancel.
  struct PauseAwaiter {
    Connection& connection;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> task) { connection.paused_ = task; }
    void await_resume() const noexcept {}
  };

  Task<std::string> Attempt();
  void ArmConnect(std::size_t addresses_left);
  Task<std::string> Handshake();
  Task<void> BackOff();
  std::chrono::nanoseconds NextBackoff();
  [[nodiscard]] std::chrono::nanoseconds SpanOf(Limit limit) const;
  boost::system::error_code Take(const TlsStream::Result& result);
  void OnDeadline() override;
  void Cancel() override;

  LiveWorld::Impl& world_;
  HttpTarget::Impl& target_;
  const Origin& origin_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<TlsStream> tls_;
  std::coroutine_handle<> paused_;  // by a back-off
  std::string failure_;             // of TLS
  bool used_ = false;
  bool opened_once_ = false;
  bool left_ = false;
  bool written_ = false;      // since the last read: there is nothing to read yet
  bool wants_write_ = false;  // what TLS needs to go on
  bool cancelled_ = false;
  std::optional<Limit> timed_out_;
  Limit armed_ = Limit::kTotal;
  std::uint32_t failures_ = 0;  // attempts in a row
  RealTime end_{};              // of the whole send
  RealTime body_end_{};
  RealTime attempted_{};
  RealTime not_before_{};
  RealTime idle_since_{};
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_CONNECTION_H_
