#include "recorder/case_runner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check.h"
#include "core/decider.h"
#include "core/sim_world.h"
#include "recorder/execute.h"
#include "recorder/judge.h"
#include "recorder/sim_transport.h"
#include "recorder/trace_file.h"
#include "recorder/virtual_user.h"
#include "recorder/workshop/workshop.h"

namespace redrive {
namespace {

constexpr Label kAdmit("request.admit");  // as SimTransport's, so that schedules fit both

// One request of a lane. `prepared` is complete unless it needs what an earlier answer tells.
struct LaneRequest {
  PlannedRequest planned;
  Request prepared;
  std::string client_ip;
  bool complete = false;
  bool omitted = false;
};

struct Lane {
  Label name;
  std::vector<LaneRequest> requests;
  std::vector<Response> responses;
  Variables own;
  std::size_t answered = 0;
};

std::string ClientIpOf(const Request& request) {
  const std::string* forwarded = FindHeader(request.headers, "X-Forwarded-For");
  return forwarded != nullptr ? *forwarded : "127.0.0.1";
}

// Nobody is preempted: what the decider asks when it has obeyed a whole schedule.
class ZeroStrategy final : public Strategy {
 public:
  std::string name() const override { return "serial"; }
  bool BeginExecution(std::uint64_t) override { return true; }
  std::uint32_t PickTask(const TaskChoice&) override { return 0; }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
};

Result<std::unique_ptr<ResettableHandler>> MakeResettable(const CaseRunnerOptions& options,
                                                          const RunSpec& spec,
                                                          const Scenario& scenario) {
  if (options.handlers) return options.handlers(spec, scenario);
  auto made = MakeWorkshop(spec, scenario);
  if (made.has_error()) return made.error();
  return std::unique_ptr<ResettableHandler>(std::move(*made));
}

HandlerFactory ForSimulation(ResettableFactory factory) {
  if (!factory) return {};
  return [factory = std::move(factory)](
             const RunSpec& spec, const Scenario& scenario) -> Result<std::unique_ptr<Handler>> {
    auto made = factory(spec, scenario);
    if (made.has_error()) return made.error();
    return std::unique_ptr<Handler>(std::move(*made));
  };
}

Result<void> CheckPlain(const Plan& plan) {
  const auto wrong = [](const std::string& what) {
    return Error{ErrorCode::kInvalid, "this scenario is not a case: " + what +
                                          " (redrive explore makes a case of any scenario)"};
  };
  if (plan.scenario().workshop.step_time.count() != 0) {
    return wrong("\"workshop\": {\"step_us\": 0} is missing");
  }
  if (plan.scenario().audit_every.count() != 0) return wrong("its audit runs beside the users");
  for (const PlannedUser& user : plan.users()) {
    const UserClass& user_class = *user.user_class;
    if (user.start.count() != 0) return wrong("its users do not start together");
    if (user_class.iterations != 1 || !user_class.on_start.empty() || !user_class.on_stop.empty()) {
      return wrong("class " + user_class.name + " does more than one action");
    }
  }
  return {};
}

}  // namespace

struct CaseRunner::Impl {
  explicit Impl(CaseRunnerOptions options_in) : options(std::move(options_in)) {}

  Result<void> Prepare();
  Result<void> RunSetup();
  Task<void> SendSetup(Env& env, std::string* failure);
  void MakeLanes();
  Task<void> RunLane(Env& env, std::size_t number);
  CaseExecution Finish(Ending ending);
  std::optional<CaseExecution> Execute(Strategy& with, std::uint64_t number,
                                       std::span<const Decision> prefix);

  CaseRunnerOptions options;
  std::unique_ptr<Simulation> simulation;
  std::unique_ptr<ResettableHandler> handler;
  Variables shared;
  VariableLists lists;
  std::vector<Lane> lanes;
  std::vector<std::size_t> requests;
  StepLog log;
  ZeroStrategy serial;
  std::optional<Decider> decider;
  std::optional<SimWorld> world;
  Digest order;
  bool changes_wanted = false;
  std::vector<StateChange> changes;
};

CaseRunner::CaseRunner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaseRunner::~CaseRunner() = default;

Result<std::unique_ptr<CaseRunner>> CaseRunner::Make(RunSpec spec, CaseRunnerOptions options) {
  spec.strategy = "serial";
  auto impl = std::make_unique<Impl>(std::move(options));
  auto simulation = Simulation::Make(std::move(spec), ForSimulation(impl->options.handlers));
  if (simulation.has_error()) return simulation.error();
  impl->simulation = std::move(*simulation);
  const Result<void> prepared = impl->Prepare();
  if (prepared.has_error()) return prepared.error();
  return std::unique_ptr<CaseRunner>(new CaseRunner(std::move(impl)));
}

Result<void> CaseRunner::Impl::Prepare() {
  const Plan& plan = simulation->plan();
  const Result<void> plain = CheckPlain(plan);
  if (plain.has_error()) return plain.error();
  auto made = MakeResettable(options, simulation->spec(), simulation->scenario());
  if (made.has_error()) return made.error();
  handler = std::move(*made);
  decider.emplace(serial);
  SimOptions sim;
  sim.tasks_max = plan.users().size() + 16;
  if (options.keep_steps) sim.sink = &log;
  world.emplace(*decider, sim);
  const Result<void> ready = RunSetup();
  if (ready.has_error()) return ready.error();
  MakeLanes();
  handler->Mark();
  return {};
}

Result<void> CaseRunner::Impl::RunSetup() {
  REDRIVE_CHECK(decider->Begin(0));
  std::string failure;
  Env& env = world->NewTask("setup");
  world->Start(env, SendSetup(env, &failure));
  const Ending ending = Explore(*world, *decider, options.limits);
  world->Reset();
  if (failure.empty() && ending != Ending::kDone) {
    failure = "setup ended by " + std::string(EndingName(ending));
  }
  if (!failure.empty()) return Error{ErrorCode::kInvalid, failure};
  return {};
}

// As the conductor does it, with the same task id, so that the same ids are drawn.
Task<void> CaseRunner::Impl::SendSetup(Env& env, std::string* failure) {
  const Plan& plan = simulation->plan();
  const ConductorOptions conducting;
  RunLog log(plan, conducting);
  SimTransport transport(*handler);
  RequestSender sender(log, env, transport, log.variables);
  const std::string name = "setup";
  RequestPlace place;
  place.phase = Phase::kSetup;
  place.user_class = &name;
  place.action = &name;
  for (const RequestStep& step : plan.scenario().setup) {
    place.step = static_cast<std::uint32_t>(&step - plan.scenario().setup.data());
    for (place.iteration = 0; place.iteration < step.repeat; ++place.iteration) {
      const PlannedRequest request = plan.SetupRequest(place.step, place.iteration);
      std::string why;
      const SendResult result = co_await sender.Send(request, place, &why);
      if (result == SendResult::kAccepted || !step.required) continue;
      *failure = "setup: " + step.method + " " + step.name.text() + ": " + why;
      co_return;
    }
  }
  shared = std::move(log.variables);
  lists = std::move(log.lists);
}

void CaseRunner::Impl::MakeLanes() {
  const Plan& plan = simulation->plan();
  lanes.resize(plan.users().size());
  for (std::size_t number = 0; number < lanes.size(); ++number) {
    Lane& lane = lanes[number];
    lane.name = Label::Interned(plan.users()[number].user_class->name);
    UserPlan user_plan(plan, static_cast<std::uint32_t>(number));
    const std::optional<PlannedAction> action = user_plan.Next();
    if (action) {
      for (const PlannedRequest& planned : action->requests) {
        LaneRequest request{.planned = planned, .prepared = {}, .client_ip = {}, .complete = false};
        lane.requests.push_back(std::move(request));
      }
    }
    // Values of the setup never change again; values of the lane's own answers do.
    std::vector<std::string_view> told;
    for (LaneRequest& request : lane.requests) {
      const Variables none;
      const VariableScope scope{none, shared, lists};
      std::string missing;
      const auto uses_own = [&](const PlannedText& text) {
        return std::any_of(text.holes.begin(), text.holes.end(), [&](const Hole& hole) {
          return std::find(told.begin(), told.end(), *hole.name) != told.end();
        });
      };
      bool own = uses_own(request.planned.target) || uses_own(request.planned.body);
      for (const PlannedHeader& header : request.planned.headers) {
        own = own || uses_own(header.value);
      }
      request.complete = !own && FillRequest(request.planned, scope, &request.prepared, &missing);
      if (request.complete) request.client_ip = ClientIpOf(request.prepared);
      for (const Extract& extract : request.planned.step->extract) told.push_back(extract.variable);
    }
    lane.responses.resize(lane.requests.size());
    requests.push_back(lane.requests.size());
  }
}

Task<void> CaseRunner::Impl::RunLane(Env& env, std::size_t number) {
  Lane& lane = lanes[number];
  for (std::size_t i = 0; i < lane.requests.size(); ++i) {
    const LaneRequest& request = lane.requests[i];
    if (request.omitted) continue;
    const RequestStep& step = *request.planned.step;
    const Request* to_send = &request.prepared;
    const std::string* client_ip = &request.client_ip;
    Request filled;
    std::string filled_ip;
    if (!request.complete) {
      ForgetExtracts(step, &lane.own);
      const VariableScope scope{lane.own, shared, lists};
      std::string missing;
      if (!FillRequest(request.planned, scope, &filled, &missing)) continue;
      filled_ip = ClientIpOf(filled);
      to_send = &filled;
      client_ip = &filled_ip;
    }
    // Whom this request follows in real time: those that were answered before it was sent.
    if (i > 0) {
      order.Add(number << 32 | i);
      for (const Lane& other : lanes) order.Add(other.answered);
    }
    const Access nothing;
    co_await env.Yield(kAdmit, nothing);
    Reply reply;
    reply.response = co_await handler->Handle(env, *to_send, *client_ip);
    ++lane.answered;
    if (!step.extract.empty()) {
      const std::string why = JudgeReply(step, reply);
      if (why.empty()) TakeExtracts(step, reply.response, &lane.own, &lists);
    }
    lane.responses[i] = std::move(reply.response);
  }
}

std::optional<CaseExecution> CaseRunner::Impl::Execute(Strategy& with, std::uint64_t number,
                                                       std::span<const Decision> prefix) {
  decider->Use(with);
  if (!decider->Begin(number, prefix)) return std::nullopt;
  world->Reset();
  log.Clear();
  order = Digest();
  world->NewTask("setup");  // keeps its number, so that lanes have the ids that they have in a run
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Lane& lane = lanes[i];
    for (Response& response : lane.responses) response.status = 0;
    lane.own.clear();
    lane.answered = 0;
    Env& env = world->NewTask(lane.name);
    world->Start(env, RunLane(env, i));
  }
  Ending ending = Ending::kDone;
  std::string divergence;
  try {
    ending = Explore(*world, *decider, options.limits);
  } catch (const Divergence& found) {
    ending = Ending::kDiverged;
    divergence = found.what();
  }
  CaseExecution execution = Finish(ending);
  execution.divergence = std::move(divergence);
  return execution;
}

CaseExecution CaseRunner::Impl::Finish(Ending ending) {
  CaseExecution execution;
  execution.ending = ending;
  execution.steps = world->steps();
  execution.preemptions = decider->preemptions();
  execution.order = order.value();
  if (ending != Ending::kDone) world->Reset();  // nothing may be in flight when the state goes back
  Digest outcome;
  for (const Lane& lane : lanes) {
    for (const Response& response : lane.responses) {
      outcome.Add(static_cast<std::uint64_t>(response.status));
      if (response.status != 0) outcome.Add(HashBytes(response.body));
    }
  }
  outcome.Add(handler->ChangeDigest());
  execution.outcome = outcome.value();
  if (changes_wanted) changes = handler->Changes();
  handler->Rollback();
  return execution;
}

std::size_t CaseRunner::lanes() const { return impl_->lanes.size(); }
const std::vector<std::size_t>& CaseRunner::requests() const { return impl_->requests; }

const RequestStep& CaseRunner::step(std::size_t lane, std::size_t position) const {
  return *impl_->lanes.at(lane).requests.at(position).planned.step;
}
const RunSpec& CaseRunner::spec() const { return impl_->simulation->spec(); }

std::optional<CaseExecution> CaseRunner::Execute(Strategy& strategy, std::uint64_t execution,
                                                 std::span<const Decision> prefix) {
  return impl_->Execute(strategy, execution, prefix);
}

void CaseRunner::Omit(std::vector<std::pair<std::size_t, std::size_t>> requests) {
  for (Lane& lane : impl_->lanes) {
    for (LaneRequest& request : lane.requests) request.omitted = false;
  }
  for (const auto& [lane, position] : requests) {
    impl_->lanes.at(lane).requests.at(position).omitted = true;
  }
}

const Schedule& CaseRunner::schedule() const { return impl_->decider->schedule(); }
std::span<const StepTaken> CaseRunner::steps() const { return impl_->log.steps(); }
const Response& CaseRunner::response(std::size_t lane, std::size_t position) const {
  return impl_->lanes.at(lane).responses.at(position);
}

std::vector<StateChange> CaseRunner::ChangesUnder(const Schedule& schedule) {
  impl_->changes_wanted = true;
  const auto execution = impl_->Execute(impl_->serial, 0, schedule);
  impl_->changes_wanted = false;
  REDRIVE_CHECK(execution.has_value());
  return std::exchange(impl_->changes, {});
}

Result<Trace> CaseRunner::Record(const Schedule& schedule) const {
  TraceCollector collector;
  ExecuteOptions options;
  options.prefix = schedule;
  options.sink = &collector;
  options.limits = impl_->options.limits;
  const Result<RunOutcome> outcome = impl_->simulation->Execute(options);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->setup_error.empty()) return Error{ErrorCode::kInvalid, outcome->setup_error};
  if (!outcome->divergence.empty()) {
    return Error{ErrorCode::kDiverged,
                 "the case diverged when it was recorded: " + outcome->divergence};
  }
  return std::move(collector.trace);
}

}  // namespace redrive
