#include "replayer/property_gen.h"

#include <rapidcheck/Random.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>

#include "core/rng.h"

namespace redrive::par {
namespace {

constexpr int kAttempts = 8;     // to find a command that fits, per place
constexpr int kMakersDepth = 4;  // results that results need

// Draws one plan. Each question is one draw, in an order that depends on earlier answers only.
class PlanDrawer {
 public:
  PlanDrawer(const Model& model, const PlanSize& size, Rng rng)
      : model_(model), size_(size), rng_(rng), on_(DrawSwarm()) {}

  Plan Draw() {
    const std::uint64_t prefix = rng_.Below(std::uint64_t{size_.prefix} + 1);
    for (std::uint64_t i = 0; i < prefix; ++i) (void)AddToPrefix(DrawKind(Place::kLanes), 0);
    if (!DrawLanes()) {  // the prefix has used up what the lanes need
      plan_.prefix.clear();
      (void)DrawLanes();
    }
    return Canonical(plan_);
  }

 private:
  // False: none of them holds anything.
  bool DrawLanes() {
    plan_.lanes.assign(size_.lanes, {});
    std::vector<std::uint64_t> lengths;
    for (std::uint32_t i = 0; i < size_.lanes; ++i) lengths.push_back(1 + rng_.Below(size_.length));
    for (std::uint32_t place = 0; place < size_.length; ++place) {
      for (std::uint32_t lane = 0; lane < size_.lanes; ++lane) {
        if (place < lengths[lane]) AddToLane(lane);
      }
    }
    return CountCommands(plan_) > plan_.prefix.size();
  }

  // Each kind is on in half of the plans, and what makes the results that it uses with it.
  std::vector<bool> DrawSwarm() {
    std::vector<bool> on(model_.kinds.size(), false);
    for (std::size_t i = 0; i < on.size(); ++i) {
      const bool chosen = rng_.Chance({.numerator = 1, .denominator = 2});
      if (chosen && model_.kinds[i].place != Place::kPrefix) TurnOn(on, i);
    }
    const auto in_lanes = [&](std::size_t i) { return model_.kinds[i].place != Place::kPrefix; };
    for (std::size_t i = 0; i < on.size(); ++i) {
      if (on[i] && in_lanes(i)) return on;
    }
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < on.size(); ++i) {
      if (in_lanes(i)) candidates.push_back(i);
    }
    TurnOn(on, candidates[rng_.Below(candidates.size())]);
    return on;
  }

  void TurnOn(std::vector<bool>& on, std::size_t kind) const {
    if (on[kind]) return;
    on[kind] = true;
    for (const std::string& use : model_.kinds[kind].uses) {
      for (std::size_t maker = 0; maker < on.size(); ++maker) {
        if (Makes(maker, UseType(use))) TurnOn(on, maker);
      }
    }
    for (std::size_t other = 0; other < on.size(); ++other) {
      if (IsAfter(kind, other)) TurnOn(on, other);
    }
  }

  [[nodiscard]] bool IsAfter(std::size_t kind, std::size_t other) const {
    const std::vector<std::string>& after = model_.kinds[kind].after;
    return std::find(after.begin(), after.end(), model_.kinds[other].name) != after.end();
  }

  [[nodiscard]] bool Makes(std::size_t kind, const std::string& type) const {
    return model_.kinds[kind].creates == type && model_.kinds[kind].place != Place::kLanes;
  }

  // A kind that is on and may be anywhere but only in `never`.
  std::size_t DrawKind(Place never) {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < on_.size(); ++i) {
      if (on_[i] && model_.kinds[i].place != never) candidates.push_back(i);
    }
    if (candidates.empty()) return model_.kinds.size();
    return candidates[rng_.Below(candidates.size())];
  }

  // Ids of results of `type` that a command at the end of `lane` may use; null: of the prefix.
  std::vector<std::uint32_t> Visible(const std::string& type,
                                     const std::vector<Command>* lane) const {
    std::vector<std::uint32_t> ids;
    const auto collect = [&](const std::vector<Command>& commands) {
      for (const Command& command : commands) {
        if (model_.kinds[command.kind].creates == type) ids.push_back(command.id);
      }
    };
    collect(plan_.prefix);
    if (lane != nullptr) collect(*lane);
    return ids;
  }

  // What lanes use should often be the same thing, or nothing races: every other time the first.
  std::uint32_t PickResult(const std::vector<std::uint32_t>& ids) {
    const bool first = rng_.Chance({.numerator = 1, .denominator = 2});
    return first ? ids.front() : ids[rng_.Below(ids.size())];
  }

  // False when something that it uses does not exist and cannot be made.
  bool DrawCommand(std::size_t kind, const std::vector<Command>* lane, int depth,
                   Command* command) {
    command->kind = kind;
    for (const std::string& use : model_.kinds[kind].uses) {
      if (Visible(UseType(use), lane).empty() && !MakeResult(UseType(use), depth)) return false;
      command->uses.push_back(PickResult(Visible(UseType(use), lane)));
    }
    for (const Argument& argument : model_.kinds[kind].arguments) {
      command->arguments.push_back(static_cast<std::uint32_t>(rng_.Below(argument.values.size())));
    }
    command->id = next_id_++;
    return true;
  }

  // Every other time what another lane does, mostly to the same results: most races are between two
  // of one kind. False: not this time.
  bool Echo(std::size_t lane, Command* command) {
    std::vector<const Command*> candidates;
    for (std::size_t other = 0; other < plan_.lanes.size(); ++other) {
      if (other == lane) continue;
      for (const Command& each : plan_.lanes[other]) candidates.push_back(&each);
    }
    const bool echoes = rng_.Chance({.numerator = 1, .denominator = 2});
    if (!echoes || candidates.empty()) return false;
    *command = *candidates[rng_.Below(candidates.size())];
    for (std::size_t i = 0; i < command->uses.size(); ++i) {
      const std::string type = UseType(model_.kinds[command->kind].uses[i]);
      const bool other = rng_.Chance({.numerator = 1, .denominator = 3});
      if (other) command->uses[i] = OtherResult(type, &plan_.lanes[lane], command->uses[i]);
    }
    command->id = next_id_++;
    for (std::size_t i = 0; i < command->arguments.size(); ++i) {
      const bool anew = rng_.Chance({.numerator = 1, .denominator = 2});
      const std::size_t values = model_.kinds[command->kind].arguments[i].values.size();
      if (anew) command->arguments[i] = static_cast<std::uint32_t>(rng_.Below(values));
    }
    return true;
  }

  // A result of `type` that is not `id`, made for it if need be; `id` when that is not possible.
  std::uint32_t OtherResult(const std::string& type, const std::vector<Command>* lane,
                            std::uint32_t id) {
    if (Visible(type, lane).size() < 2) (void)MakeResult(type, 0);
    std::vector<std::uint32_t> ids = Visible(type, lane);
    std::erase(ids, id);
    return ids.empty() ? id : ids[rng_.Below(ids.size())];
  }

  bool MakeResult(const std::string& type, int depth) {
    if (depth == kMakersDepth) return false;
    std::vector<std::size_t> makers;
    for (std::size_t i = 0; i < on_.size(); ++i) {
      if (on_[i] && Makes(i, type)) makers.push_back(i);
    }
    if (makers.empty()) return false;
    return AddToPrefix(makers[rng_.Below(makers.size())], depth + 1);
  }

  bool AddToPrefix(std::size_t kind, int depth) {
    if (kind == model_.kinds.size()) return false;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Command command;
      if (!DrawCommand(kind, nullptr, depth, &command)) return false;
      if (KeepInPrefix(command)) return true;
      Enable(command);
      if (KeepInPrefix(command)) return true;
    }
    return false;
  }

  bool KeepInPrefix(const Command& command) {
    plan_.prefix.push_back(command);
    const bool holds = HoldsInEveryOrder(model_, plan_);
    if (!holds) plan_.prefix.pop_back();
    return holds;
  }

  bool KeepInLane(std::size_t lane, const Command& command) {
    plan_.lanes[lane].push_back(command);
    const bool holds = HoldsInEveryOrder(model_, plan_);
    if (!holds) plan_.lanes[lane].pop_back();
    return holds;
  }

  // Sends before the lanes what the kind of `command` comes after, to the results that it uses.
  void Enable(const Command& command) {
    for (std::size_t other = 0; other < model_.kinds.size(); ++other) {
      if (!IsAfter(command.kind, other)) continue;
      Command enabling;
      enabling.kind = other;
      for (const std::string& use : model_.kinds[other].uses) {
        enabling.uses.push_back(UseOfType(command, UseType(use)));
      }
      for (const Argument& argument : model_.kinds[other].arguments) {
        const std::uint64_t value = rng_.Below(argument.values.size());
        enabling.arguments.push_back(static_cast<std::uint32_t>(value));
      }
      enabling.id = next_id_++;
      (void)KeepInPrefix(enabling);
    }
  }

  // 0, which is no command, when `command` uses nothing of the type.
  [[nodiscard]] std::uint32_t UseOfType(const Command& command, const std::string& type) const {
    const std::vector<std::string>& uses = model_.kinds[command.kind].uses;
    for (std::size_t i = 0; i < uses.size(); ++i) {
      if (UseType(uses[i]) == type) return command.uses[i];
    }
    return 0;
  }

  void AddToLane(std::size_t lane) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Command command;
      if (!Echo(lane, &command)) {
        const std::size_t kind = DrawKind(Place::kPrefix);
        if (!DrawCommand(kind, &plan_.lanes[lane], 0, &command)) continue;
      }
      if (KeepInLane(lane, command)) return;
      Enable(command);
      if (KeepInLane(lane, command)) return;
    }
  }

  const Model& model_;
  PlanSize size_;
  Rng rng_;
  std::vector<bool> on_;
  Plan plan_;
  std::uint32_t next_id_ = 1;
};

std::uint32_t Scaled(std::uint32_t value, int size) {
  const auto part = static_cast<std::uint32_t>(std::clamp(size, 0, rc::kNominalSize));
  return (value * part + rc::kNominalSize - 1) / rc::kNominalSize;
}

// All chance of a value comes from one draw of rapidcheck's generator: its own distributions are
// not part of what must be equal everywhere.
Rng TakeRng(const rc::Random& random) { return Rng(rc::Random(random).next()); }

Choices DrawChoices(std::size_t length, Rng rng) {
  Choices choices(length, 0);
  if (length == 0) return choices;
  const std::uint64_t switches = rng.Below(5);  // 0, 4: everywhere; otherwise so many places
  if (switches == 0 || switches == 4) {
    for (std::uint8_t& choice : choices) choice = static_cast<std::uint8_t>(rng.Below(kLanesMax));
    return choices;
  }
  for (std::uint64_t i = 0; i < switches; ++i) {
    const std::uint64_t place = rng.Below(length);
    choices[place] = static_cast<std::uint8_t>(1 + rng.Below(kLanesMax - 1));
  }
  return choices;
}

}  // namespace

Plan Canonical(const Plan& plan) {
  Plan canonical = plan;
  std::erase_if(canonical.lanes, [](const auto& lane) { return lane.empty(); });
  std::map<std::uint32_t, std::uint32_t> ids;
  const auto number = [&ids](std::vector<Command>& commands) {
    for (Command& command : commands) {
      const auto id = static_cast<std::uint32_t>(ids.size() + 1);
      ids[command.id] = id;
      command.id = id;
      for (std::uint32_t& use : command.uses) {
        const auto found = ids.find(use);
        use = found == ids.end() ? 0 : found->second;
      }
    }
  };
  number(canonical.prefix);
  for (std::vector<Command>& lane : canonical.lanes) number(lane);
  return canonical;
}

bool ChoiceStrategy::BeginExecution(std::uint64_t) {
  at_ = 0;
  return true;
}

std::uint32_t ChoiceStrategy::PickDraw(Label, std::uint32_t bound) { return Take(bound); }

std::uint32_t ChoiceStrategy::Take(std::uint32_t bound) {
  return at_ < choices_.size() ? choices_[at_++] % bound : 0;
}

Choices ChoicesOf(const Schedule& schedule) {
  Choices choices;
  for (const Decision& decision : schedule) {
    choices.push_back(static_cast<std::uint8_t>(decision.value));
  }
  while (!choices.empty() && choices.back() == 0) choices.pop_back();
  return choices;
}

namespace gen {

rc::Gen<Plan> ParallelPlan(std::shared_ptr<const Model> model, PlanSize size) {
  return [model, size](const rc::Random& random, int scale) {
    PlanSize scaled = size;
    scaled.prefix = Scaled(size.prefix, scale);
    scaled.length = std::max(1U, Scaled(size.length, scale));
    const Rng rng = TakeRng(random);
    return ShrinkablePlan(model, PlanDrawer(*model, scaled, rng).Draw());
  };
}

rc::Gen<Choices> Schedule(std::size_t length) {
  return [length](const rc::Random& random, int) {
    const Rng rng = TakeRng(random);
    return ShrinkableChoices(DrawChoices(length, rng));
  };
}

}  // namespace gen
}  // namespace redrive::par
