// HandlerCall: one request inside a Handler, in real time. Its steps run on the server's step
// strand, one at a time, so that they are atomic for each other as Env promises.
#ifndef REDRIVE_RECORDER_NET_SERVER_CALL_H_
#define REDRIVE_RECORDER_NET_SERVER_CALL_H_

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/env.h"
#include "core/rng.h"
#include "recorder/handler.h"

namespace redrive {

// What all calls of a server share.
struct CallContext {
  Handler& handler;
  boost::asio::any_io_executor steps;  // a strand
  std::chrono::steady_clock::time_point start;
  std::uint32_t op_delay_max_us = 0;
  std::uint64_t seed = 0;
  std::atomic<std::uint64_t> sequence{0};
  std::atomic<std::uint32_t> calls{0};
};

class HandlerCall final : public Env, public std::enable_shared_from_this<HandlerCall> {
 public:
  HandlerCall(CallContext& context, std::uint32_t number, Request request, std::string client_ip);
  ~HandlerCall() override = default;

  // Begins the call; `done` is called once, on the step strand, when response() is complete. The
  // timers of a call own it, so it may be let go of at any time.
  void Begin(std::function<void()> done);
  [[nodiscard]] Response& response() { return response_; }
  [[nodiscard]] const Request& request() const { return request_; }

  VirtualTime Now() const override;
  std::uint32_t Draw(Label label, std::uint32_t bound) override;

 protected:
  void Park(std::coroutine_handle<> task, const YieldPoint& point) override;
  void Wait(std::coroutine_handle<> task, VirtualTime deadline) override;
  std::uint64_t Publish(Event& event) override;

 private:
  Task<void> Main();
  void Step(std::coroutine_handle<> task);
  void StepAt(std::coroutine_handle<> task, std::chrono::steady_clock::time_point at);

  CallContext& context_;
  Request request_;
  std::string client_ip_;
  Response response_;
  Rng delays_;
  Rng draws_;
  std::uint64_t drawn_ = 0;
  boost::asio::steady_timer timer_;
  std::function<void()> done_;
  Task<void> body_;  // last: its frame refers to all of the above
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_SERVER_CALL_H_
