#include "recorder/probe/probe_runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

using Clock = std::chrono::steady_clock;

// A library that throws says as much as one that returns an error.
template <typename Call>
std::string ErrorOf(const Call& call) {
  try {
    const Result<void> done = call();
    return done.has_error() ? done.error().message : "";
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
}

}  // namespace

struct ProbeRunner::Impl {
  struct Slot {
    std::unique_ptr<Probe> probe;
    ProbeReport report;
    std::thread thread;
    bool told = false;
  };

  void Run(Slot& slot);
  void Tell(Slot& slot, const std::string& problem);
  void TakeSample(Slot& slot);
  [[nodiscard]] std::int64_t Now() const { return (Clock::now() - started).count(); }
  // False: the run is over.
  bool WaitUntil(Clock::time_point time) {
    std::unique_lock lock(mutex);
    return !changed.wait_until(lock, time, [this] { return stopping; });
  }

  std::function<void(const std::string&)> on_problem;
  std::vector<std::unique_ptr<Slot>> slots;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t begun = 0;  // guarded by mutex
  bool stopping = false;  // guarded by mutex
  bool running = false;
  Clock::time_point started;
  std::int64_t started_unix_ns = 0;
};

ProbeRunner::ProbeRunner(std::function<void(const std::string&)> on_problem)
    : impl_(std::make_unique<Impl>()) {
  impl_->on_problem = std::move(on_problem);
}

ProbeRunner::~ProbeRunner() { Stop(); }

void ProbeRunner::Add(std::unique_ptr<Probe> probe) {
  REDRIVE_CHECK(!impl_->running);
  impl_->slots.push_back(std::make_unique<Impl::Slot>());
  impl_->slots.back()->probe = std::move(probe);
}

bool ProbeRunner::empty() const { return impl_->slots.empty(); }

std::int64_t ProbeRunner::started_unix_ns() const { return impl_->started_unix_ns; }

void ProbeRunner::Start() {
  Impl& impl = *impl_;
  REDRIVE_CHECK(!impl.running);
  impl.running = true;
  impl.stopping = false;
  impl.begun = 0;
  impl.started = Clock::now();
  impl.started_unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
  for (const auto& slot : impl.slots) {
    slot->report = ProbeReport{};
    slot->report.source = slot->probe->source();
    slot->report.flag = slot->probe->flag();
    slot->told = false;
    slot->thread = std::thread([&impl, &slot = *slot] { impl.Run(slot); });
  }
  std::unique_lock lock(impl.mutex);
  impl.changed.wait(lock, [&impl] { return impl.begun == impl.slots.size(); });
}

std::vector<ProbeReport> ProbeRunner::Stop() {
  Impl& impl = *impl_;
  std::vector<ProbeReport> reports;
  if (!impl.running) return reports;
  {
    const std::lock_guard lock(impl.mutex);
    impl.stopping = true;
  }
  impl.changed.notify_all();
  for (const auto& slot : impl.slots) {
    slot->thread.join();
    reports.push_back(std::move(slot->report));
  }
  impl.running = false;
  return reports;
}

void ProbeRunner::Impl::Run(Slot& slot) {
  const std::string problem = ErrorOf([&slot] { return slot.probe->Begin(&slot.report); });
  if (!problem.empty()) {
    slot.report.problem = problem;
    Tell(slot, problem);
  }
  {
    const std::lock_guard lock(mutex);
    ++begun;
  }
  changed.notify_all();
  if (!problem.empty()) return;
  Clock::time_point next = Clock::now();
  while (true) {
    TakeSample(slot);
    next += slot.probe->interval();
    // What was late is not made up for.
    next = std::max(next, Clock::now());
    if (!WaitUntil(next)) break;
  }
  const std::string lost = ErrorOf([this, &slot] { return slot.probe->End(Now(), &slot.report); });
  if (!lost.empty()) {
    slot.report.problem = "the end of the run was not seen: " + lost;
    Tell(slot, slot.report.problem);
  } else if (slot.report.failed_samples > 0) {
    slot.report.Note(std::to_string(slot.report.failed_samples) + " of " +
                     std::to_string(slot.report.samples) + " samples failed");
  }
}

void ProbeRunner::Impl::TakeSample(Slot& slot) {
  ++slot.report.samples;
  const std::string failed =
      ErrorOf([this, &slot] { return slot.probe->Sample(Now(), &slot.report); });
  if (failed.empty()) return;
  ++slot.report.failed_samples;
  slot.report.Note("sample failed: " + failed);
  Tell(slot, failed);
}

void ProbeRunner::Impl::Tell(Slot& slot, const std::string& problem) {
  if (slot.told) return;
  slot.told = true;
  if (on_problem) on_problem(slot.report.flag + " " + slot.report.source + ": " + problem);
}

}  // namespace redrive
