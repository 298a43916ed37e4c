#include "recorder/case.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

// Lanes are dispatched in order of their names.
std::string LaneName(const Case& source, std::size_t lane) {
  const std::string& user_class = source.lanes[lane].user_class;
  const std::string behind = user_class.empty() ? "" : " " + user_class;
  if (source.lanes.size() <= 26) return std::string(1, static_cast<char>('A' + lane)) + behind;
  const std::string number = std::to_string(lane + 1);
  return "L" + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number + behind;
}

Json ExtractToJson(const Extract& extract) {
  Json value;
  switch (extract.from) {
    case ExtractFrom::kJson:
      if (!extract.optional) return extract.place;
      value["json"] = extract.place;
      break;
    case ExtractFrom::kHeader:
      value["header"] = extract.place;
      break;
    case ExtractFrom::kBetween:
      value["between"] = {extract.place, extract.until};
      break;
  }
  if (extract.optional) value["optional"] = true;
  return value;
}

Json RequestToJson(const CaseRequest& request, bool setup) {
  Json json;
  if (request.method != "GET") json["method"] = request.method;
  json["path"] = request.path;
  json["name"] = request.name;
  for (const CaseHeader& header : request.headers) {
    Json& value = json["headers"][header.name];
    if (header.optional) {
      value = {{"value", header.value}, {"optional", true}};
    } else {
      value = header.value;
    }
  }
  if (request.body_kind == BodyKind::kJson) {
    json["json"] = Json::parse(request.body, nullptr, false);
  } else if (request.body_kind == BodyKind::kText) {
    json["text"] = request.body;
  }
  if (!request.accept.empty()) json["accept"] = request.accept;
  for (const Expect& expect : request.expect) {
    Json& value = json["expect"][expect.pointer];
    if (expect.exists_only) {
      value = {{"exists", true}};
    } else {
      value = Json::parse(expect.json, nullptr, false);
    }
  }
  if (!request.checks_json.empty()) {
    json["expect"].update(Json::parse(request.checks_json, nullptr, false));
  }
  if (!request.failure.empty()) json["failure"] = request.failure;
  for (const Extract& extract : request.extract) {
    json["extract"][extract.variable] = ExtractToJson(extract);
  }
  if (setup && !request.required) json["required"] = false;
  return json;
}

Json RequestsToJson(const std::vector<CaseRequest>& requests, bool setup) {
  Json list = Json::array();
  for (const CaseRequest& request : requests) list.push_back(RequestToJson(request, setup));
  return list;
}

}  // namespace

std::size_t CountRequests(const Case& source) {
  std::size_t count = 0;
  for (const CaseLane& lane : source.lanes) count += lane.requests.size();
  return count;
}

std::string CaseToScenario(const Case& source) {
  Json json;
  json["name"] = source.name;
  if (!source.description.empty()) json["description"] = source.description;
  json["defaults"] = {{"users", source.lanes.size()}, {"spawn_rate", source.lanes.size()}};
  json["workshop"] = {
      {"step_us", 0}, {"bugs", source.workshop}, {"rate_limits", source.rate_limits}};
  if (!source.setup.empty()) json["setup"] = RequestsToJson(source.setup, true);
  json["users"] = Json::array();
  for (std::size_t lane = 0; lane < source.lanes.size(); ++lane) {
    Json action = {{"name", "requests"},
                   {"requests", RequestsToJson(source.lanes[lane].requests, false)}};
    Json user;
    user["name"] = LaneName(source, lane);
    user["fixed_count"] = 1;
    user["iterations"] = 1;
    user["actions"] = Json::array({std::move(action)});
    json["users"].push_back(std::move(user));
  }
  if (!source.audit.empty()) json["audit"]["requests"] = RequestsToJson(source.audit, false);
  json["checks"] = Json::parse(source.checks_json, nullptr, false);
  for (const Allowance& allowance : source.allowed) {
    json["allow"].push_back({{"place", allowance.place}, {"reason", allowance.reason}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

RunSpec CaseToSpec(const Case& source) {
  RunSpec spec;
  spec.scenario_name = source.name + ".json";
  spec.scenario_json = CaseToScenario(source);
  spec.seed = source.seed;
  spec.epoch_seconds = source.epoch_seconds;
  spec.workshop = source.workshop;
  spec.strategy = "serial";
  spec.settings = source.settings;
  return spec;
}

}  // namespace redrive
