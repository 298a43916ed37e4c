// Env: all that a task may touch. One per task; the world owns it and it outlives the task.
// Code that reads a clock, a socket or a random device by another door is not deterministic.
#ifndef REDRIVE_CORE_ENV_H_
#define REDRIVE_CORE_ENV_H_

#include <coroutine>
#include <cstdint>

#include "core/event.h"

namespace redrive {

class Env {
 public:
  enum class Observed : std::uint8_t { kYes, kNo };

  explicit Env(TaskId id, Observed observed = Observed::kYes) : id_(id), observed_(observed) {}
  virtual ~Env() = default;
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  [[nodiscard]] TaskId id() const { return id_; }
  [[nodiscard]] virtual VirtualTime Now() const = 0;

  // Stops here, before touching `access`, until the world releases this task:
  //   const Access write(kParts, key, Mode::kWrite, part_id);
  //   co_await env.Yield("parts.update_one", write);
  // Whatever the task does up to its next yield is one step, atomic for all other tasks.
  [[nodiscard]] auto Yield(Label label, const Access& access) {
    struct Awaiter {
      Env& env;
      YieldPoint point;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> task) { env.Park(task, point); }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this, YieldPoint{label, access}};
  }

  // Stops until Now() >= deadline. A deadline in the past still lets others run first.
  [[nodiscard]] auto SleepUntil(VirtualTime deadline) {
    struct Awaiter {
      Env& env;
      VirtualTime deadline;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> task) { env.Wait(task, deadline); }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this, deadline};
  }
  [[nodiscard]] auto Sleep(VirtualTime duration) { return SleepUntil(Now() + duration); }

  // A recorded decision in [0, bound); 0 is the simplest. REQUIRES: 0 < bound.
  virtual std::uint32_t Draw(Label label, std::uint32_t bound) = 0;

  // Emits an event of this task and its current operation; returns its position in the total order.
  std::uint64_t Emit(EventKind kind, Label label, std::uint64_t value = 0) {
    Event event{.kind = kind, .task = id_, .operation = operation_, .label = label, .value = value};
    return Publish(event);
  }

  // False: nobody reads the values of events, so they need not be computed.
  [[nodiscard]] bool observed() const { return observed_ == Observed::kYes; }

  // The request that the coming steps belong to; 0 is none. Set by the virtual user.
  void set_operation(std::uint64_t operation) { operation_ = operation; }
  [[nodiscard]] std::uint64_t operation() const { return operation_; }

 protected:
  // Keeps `task` until released; `point` lives until the task is resumed.
  virtual void Park(std::coroutine_handle<> task, const YieldPoint& point) = 0;
  virtual void Wait(std::coroutine_handle<> task, VirtualTime deadline) = 0;
  // Sets sequence and time, hands the event to digest and sinks, returns the sequence.
  virtual std::uint64_t Publish(Event& event) = 0;

 private:
  TaskId id_;
  Observed observed_;
  std::uint64_t operation_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_ENV_H_
