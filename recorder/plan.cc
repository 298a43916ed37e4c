#include "recorder/plan.h"

#include <algorithm>

#include "core/check.h"
#include "recorder/nearest.h"

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

// The actions that the tags leave, by class; empty for classes that do not take part.
Result<std::vector<std::vector<const Action*>>> SelectActions(const Scenario& scenario,
                                                              const RunSpec& spec) {
  std::vector<std::string> names;
  for (const UserClass& user_class : scenario.classes) names.push_back(user_class.name);
  for (const std::string& wanted : spec.user_classes) {
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      return Invalid("unknown user class \"" + wanted + "\"" + DidYouMean(wanted, names));
    }
  }
  std::vector<std::vector<const Action*>> selected(scenario.classes.size());
  bool any = false;
  for (std::size_t i = 0; i < scenario.classes.size(); ++i) {
    const UserClass& user_class = scenario.classes[i];
    if (!spec.user_classes.empty() && !Shares(spec.user_classes, {user_class.name})) continue;
    for (const Action& action : user_class.actions) {
      if (!spec.tags.empty() && !Shares(action.tags, spec.tags)) continue;
      if (Shares(action.tags, spec.exclude_tags)) continue;
      selected[i].push_back(&action);
      any = true;
    }
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
  if (scenario.run_time.count() > 0) return scenario.run_time;
  VirtualTime total{0};
  for (const Stage& stage : scenario.stages) total += stage.duration;
  return total.count() > 0 ? total : VirtualTime::max();
}

// Ramps up and down as Locust does: max(1, floor(rate)) users at once, so often that the rate
// holds; the last started stop first. Users are numbered in order of their start.
std::vector<PlannedUser> SpawnUsers(const std::vector<Stage>& stages,
                                    const std::vector<UserClass>& candidates,
                                    const std::vector<const UserClass*>& originals,
                                    VirtualTime run_time, std::uint64_t users_max) {
  std::vector<PlannedUser> users;
  std::vector<std::size_t> active;
  VirtualTime begin{0};
  std::size_t capacity = 0;
  for (const Stage& stage : stages) capacity += stage.users;
  capacity = std::min<std::size_t>(capacity, users_max);
  const std::vector<std::size_t> order = DispatchOrder(candidates, capacity);
  for (const Stage& stage : stages) {
    const std::uint64_t batch = std::max<std::uint64_t>(1, stage.spawn_rate_milli / 1000);
    const VirtualTime interval(
        static_cast<std::int64_t>(batch * 1'000'000'000'000 / stage.spawn_rate_milli));
    const VirtualTime end =
        stage.duration == VirtualTime::max() ? stage.duration : begin + stage.duration;
    for (VirtualTime at = begin; at < end && active.size() != stage.users; at += interval) {
      for (std::uint64_t i = 0; i < batch && active.size() < stage.users; ++i) {
        if (users.size() == order.size()) break;
        active.push_back(users.size());
        users.push_back(PlannedUser{originals[order[users.size()]], at, run_time});
      }
      if (active.size() < stage.users && users.size() == order.size()) break;
      for (std::uint64_t i = 0; i < batch && active.size() > stage.users; ++i) {
        users[active.back()].stop = at;
        active.pop_back();
      }
    }
    begin = end;
  }
  return users;
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
  plan.actions_by_class_ = std::move(*selected);
  std::vector<UserClass> candidates;  // names, weights and counts only
  std::vector<const UserClass*> originals;
  for (std::size_t i = 0; i < scenario.classes.size(); ++i) {
    if (plan.actions_by_class_[i].empty()) continue;
    UserClass candidate;
    candidate.weight = scenario.classes[i].weight;
    candidate.fixed_count = scenario.classes[i].fixed_count;
    candidates.push_back(std::move(candidate));
    originals.push_back(&scenario.classes[i]);
  }
  const std::vector<Stage> stages = StagesOf(scenario, spec, plan.run_time_);
  for (const Stage& stage : stages) {
    if (stage.users > limits.users_max) {
      return Error{ErrorCode::kLimit, "more than " + std::to_string(limits.users_max) + " users"};
    }
  }
  plan.users_ = SpawnUsers(stages, candidates, originals, plan.run_time_, limits.users_max);
  if (plan.users_.empty()) {
    return Invalid("no user would start: every class has weight 0 and no fixed_count");
  }
  const auto checked = plan.CheckWaits();
  if (!checked) return checked.error();
  const auto added = plan.AddUp(limits);
  if (!added) return added.error();
  return plan;
}

Result<void> Plan::CheckWaits() const {
  for (const PlannedUser& user : users_) {
    const UserClass& user_class = *user.user_class;
    if (user_class.iterations > 0) continue;
    if (user.stop == VirtualTime::max()) {
      return Invalid("class " + user_class.name +
                     " would never end: give a run time (\"run_time\", "
                     "--run-time) or \"iterations\"");
    }
    const VirtualTime longest = std::max(user_class.wait.first, user_class.wait.last);
    if (pacing_ == Pacing::kPlanned && longest.count() == 0) {
      return Invalid("class " + user_class.name +
                     " has no think time, so that its planned times "
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
    const VirtualTime longest = std::max(user.user_class->wait.first, user.user_class->wait.last);
    const std::uint64_t most = longest.count() == 0 && user.user_class->iterations == 0
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

UserPlan::UserPlan(const Plan& plan, std::uint32_t user)
    : plan_(plan),
      user_(plan.users_.at(user)),
      number_(user),
      class_index_(static_cast<std::size_t>(user_.user_class - plan.scenario_->classes.data())),
      rng_(Rng(plan.seed_).Split("user").Split(user)),
      next_(user_.start) {
  for (const Action* action : plan_.actions_by_class_[class_index_])
    total_weight_ += action->weight;
}

std::optional<PlannedAction> UserPlan::Next() {
  static const std::string kOnStart = "on_start";
  const UserClass& user_class = *user_.user_class;
  if (next_ >= user_.stop) return std::nullopt;
  PlannedAction result;
  if (!start_done_ && !user_class.on_start.empty()) {
    result = MakeAction(ActionKind::kOnStart, kOnStart, user_class.on_start);
  } else {
    if (user_class.iterations != 0 && done_ == user_class.iterations) return std::nullopt;
    ++done_;
    Rng rng = rng_.Split(iteration_).Split("action");
    std::uint64_t place = rng.Below(total_weight_);
    const auto& actions = plan_.actions_by_class_[class_index_];
    std::size_t index = 0;
    while (place >= actions[index]->weight) place -= actions[index++]->weight;
    result = MakeAction(ActionKind::kAction, actions[index]->name, actions[index]->steps);
  }
  start_done_ = true;
  ++iteration_;
  next_ += result.wait;
  return result;
}

std::optional<PlannedAction> UserPlan::OnStop() {
  static const std::string kOnStop = "on_stop";
  if (user_.user_class->on_stop.empty()) return std::nullopt;
  return MakeAction(ActionKind::kOnStop, kOnStop, user_.user_class->on_stop);
}

PlannedAction UserPlan::MakeAction(ActionKind kind, const std::string& name,
                                   const std::vector<RequestStep>& steps) const {
  const Rng rng = rng_.Split(iteration_);
  PlannedAction action;
  action.kind = kind;
  action.iteration = iteration_;
  action.name = &name;
  action.intended = next_;
  action.wait = kind == ActionKind::kOnStop ? VirtualTime{0} : DrawWait(rng);
  action.pacing = user_.user_class->wait.kind == WaitKind::kConstantPacing;
  for (const RequestStep& step : steps) {
    action.requests.push_back(plan_.RenderStep(step, number_, iteration_, rng, next_));
  }
  return action;
}

VirtualTime UserPlan::DrawWait(const Rng& rng) const {
  const WaitTime& wait = user_.user_class->wait;
  if (wait.kind != WaitKind::kBetween) return wait.first;
  Rng draws = rng.Split("wait");
  const std::int64_t microseconds =
      draws.Between(wait.first.count() / 1'000, wait.last.count() / 1'000);
  return std::chrono::microseconds(microseconds);
}

}  // namespace redrive
