#include "recorder/plan.h"

#include <algorithm>
#include <charconv>

#include "recorder/nearest.h"
#include "recorder/plan_spawn.h"

namespace redrive {
namespace {

// Under closed pacing without waits a plan has no end of its own; the digest covers this much.
constexpr std::uint64_t kEndlessActions = 1'000;

const std::string& ForwardedFor() {
  static const std::string kName = "X-Forwarded-For";
  return kName;
}

Error Invalid(std::string message) { return Error{ErrorCode::kInvalid, std::move(message)}; }

bool Shares(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& tag) {
    return std::find(b.begin(), b.end(), tag) != b.end();
  });
}

// What the tags leave of `actions`. A set counts by what is left in it, as in Locust.
PlannedSet Select(const Action* action, const std::vector<Action>& actions, const RunSpec& spec) {
  PlannedSet set;
  set.action = action;
  for (const Action& member : actions) {
    if (member.is_set()) {
      PlannedSet inner = Select(&member, member.actions, spec);
      if (inner.members.empty()) continue;
      set.members.push_back(std::move(inner));
    } else {
      if (!spec.tags.empty() && !Shares(member.tags, spec.tags)) continue;
      if (Shares(member.tags, spec.exclude_tags)) continue;
      set.members.push_back(PlannedSet{&member, {}, 0});
    }
    set.total_weight += member.weight;
  }
  return set;
}

// By class; empty for classes that do not take part.
Result<std::vector<PlannedSet>> SelectActions(const Scenario& scenario, const RunSpec& spec) {
  std::vector<std::string> names;
  for (const UserClass& user_class : scenario.classes) names.push_back(user_class.name);
  for (const std::string& wanted : spec.user_classes) {
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      return Invalid("unknown user class \"" + wanted + "\"" + DidYouMean(wanted, names));
    }
  }
  std::vector<PlannedSet> selected(scenario.classes.size());
  bool any = false;
  for (std::size_t i = 0; i < scenario.classes.size(); ++i) {
    const UserClass& user_class = scenario.classes[i];
    if (!spec.user_classes.empty() && !Shares(spec.user_classes, {user_class.name})) continue;
    selected[i] = Select(nullptr, user_class.actions, spec);
    any = any || !selected[i].members.empty();
  }
  if (!any) return Invalid("the tags leave no action to run; see the \"tags\" of the scenario");
  return selected;
}

std::vector<Stage> StagesOf(const Scenario& scenario, const RunSpec& spec, VirtualTime run_time) {
  if (!scenario.stages.empty() && spec.users == 0 && spec.run_time_ns == 0) return scenario.stages;
  Stage stage;
  stage.duration = run_time;
  stage.users = spec.users != 0 ? spec.users : scenario.users;
  stage.spawn_rate_milli =
      spec.spawn_rate_milli != 0 ? spec.spawn_rate_milli : scenario.spawn_rate_milli;
  return {stage};
}

VirtualTime RunTimeOf(const Scenario& scenario, const RunSpec& spec) {
  if (spec.run_time_ns > 0) return VirtualTime(spec.run_time_ns);
  if (scenario.run_time.count() > 0 && !scenario.arrivals.given()) return scenario.run_time;
  VirtualTime total{0};
  for (const Stage& stage : scenario.stages) total += stage.duration;
  total += DurationOf(scenario.arrivals);
  return total.count() > 0 ? total : VirtualTime::max();
}

bool StandsStill(const std::optional<WaitTime>& wait, const std::vector<Action>& actions) {
  if (wait && wait->longest().count() == 0) return true;
  return std::any_of(actions.begin(), actions.end(), [](const Action& action) {
    return action.is_set() && StandsStill(action.wait, action.actions);
  });
}

// Whether a user may go on and on without time passing.
bool MayStandStill(const UserClass& user_class) {
  return StandsStill(user_class.wait, user_class.actions);
}

Arrivals ArrivalsOf(const Scenario& scenario, const RunSpec& spec) {
  Arrivals arrivals = scenario.arrivals;
  if (spec.users != 0) arrivals.max_users = spec.users;
  if (arrivals.constant && spec.run_time_ns > 0) {
    arrivals.stages.front().duration = VirtualTime(spec.run_time_ns);
  }
  return arrivals;
}

void AddText(const PlannedText& text, Digest* digest) {
  digest->Add(HashBytes(text.text));
  digest->Add(text.holes.size());
  for (const Hole& hole : text.holes) {
    digest->Add(hole.offset << 16 | static_cast<std::uint64_t>(hole.kind) << 8 |
                static_cast<std::uint64_t>(hole.quoting));
    digest->Add(HashBytes(*hole.name));
    digest->Add(static_cast<std::uint64_t>(hole.draw) << 32 ^ hole.position);
  }
}

void AddRequest(const PlannedRequest& request, Digest* digest) {
  digest->Add(HashBytes(request.step->method));
  digest->Add(HashBytes(request.step->name.text()));
  AddText(request.target, digest);
  digest->Add(request.headers.size());
  for (const PlannedHeader& header : request.headers) {
    digest->Add(HashBytes(*header.name));
    AddText(header.value, digest);
  }
  AddText(request.body, digest);
}

// All of it: a row that no request uses yet is part of what was planned with.
void AddTable(const DataTable& table, Digest* digest) {
  digest->Add(HashBytes(table.name));
  digest->Add(static_cast<std::uint64_t>(table.pick));
  for (const std::string& column : table.columns) digest->Add(HashBytes(column));
  for (const DataValue& value : table.cells) {
    digest->Add(HashBytes(value.text) ^ static_cast<std::uint64_t>(value.raw_json));
  }
}

void AddAction(const PlannedAction& action, Digest* digest) {
  digest->Add(static_cast<std::uint64_t>(action.kind) | static_cast<std::uint64_t>(action.iteration)
                                                            << 8);
  digest->Add(HashBytes(*action.name));
  digest->Add(static_cast<std::uint64_t>(action.intended.count()));
  digest->Add(static_cast<std::uint64_t>(action.wait.count()));
  digest->Add(action.requests.size());
  for (const PlannedRequest& request : action.requests) AddRequest(request, digest);
}

}  // namespace

Result<Plan> Plan::Make(const Scenario& scenario, const RunSpec& spec, const PlanLimits& limits) {
  Plan plan;
  plan.scenario_ = &scenario;
  plan.seed_ = spec.seed;
  plan.epoch_seconds_ = spec.epoch_seconds;
  if (spec.pacing != "planned" && spec.pacing != "closed") {
    return Invalid("--pacing: expected planned or closed, got \"" + spec.pacing + "\"");
  }
  plan.pacing_ = spec.pacing == "closed" ? Pacing::kClosed : Pacing::kPlanned;
  plan.run_time_ = RunTimeOf(scenario, spec);

  auto selected = SelectActions(scenario, spec);
  if (!selected) return selected.error();
  plan.sets_ = std::move(*selected);
  const auto spawned = plan.Spawn(spec, limits);
  if (!spawned) return spawned.error();
  const auto limited = plan.LimitActions(spec);
  if (!limited) return limited.error();
  const auto data = plan.CheckData();
  if (!data) return data.error();
  const auto checked = plan.CheckWaits();
  if (!checked) return checked.error();
  const auto added = plan.AddUp(limits);
  if (!added) return added.error();
  return plan;
}

Result<void> Plan::Spawn(const RunSpec& spec, const PlanLimits& limits) {
  std::vector<UserClass> candidates;  // weights and counts only
  std::vector<const UserClass*> originals;
  for (std::size_t i = 0; i < scenario_->classes.size(); ++i) {
    if (sets_[i].members.empty()) continue;
    UserClass candidate;
    candidate.weight = scenario_->classes[i].weight;
    candidate.fixed_count = scenario_->classes[i].fixed_count;
    candidates.push_back(std::move(candidate));
    originals.push_back(&scenario_->classes[i]);
  }
  Result<std::vector<redrive::Spawn>> spawned = std::vector<redrive::Spawn>();
  if (scenario_->arrivals.given()) {
    if (spec.spawn_rate_milli != 0) {
      return Invalid(
          "--spawn-rate has no meaning for a scenario with \"arrivals\": the rate is there");
    }
    const Arrivals arrivals = ArrivalsOf(*scenario_, spec);
    carried_max_ = arrivals.max_users;
    spawned = SpawnArrivals(arrivals, candidates, run_time_, limits.users_max,
                            Rng(seed_).Split("arrivals"));
  } else {
    const std::vector<Stage> stages = StagesOf(*scenario_, spec, run_time_);
    spawned = SpawnStages(stages, candidates, run_time_, limits.users_max);
  }
  if (!spawned) return spawned.error();
  if (spawned->empty()) {
    return Invalid("no user would start: every class has weight 0 and no fixed_count");
  }
  for (const redrive::Spawn& spawn : *spawned) {
    const UserClass* const user_class = originals[spawn.user_class];
    users_.push_back(PlannedUser{user_class, spawn.start, spawn.stop, user_class->iterations});
    // An arrival does one thing and goes.
    if (carried_max_ != 0) users_.back().actions_max = std::max(1U, user_class->iterations);
  }
  return {};
}

// The iterations of all users together, dealt out: a user without any does not start.
Result<void> Plan::LimitActions(const RunSpec& spec) {
  std::uint64_t iterations = scenario_->iterations;
  for (const auto& [name, value] : spec.settings) {
    if (name != kIterationsSetting) continue;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), iterations);
    if (error != std::errc() || end != value.data() + value.size() || iterations == 0) {
      return Invalid("--iterations: expected a whole number above zero, got \"" + value + "\"");
    }
  }
  if (iterations == 0) return {};
  std::vector<std::uint32_t> own;
  for (const PlannedUser& user : users_) own.push_back(user.actions_max);
  const std::vector<std::uint32_t> dealt =
      DealIterations(std::min(iterations, kIterationsMax), own);
  users_.resize(dealt.size());
  for (std::size_t i = 0; i < dealt.size(); ++i) users_[i].actions_max = dealt[i];
  return {};
}

Result<void> Plan::CheckData() const {
  for (const DataTable& table : scenario_->data) {
    if (table.pick != DataPick::kUnique || users_.size() <= table.rows()) continue;
    return Invalid("\"data\": " + table.name + " has " + std::to_string(table.rows()) +
                   " rows for " + std::to_string(users_.size()) +
                   " users, who must have one each (\"pick\": \"unique\"): add rows, lower the " +
                   "users, or pick by \"user\"");
  }
  return {};
}

Result<void> Plan::CheckWaits() const {
  for (const PlannedUser& user : users_) {
    const UserClass& user_class = *user.user_class;
    if (user.actions_max > 0) continue;
    if (user.stop == VirtualTime::max()) {
      return Invalid("class " + user_class.name +
                     " would never end: give a run time (\"run_time\", "
                     "--run-time) or \"iterations\"");
    }
    if (pacing_ == Pacing::kPlanned && MayStandStill(user_class)) {
      return Invalid("class " + user_class.name +
                     " has no think time, or a set of it has none, so that its planned times "
                     "would all be one: give a \"wait_time\" or \"iterations\", or use --pacing "
                     "closed");
    }
  }
  return {};
}

Result<void> Plan::AddUp(const PlanLimits& limits) {
  Digest digest;
  digest.Add(static_cast<std::uint64_t>(pacing_));
  digest.Add(users_.size());
  for (std::size_t i = 0; i < scenario_->setup.size(); ++i) {
    const std::uint32_t repeat = scenario_->setup[i].repeat;
    for (std::uint32_t n = 0; n < repeat; ++n) AddRequest(SetupRequest(i, n), &digest);
    digest.Add(repeat);
    requests_ += repeat;
  }
  for (std::uint32_t number = 0; number < users_.size(); ++number) {
    const PlannedUser& user = users_[number];
    digest.Add(HashBytes(user.user_class->name));
    digest.Add(static_cast<std::uint64_t>(user.start.count()));
    digest.Add(static_cast<std::uint64_t>(user.stop.count()));
    UserPlan user_plan(*this, number);
    const std::uint64_t most = user.actions_max == 0 && MayStandStill(*user.user_class)
                                   ? kEndlessActions
                                   : limits.actions_max + 1;
    for (std::uint64_t n = 0; n < most; ++n) {
      const auto action = user_plan.Next();
      if (!action) break;
      if (++actions_ > limits.actions_max) {
        return Error{ErrorCode::kLimit, "the plan has more than " +
                                            std::to_string(limits.actions_max) +
                                            " actions: lower the users or the run time"};
      }
      AddAction(*action, &digest);
      requests_ += action->requests.size();
    }
    const auto stop = user_plan.OnStop();
    if (stop) AddAction(*stop, &digest);
    if (stop) requests_ += stop->requests.size();
  }
  for (std::size_t i = 0; i < scenario_->audit.size(); ++i) {
    AddRequest(AuditRequest(i, 0), &digest);
  }
  digest.Add(static_cast<std::uint64_t>(scenario_->audit_every.count()));
  if (carried_max_ != 0) digest.Add(carried_max_);
  for (const DataTable& table : scenario_->data) AddTable(table, &digest);
  digest_ = digest.value();
  return {};
}

PlannedRequest Plan::RenderStep(const RequestStep& step, std::uint32_t user,
                                std::uint32_t iteration, const Rng& rng,
                                VirtualTime intended) const {
  RenderContext context;
  context.rng = rng;
  context.user = user;
  context.iteration = iteration;
  context.unix_seconds = epoch_seconds_ + intended.count() / 1'000'000'000;
  context.data = &scenario_->data;
  context.data_user = user < users_.size() ? user : iteration;
  PlannedRequest request;
  request.step = &step;
  request.target = Render(step.target, context);
  for (const HeaderTemplate& header : step.headers) {
    request.headers.push_back(
        PlannedHeader{&header.name, Render(header.value, context), header.optional});
  }
  if (scenario_->client_ip == ClientIp::kPerUser) {
    const std::uint32_t address = user + 1;
    PlannedHeader header;
    header.name = &ForwardedFor();
    header.value.text = "10." + std::to_string(address >> 16 & 255) + "." +
                        std::to_string(address >> 8 & 255) + "." + std::to_string(address & 255);
    request.headers.push_back(std::move(header));
  }
  if (step.body) request.body = Render(*step.body, context);
  return request;
}

PlannedRequest Plan::SetupRequest(std::size_t step, std::uint32_t repeat) const {
  const Rng rng = Rng(seed_).Split("setup").Split(step).Split(repeat);
  return RenderStep(scenario_->setup[step], setup_user(), repeat, rng, VirtualTime{0});
}

PlannedRequest Plan::AuditRequest(std::size_t step, std::uint32_t round) const {
  const Rng rng = Rng(seed_).Split("audit").Split(step).Split(round);
  const VirtualTime intended = scenario_->audit_every * round;
  return RenderStep(scenario_->audit[step], audit_user(), round, rng, intended);
}

std::uint32_t Plan::setup_user() const { return static_cast<std::uint32_t>(users_.size()); }
std::uint32_t Plan::audit_user() const { return setup_user() + 1; }

}  // namespace redrive
