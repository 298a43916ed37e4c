// LiveWorld: tasks in real time, over one event loop in one thread (a run may have several worlds).
// Code that runs in the simulated
// world runs here unchanged; what differs is that time passes by itself and sockets exist.
//
// Tasks take turns at their yield points, waits and sends, as in SimWorld: one step is atomic for
// all other tasks of this world.
#ifndef REDRIVE_RECORDER_NET_LIVE_WORLD_H_
#define REDRIVE_RECORDER_NET_LIVE_WORLD_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "core/env.h"
#include "core/task.h"
#include "core/task_host.h"
#include "core/world.h"

namespace redrive {

// Plain: wake-ups come some 40 us late and cost no processor time. Exact: the last 60 us before a
// wake-up are spent polling, so the median lateness is below 1 us, at the price of a busy core when
// requests are dense.
enum class TimerPrecision : std::uint8_t { kPlain, kExact };

struct LiveWorldOptions {
  std::uint64_t seed = 0;  // of Env::Draw; each task has a stream of its own
  TimerPrecision precision = TimerPrecision::kPlain;
  // World time that passes while 1000 units of real time do. Timeouts of transports stay real.
  std::uint32_t speed_milli = 1000;
  std::size_t tasks_max = 1'000'000;
  EventSink* sink = nullptr;  // may be null; not owned
  // For several worlds of one run, each in a thread of its own: the same beginning of time, tasks
  // with different numbers, one order of events. Null: from this world's own.
  std::optional<std::chrono::steady_clock::time_point> start;
  TaskId first_task = 0;
  std::atomic<std::uint64_t>* sequence = nullptr;  // not owned
};

struct LiveRunLimits {
  // Looked at every 50 ms; each may be null. `stop` is the user's wish, `halt` another world's end.
  const std::atomic<bool>* stop = nullptr;
  const std::atomic<bool>* halt = nullptr;
  VirtualTime time_max = std::chrono::hours(24 * 7);
  std::function<void()> on_tick;  // called between steps every 100 ms; may be empty
};

class LiveWorld final : public TaskHost {
 public:
  explicit LiveWorld(LiveWorldOptions options);
  // Destroys what is left of the tasks. REQUIRES: Run is not running.
  ~LiveWorld() override;
  LiveWorld(const LiveWorld&) = delete;
  LiveWorld& operator=(const LiveWorld&) = delete;

  // REQUIRES: called before Run, or by running tasks.
  Env& NewTask(Label name) override;
  void Start(Env& env, Task<void> body, VirtualTime at) override;

  // Runs until all tasks are done (kDone), `stop` or `halt` is set (kStopped) or world time reaches
  // `time_max` (kTimeLimit). In the last two cases requests in flight end with
  // SendError::kCancelled and their tasks go on to their next wait, where every task is destroyed;
  // this takes well under a second. Rethrows what a task throws. REQUIRES: called once.
  Ending Run(const LiveRunLimits& limits);

  // World time since Run began; 0 before.
  [[nodiscard]] VirtualTime Now() const;
  // Calendar time of Run's beginning, nanoseconds since 1970.
  [[nodiscard]] std::int64_t started_unix_ns() const;

  struct Impl;  // recorder/net/live_world_impl.h, for this directory only
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_LIVE_WORLD_H_
