#include "replayer/check_effects.h"

#include <algorithm>

namespace redrive {
namespace {

void CollectOne(Judgement& judgement, const Change& change, int sign, const Place& place,
                Effects& into) {
  const Operation& operation = place.operation;
  const std::optional<std::string> item = EvaluateKey(change.key, place);
  const std::optional<Decimal> quantity = change.quantity.Number(place);
  if (!quantity || (!item && operation.outcome() != Outcome::kInfo)) {
    judgement.Missing(operation, "no item or quantity at " + change.quantity.text);
    return;
  }
  const Effect effect{&operation, sign < 0 ? -*quantity : *quantity};
  if (item)
    into.by_item[*item].push_back(effect);
  else
    into.anywhere.push_back(effect);
}

std::map<std::string, Reading> Read(Judgement& judgement, const NumberSource& source, bool last) {
  std::map<std::string, Reading> readings;
  if (source.fixed) {
    readings[""] = {nullptr, *source.fixed};
    return readings;
  }
  for (const Operation* operation : source.requests.Select(judgement.history())) {
    if (!operation->ok()) continue;
    const Place place{judgement.history(), *operation};
    const std::optional<std::string> item = EvaluateKey(source.key, place);
    const std::optional<Decimal> value = source.value.Number(place);
    if (!item || !value) {
      judgement.Missing(*operation, "no item or number at " + source.value.text);
      continue;
    }
    if (last)
      readings[*item] = {operation, *value};
    else
      readings.emplace(*item, Reading{operation, *value});
  }
  return readings;
}

}  // namespace

void CollectEffects(Judgement& judgement, const std::vector<Change>& changes, int sign,
                    Effects& effects, Effects* refused) {
  const History& history = judgement.history();
  for (const Change& change : changes) {
    for (const Operation* operation : change.requests.Select(history)) {
      const bool is_refused = operation->outcome() == Outcome::kFail;
      if (is_refused && !refused) continue;
      Effects& into = is_refused ? *refused : effects;
      if (!change.each) {
        CollectOne(judgement, change, sign, {history, *operation}, into);
        continue;
      }
      std::vector<JsonNode> items;
      if (const JsonText* body = history.RequestJson(*operation)) {
        JsonText::Resolve(body->root(), *change.each, items);
      }
      for (const JsonNode& item : items) {
        const Place place{history, *operation, &item};
        if (change.requests.MatchesItem(place)) CollectOne(judgement, change, sign, place, into);
      }
    }
  }
}

std::map<std::string, Reading> ReadFirst(Judgement& judgement, const NumberSource& source) {
  return Read(judgement, source, /*last=*/false);
}

std::map<std::string, Reading> ReadLast(Judgement& judgement, const NumberSource& source) {
  return Read(judgement, source, /*last=*/true);
}

const Reading* FindReading(const std::map<std::string, Reading>& readings,
                           const std::string& item) {
  const auto found = readings.find(item);
  if (found != readings.end()) return &found->second;
  const auto for_all = readings.find("");
  return for_all == readings.end() ? nullptr : &for_all->second;
}

Inside StandsInside(const Effect& effect, const Operation* from, const Operation* to) {
  const Operation& operation = *effect.operation;
  const bool self = &operation == from || &operation == to;
  if (self || (from && operation.end() < from->begin())) return Inside::kNo;
  if (to && operation.begin() > to->end()) return Inside::kNo;
  if (!operation.ok()) return Inside::kPerhaps;
  if (from && operation.begin() < from->end()) return Inside::kPerhaps;
  if (to && operation.end() > to->begin()) return Inside::kPerhaps;
  return Inside::kYes;
}

std::vector<std::uint64_t> WitnessesOfSum(const Operation* main,
                                          const std::vector<Effect>& effects) {
  constexpr std::size_t kWitnessesMax = 8;
  std::vector<std::uint64_t> ids;
  if (main) {
    ids.push_back(main->id());
    const Operation* partner = nullptr;
    for (const Effect& effect : effects) {
      if (effect.operation == main || !effect.operation->ok()) continue;
      if (!partner || !Overlap(*partner, *main)) partner = effect.operation;
    }
    if (partner) ids.push_back(partner->id());
  } else {
    std::vector<const Operation*> operations;
    for (const Effect& effect : effects) operations.push_back(effect.operation);
    ids = OverlappingFirst(std::move(operations));
  }
  for (const Effect& effect : effects) {
    if (ids.size() >= kWitnessesMax) break;
    const std::uint64_t id = effect.operation->id();
    if (effect.operation->ok() && std::find(ids.begin(), ids.end(), id) == ids.end()) {
      ids.push_back(id);
    }
  }
  if (ids.size() > kWitnessesMax) ids.resize(kWitnessesMax);
  return ids;
}

}  // namespace redrive
