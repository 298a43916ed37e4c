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
    this->point = &point;
    auto& parked = world_.parked_;
    if (world_.released_ == id()) {  // its place is still there
      world_.parked_[world_.released_index_].point = &point;
      world_.released_ = kNoTask;
      return;
    }
    auto place = parked.end();
    while (place != parked.begin() && (place - 1)->id > id()) --place;
    parked.insert(place, ParkedTask{id(), &point});
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
  const YieldPoint* point = nullptr;  // in the awaiter of the parked coroutine
};

SimWorld::SimWorld(Decider& decider, SimOptions options) : decider_(decider), options_(options) {}

SimWorld::~SimWorld() = default;

void SimWorld::Release(TaskId id) {
  const std::size_t index = IndexOfParked(parked_, id);
  REDRIVE_CHECK(index < parked_.size());
  TaskEnv& env = *tasks_[id];
  ++steps_;
  now_ += options_.step_time;
  if (options_.sink == nullptr) {
    ++sequence_;
    digest_.AddEvent(EventKind::kStep, id, env.operation(), now_, env.point->label,
                     env.point->access, 0);
  } else {
    Event event{.kind = EventKind::kStep,
                .task = id,
                .operation = env.operation(),
                .label = env.point->label,
                .access = env.point->access};
    Publish(event);
  }
  // Most steps end at the task's next yield point: keep its place until it is clear that this one
  // does not. Nobody else parks meanwhile, since only this task runs.
  released_ = id;
  released_index_ = index;
  Resume(env);
  if (released_ == id) {
    released_ = kNoTask;
    parked_.erase(parked_.begin() + static_cast<std::ptrdiff_t>(index));
  }
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
    Resume(*tasks_[task]);
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
  if (used_ == tasks_.size()) {
    tasks_.push_back(std::make_unique<TaskEnv>(*this, static_cast<TaskId>(used_)));
  }
  TaskEnv& env = *tasks_[used_++];
  env.name = name;
  env.set_operation(0);
  return env;
}

void SimWorld::Start(Env& env, Task<void> body, VirtualTime at) {
  TaskEnv& task = *tasks_[env.id()];
  REDRIVE_CHECK(&task == &env && task.body.done() && !body.done());
  Event event{.kind = EventKind::kStart,
              .task = env.id(),
              .label = task.name,
              .value = static_cast<std::uint64_t>(std::max(at, now_).count())};
  Publish(event);
  task.body = std::move(body);
  task.resume = task.body.handle();
  ++live_;
  SetTimer(task, std::max(at, now_));
}

void SimWorld::Reset() {
  for (std::size_t i = 0; i < used_; ++i) tasks_[i]->body = Task<void>();
  used_ = 0;
  live_ = 0;
  parked_.clear();
  released_ = kNoTask;
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
