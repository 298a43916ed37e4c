#include "recorder/net/live_run.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "recorder/net/live_setup.h"

namespace redrive {
namespace {

// What all threads of a run share.
struct Common {
  Common(const LiveSetup& setup, const LiveOptions& options, std::uint32_t threads)
      : setup(setup), options(options), crew(threads) {}

  const LiveSetup& setup;
  const LiveOptions& options;
  Crew crew;
  std::mutex sink_mutex;
  std::atomic<bool> halt{false};  // one thread has failed or run out of time: all end
};

// Hands the records of one thread to its lane of the recorder, and to the sink of all threads.
class ForkSink final : public TraceSink {
 public:
  ForkSink(Common& common, TraceRecorder::Lane* lane)
      : lane_(lane),
        shared_(common.options.sink),
        mutex_(common.crew.threads > 1 ? &common.sink_mutex : nullptr) {}

  void OnHeader(const TraceHeader&) override {}
  void OnInvoke(const InvokeRecord& record) override {
    if (lane_ != nullptr) lane_->OnInvoke(record);
    if (shared_ == nullptr) return;
    const std::unique_lock<std::mutex> lock = Lock();
    shared_->OnInvoke(record);
  }
  void OnReturn(const ReturnRecord& record) override {
    if (lane_ != nullptr) lane_->OnReturn(record);
    if (shared_ == nullptr) return;
    const std::unique_lock<std::mutex> lock = Lock();
    shared_->OnReturn(record);
  }
  void OnStep(const StepRecord&) override {}
  void OnEnd(const Schedule&, const EndRecord&) override {}

  [[nodiscard]] bool wanted() const { return lane_ != nullptr || shared_ != nullptr; }

 private:
  [[nodiscard]] std::unique_lock<std::mutex> Lock() {
    return mutex_ == nullptr ? std::unique_lock<std::mutex>() : std::unique_lock(*mutex_);
  }

  TraceRecorder::Lane* lane_;
  TraceSink* shared_;
  std::mutex* mutex_;
};

// One thread of a run: its world, its share of the users and what it measured.
class Part {
 public:
  Part(Common& common, std::uint32_t shard, std::chrono::steady_clock::time_point start)
      : common_(common),
        lane_(common.options.recorder == nullptr ? nullptr : &common.options.recorder->NewLane()),
        sink_(common, lane_),
        world_(WorldOptions(common, shard, start)),
        conductor_(*common.setup.plan, world_, common.setup.Transports(world_),
                   Conducting(common, shard)) {}

  Conductor& conductor() { return conductor_; }
  [[nodiscard]] LiveWorld& world() { return world_; }

  // Runs its users to their end, in the calling thread.
  void Run(const std::function<void()>& on_tick) {
    LiveRunLimits limits = common_.setup.Limits(common_.options, common_.setup.plan->run_time());
    limits.halt = &common_.halt;
    limits.on_tick = [this, &on_tick] {
      if (lane_ != nullptr) lane_->Tick();
      if (!on_tick) return;
      const std::lock_guard lock(common_.sink_mutex);  // it may ask the sink
      on_tick();
    };
    try {
      ending_ = world_.Run(limits);
    } catch (...) {
      failure_ = std::current_exception();
    }
    if (failure_ || ending_ == Ending::kTimeLimit) common_.halt = true;
  }

  // Adds what it saw.
  void AddTo(RunOutcome* run, Histogram* lateness) const {
    if (failure_) std::rethrow_exception(failure_);
    if (run->ending == Ending::kDone) run->ending = ending_;
    run->counts.Add(conductor_.counts());
    run->statistics.Add(conductor_.statistics());
    for (const auto& [what, times] : conductor_.skipped()) run->skipped[what] += times;
    lateness->Add(lateness_);
  }

  std::thread thread;

 private:
  static LiveWorldOptions WorldOptions(Common& common, std::uint32_t shard,
                                       std::chrono::steady_clock::time_point start) {
    LiveWorldOptions options;
    options.seed = common.setup.spec.seed;
    options.precision = common.options.precision;
    options.start = start;
    if (common.crew.threads == 1) return options;
    // Beside its users a thread has a few tasks for setup and audit.
    const auto tasks_max = static_cast<TaskId>(common.setup.plan->users().size() + 16);
    options.first_task = shard * tasks_max;
    options.sequence = &common.crew.sequence;
    return options;
  }

  ConductorOptions Conducting(Common& common, std::uint32_t shard) {
    ConductorOptions options;
    if (sink_.wanted()) options.sink = &sink_;
    options.keep_secrets = common.options.keep_secrets;
    options.stop = common.options.stop;
    options.on_progress = common.options.on_progress;
    if (common.setup.plan->pacing() == Pacing::kPlanned) options.lateness = &lateness_;
    if (common.crew.threads > 1) options.crew = &common.crew;
    options.shard = shard;
    if (shard == 0) options.on_setup_done = [this](VirtualTime origin) { on_setup_done(origin); };
    return options;
  }

 public:
  std::function<void(VirtualTime)> on_setup_done = [](VirtualTime) {};

 private:
  Common& common_;
  Histogram lateness_;
  TraceRecorder::Lane* lane_;
  ForkSink sink_;
  LiveWorld world_;
  Conductor conductor_;
  Ending ending_ = Ending::kDone;
  std::exception_ptr failure_;
};

void SendHeader(const LiveSetup& setup, const LiveOptions& options) {
  const std::int64_t unix_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count();
  TraceHeader header = setup.Header(unix_ns);
  if (options.clean_header) options.clean_header(&header);
  if (options.recorder != nullptr) options.recorder->Begin(header);
  if (options.sink != nullptr) options.sink->OnHeader(header);
}

// Runs the first part here; it starts the others once its setup is done.
void RunParts(Common& common, std::vector<std::unique_ptr<Part>>& parts) {
  Part& first = *parts.front();
  first.on_setup_done = [&](VirtualTime origin) {
    common.crew.others = static_cast<std::uint32_t>(parts.size() - 1);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      Part& part = *parts[i];
      part.conductor().BeginUsers(first.conductor(), origin);
      part.thread = std::thread([&common, &part] {
        part.Run({});
        --common.crew.others;
      });
    }
  };
  first.conductor().Begin();
  first.Run(common.options.on_tick);
  for (const auto& part : parts) {
    if (part->thread.joinable()) part->thread.join();
  }
}

}  // namespace

Result<LiveOutcome> ExecuteLive(const RunSpec& spec, const LiveOptions& options) {
  auto made = LiveSetup::Make(spec, options.http);
  if (!made) return made.error();
  const LiveSetup& setup = **made;
  const auto users = static_cast<std::uint32_t>(setup.plan->users().size());
  // Each thread has a user, or somebody who carries arrivals.
  const std::uint32_t carried_max = setup.plan->carried_max();
  const std::uint32_t most = carried_max == 0 ? users : std::min(users, carried_max);
  const std::uint32_t threads = std::clamp<std::uint32_t>(options.threads, 1, most);

  SendHeader(setup, options);
  Common common(setup, options, threads);
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Part>> parts;
  for (std::uint32_t shard = 0; shard < threads; ++shard) {
    parts.push_back(std::make_unique<Part>(common, shard, start));
  }
  RunParts(common, parts);

  LiveOutcome outcome;
  RunOutcome& run = outcome.run;
  Histogram lateness;
  run.plan_digest = setup.plan->digest();
  run.duration = parts.front()->world().Now();
  run.setup_error = parts.front()->conductor().setup_error();
  for (const auto& part : parts) part->AddTo(&run, &lateness);
  if (run.ending == Ending::kDone && options.stop != nullptr && options.stop->load()) {
    run.ending = Ending::kStopped;  // the users saw it first
  }
  run.counts.Check();
  outcome.end = MakeLiveEnd(run);
  if (options.recorder != nullptr) {
    options.recorder->End(outcome.end);
    outcome.end.dropped = options.recorder->dropped();
  }
  if (options.sink != nullptr) options.sink->OnEnd({}, outcome.end);
  outcome.lateness = LatenessOf(lateness);
  outcome.connections = setup.target->counts();
  return outcome;
}

}  // namespace redrive
