// HoldsInEveryOrder: walks all orders in which lanes can be served, over the abstract state.
#include <set>
#include <utility>

#include "replayer/property_gen.h"

namespace redrive::par {
namespace {

bool Always(const Predicate& predicate, const State& state, const Call& call) {
  return !predicate || predicate(state, call);
}

class Orders {
 public:
  Orders(const Model& model, const Plan& plan, std::size_t states_max)
      : model_(model), plan_(plan), states_max_(states_max) {
    for (const std::vector<Command>& lane : plan.lanes) {
      std::vector<Call>& calls = calls_.emplace_back();
      for (const Command& command : lane) calls.push_back(CallOf(model, plan, command));
    }
  }

  bool Hold() {
    State state;
    for (const Command& command : plan_.prefix) {
      const Kind& kind = model_.kinds[command.kind];
      const Call call = CallOf(model_, plan_, command);
      if (kind.place == Place::kLanes || !MayBeSent(kind, state, call)) return false;
      if (!Always(kind.accepted, state, call)) return false;
      Apply(kind, state, call);
    }
    if (!OwnResultsOnly()) return false;
    return Walk(std::vector<std::size_t>(plan_.lanes.size(), 0), state);
  }

 private:
  bool MayBeSent(const Kind& kind, const State& state, const Call& call) const {
    for (const auto& [name, variable] : call.uses) {
      if (variable.empty() || !state.Exists(variable)) return false;
    }
    return Always(kind.precondition, state, call);
  }

  static void Apply(const Kind& kind, State& state, const Call& call) {
    if (!call.result.empty()) state.Create(call.result);
    if (kind.effect) kind.effect(state, call);
  }

  // A virtual user knows what setup and its own answers gave, never the answers of another.
  bool OwnResultsOnly() const {
    std::set<std::uint32_t> common;
    for (const Command& command : plan_.prefix) common.insert(command.id);
    for (const std::vector<Command>& lane : plan_.lanes) {
      std::set<std::uint32_t> known = common;
      for (const Command& command : lane) {
        for (const std::uint32_t use : command.uses) {
          if (known.count(use) == 0) return false;
        }
        if (model_.kinds[command.kind].place == Place::kPrefix) return false;
        known.insert(command.id);
      }
    }
    return true;
  }

  bool Walk(const std::vector<std::size_t>& positions, const State& state) {
    if (!seen_.emplace(positions, state).second) return true;
    if (seen_.size() > states_max_) return false;
    for (std::size_t lane = 0; lane < positions.size(); ++lane) {
      if (positions[lane] == calls_[lane].size()) continue;
      const Kind& kind = model_.kinds[plan_.lanes[lane][positions[lane]].kind];
      const Call& call = calls_[lane][positions[lane]];
      if (!MayBeSent(kind, state, call)) return false;
      State after = state;
      if (Always(kind.accepted, state, call)) Apply(kind, after, call);
      std::vector<std::size_t> next = positions;
      ++next[lane];
      if (!Walk(next, after)) return false;
    }
    return true;
  }

  const Model& model_;
  const Plan& plan_;
  std::size_t states_max_;
  std::vector<std::vector<Call>> calls_;
  std::set<std::pair<std::vector<std::size_t>, State>> seen_;
};

}  // namespace

bool HoldsInEveryOrder(const Model& model, const Plan& plan, std::size_t states_max) {
  return Orders(model, plan, states_max).Hold();
}

}  // namespace redrive::par
