// One user's way through its class: which action comes next, from which set, and when.
#include <algorithm>

#include "core/check.h"
#include "recorder/plan.h"

namespace redrive {

UserPlan::UserPlan(const Plan& plan, std::uint32_t user)
    : plan_(plan),
      user_(plan.users_.at(user)),
      number_(user),
      rng_(Rng(plan.seed_).Split("user").Split(user)),
      next_(user_.start) {
  const auto index = static_cast<std::size_t>(user_.user_class - plan.scenario_->classes.data());
  frames_.push_back(Frame{&plan.sets_[index]});
}

std::optional<PlannedAction> UserPlan::Next() {
  static const std::string kOnStart = "on_start";
  const UserClass& user_class = *user_.user_class;
  open_.clear();
  for (std::size_t depth = 1; depth < frames_.size(); ++depth) {
    if (!frames_[depth].stopped) open_.push_back(frames_[depth].set->action);
  }
  if (next_ >= user_.stop) return std::nullopt;
  PlannedAction result;
  if (!start_done_ && !user_class.on_start.empty()) {
    result = MakeAction(ActionKind::kOnStart, kOnStart, user_class.on_start);
  } else {
    if (user_.actions_max != 0 && done_ == user_.actions_max) return std::nullopt;
    const Chosen chosen = Choose(rng_.Split(iteration_));
    const Action& action = *chosen.action;
    switch (chosen.kind) {
      case ActionKind::kSetStart:
        result = MakeAction(chosen.kind, action.start_name, action.on_start);
        break;
      case ActionKind::kSetStop:
        result = MakeAction(chosen.kind, action.stop_name, action.on_stop);
        break;
      default:
        ++done_;
        result = MakeAction(chosen.kind, action.name, action.steps);
    }
  }
  start_done_ = true;
  ++iteration_;
  next_ += result.wait;
  return result;
}

// Leaves the sets that have had their runs, and enters those that are chosen, up to something to
// send. In one call each depth is drawn for once at most, so the depth is label enough.
UserPlan::Chosen UserPlan::Choose(const Rng& rng) {
  while (true) {
    Frame& frame = frames_.back();
    const std::size_t depth = frames_.size() - 1;
    if (depth > 0 && frame.runs != 0 && frame.done == frame.runs) {
      const Action* const left = frame.set->action;
      if (!left->on_stop.empty() && !frame.stopped) {
        frame.stopped = true;
        return {ActionKind::kSetStop, left};
      }
      frames_.pop_back();
      continue;
    }
    const Rng draws = rng.Split("action");
    const std::size_t index = ChooseMember(frame, depth == 0 ? draws : draws.Split(depth));
    ++frame.done;
    frame.last = index;
    const PlannedSet& member = frame.set->members[index];
    if (member.members.empty()) return {ActionKind::kAction, member.action};
    Enter(member, rng);
    if (!member.action->on_start.empty()) return {ActionKind::kSetStart, member.action};
  }
}

void UserPlan::Enter(const PlannedSet& set, const Rng& rng) {
  Frame frame{&set};
  Rng draws = rng.Split("runs").Split(frames_.size());
  const std::int64_t runs = draws.Between(set.action->runs_first, set.action->runs_last);
  frame.runs = static_cast<std::uint64_t>(runs);
  frames_.push_back(frame);
}

std::size_t UserPlan::ChooseMember(const Frame& frame, Rng rng) const {
  const PlannedSet& set = *frame.set;
  const SetOrder order = set.action == nullptr ? SetOrder::kWeighted : set.action->order;
  if (order == SetOrder::kMarkov) {
    if (frame.done == 0) return 0;
    const std::vector<Transition>& next = set.action->transitions[frame.last];
    std::uint64_t total = 0;
    for (const Transition& transition : next) total += transition.weight;
    std::uint64_t place = rng.Below(total);
    std::size_t index = 0;
    while (place >= next[index].weight) place -= next[index++].weight;
    return next[index].to;
  }
  std::uint64_t place =
      order == SetOrder::kSequential ? frame.done % set.total_weight : rng.Below(set.total_weight);
  std::size_t index = 0;
  while (place >= set.members[index].action->weight) {
    place -= set.members[index++].action->weight;
  }
  return index;
}

std::optional<PlannedAction> UserPlan::OnStop() {
  static const std::string kOnStop = "on_stop";
  PlannedAction action = MakeAction(ActionKind::kOnStop, kOnStop, {});
  for (auto set = open_.rbegin(); set != open_.rend(); ++set) {
    AddRequests((*set)->on_stop, &action);
  }
  AddRequests(user_.user_class->on_stop, &action);
  if (action.requests.empty()) return std::nullopt;
  return action;
}

PlannedAction UserPlan::MakeAction(ActionKind kind, const std::string& name,
                                   const std::vector<RequestStep>& steps) const {
  PlannedAction action;
  action.kind = kind;
  action.iteration = iteration_;
  action.name = &name;
  action.intended = next_;
  const WaitTime& wait = CurrentWait();
  action.pacing = wait.kind == WaitKind::kConstantPacing;
  if (kind != ActionKind::kOnStop) {
    action.wait = wait.first;
    if (wait.kind == WaitKind::kBetween) {
      Rng draws = rng_.Split(iteration_).Split("wait");
      action.wait = std::chrono::microseconds(
          draws.Between(wait.first.count() / 1'000, wait.last.count() / 1'000));
    }
  }
  AddRequests(steps, &action);
  return action;
}

void UserPlan::AddRequests(const std::vector<RequestStep>& steps, PlannedAction* action) const {
  const Rng rng = rng_.Split(iteration_);
  for (const RequestStep& step : steps) {
    action->requests.push_back(plan_.RenderStep(step, number_, iteration_, rng, next_));
  }
}

// Of the innermost set that has one.
const WaitTime& UserPlan::CurrentWait() const {
  for (std::size_t depth = frames_.size() - 1; depth > 0; --depth) {
    const std::optional<WaitTime>& wait = frames_[depth].set->action->wait;
    if (wait) return *wait;
  }
  return user_.user_class->wait;
}

}  // namespace redrive
