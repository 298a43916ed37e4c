#include "replayer/outcome_facts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/event.h"
#include "core/hash.h"

namespace redrive {
namespace {

using Json = nlohmann::json;  // members in order of their names: two equal objects are equal texts

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void SortArrays(Json* json) {
  for (Json& child : *json) {
    if (child.is_structured()) SortArrays(&child);
  }
  if (!json->is_array()) return;
  std::stable_sort(json->begin(), json->end(),
                   [](const Json& a, const Json& b) { return Dump(a) < Dump(b); });
}

void Flatten(const std::string& place, const Json& json, OutcomeFacts* facts) {
  if (!json.is_structured() || json.empty()) {
    (*facts)[place] = Dump(json);
    return;
  }
  std::size_t index = 0;
  for (const auto& [key, child] : json.items()) {
    Flatten(place + "/" + (json.is_array() ? std::to_string(index++) : key), child, facts);
  }
}

}  // namespace

std::string RequestTitle(const CaseRunner& runner, std::size_t lane, std::size_t position) {
  std::string title = lane < 26 ? std::string(1, static_cast<char>('A' + lane))
                                : "L" + std::to_string(lane + 1) + ".";
  if (runner.requests()[lane] > 1) title += std::to_string(position + 1);
  return title;
}

OutcomeFacts FactsUnder(CaseRunner& runner, const Schedule& schedule) {
  OutcomeFacts facts;
  std::map<std::string, int> documents;  // two may have one id: that can be the race
  for (const StateChange& change : runner.ChangesUnder(schedule)) {
    const int number = ++documents[change.resource];
    const std::string place =
        change.resource + (number == 1 ? "" : " (" + std::to_string(number) + ")");
    if (change.after.empty()) {
      facts[place] = "deleted";
    } else {
      AddFacts(place + " ", change.after, &facts);
    }
  }
  for (std::size_t lane = 0; lane < runner.lanes(); ++lane) {
    for (std::size_t position = 0; position < runner.requests()[lane]; ++position) {
      const Response& response = runner.response(lane, position);
      const std::string place = RequestTitle(runner, lane, position) + " " +
                                runner.step(lane, position).name.text() + " ";
      facts[place + "status"] = response.status == 0 ? "none" : std::to_string(response.status);
      if (response.status != 0) AddFacts(place, response.body, &facts);
    }
  }
  return facts;
}

std::uint64_t DigestOf(const OutcomeFacts& facts) {
  Digest digest;
  for (const auto& [place, value] : facts) {
    digest.Add(HashBytes(place));
    digest.Add(HashBytes(value));
  }
  return digest.value();
}

void AddFacts(const std::string& place, std::string_view json, OutcomeFacts* facts) {
  Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) {
    (*facts)[place + "body"] = std::string(json);
    return;
  }
  if (parsed.is_structured()) SortArrays(&parsed);
  Flatten(place, parsed, facts);
}

std::vector<FactDifference> CompareFacts(const OutcomeFacts& here, const OutcomeFacts& there) {
  std::vector<FactDifference> differences;
  auto a = here.begin();
  auto b = there.begin();
  while (a != here.end() || b != there.end()) {
    if (b == there.end() || (a != here.end() && a->first < b->first)) {
      differences.push_back({a->first, a->second, ""});
      ++a;
    } else if (a == here.end() || b->first < a->first) {
      differences.push_back({b->first, "", b->second});
      ++b;
    } else {
      if (a->second != b->second) differences.push_back({a->first, a->second, b->second});
      ++a;
      ++b;
    }
  }
  return differences;
}

}  // namespace redrive
