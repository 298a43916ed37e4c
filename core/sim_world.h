// SimWorld: tasks as coroutines in memory, in virtual time. Single-threaded and deterministic:
// equal tasks and equal decisions give equal events and an equal digest.
//
// Time: releasing a task advances the clock by `step_time`, as if one server served one data
// operation after another, so requests under load overlap as they would; when nobody is parked the
// clock jumps to the next timer.
#ifndef REDRIVE_CORE_SIM_WORLD_H_
#define REDRIVE_CORE_SIM_WORLD_H_

#include <memory>
#include <vector>

#include "core/decider.h"
#include "core/env.h"
#include "core/task.h"
#include "core/task_host.h"
#include "core/world.h"

namespace redrive {

struct SimOptions {
  VirtualTime step_time{0};  // virtual cost of one step
  std::size_t tasks_max = 100'000;
  EventSink* sink = nullptr;  // may be null; not owned
};

class SimWorld final : public World, public TaskHost {
 public:
  // `decider` must outlive this; it answers the tasks' draws.
  SimWorld(Decider& decider, SimOptions options);
  ~SimWorld() override;

  Env& NewTask(Label name) override;
  void Start(Env& env, Task<void> body, VirtualTime at = VirtualTime{0}) override;

  // Back to an empty world at time zero; keeps memory. Invalidates every Env.
  void Reset();

  void Settle() override;
  std::span<const ParkedTask> Parked() const override { return parked_; }
  void Release(TaskId id) override;
  bool Finished() const override { return live_ == 0; }
  VirtualTime Now() const override { return now_; }

  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  [[nodiscard]] std::uint64_t events() const { return sequence_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  class TaskEnv;
  struct Timer {
    VirtualTime at;
    std::uint64_t sequence;  // ties fire in the order they were set
    TaskId task;
  };

  void Resume(TaskEnv& env);
  void FireDueTimers();
  void SetTimer(TaskEnv& env, VirtualTime at);
  std::uint64_t Publish(Event& event);

  Decider& decider_;
  SimOptions options_;
  std::vector<std::unique_ptr<TaskEnv>> tasks_;  // index is the id
  std::size_t used_ = 0;                         // tasks_ beyond are kept for reuse
  std::size_t live_ = 0;
  std::vector<ParkedTask> parked_;  // ascending by id
  TaskId released_ = kNoTask;       // running, its place in parked_ still kept
  std::size_t released_index_ = 0;
  std::vector<Timer> timers_;  // a heap, earliest first
  VirtualTime now_{0};
  std::uint64_t timer_sequence_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t steps_ = 0;
  Digest digest_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_SIM_WORLD_H_
