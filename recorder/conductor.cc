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
  [[nodiscard]] std::unique_ptr<Transport> TakeTransport(std::uint32_t number);
  Task<void> AuditDuring(Env& env);
  Task<void> AuditEnd(Env& env);
  Task<void> AuditRound(Env& env, RequestSender& sender, std::uint32_t round, VirtualTime intended);
  void StartUsers(VirtualTime now);
  void OneEnded();

  const Plan& plan;
  TaskHost& host;
  TransportFactory transports;
  ConductorOptions options;
  RunLog log;
  std::string setup_error;
  VirtualTime origin{0};
  std::uint64_t pending = 0;  // users and the audit beside them that have not ended
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
  REDRIVE_CHECK(!impl_->begun);
  impl_->begun = true;
  Env& env = impl_->host.NewTask("setup");
  impl_->host.Start(env, impl_->Setup(env), VirtualTime{0});
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
  StartUsers(env.Now());
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
  pending = users;
  const bool audit_beside = plan.scenario().audit_every.count() > 0;
  if (audit_beside) ++pending;
  for (std::uint32_t number = 0; number < users; ++number) {
    const PlannedUser& user = plan.users()[number];
    Env& env = host.NewTask(Label::Interned(user.user_class->name));
    host.Start(env, User(env, number), origin + user.start);
  }
  if (audit_beside) {
    Env& env = host.NewTask("audit");
    host.Start(env, AuditDuring(env), origin + plan.scenario().audit_every);
  }
}

Task<void> Conductor::Impl::User(Env& env, std::uint32_t number) {
  const std::uint32_t carried_max = plan.carried_max();
  if (carried_max != 0 && log.users_running >= carried_max) {
    ++log.counts.dropped;
    env.Emit(EventKind::kNote, "arrival.dropped", number);
    OneEnded();
    co_return;
  }
  ++log.users_running;
  std::unique_ptr<Transport> transport = TakeTransport(number);
  co_await RunVirtualUser(log, env, plan, number, origin, *transport);
  --log.users_running;
  if (carried_max != 0) free_transports.push_back(std::move(transport));
  OneEnded();
}

std::unique_ptr<Transport> Conductor::Impl::TakeTransport(std::uint32_t number) {
  if (free_transports.empty()) return transports(number);
  std::unique_ptr<Transport> transport = std::move(free_transports.back());
  free_transports.pop_back();
  transport->ForgetUser();
  return transport;
}

void Conductor::Impl::OneEnded() {
  REDRIVE_CHECK(pending > 0);
  if (--pending > 0) return;
  log.phase = Phase::kAudit;
  if (plan.scenario().audit.empty() || (log.stopped() && !options.audit_when_stopped)) {
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
  // `pending` counts this task too: 1 means that the last user has ended.
  for (std::uint32_t round = 1; pending > 1 && !log.stopped(); ++round) {
    const VirtualTime intended = origin + every * round;
    co_await env.SleepUntil(intended);
    if (pending > 1) co_await AuditRound(env, sender, round, intended);
  }
  OneEnded();
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

bool Conductor::done() const { return impl_->done; }
const RunCounts& Conductor::counts() const { return impl_->log.counts; }
const Statistics& Conductor::statistics() const { return impl_->log.statistics; }
const std::string& Conductor::setup_error() const { return impl_->setup_error; }
const std::map<std::string, std::uint64_t>& Conductor::skipped() const {
  return impl_->log.skipped;
}

}  // namespace redrive
