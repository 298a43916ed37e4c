#include "recorder/net/timeline_replay.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "recorder/net/live_setup.h"
#include "recorder/virtual_user.h"

namespace redrive {
namespace {

constexpr auto kInputPoll = std::chrono::milliseconds(1);

std::int64_t ToReal(std::int64_t world_ns, std::uint32_t speed_milli) {
  return world_ns / speed_milli * 1000 + world_ns % speed_milli * 1000 / speed_milli;
}

// The planned actions of one user, found by the iterations that the recording names.
class ActionFinder {
 public:
  ActionFinder(const Plan& plan, std::uint32_t user) : user_plan_(plan, user) {}

  // The action that `record` belongs to, or null. REQUIRES: iterations do not go down.
  const PlannedAction* Find(const InvokeRecord& record) {
    while (!ended_ && !Fits(record)) {
      current_ = on_stop_ ? std::nullopt : user_plan_.Next();
      if (current_ && current_->iteration > record.iteration) break;
      if (current_) continue;
      ended_ = on_stop_;
      on_stop_ = true;
      if (!ended_) current_ = user_plan_.OnStop();
      if (!current_) ended_ = true;
    }
    return Fits(record) ? &*current_ : nullptr;
  }

 private:
  [[nodiscard]] bool Fits(const InvokeRecord& record) const {
    return current_ && current_->iteration == record.iteration &&
           *current_->name == record.action && record.step < current_->requests.size();
  }

  UserPlan user_plan_;
  std::optional<PlannedAction> current_;
  bool on_stop_ = false;
  bool ended_ = false;
};

// Drives one recording. The tasks refer to it, so it outlives the world's run.
class Replay final : public TraceSink {
 public:
  Replay(const Trace& trace, const LiveSetup& setup, LiveWorld& world, const ReplayOptions& replay)
      : trace_(trace),
        setup_(setup),
        world_(world),
        options_(replay.live),
        speed_milli_(replay.speed_milli),
        log_(*setup.plan, conducting_) {
    const LiveOptions& options = replay.live;
    conducting_.sink = this;
    conducting_.keep_secrets = options.keep_secrets;
    conducting_.stop = options.stop;
    conducting_.on_progress = options.on_progress;
  }

  // Errors: a recorded request that the plan does not have.
  Result<void> Check() const;
  void Begin();
  void Summarise(ReplayOutcome* outcome);

  void OnHeader(const TraceHeader&) override {}
  void OnInvoke(const InvokeRecord& record) override;
  void OnReturn(const ReturnRecord& record) override;
  void OnStep(const StepRecord&) override {}
  void OnEnd(const Schedule& schedule, const EndRecord& record) override;

 private:
  struct Departure {
    std::int64_t recorded_ns;
    std::int64_t sent_ns;
    std::size_t index;  // in the recording
  };

  Task<void> Lane(Env& env, std::vector<std::size_t> requests);
  [[nodiscard]] std::optional<PlannedRequest> Planned(const InvokeRecord& record,
                                                      ActionFinder* finder) const;
  void WriteHeader();

  const Trace& trace_;
  const LiveSetup& setup_;
  LiveWorld& world_;
  const LiveOptions& options_;
  std::uint32_t speed_milli_;
  ConductorOptions conducting_;
  RunLog log_;
  Variables audit_variables_;
  std::map<std::uint32_t, std::size_t> sending_;  // per user: the recorded request being sent
  std::map<std::uint64_t, std::size_t> origin_;   // per new operation: the recorded one
  std::vector<Departure> departures_;             // in the order they left
  std::map<StatusChange, std::uint64_t> changes_;
  Histogram lateness_;
  bool header_written_ = false;
  bool setup_done_ = false;
};

Result<void> Replay::Check() const {
  std::map<std::uint32_t, ActionFinder> finders;
  for (const InvokeRecord& record : trace_.invokes) {
    if (record.phase == Phase::kRun && record.user < setup_.plan->users().size()) {
      finders.try_emplace(record.user, *setup_.plan, record.user);
    }
    const auto finder = finders.find(record.user);
    if (!Planned(record, finder == finders.end() ? nullptr : &finder->second)) {
      return Error{ErrorCode::kInvalid,
                   "request " + std::to_string(record.operation) + " (" + record.name + ", user " +
                       std::to_string(record.user) + ") is not in the plan that this build makes " +
                       "of the trace's scenario and seed; replay it with the version that " +
                       "wrote it"};
    }
  }
  return {};
}

void Replay::Begin() {
  // A user's requests stay in their order. Setup comes first, since later ones need its values, and
  // on the recorded timeline it does anyway.
  std::map<std::pair<std::uint32_t, Phase>, std::vector<std::size_t>> lanes;
  for (std::size_t i = 0; i < trace_.invokes.size(); ++i) {
    const InvokeRecord& record = trace_.invokes[i];
    lanes[{record.user, record.phase}].push_back(i);
  }
  setup_done_ = true;
  for (auto& [key, requests] : lanes) {
    if (key.second == Phase::kSetup) setup_done_ = false;
    Env& env = world_.NewTask("replay");
    world_.Start(env, Lane(env, std::move(requests)), VirtualTime{0});
  }
}

Task<void> Replay::Lane(Env& env, std::vector<std::size_t> requests) {
  const InvokeRecord& first = trace_.invokes[requests.front()];
  const TransportFactory transports = setup_.Transports(world_);
  const std::unique_ptr<Transport> transport = transports(first.user);
  Variables own;
  Variables& variables = first.phase == Phase::kSetup   ? log_.variables
                         : first.phase == Phase::kAudit ? audit_variables_
                                                        : own;
  RequestSender sender(log_, env, *transport, variables);
  // What setup extracts is an input of everybody else.
  while (first.phase != Phase::kSetup && !setup_done_) co_await env.Sleep(kInputPoll);
  std::optional<ActionFinder> finder;
  if (first.phase == Phase::kRun) finder.emplace(*setup_.plan, first.user);
  for (const std::size_t index : requests) {
    const InvokeRecord& record = trace_.invokes[index];
    const std::optional<PlannedRequest> planned = Planned(record, finder ? &*finder : nullptr);
    if (!planned) continue;  // Check() has seen them all
    const VirtualTime due{record.sent_ns};
    if (env.Now() < due) co_await env.SleepUntil(due);
    RequestPlace place;
    place.phase = record.phase;
    place.user = record.user;
    place.iteration = record.iteration;
    place.step = record.step;
    place.user_class = &record.user_class;
    place.action = &record.action;
    place.intended = due;
    sending_[env.id()] = index;
    co_await sender.Send(*planned, place, nullptr);
  }
  if (first.phase == Phase::kSetup) setup_done_ = true;
}

std::optional<PlannedRequest> Replay::Planned(const InvokeRecord& record,
                                              ActionFinder* finder) const {
  const Plan& plan = *setup_.plan;
  if (record.phase == Phase::kSetup) {
    if (record.step >= plan.scenario().setup.size()) return std::nullopt;
    return plan.SetupRequest(record.step, record.iteration);
  }
  if (record.phase == Phase::kAudit) {
    if (record.step >= plan.scenario().audit.size()) return std::nullopt;
    return plan.AuditRequest(record.step, record.iteration);
  }
  if (finder == nullptr) return std::nullopt;
  const PlannedAction* action = finder->Find(record);
  if (action == nullptr) return std::nullopt;
  return action->requests[record.step];
}

void Replay::WriteHeader() {
  if (std::exchange(header_written_, true) || options_.sink == nullptr) return;
  options_.sink->OnHeader(setup_.Header(world_.started_unix_ns()));
}

void Replay::OnInvoke(const InvokeRecord& record) {
  const std::size_t index = sending_[record.task];
  const std::int64_t recorded_ns = trace_.invokes[index].sent_ns;
  lateness_.Add(ToReal(record.sent_ns - recorded_ns, speed_milli_));
  departures_.push_back({recorded_ns, record.sent_ns, index});
  origin_[record.operation] = index;
  WriteHeader();
  if (options_.sink != nullptr) options_.sink->OnInvoke(record);
}

void Replay::OnReturn(const ReturnRecord& record) {
  const auto origin = origin_.find(record.operation);
  const std::size_t index = origin->second;
  origin_.erase(origin);
  const auto& before = trace_.returns[index];
  StatusChange change;
  change.recorded = before ? before->response.status : 0;
  change.replayed = record.response.status;
  if (change.recorded != change.replayed) {
    change.name = trace_.invokes[index].name;
    ++changes_[change];
  }
  if (options_.sink != nullptr) options_.sink->OnReturn(record);
}

void Replay::OnEnd(const Schedule& schedule, const EndRecord& record) {
  WriteHeader();
  if (options_.sink != nullptr) options_.sink->OnEnd(schedule, record);
}

void Replay::Summarise(ReplayOutcome* outcome) {
  outcome->run.counts = log_.counts;
  outcome->run.counts.Check();
  outcome->run.statistics = log_.statistics;
  outcome->run.skipped = log_.skipped;
  outcome->recorded = trace_.invokes.size();
  outcome->sent = departures_.size();
  outcome->skipped = outcome->recorded - outcome->sent;
  outcome->lateness = LatenessOf(lateness_);
  outcome->changes = changes_;
  if (departures_.empty()) return;
  const auto [first, last] = std::minmax_element(
      departures_.begin(), departures_.end(),
      [](const Departure& a, const Departure& b) { return a.recorded_ns < b.recorded_ns; });
  outcome->recorded_ns = last->recorded_ns - first->recorded_ns;
  const std::int64_t replayed = departures_.back().sent_ns - departures_.front().sent_ns;
  outcome->replayed_ns = ToReal(replayed, speed_milli_);
  std::vector<std::size_t> place(trace_.invokes.size(), departures_.size());
  for (std::size_t i = 0; i < departures_.size(); ++i) place[departures_[i].index] = i;
  std::vector<std::size_t> recorded_order;  // the recording lists requests in their order
  for (const std::size_t at : place) {
    if (at < departures_.size()) recorded_order.push_back(at);
  }
  for (std::size_t i = 1; i < recorded_order.size(); ++i) {
    if (recorded_order[i] < recorded_order[i - 1]) ++outcome->inversions;
  }
}

}  // namespace

Result<ReplayOutcome> ReplayTimeline(const Trace& trace, const ReplayOptions& options) {
  if (options.speed_milli == 0) return Error{ErrorCode::kInvalid, "speed: more than 0 expected"};
  auto made = LiveSetup::Make(trace.header.spec, options.live.http);
  if (!made) return made.error();
  const LiveSetup& setup = **made;
  if (trace.header.plan_digest != 0 && setup.plan->digest() != trace.header.plan_digest) {
    return Error{ErrorCode::kInvalid, "plan digest " + ToHex(setup.plan->digest()) +
                                          " differs from the trace's " +
                                          ToHex(trace.header.plan_digest) +
                                          "; replay it with the version that wrote it"};
  }
  LiveWorldOptions world_options;
  world_options.seed = trace.header.spec.seed;
  world_options.precision = options.live.precision;
  world_options.speed_milli = options.speed_milli;
  LiveWorld world(world_options);
  Replay replay(trace, setup, world, options);
  if (const Result<void> checked = replay.Check(); checked.has_error()) return checked.error();
  replay.Begin();

  std::int64_t last_ns = 0;
  for (const InvokeRecord& record : trace.invokes) last_ns = std::max(last_ns, record.sent_ns);
  ReplayOutcome outcome;
  outcome.run.plan_digest = setup.plan->digest();
  outcome.run.ending = world.Run(setup.Limits(options.live, VirtualTime{last_ns}));
  outcome.run.duration = world.Now();
  replay.Summarise(&outcome);
  outcome.connections = setup.target->counts();
  replay.OnEnd({}, MakeLiveEnd(outcome.run));
  return outcome;
}

}  // namespace redrive
