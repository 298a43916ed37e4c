// How plans and choices get smaller: the first shrinks cut the most. Every step lowers the number
// of commands, or keeps it and lowers those of the lanes, or keeps both and lowers numbers; so
// shrinking ends.
#include <rapidcheck/shrink/Shrink.h>
#include <rapidcheck/shrinkable/Create.h>

#include <algorithm>
#include <set>

#include "replayer/property_gen.h"

namespace redrive::par {
namespace {

std::vector<std::uint32_t> IdsOf(const Plan& plan) {
  std::vector<std::uint32_t> ids;
  for (const Command& command : plan.prefix) ids.push_back(command.id);
  for (const std::vector<Command>& lane : plan.lanes) {
    for (const Command& command : lane) ids.push_back(command.id);
  }
  return ids;
}

// Only the commands of `kept`, without those that use a result that is gone.
Plan Keep(const Plan& plan, const std::vector<std::uint32_t>& kept) {
  std::set<std::uint32_t> left(kept.begin(), kept.end());
  const auto drop = [&left](const Command& command) {
    const bool whole = std::all_of(command.uses.begin(), command.uses.end(),
                                   [&](std::uint32_t use) { return left.count(use) != 0; });
    if (!whole) left.erase(command.id);
    return left.count(command.id) == 0;
  };
  Plan smaller = plan;
  std::erase_if(smaller.prefix, drop);
  for (std::vector<Command>& lane : smaller.lanes) std::erase_if(lane, drop);
  return Canonical(smaller);
}

void AddWithoutLanes(const Plan& plan, std::vector<Plan>& shrinks) {
  for (std::size_t i = 0; i < plan.lanes.size(); ++i) {
    Plan smaller = plan;
    smaller.lanes.erase(smaller.lanes.begin() + static_cast<std::ptrdiff_t>(i));
    shrinks.push_back(Canonical(smaller));
  }
}

void AddWithoutChunks(const Plan& plan, std::vector<Plan>& shrinks) {
  rc::Seq<std::vector<std::uint32_t>> rest = rc::shrink::removeChunks(IdsOf(plan));
  for (auto kept = rest.next(); kept; kept = rest.next()) shrinks.push_back(Keep(plan, *kept));
}

void AddMovedToPrefix(const Plan& plan, std::vector<Plan>& shrinks) {
  for (std::size_t i = 0; i < plan.lanes.size(); ++i) {
    Plan moved = plan;
    moved.prefix.push_back(moved.lanes[i].front());
    moved.lanes[i].erase(moved.lanes[i].begin());
    shrinks.push_back(Canonical(moved));
  }
}

// `part` tells which list of commands of the plan: the prefix, or a lane.
std::vector<Command>& PartOf(Plan& plan, std::size_t part) {
  return part == 0 ? plan.prefix : plan.lanes[part - 1];
}

void AddLowerNumbers(const Plan& plan, std::vector<Plan>& shrinks) {
  for (std::size_t part = 0; part <= plan.lanes.size(); ++part) {
    Plan changed = plan;
    for (Command& command : PartOf(changed, part)) {
      for (std::vector<std::uint32_t>* numbers : {&command.arguments, &command.uses}) {
        const std::uint32_t least = numbers == &command.uses ? 1 : 0;
        for (std::uint32_t& number : *numbers) {
          const std::uint32_t old = number;
          rc::Seq<std::uint32_t> lower = rc::shrink::towards(old, std::min(old, least));
          for (auto value = lower.next(); value; value = lower.next()) {
            number = *value;
            shrinks.push_back(changed);
          }
          number = old;
        }
      }
    }
  }
}

// Every argument of the plan, in order.
std::vector<std::uint32_t*> ArgumentsOf(Plan& plan) {
  std::vector<std::uint32_t*> arguments;
  for (std::size_t part = 0; part <= plan.lanes.size(); ++part) {
    for (Command& command : PartOf(plan, part)) {
      for (std::uint32_t& argument : command.arguments) arguments.push_back(&argument);
    }
  }
  return arguments;
}

// Two at once, for what must stay equal or in proportion: one document twice, a part and its price.
void AddLowerPairs(const Plan& plan, std::vector<Plan>& shrinks) {
  Plan changed = plan;
  const std::vector<std::uint32_t*> arguments = ArgumentsOf(changed);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (std::size_t j = i + 1; j < arguments.size(); ++j) {
      if (*arguments[i] == 0 || *arguments[j] == 0) continue;
      --*arguments[i];
      --*arguments[j];
      shrinks.push_back(changed);
      ++*arguments[i];
      ++*arguments[j];
    }
  }
}

// A use must be of the type that the kind says; the rest is HoldsInEveryOrder's.
bool TypesFit(const Model& model, const Plan& plan) {
  std::map<std::uint32_t, std::string> types;
  const auto fits = [&](const Command& command) {
    const Kind& kind = model.kinds[command.kind];
    for (std::size_t i = 0; i < command.uses.size(); ++i) {
      const auto found = types.find(command.uses[i]);
      if (found == types.end() || found->second != UseType(kind.uses[i])) return false;
    }
    types[command.id] = kind.creates;
    return true;
  };
  if (!std::all_of(plan.prefix.begin(), plan.prefix.end(), fits)) return false;
  return std::all_of(plan.lanes.begin(), plan.lanes.end(),
                     [&](const auto& lane) { return std::all_of(lane.begin(), lane.end(), fits); });
}

rc::Seq<Plan> ShrinkPlan(const std::shared_ptr<const Model>& model, const Plan& plan) {
  std::vector<Plan> shrinks;
  AddWithoutLanes(plan, shrinks);
  AddWithoutChunks(plan, shrinks);
  AddMovedToPrefix(plan, shrinks);
  AddLowerNumbers(plan, shrinks);
  AddLowerPairs(plan, shrinks);
  return rc::seq::filter(rc::seq::fromContainer(std::move(shrinks)), [model](const Plan& smaller) {
    return !smaller.lanes.empty() && TypesFit(*model, smaller) &&
           HoldsInEveryOrder(*model, smaller);
  });
}

// Zero is "go on with the one that ran last", so first as many as possible become zero; then
// numbers get lower and the list gets shorter.
rc::Seq<Choices> ShrinkChoices(Choices choices) {
  std::vector<Choices> shrinks;
  const auto add = [&](Choices shorter) {
    while (!shorter.empty() && shorter.back() == 0) shorter.pop_back();
    if (shorter != choices) shrinks.push_back(std::move(shorter));
  };
  for (std::size_t chunk = choices.size(); chunk > 0; chunk /= 2) {
    for (std::size_t at = 0; at < choices.size(); at += chunk) {
      Choices zeroed = choices;
      const std::size_t end = std::min(at + chunk, zeroed.size());
      for (std::size_t i = at; i < end; ++i) zeroed[i] = 0;
      if (zeroed != choices) shrinks.push_back(zeroed);
      Choices cut = choices;
      cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(at),
                cut.begin() + static_cast<std::ptrdiff_t>(end));
      add(std::move(cut));
    }
  }
  const auto lower = [](std::uint8_t choice) {
    return rc::shrink::towards<std::uint8_t>(choice, 0);
  };
  return rc::seq::concat(rc::seq::fromContainer(std::move(shrinks)),
                         rc::shrink::eachElement(std::move(choices), lower));
}

}  // namespace

rc::Shrinkable<Plan> ShrinkablePlan(std::shared_ptr<const Model> model, Plan plan) {
  return rc::shrinkable::shrinkRecur(
      std::move(plan), [model](const Plan& larger) { return ShrinkPlan(model, larger); });
}

rc::Shrinkable<Choices> ShrinkableChoices(Choices choices) {
  return rc::shrinkable::shrinkRecur(std::move(choices),
                                     [](const Choices& larger) { return ShrinkChoices(larger); });
}

}  // namespace redrive::par
