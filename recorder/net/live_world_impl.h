// The inside of LiveWorld, for the other files of this directory: event loop, timer queue,
// deadlines and the list of sends in flight.
#ifndef REDRIVE_RECORDER_NET_LIVE_WORLD_IMPL_H_
#define REDRIVE_RECORDER_NET_LIVE_WORLD_IMPL_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "core/env.h"
#include "recorder/net/live_world.h"

namespace redrive {

using RealTime = std::chrono::steady_clock::time_point;

// Something that is called when its time has come, and that can move its time for nothing: an entry
// of the timer queue is looked at again when it fires, so postponing touches no queue. The owner is
// a connection; the world must outlive it.
class Deadline {
 public:
  explicit Deadline(LiveWorld::Impl& world);
  virtual ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void Arm(RealTime at);
  void Disarm() { at_ = RealTime::max(); }

 protected:
  virtual void OnDeadline() = 0;

 private:
  friend struct LiveWorld::Impl;
  LiveWorld::Impl& world_;
  std::uint32_t slot_;
  RealTime at_ = RealTime::max();
  RealTime queued_ = RealTime::max();  // the earliest entry of ours in the queue
};

// A send in flight, which a stopping world cuts short.
class Cancellable {
 public:
  virtual ~Cancellable() = default;
  virtual void Cancel() = 0;

 private:
  friend struct LiveWorld::Impl;
  std::size_t index_ = 0;  // its place in the world's list
};

struct LiveWorld::Impl {
  class TaskEnv;
  struct Timer {
    RealTime at;
    std::uint64_t sequence;  // ties fire in the order they were set
    std::uint32_t index;     // of a task, or of a deadline slot
    bool deadline;
  };

  explicit Impl(LiveWorldOptions options_in);
  ~Impl();

  Ending Run(const LiveRunLimits& limits);
  [[nodiscard]] VirtualTime Now() const;
  [[nodiscard]] VirtualTime WorldTimeOf(RealTime real) const;  // REQUIRES: running
  [[nodiscard]] RealTime RealOf(VirtualTime at) const;
  void AddTimer(RealTime at, std::uint32_t index, bool deadline);
  void FireDue(RealTime now);
  void FireDeadline(std::uint32_t slot, RealTime queued, RealTime now);
  void ResumeReady();
  void WaitForEvent(RealTime now, RealTime tick);
  void BeginStop();
  void DestroyTasks();
  std::uint64_t Publish(Event& event);

  void Enter(Cancellable& send);
  void Leave(Cancellable& send);

  LiveWorldOptions options;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  boost::asio::steady_timer alarm;
  RealTime alarm_at = RealTime::max();  // max: not set
  std::vector<std::unique_ptr<TaskEnv>> tasks;
  std::vector<TaskId> finished;  // bodies to destroy once nothing of them runs
  std::size_t live = 0;
  std::vector<std::coroutine_handle<>> ready;
  std::vector<std::coroutine_handle<>> resuming;  // the part of `ready` that is being resumed
  std::vector<Timer> timers;                      // a heap, earliest first
  std::uint64_t timer_sequence = 0;
  std::vector<Deadline*> slots;  // null: its owner is gone
  std::vector<std::uint32_t> free_slots;
  std::vector<std::uint32_t> slot_entries;  // queue entries that name the slot
  std::vector<Cancellable*> in_flight;
  std::exception_ptr failure;
  bool running = false;
  bool stopping = false;
  RealTime start{};
  RealTime stop_end{};  // while stopping: when tasks that only yield are cut off
  std::int64_t started_unix_ns = 0;
  std::uint64_t sequence = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_LIVE_WORLD_IMPL_H_
