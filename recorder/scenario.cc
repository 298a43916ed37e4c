#include "recorder/scenario.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

void ReadWorkshop(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  if (!place || !reader.Object(place, {"step_us", "bugs", "rate_limits"})) return;
  WorkshopSettings& workshop = scenario->workshop;
  workshop.step_time =
      std::chrono::microseconds(reader.Whole(reader.Member(place, "step_us"), 0, 10'000'000, 300));
  workshop.bugs = reader.Text(reader.Member(place, "bugs"));
  workshop.rate_limits = reader.Flag(reader.Member(place, "rate_limits"), true);
}

void ReadClasses(ScenarioReader& reader, const JsonPlace& root, const JsonPlace& list,
                 const std::vector<HeaderTemplate>& headers, Scenario* scenario) {
  for (const JsonPlace& element : reader.Elements(list)) {
    UserClass user_class = ReadClass(reader, element, headers, reader.Member(root, "on_start"));
    for (const UserClass& other : scenario->classes) {
      if (other.name == user_class.name) {
        reader.Fail(element, "two classes are named \"" + other.name + "\"");
      }
    }
    scenario->classes.push_back(std::move(user_class));
  }
  if (scenario->classes.empty()) {
    reader.Fail(list ? list : root, "expected \"users\", a list with one class at least");
  }
  std::sort(scenario->classes.begin(), scenario->classes.end(),
            [](const UserClass& a, const UserClass& b) { return a.name < b.name; });
}

void ReadSetup(ScenarioReader& reader, const JsonPlace& place,
               const std::vector<HeaderTemplate>& headers, Scenario* scenario) {
  for (const JsonPlace& element : reader.Elements(place)) {
    RequestStep step =
        ReadRequest(reader, element, headers, "setup/" + std::to_string(scenario->setup.size()),
                    {"repeat", "required"});
    step.repeat =
        static_cast<std::uint32_t>(reader.Whole(reader.Member(element, "repeat"), 1, 100'000, 1));
    step.required = reader.Flag(reader.Member(element, "required"), true);
    scenario->setup.push_back(std::move(step));
  }
}

void ReadAudit(ScenarioReader& reader, const JsonPlace& place,
               const std::vector<HeaderTemplate>& headers, Scenario* scenario) {
  if (!place || !reader.Object(place, {"every", "requests"})) return;
  scenario->audit_every = reader.Duration(reader.Member(place, "every"), VirtualTime{0});
  for (const JsonPlace& element : reader.Elements(reader.Member(place, "requests"))) {
    RequestStep step = ReadRequest(reader, element, headers,
                                   "audit/" + std::to_string(scenario->audit.size()), {"when"});
    const JsonPlace when = reader.Member(element, "when");
    const std::string text = reader.Text(when, "end");
    if (text != "end" && text != "during" && text != "both") {
      reader.Fail(when, "expected \"end\", \"during\" or \"both\"");
    }
    step.during = text != "end";
    step.at_end = text != "during";
    if (step.during && scenario->audit_every.count() == 0) {
      reader.Fail(when,
                  "expected \"every\" beside \"requests\": how often to read while users run");
    }
    scenario->audit.push_back(std::move(step));
  }
}

void ReadAllowed(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  for (const JsonPlace& element : reader.Elements(place)) {
    if (!reader.Object(element, {"place", "reason"})) return;
    scenario->allowed.push_back(
        Allowance{reader.RequiredText(element, "place"), reader.RequiredText(element, "reason")});
  }
}

// "p(95)<500", or k6's {"threshold": "p(95)<500", "abortOnFail": true, "delayAbortEval": "10s"}:
// both become one line of the grammar of --fail. `metric` may be empty.
std::string ReadThreshold(ScenarioReader& reader, const JsonPlace& place,
                          const std::string& metric) {
  const std::string prefix = metric.empty() ? "" : metric + ": ";
  if (!place.json->is_object()) return prefix + reader.Text(place);
  if (!reader.Object(place, {"threshold", "abortOnFail", "delayAbortEval"})) return "";
  std::string text = prefix + reader.RequiredText(place, "threshold");
  if (!reader.Flag(reader.Member(place, "abortOnFail"), false)) return text;
  text += " abortOnFail";
  const VirtualTime delay = reader.Duration(reader.Member(place, "delayAbortEval"), VirtualTime{0});
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  return milliseconds == 0 ? text : text + "(" + std::to_string(milliseconds) + "ms)";
}

// A list, or k6's object of lists by metric: {"http_req_duration": ["p(95)<500"]}.
void ReadThresholds(ScenarioReader& reader, const JsonPlace& place, Scenario* scenario) {
  if (!place || reader.failed()) return;
  const auto read_list = [&reader, scenario](const JsonPlace& list, const std::string& metric) {
    for (const JsonPlace& element : reader.Elements(list)) {
      scenario->thresholds.push_back(ReadThreshold(reader, element, metric));
    }
  };
  if (!place.json->is_object()) {
    read_list(place, "");
    return;
  }
  for (const auto& [metric, list] : reader.Members(place)) read_list(list, metric);
}

void ReadScenario(ScenarioReader& reader, const JsonPlace& root, Scenario* scenario) {
  if (!reader.Object(root, {"name", "description", "defaults", "stages", "shape", "arrivals",
                            "data", "headers", "client_ip", "workshop", "on_start", "setup",
                            "users", "audit", "thresholds", "checks", "allow"})) {
    return;
  }
  scenario->name = reader.RequiredText(root, "name");
  scenario->description = reader.Text(reader.Member(root, "description"));
  ReadLoad(reader, root, scenario);
  ReadData(reader, reader.Member(root, "data"), &scenario->data);
  reader.set_data(&scenario->data);
  const JsonPlace client_ip = reader.Member(root, "client_ip");
  const std::string ip = reader.Text(client_ip, "one");
  if (ip != "one" && ip != "per_user") reader.Fail(client_ip, "expected \"one\" or \"per_user\"");
  scenario->client_ip = ip == "per_user" ? ClientIp::kPerUser : ClientIp::kOne;
  ReadWorkshop(reader, reader.Member(root, "workshop"), scenario);
  const std::vector<HeaderTemplate> headers =
      ReadHeaders(reader, reader.Member(root, "headers"), {}, "");
  ReadSetup(reader, reader.Member(root, "setup"), headers, scenario);
  ReadClasses(reader, root, reader.Member(root, "users"), headers, scenario);
  ReadAudit(reader, reader.Member(root, "audit"), headers, scenario);
  ReadThresholds(reader, reader.Member(root, "thresholds"), scenario);
  ReadAllowed(reader, reader.Member(root, "allow"), scenario);
  const JsonPlace checks = reader.Member(root, "checks");
  if (checks && !reader.failed()) {
    if (!checks.json->is_array()) reader.Fail(checks, "expected a list");
    scenario->checks_json = checks.json->dump();
    scenario->checks_line = reader.LineOf(checks.path);
  }
}

}  // namespace

Result<Allowance> Allowance::FromText(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return Error{ErrorCode::kInvalid,
                 "--allow '" + std::string(text) +
                     "': expected PLACE=REASON, as in \"counters/*=numbers may have gaps\""};
  }
  return Allowance{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<Scenario> ParseScenario(std::string_view json_text, std::string_view file,
                               const EnvLookup& env) {
  nlohmann::ordered_json root;
  LineMap lines;
  const auto parsed = ParseLocatedJson(json_text, file, &root, &lines);
  if (!parsed) return parsed.error();
  Scenario scenario;
  ScenarioReader reader(file, lines, env, &scenario.env_used);
  ReadScenario(reader, JsonPlace{&root, ""}, &scenario);
  if (reader.failed()) return reader.error();
  const auto checked = CheckVariables(scenario, file);
  if (!checked) return checked.error();
  return scenario;
}

}  // namespace redrive
