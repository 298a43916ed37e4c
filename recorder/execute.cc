#include "recorder/execute.h"

#include <utility>

#include "core/check.h"
#include "core/sim_world.h"
#include "core/strategy.h"
#include "recorder/sim_transport.h"
#include "recorder/workshop/workshop.h"

namespace redrive {
namespace {

constexpr std::string_view kEnvPrefix = "env.";

// Forwards the steps of the world to the trace.
class StepForwarder final : public EventSink {
 public:
  explicit StepForwarder(TraceSink& sink) : sink_(sink) {}
  void OnEvent(const Event& event) override {
    if (event.kind != EventKind::kStep) return;
    StepRecord record;
    record.sequence = event.sequence;
    record.at_ns = event.at.count();
    record.task = event.task;
    record.operation = event.operation;
    record.label = std::string(event.label.text);
    record.mode = event.access.mode;
    if (Touches(event.access)) {
      record.resource = std::string(event.access.space.text) + "/";
      if (event.access.key == 0) {
        record.resource += "*";
      } else if (event.access.key_text.empty()) {
        record.resource += ToHex(event.access.key);
      } else {
        record.resource += event.access.key_text;
      }
    }
    sink_.OnStep(record);
  }

 private:
  TraceSink& sink_;
};

std::uint64_t StrategySeed(std::uint64_t seed) { return Rng(seed).Split("strategy").Next(); }

// What the digest of events leaves out: every decision with its bound, the steps, the last instant.
std::uint64_t Unseed(const SimWorld& world, const Schedule& schedule) {
  Digest digest;
  digest.Add(world.digest());
  digest.Add(world.steps());
  digest.Add(static_cast<std::uint64_t>(world.Now().count()));
  for (const Decision& decision : schedule) {
    digest.Add(static_cast<std::uint64_t>(decision.bound) << 32 | decision.value);
    digest.Add(decision.fingerprint);
  }
  return digest.value();
}

EndRecord MakeEnd(const RunOutcome& outcome) {
  EndRecord end;
  end.ending = outcome.ending;
  end.digest = outcome.digest;
  end.unseed = outcome.unseed;
  end.events = outcome.events;
  end.started = outcome.counts.started;
  end.ok = outcome.counts.ok;
  end.fail = outcome.counts.fail;
  end.info = outcome.counts.info + outcome.counts.in_flight;  // cut off: it may have happened
  end.duration_ns = outcome.duration.count();
  end.arrivals_dropped = outcome.counts.dropped;
  return end;
}

Result<std::unique_ptr<Handler>> MakeDefaultHandler(const RunSpec& spec, const Scenario& scenario) {
  auto made = MakeWorkshop(spec, scenario);
  if (made.has_error()) return made.error();
  return std::unique_ptr<Handler>(std::move(*made));
}

}  // namespace

struct Simulation::Impl {
  RunSpec spec;
  HandlerFactory handlers;
  Scenario scenario;
  std::optional<Plan> plan;
  std::unique_ptr<Strategy> strategy;
  std::optional<Decider> decider;

  RunOutcome Run(Handler& handler, const ExecuteOptions& options);
};

Simulation::Simulation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Simulation::~Simulation() = default;

Result<std::unique_ptr<Simulation>> Simulation::Make(RunSpec spec, HandlerFactory handlers) {
  auto impl = std::make_unique<Impl>();
  impl->spec = std::move(spec);
  impl->handlers = handlers ? std::move(handlers) : HandlerFactory(MakeDefaultHandler);
  const std::string file = impl->spec.scenario_name.empty() ? "scenario" : impl->spec.scenario_name;
  auto scenario = ParseScenario(impl->spec.scenario_json, file, EnvFromSettings(impl->spec));
  if (!scenario) return scenario.error();
  impl->scenario = std::move(*scenario);
  if (impl->spec.workshop.empty()) {
    impl->spec.workshop =
        impl->scenario.workshop.bugs.empty() ? "as-is" : impl->scenario.workshop.bugs;
  }
  auto plan = Plan::Make(impl->scenario, impl->spec);
  if (!plan) return plan.error();
  impl->plan.emplace(std::move(*plan));
  auto strategy = MakeStrategy(impl->spec.strategy, StrategySeed(impl->spec.seed));
  if (!strategy) return strategy.error();
  impl->strategy = std::move(*strategy);
  impl->decider.emplace(*impl->strategy);
  return std::unique_ptr<Simulation>(new Simulation(std::move(impl)));
}

const RunSpec& Simulation::spec() const { return impl_->spec; }
const Scenario& Simulation::scenario() const { return impl_->scenario; }
const Plan& Simulation::plan() const { return *impl_->plan; }

TraceHeader Simulation::Header() const {
  TraceHeader header;
  header.target_kind = TargetKind::kWorkshop;
  header.target = "workshop";
  header.spec = impl_->spec;
  header.plan_digest = impl_->plan->digest();
  return header;
}

Result<RunOutcome> Simulation::Execute(const ExecuteOptions& options) {
  auto handler = impl_->handlers(impl_->spec, impl_->scenario);
  if (!handler) return handler.error();
  if (!impl_->decider->Begin(options.execution, options.prefix)) {
    return Error{ErrorCode::kLimit, "strategy " + impl_->strategy->name() +
                                        " has no execution number " +
                                        std::to_string(options.execution)};
  }
  if (options.sink != nullptr) options.sink->OnHeader(Header());
  RunOutcome outcome = impl_->Run(**handler, options);
  if (options.sink != nullptr) options.sink->OnEnd(outcome.schedule, MakeEnd(outcome));
  return outcome;
}

RunOutcome Simulation::Impl::Run(Handler& handler, const ExecuteOptions& options) {
  RunOutcome outcome;
  outcome.plan_digest = plan->digest();
  std::optional<StepForwarder> forwarder;
  if (options.sink != nullptr) forwarder.emplace(*options.sink);

  SimOptions sim;
  sim.step_time = scenario.workshop.step_time;
  sim.tasks_max = plan->users().size() + 16;
  sim.sink = forwarder ? &*forwarder : nullptr;
  SimWorld world(*decider, sim);

  ConductorOptions conducting;
  conducting.sink = options.sink;
  conducting.keep_secrets = options.keep_secrets;
  conducting.on_progress = options.on_progress;
  const auto transports = [&handler](std::uint32_t) {
    return std::make_unique<SimTransport>(handler);
  };
  Conductor conductor(*plan, world, transports, conducting);
  conductor.Begin();
  try {
    outcome.ending = Explore(world, *decider, options.limits);
  } catch (const Divergence& divergence) {
    outcome.ending = Ending::kDiverged;
    outcome.divergence = divergence.what();
  }

  outcome.schedule = decider->schedule();
  outcome.preemptions = decider->preemptions();
  outcome.digest = world.digest();
  outcome.unseed = Unseed(world, outcome.schedule);
  outcome.events = world.events();
  outcome.steps = world.steps();
  outcome.duration = world.Now();
  outcome.counts = conductor.counts();
  outcome.counts.Check();
  outcome.statistics = conductor.statistics();
  outcome.setup_error = conductor.setup_error();
  outcome.skipped = conductor.skipped();
  world.Reset();  // tasks that are left refer to the conductor and the handler
  return outcome;
}

Result<RunOutcome> ExecuteSimulation(const RunSpec& spec, const ExecuteOptions& options) {
  auto simulation = Simulation::Make(spec, options.handlers);
  if (!simulation) return simulation.error();
  return (*simulation)->Execute(options);
}

Result<std::unique_ptr<workshop::Workshop>> MakeWorkshop(const RunSpec& spec,
                                                         const Scenario& scenario) {
  const auto bugs = workshop::BugSet::Parse(spec.workshop);
  if (!bugs) return bugs.error();
  workshop::WorkshopOptions options;
  options.seed = Rng(spec.seed).Split("workshop").Next();
  options.epoch_seconds = spec.epoch_seconds;
  options.bugs = *bugs;
  options.rate_limits = scenario.workshop.rate_limits;
  return std::make_unique<workshop::Workshop>(options);
}

EnvLookup EnvFromSettings(const RunSpec& spec) {
  return [settings = spec.settings](std::string_view name) -> std::optional<std::string> {
    for (const auto& [key, value] : settings) {
      if (key.size() == kEnvPrefix.size() + name.size() && key.rfind(kEnvPrefix, 0) == 0 &&
          std::string_view(key).substr(kEnvPrefix.size()) == name) {
        return value;
      }
    }
    return std::nullopt;
  };
}

EnvLookup FilesFromSettings(const RunSpec& spec) {
  return [all = EnvFromSettings(spec)](std::string_view name) -> std::optional<std::string> {
    return name.starts_with(FileKey("")) ? all(name) : std::nullopt;
  };
}

bool IsOfWholeRun(std::string_view setting) {
  return setting == kIterationsSetting ||
         setting.starts_with(std::string(kEnvPrefix) + FileKey(""));
}

}  // namespace redrive
