#include "recorder/net/live_run.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/check.h"
#include "recorder/net/live_setup.h"

namespace redrive {
namespace {

// Hands records on, and measures how late the generator was. The header is written with the first
// record, since only then the run's calendar time is known.
class MeasuringSink final : public TraceSink {
 public:
  MeasuringSink(const LiveSetup& setup, const LiveWorld& world, TraceSink* next)
      : setup_(setup),
        world_(world),
        next_(next),
        planned_(setup.plan->pacing() == Pacing::kPlanned) {}

  void OnHeader(const TraceHeader&) override { REDRIVE_CHECK(false); }
  void OnInvoke(const InvokeRecord& record) override {
    WriteHeader();
    if (planned_ && record.phase == Phase::kRun && record.step == 0) {
      // A user that still waits for an answer is the target's delay, not the generator's.
      const std::int64_t due = std::max(record.intended_ns, ended_[record.user]);
      lateness_.Add(record.sent_ns - due);
    }
    users_[record.operation] = record.user;
    if (next_ != nullptr) next_->OnInvoke(record);
  }
  void OnReturn(const ReturnRecord& record) override {
    const auto user = users_.find(record.operation);
    REDRIVE_CHECK(user != users_.end());
    ended_[user->second] = record.done_ns;
    users_.erase(user);
    if (next_ != nullptr) next_->OnReturn(record);
  }
  void OnStep(const StepRecord&) override { REDRIVE_CHECK(false); }
  void OnEnd(const Schedule& schedule, const EndRecord& record) override {
    WriteHeader();
    if (next_ != nullptr) next_->OnEnd(schedule, record);
  }

  [[nodiscard]] Lateness lateness() const { return LatenessOf(lateness_); }

 private:
  void WriteHeader() {
    if (std::exchange(header_written_, true) || next_ == nullptr) return;
    next_->OnHeader(setup_.Header(world_));
  }

  const LiveSetup& setup_;
  const LiveWorld& world_;
  TraceSink* next_;
  bool planned_;
  bool header_written_ = false;
  Histogram lateness_;
  std::map<std::uint64_t, std::uint32_t> users_;  // of the operations in flight
  std::map<std::uint32_t, std::int64_t> ended_;   // each user's last answer
};

}  // namespace

Result<LiveOutcome> ExecuteLive(const RunSpec& spec, const LiveOptions& options) {
  auto made = LiveSetup::Make(spec, options.http);
  if (!made) return made.error();
  const LiveSetup& setup = **made;
  const Plan& plan = *setup.plan;

  LiveWorldOptions world_options;
  world_options.seed = spec.seed;
  world_options.precision = options.precision;
  LiveWorld world(world_options);
  MeasuringSink sink(setup, world, options.sink);
  ConductorOptions conducting;
  conducting.sink = &sink;
  conducting.keep_secrets = options.keep_secrets;
  conducting.stop = options.stop;
  conducting.on_progress = options.on_progress;
  Conductor conductor(plan, world, setup.Transports(world), conducting);
  conductor.Begin();

  LiveOutcome outcome;
  RunOutcome& run = outcome.run;
  run.plan_digest = plan.digest();
  run.ending = world.Run(setup.Limits(options, plan.run_time()));
  if (run.ending == Ending::kDone && options.stop != nullptr && options.stop->load()) {
    run.ending = Ending::kStopped;  // the users saw it first
  }
  run.duration = world.Now();
  run.counts = conductor.counts();
  run.counts.Check();
  run.statistics = conductor.statistics();
  run.setup_error = conductor.setup_error();
  run.skipped = conductor.skipped();
  sink.OnEnd({}, MakeLiveEnd(run));
  outcome.lateness = sink.lateness();
  outcome.connections = setup.target->counts();
  return outcome;
}

}  // namespace redrive
