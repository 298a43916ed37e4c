#include "recorder/net/server_call.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "core/check.h"

namespace redrive {

HandlerCall::HandlerCall(CallContext& context, std::uint32_t number, Request request,
                         std::string client_ip)
    : Env(number),
      context_(context),
      request_(std::move(request)),
      client_ip_(std::move(client_ip)),
      delays_(Rng(context.seed).Split("delays").Split(number)),
      draws_(Rng(context.seed).Split("draws").Split(number)),
      timer_(context.steps) {
  set_operation(std::uint64_t{number} + 1);
}

void HandlerCall::Begin(std::function<void()> done) {
  done_ = std::move(done);
  body_ = Main();
  boost::asio::post(context_.steps,
                    [self = shared_from_this()] { self->Step(self->body_.handle()); });
}

Task<void> HandlerCall::Main() {
  response_ = co_await context_.handler.Handle(*this, request_, client_ip_);
}

void HandlerCall::Step(std::coroutine_handle<> task) {
  task.resume();
  if (!body_.done()) return;
  try {
    body_.Finish();
  } catch (const std::exception&) {  // a handler promises not to throw; the server outlives it
    response_ = Response{.status = 500, .headers = {}, .body = "Internal Server Error"};
  }
  std::exchange(done_, nullptr)();
}

VirtualTime HandlerCall::Now() const { return std::chrono::steady_clock::now() - context_.start; }

std::uint32_t HandlerCall::Draw(Label label, std::uint32_t bound) {
  REDRIVE_CHECK(bound > 0);
  Rng site = draws_.Split(label.hash).Split(drawn_++);
  return static_cast<std::uint32_t>(site.Below(bound));
}

void HandlerCall::Park(std::coroutine_handle<> task, const YieldPoint&) {
  if (context_.op_delay_max_us == 0) {
    boost::asio::post(context_.steps, [self = shared_from_this(), task] { self->Step(task); });
    return;
  }
  const std::uint64_t delay_us = delays_.Below(std::uint64_t{context_.op_delay_max_us} + 1);
  StepAt(task, std::chrono::steady_clock::now() + std::chrono::microseconds(delay_us));
}

void HandlerCall::Wait(std::coroutine_handle<> task, VirtualTime deadline) {
  StepAt(task, context_.start + deadline);
}

void HandlerCall::StepAt(std::coroutine_handle<> task, std::chrono::steady_clock::time_point at) {
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this(), task](const boost::system::error_code& error) {
    if (!error) self->Step(task);
  });
}

std::uint64_t HandlerCall::Publish(Event& event) {
  event.sequence = ++context_.sequence;
  event.at = Now();
  return event.sequence;
}

}  // namespace redrive
