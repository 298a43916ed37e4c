#include "recorder/net/live_world.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/rng.h"
#include "recorder/net/live_world_impl.h"

namespace redrive {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kStopPoll = std::chrono::milliseconds(50);
constexpr auto kStopGrace = std::chrono::seconds(1);  // for tasks that only ever yield
constexpr auto kTick = std::chrono::milliseconds(100);
// A lone wake-up from the kernel comes some 40 us late: the rest is polled away.
constexpr auto kPollAhead = std::chrono::microseconds(60);

bool IsSet(const std::atomic<bool>* flag) {
  return flag != nullptr && flag->load(std::memory_order_relaxed);
}

bool Later(const LiveWorld::Impl::Timer& a, const LiveWorld::Impl::Timer& b) {
  return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
}

// value * numerator / denominator without overflow of the product.
std::int64_t Scale(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
  if (numerator == denominator) return value;
  return value / denominator * numerator + value % denominator * numerator / denominator;
}

}  // namespace

class LiveWorld::Impl::TaskEnv final : public Env {
 public:
  TaskEnv(Impl& world, TaskId index, TaskId id, Label name_in)
      : Env(id, world.options.sink == nullptr ? Observed::kNo : Observed::kYes),
        name(name_in),
        world_(world),
        index_(index),
        rng_(Rng(world.options.seed).Split("live").Split(id)) {}

  VirtualTime Now() const override { return world_.Now(); }
  std::uint32_t Draw(Label label, std::uint32_t bound) override {
    REDRIVE_CHECK(bound > 0);
    Rng site = rng_.Split(label.hash).Split(draws_++);
    return static_cast<std::uint32_t>(site.Below(bound));
  }

  // The root of the task: also a task that another one resumes reports its own end.
  Task<void> Main(Task<void> inner) {
    try {
      co_await std::move(inner);
    } catch (...) {
      if (!world_.failure) world_.failure = std::current_exception();
    }
    Event event{.kind = EventKind::kDone, .task = id(), .label = name};
    Publish(event);
    --world_.live;
    world_.finished.push_back(index_);
  }

  Label name;
  Task<void> body;
  std::coroutine_handle<> resume;

 protected:
  void Park(std::coroutine_handle<> task, const YieldPoint&) override {
    world_.ready.push_back(task);
  }
  void Wait(std::coroutine_handle<> task, VirtualTime deadline) override {
    if (deadline <= world_.Now()) return world_.ready.push_back(task);  // others run first
    resume = task;
    world_.AddTimer(world_.RealOf(deadline), index_, false);
  }
  std::uint64_t Publish(Event& event) override { return world_.Publish(event); }

 private:
  Impl& world_;
  TaskId index_;  // in its world
  Rng rng_;
  std::uint64_t draws_ = 0;
};

LiveWorld::LiveWorld(LiveWorldOptions options) : impl_(std::make_unique<Impl>(options)) {}
LiveWorld::~LiveWorld() = default;

Ending LiveWorld::Run(const LiveRunLimits& limits) { return impl_->Run(limits); }
VirtualTime LiveWorld::Now() const { return impl_->Now(); }
std::int64_t LiveWorld::started_unix_ns() const { return impl_->started_unix_ns; }

Env& LiveWorld::NewTask(Label name) {
  REDRIVE_CHECK(impl_->tasks.size() < impl_->options.tasks_max);
  const auto index = static_cast<TaskId>(impl_->tasks.size());
  const TaskId id = impl_->options.first_task + index;
  impl_->tasks.push_back(std::make_unique<Impl::TaskEnv>(*impl_, index, id, name));
  return *impl_->tasks.back();
}

void LiveWorld::Start(Env& env, Task<void> body, VirtualTime at) {
  const TaskId index = env.id() - impl_->options.first_task;
  Impl::TaskEnv& task = *impl_->tasks[index];
  REDRIVE_CHECK(task.body.done());
  task.body = task.Main(std::move(body));
  task.resume = task.body.handle();
  ++impl_->live;
  Event event{.kind = EventKind::kStart, .task = env.id(), .label = task.name};
  impl_->Publish(event);
  if (!impl_->running) {  // time begins with Run, so the timer is set there
    impl_->timers.push_back({RealTime(at), ++impl_->timer_sequence, index, false});
  } else {
    impl_->AddTimer(impl_->RealOf(at), index, false);
  }
}

LiveWorld::Impl::Impl(LiveWorldOptions options_in)
    : options(options_in), work(io.get_executor()), alarm(io) {
  REDRIVE_CHECK(options.speed_milli > 0);
}

LiveWorld::Impl::~Impl() { DestroyTasks(); }

Ending LiveWorld::Impl::Run(const LiveRunLimits& limits) {
  REDRIVE_CHECK(!running);
  running = true;
  start = options.start.value_or(Clock::now());
  started_unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
  for (Timer& timer : timers) timer.at = RealOf(timer.at.time_since_epoch());
  std::make_heap(timers.begin(), timers.end(), Later);

  Ending ending = Ending::kDone;
  RealTime tick = start + kTick;
  const RealTime time_end = RealOf(limits.time_max);
  while (live > 0 && !failure) {
    const RealTime now = Clock::now();
    FireDue(now);
    ResumeReady();
    for (const TaskId id : std::exchange(finished, {})) tasks[id]->body = Task<void>();
    if (!stopping && (IsSet(limits.stop) || IsSet(limits.halt))) {
      ending = Ending::kStopped;
      BeginStop();
    } else if (!stopping && now >= time_end) {
      ending = Ending::kTimeLimit;
      BeginStop();
    }
    if (stopping && in_flight.empty() && (ready.empty() || now >= stop_end)) break;
    if (now >= tick) {
      if (limits.on_tick) limits.on_tick();
      tick = now + kTick;
    }
    if (live > 0) WaitForEvent(now, std::min(tick, time_end));
  }
  BeginStop();  // a task that threw leaves others, and nobody will run them
  while (!in_flight.empty()) io.run_one();
  DestroyTasks();
  if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  return ending;
}

VirtualTime LiveWorld::Impl::Now() const {
  return running ? WorldTimeOf(Clock::now()) : VirtualTime{0};
}

VirtualTime LiveWorld::Impl::WorldTimeOf(RealTime real) const {
  const VirtualTime passed = real - start;
  return VirtualTime{Scale(passed.count(), options.speed_milli, 1000)};
}

RealTime LiveWorld::Impl::RealOf(VirtualTime at) const {
  const VirtualTime far = std::chrono::hours(24 * 365);
  const VirtualTime bounded = std::clamp(at, VirtualTime{0}, far);
  return start + VirtualTime{Scale(bounded.count(), 1000, options.speed_milli)};
}

void LiveWorld::Impl::AddTimer(RealTime at, std::uint32_t index, bool deadline) {
  timers.push_back({at, ++timer_sequence, index, deadline});
  std::push_heap(timers.begin(), timers.end(), Later);
}

void LiveWorld::Impl::FireDue(RealTime now) {
  while (!timers.empty() && timers.front().at <= now) {
    std::pop_heap(timers.begin(), timers.end(), Later);
    const Timer timer = timers.back();
    timers.pop_back();
    if (timer.deadline) {
      FireDeadline(timer.index, timer.at, now);
    } else if (!stopping) {
      tasks[timer.index]->resume.resume();
    }
  }
}

void LiveWorld::Impl::FireDeadline(std::uint32_t slot, RealTime queued, RealTime now) {
  --slot_entries[slot];
  Deadline* deadline = slots[slot];
  if (deadline == nullptr) {
    if (slot_entries[slot] == 0) free_slots.push_back(slot);
    return;
  }
  if (queued == deadline->queued_) deadline->queued_ = RealTime::max();
  if (deadline->at_ > now) {
    if (deadline->at_ != RealTime::max()) deadline->Arm(deadline->at_);
    return;
  }
  deadline->Disarm();
  deadline->OnDeadline();
}

void LiveWorld::Impl::ResumeReady() {
  resuming.swap(ready);
  for (const std::coroutine_handle<> task : resuming) task.resume();
  resuming.clear();
}

void LiveWorld::Impl::WaitForEvent(RealTime now, RealTime tick) {
  if (!ready.empty()) {
    io.poll_one();
    return;
  }
  RealTime next = std::min(tick, now + kStopPoll);
  if (!timers.empty() && timers.front().at < next) {
    next = timers.front().at;
    if (options.precision == TimerPrecision::kExact) {
      if (next - now <= kPollAhead) {
        io.poll_one();
        return;
      }
      next -= kPollAhead;
    }
  }
  if (next < alarm_at) {
    alarm_at = next;
    alarm.expires_at(next);
    alarm.async_wait([this](const boost::system::error_code& error) {
      if (!error) alarm_at = RealTime::max();  // else another wait took its place
    });
  }
  io.run_one();
}

// Sleeping tasks are never resumed again; sends end as cancelled, so that their tasks can record
// it.
void LiveWorld::Impl::BeginStop() {
  if (stopping) return;
  stopping = true;
  stop_end = Clock::now() + kStopGrace;
  for (Cancellable* send : std::vector<Cancellable*>(in_flight)) send->Cancel();
}

// By id from the last: a task may own what later ones use, never the other way round.
void LiveWorld::Impl::DestroyTasks() {
  ready.clear();
  for (std::size_t i = tasks.size(); i > 0; --i) tasks[i - 1]->body = Task<void>();
  live = 0;
}

std::uint64_t LiveWorld::Impl::Publish(Event& event) {
  event.sequence = options.sequence == nullptr
                       ? ++sequence
                       : options.sequence->fetch_add(1, std::memory_order_relaxed) + 1;
  if (options.sink == nullptr) return event.sequence;
  event.at = Now();
  options.sink->OnEvent(event);
  return event.sequence;
}

void LiveWorld::Impl::Enter(Cancellable& send) {
  send.index_ = in_flight.size();
  in_flight.push_back(&send);
}

void LiveWorld::Impl::Leave(Cancellable& send) {
  in_flight[send.index_] = in_flight.back();
  in_flight[send.index_]->index_ = send.index_;
  in_flight.pop_back();
}

Deadline::Deadline(LiveWorld::Impl& world) : world_(world) {
  if (world_.free_slots.empty()) {
    slot_ = static_cast<std::uint32_t>(world_.slots.size());
    world_.slots.push_back(this);
    world_.slot_entries.push_back(0);
  } else {
    slot_ = world_.free_slots.back();
    world_.free_slots.pop_back();
    world_.slots[slot_] = this;
  }
}

Deadline::~Deadline() {
  world_.slots[slot_] = nullptr;
  if (world_.slot_entries[slot_] == 0) world_.free_slots.push_back(slot_);
}

void Deadline::Arm(RealTime at) {
  at_ = at;
  if (queued_ <= at) return;  // the entry that comes first looks again
  queued_ = at;
  ++world_.slot_entries[slot_];
  world_.AddTimer(at, slot_, true);
}

}  // namespace redrive
