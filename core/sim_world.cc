#include "core/sim_world.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {

class SimWorld::TaskEnv final : public Env {
 public:
  TaskEnv(SimWorld& world, TaskId id) : Env(id), world_(world) {}

  VirtualTime Now() const override { return world_.now_; }
  std::uint32_t Draw(Label label, std::uint32_t bound) override {
    return world_.decider_.Draw(label, bound);
  }

 protected:
  void Park(std::coroutine_handle<> task, const YieldPoint& point) override {
    resume = task;
    this->point = point;
    auto& parked = world_.parked_;
    auto place = parked.end();
    while (place != parked.begin() && (place - 1)->id > id()) --place;
    parked.insert(place, ParkedTask{id(), &this->point});
  }
  void Wait(std::coroutine_handle<> task, VirtualTime deadline) override {
    resume = task;
    world_.SetTimer(*this, std::max(deadline, world_.now_));
  }
  std::uint64_t Publish(Event& event) override { return world_.Publish(event); }

 public:
  SimWorld& world_;
  Label name;
  Task<void> body;
  std::coroutine_handle<> resume;
  YieldPoint point;
};

SimWorld::SimWorld(Decider& decider, SimOptions options) : decider_(decider), options_(options) {}

SimWorld::~SimWorld() = default;

void SimWorld::Release(TaskId id) {
  const auto found =
      std::lower_bound(parked_.begin(), parked_.end(), id,
                       [](const ParkedTask& task, TaskId wanted) { return task.id < wanted; });
  REDRIVE_CHECK(found != parked_.end() && found->id == id);
  parked_.erase(found);
  TaskEnv& env = tasks_[id];
  ++steps_;
  now_ += options_.step_time;
  Event event{.kind = EventKind::kStep, .task = id, .operation = env.operation(),
              .label = env.point.label, .access = env.point.access};
  Publish(event);
  Resume(env);
}

void SimWorld::Settle() {
  FireDueTimers();
  while (parked_.empty() && !timers_.empty()) {
    now_ = std::max(now_, timers_.front().at);
    FireDueTimers();
  }
}

void SimWorld::FireDueTimers() {
  while (!timers_.empty() && timers_.front().at <= now_) {
    const auto later = [](const Timer& a, const Timer& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    };
    std::pop_heap(timers_.begin(), timers_.end(), later);
    const TaskId task = timers_.back().task;
    timers_.pop_back();
    Resume(tasks_[task]);
  }
}

void SimWorld::SetTimer(TaskEnv& env, VirtualTime at) {
  const auto later = [](const Timer& a, const Timer& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  };
  timers_.push_back(Timer{at, ++timer_sequence_, env.id()});
  std::push_heap(timers_.begin(), timers_.end(), later);
}

void SimWorld::Resume(TaskEnv& env) {
  const std::coroutine_handle<> handle = env.resume;
  handle.resume();
  if (env.body.done()) {
    --live_;
    Event event{.kind = EventKind::kDone, .task = env.id(), .label = env.name};
    Publish(event);
    env.body.Finish();
    env.body = Task<void>();
  }
}

Env& SimWorld::NewTask(Label name) {
  REDRIVE_CHECK(used_ < options_.tasks_max);
  if (used_ == tasks_.size()) tasks_.emplace_back(*this, static_cast<TaskId>(used_));
  TaskEnv& env = tasks_[used_++];
  env.name = name;
  env.set_operation(0);
  return env;
}

void SimWorld::Start(Env& env, Task<void> body, VirtualTime at) {
  TaskEnv& task = tasks_[env.id()];
  REDRIVE_CHECK(&task == &env && task.body.done() && !body.done());
  Event event{.kind = EventKind::kStart, .task = env.id(), .label = task.name,
              .value = static_cast<std::uint64_t>(std::max(at, now_).count())};
  Publish(event);
  task.body = std::move(body);
  task.resume = task.body.handle();
  ++live_;
  SetTimer(task, std::max(at, now_));
}

void SimWorld::Reset() {
  for (std::size_t i = 0; i < used_; ++i) tasks_[i].body = Task<void>();
  used_ = 0;
  live_ = 0;
  parked_.clear();
  timers_.clear();
  now_ = VirtualTime{0};
  timer_sequence_ = 0;
  sequence_ = 0;
  steps_ = 0;
  digest_ = Digest();
}

std::uint64_t SimWorld::Publish(Event& event) {
  event.sequence = ++sequence_;
  event.at = now_;
  digest_.Add(event);
  if (options_.sink != nullptr) options_.sink->OnEvent(event);
  return event.sequence;
}

}  // namespace redrive
