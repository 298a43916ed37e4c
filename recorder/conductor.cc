#include "recorder/conductor.h"

#include <utility>
#include <vector>

#include "core/check.h"
#include "recorder/virtual_user.h"

namespace redrive {
namespace {

const std::string kSetupName = "setup";
const std::string kAuditName = "audit";

}  // namespace

struct Conductor::Impl {
  Impl(const Plan& plan, TaskHost& host, TransportFactory transports, ConductorOptions options)
      : plan(plan),
        host(host),
        transports(std::move(transports)),
        options(std::move(options)),
        log(plan, this->options) {}

  Task<void> Setup(Env& env);
  Task<bool> SetupStep(RequestSender& sender, Env& env, std::uint32_t step);
  Task<void> User(Env& env, std::uint32_t number);
  [[nodiscard]] std::uint32_t CarriedMax() const;
  [[nodiscard]] std::unique_ptr<Transport> TakeTransport(std::uint32_t number);
  Task<void> AuditDuring(Env& env);
  Task<void> AuditEnd(Env& env);
  Task<void> WaitForOthers(Env& env);
  void EndUsers();
  [[nodiscard]] bool OthersRun() const {
    return options.crew != nullptr && options.shard == 0 && options.crew->others.load() > 0;
  }
  Task<void> AuditRound(Env& env, RequestSender& sender, std::uint32_t round, VirtualTime intended);
  void StartUsers(VirtualTime now);
  void AllEnded();

  const Plan& plan;
  TaskHost& host;
  TransportFactory transports;
  ConductorOptions options;
  RunLog log;
  std::string setup_error;
  VirtualTime origin{0};
  std::uint64_t users_left = 0;  // of this shard
  bool audit_beside = false;     // it runs
  bool ended = false;
  Variables audit_variables;
  std::vector<std::unique_ptr<Transport>> free_transports;  // open model; the last used first
  bool begun = false;
  bool done = false;
};

Conductor::Conductor(const Plan& plan, TaskHost& host, TransportFactory transports,
                     ConductorOptions options)
    : impl_(std::make_unique<Impl>(plan, host, std::move(transports), std::move(options))) {}

Conductor::~Conductor() = default;

void Conductor::Begin() {
  REDRIVE_CHECK(!impl_->begun && impl_->options.shard == 0);
  impl_->begun = true;
  Env& env = impl_->host.NewTask("setup");
  impl_->host.Start(env, impl_->Setup(env), VirtualTime{0});
}

void Conductor::BeginUsers(const Conductor& first, VirtualTime origin) {
  REDRIVE_CHECK(!impl_->begun && impl_->options.shard > 0);
  impl_->begun = true;
  impl_->log.variables = first.impl_->log.variables;
  impl_->log.lists = first.impl_->log.lists;
  impl_->StartUsers(origin);
}

Task<void> Conductor::Impl::Setup(Env& env) {
  const std::unique_ptr<Transport> transport = transports(plan.setup_user());
  RequestSender sender(log, env, *transport, log.variables);
  const auto steps = static_cast<std::uint32_t>(plan.scenario().setup.size());
  for (std::uint32_t step = 0; step < steps && !log.stopped(); ++step) {
    const bool go_on = co_await SetupStep(sender, env, step);
    if (!go_on) {
      done = true;
      co_return;
    }
  }
  if (log.stopped()) {
    done = true;
    co_return;
  }
  const VirtualTime now = env.Now();
  if (options.on_setup_done) options.on_setup_done(now);
  StartUsers(now);
}

// One step with its repeats; false when the run cannot go on.
Task<bool> Conductor::Impl::SetupStep(RequestSender& sender, Env& env, std::uint32_t step) {
  const RequestStep& source = plan.scenario().setup[step];
  RequestPlace place;
  place.phase = Phase::kSetup;
  place.user = plan.setup_user();
  place.step = step;
  place.user_class = &kSetupName;
  place.action = &kSetupName;
  for (std::uint32_t repeat = 0; repeat < source.repeat; ++repeat) {
    const PlannedRequest request = plan.SetupRequest(step, repeat);
    place.iteration = repeat;
    place.intended = env.Now();
    std::string failure;
    const SendResult result = co_await sender.Send(request, place, &failure);
    if (result != SendResult::kAccepted && source.required) {
      setup_error = "setup: " + source.method + " " + source.name.text() + ": " + failure;
      co_return false;
    }
    if (log.stopped()) break;
  }
  co_return true;
}

void Conductor::Impl::StartUsers(VirtualTime now) {
  origin = now;
  log.phase = Phase::kRun;
  const auto users = static_cast<std::uint32_t>(plan.users().size());
  const std::uint32_t threads = options.crew == nullptr ? 1 : options.crew->threads;
  for (std::uint32_t number = options.shard; number < users; number += threads) {
    const PlannedUser& user = plan.users()[number];
    Env& env = host.NewTask(Label::Interned(user.user_class->name));
    ++users_left;
    host.Start(env, User(env, number), origin + user.start);
  }
  audit_beside = options.shard == 0 && plan.scenario().audit_every.count() > 0;
  if (audit_beside) {
    Env& env = host.NewTask("audit");
    host.Start(env, AuditDuring(env), origin + plan.scenario().audit_every);
  }
  if (users_left == 0) EndUsers();
}

Task<void> Conductor::Impl::User(Env& env, std::uint32_t number) {
  const std::uint32_t carried_max = CarriedMax();
  if (plan.carried_max() != 0 && log.users_running >= carried_max) {
    ++log.counts.dropped;
    env.Emit(EventKind::kNote, "arrival.dropped", number);
  } else {
    ++log.users_running;
    std::unique_ptr<Transport> transport = TakeTransport(number);
    co_await RunVirtualUser(log, env, plan, number, origin, *transport);
    --log.users_running;
    if (carried_max != 0) free_transports.push_back(std::move(transport));
  }
  REDRIVE_CHECK(users_left > 0);
  if (--users_left == 0) EndUsers();
}

// This shard's part of the users that carry arrivals; 0 when nobody arrives.
std::uint32_t Conductor::Impl::CarriedMax() const {
  const std::uint32_t all = plan.carried_max();
  if (options.crew == nullptr) return all;
  const std::uint32_t threads = options.crew->threads;
  return all / threads + (options.shard < all % threads ? 1 : 0);
}

std::unique_ptr<Transport> Conductor::Impl::TakeTransport(std::uint32_t number) {
  if (free_transports.empty()) return transports(number);
  std::unique_ptr<Transport> transport = std::move(free_transports.back());
  free_transports.pop_back();
  transport->ForgetUser();
  return transport;
}

// The users of this shard have ended.
void Conductor::Impl::EndUsers() {
  if (OthersRun()) {
    Env& env = host.NewTask("others");
    host.Start(env, WaitForOthers(env), VirtualTime{0});
  } else if (!audit_beside) {
    AllEnded();
  }
}

Task<void> Conductor::Impl::WaitForOthers(Env& env) {
  const VirtualTime pause = std::chrono::milliseconds(5);
  while (OthersRun()) co_await env.Sleep(pause);
  if (!audit_beside) AllEnded();
}

// Neither a user nor the audit beside them runs any more.
void Conductor::Impl::AllEnded() {
  if (std::exchange(ended, true)) return;
  log.phase = Phase::kAudit;
  const bool nothing = plan.scenario().audit.empty() || options.shard > 0;
  if (nothing || (log.stopped() && !options.audit_when_stopped)) {
    done = true;
    return;
  }
  Env& env = host.NewTask("audit");
  host.Start(env, AuditEnd(env), VirtualTime{0});
}

Task<void> Conductor::Impl::AuditDuring(Env& env) {
  const std::unique_ptr<Transport> transport = transports(plan.audit_user());
  RequestSender sender(log, env, *transport, audit_variables);
  const VirtualTime every = plan.scenario().audit_every;
  const auto users_run = [this] { return users_left > 0 || OthersRun(); };
  for (std::uint32_t round = 1; users_run() && !log.stopped(); ++round) {
    const VirtualTime intended = origin + every * round;
    co_await env.SleepUntil(intended);
    if (users_run()) co_await AuditRound(env, sender, round, intended);
  }
  audit_beside = false;
  if (!users_run()) AllEnded();
}

Task<void> Conductor::Impl::AuditEnd(Env& env) {
  const std::unique_ptr<Transport> transport = transports(plan.audit_user());
  RequestSender sender(log, env, *transport, audit_variables);
  const VirtualTime intended = env.Now();
  co_await AuditRound(env, sender, 0, intended);
  done = true;
}

// Round 0 is the reading at the end.
Task<void> Conductor::Impl::AuditRound(Env& env, RequestSender& sender, std::uint32_t round,
                                       VirtualTime intended) {
  RequestPlace place;
  place.phase = Phase::kAudit;
  place.user = plan.audit_user();
  place.iteration = round;
  place.user_class = &kAuditName;
  place.action = &kAuditName;
  place.intended = intended;
  const auto steps = static_cast<std::uint32_t>(plan.scenario().audit.size());
  for (place.step = 0; place.step < steps; ++place.step) {
    const RequestStep& step = plan.scenario().audit[place.step];
    if (!(round == 0 ? step.at_end : step.during)) continue;
    const PlannedRequest request = plan.AuditRequest(place.step, round);
    co_await sender.Send(request, place, nullptr);
    place.intended = env.Now();
  }
}

void RunCounts::Check() const { REDRIVE_CHECK(started == ok + fail + info + in_flight); }

void RunCounts::Add(const RunCounts& other) {
  started += other.started;
  ok += other.ok;
  fail += other.fail;
  info += other.info;
  in_flight += other.in_flight;
  accepted += other.accepted;
  skipped += other.skipped;
  dropped += other.dropped;
}

bool Conductor::done() const { return impl_->done; }
const RunCounts& Conductor::counts() const { return impl_->log.counts; }
const Statistics& Conductor::statistics() const { return impl_->log.statistics; }
const std::string& Conductor::setup_error() const { return impl_->setup_error; }
const std::map<std::string, std::uint64_t>& Conductor::skipped() const {
  return impl_->log.skipped;
}

}  // namespace redrive
