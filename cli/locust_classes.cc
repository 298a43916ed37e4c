#include "cli/locust_classes.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/corpora.h"
#include "cli/settings.h"
#include "core/nearest.h"
#include "recorder/plan.h"

namespace redrive {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kConfigBytesMax = 1U << 20;

struct Shipped {
  std::string name;
  std::vector<std::string> classes;
};

std::vector<std::string> NamesOf(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const UserClass& user_class : scenario.classes) names.push_back(user_class.name);
  return names;
}

// In the order of their names; a scenario that cannot be read has no classes.
std::vector<Shipped> ShippedWithClasses() {
  std::vector<Shipped> all;
  for (const std::string& name : ShippedScenarios()) {
    const Result<ScenarioFile> file = LoadScenarioFile(name);
    if (file.has_error()) continue;
    const Result<Scenario> scenario =
        ParseScenario(file->text, file->path, FilesBeside(file->path));
    if (scenario.has_error()) continue;
    all.push_back({name, NamesOf(*scenario)});
  }
  return all;
}

bool Contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

std::string ScenarioWithClasses(const std::vector<std::string>& classes) {
  const std::vector<Shipped> all = ShippedWithClasses();
  const Shipped* best = nullptr;
  for (const Shipped& shipped : all) {
    const bool has_all = std::all_of(classes.begin(), classes.end(), [&](const std::string& name) {
      return Contains(shipped.classes, name);
    });
    if (!has_all || (best != nullptr && best->classes.size() <= shipped.classes.size())) continue;
    best = &shipped;
  }
  if (best == nullptr) return "";
  const std::string stem = best->name.substr(best->name.find('/') + 1);
  return LoadScenarioFile(stem).has_value() ? stem : best->name;
}

std::vector<std::string> ShippedClasses() {
  std::set<std::string> names;
  for (const Shipped& shipped : ShippedWithClasses()) {
    names.insert(shipped.classes.begin(), shipped.classes.end());
  }
  return {names.begin(), names.end()};
}

std::string UserListText(const std::vector<std::string>& classes) {
  std::string text = "Available Users:\n";
  for (const std::string& name : classes) text += "    " + name + "\n";
  return text;
}

// --- Task ratios ---------------------------------------------------------------------------------

namespace {

struct ActionRatio {
  std::string name;
  double ratio = 0;                  // within what is around it
  std::vector<ActionRatio> actions;  // of a set
};

struct ClassRatio {
  std::string name;
  double ratio = 0;
  std::vector<ActionRatio> actions;
};

bool Selected(const Action& action, const RunSpec& spec) {
  const auto shares = [&action](const std::vector<std::string>& tags) {
    return std::any_of(tags.begin(), tags.end(),
                       [&](const std::string& tag) { return Contains(action.tags, tag); });
  };
  return (spec.tags.empty() || shares(spec.tags)) && !shares(spec.exclude_tags);
}

// What the tags leave; a set counts by what is left in it.
// `prefix` is how much of the names is that of the set.
std::vector<ActionRatio> ActionRatios(const std::vector<Action>& actions, std::size_t prefix,
                                      const RunSpec& spec) {
  std::vector<ActionRatio> ratios;
  double weights = 0;
  for (const Action& action : actions) {
    ActionRatio ratio;
    ratio.name = action.name.substr(prefix);
    ratio.actions = ActionRatios(action.actions, action.name.size() + 1, spec);
    ratio.ratio = action.weight;
    if (action.is_set() ? ratio.actions.empty() : !Selected(action, spec)) continue;
    weights += action.weight;
    ratios.push_back(std::move(ratio));
  }
  for (ActionRatio& ratio : ratios) ratio.ratio /= weights;
  return ratios;
}

std::vector<ClassRatio> RatiosOf(const Scenario& scenario, const RunSpec& spec) {
  std::vector<UserClass> classes;
  for (const UserClass& user_class : scenario.classes) {
    if (spec.user_classes.empty() || Contains(spec.user_classes, user_class.name)) {
      classes.push_back(user_class);
    }
  }
  const std::size_t users = spec.users != 0 ? spec.users : scenario.users;
  const std::vector<std::size_t> order = DispatchOrder(classes, users);
  std::vector<ClassRatio> ratios;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto count = std::count(order.begin(), order.end(), i);
    ClassRatio ratio{
        classes[i].name,
        static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(1, order.size())),
        {}};
    ratio.actions = ActionRatios(classes[i].actions, 0, spec);
    ratios.push_back(std::move(ratio));
  }
  return ratios;
}

// " %-10s %-50s" with two spaces of indent per level, as Locust prints it.
std::string RatioRow(double ratio, const std::string& name, std::size_t level) {
  const std::string padding(2 * level, ' ');
  char number[32];
  std::snprintf(number, sizeof number, "%-6.1f", ratio * 100);
  const auto left = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  return " " + left(padding + number, 10) + " " + left(padding + name, 50) + "\n";
}

// `around`: what the ratios are multiplied by, 1 to show them as they are within their set.
std::string ActionRows(const std::vector<ActionRatio>& actions, double around, bool of_all,
                       std::size_t level) {
  std::string text;
  for (const ActionRatio& action : actions) {
    const double ratio = of_all ? action.ratio * around : action.ratio;
    text +=
        RatioRow(ratio, action.name, level) + ActionRows(action.actions, ratio, of_all, level + 1);
  }
  return text;
}

std::string RatioTable(const std::vector<ClassRatio>& ratios, bool of_all) {
  std::string text;
  for (const ClassRatio& of : ratios) {
    text += RatioRow(of.ratio, of.name, 0) + ActionRows(of.actions, of.ratio, of_all, 1);
  }
  return text;
}

Json ActionsJson(const std::vector<ActionRatio>& actions, double around, bool of_all) {
  Json json = Json::object();
  for (const ActionRatio& action : actions) {
    const double ratio = of_all ? action.ratio * around : action.ratio;
    json[action.name]["ratio"] = ratio;
    if (!action.actions.empty()) {
      json[action.name]["tasks"] = ActionsJson(action.actions, ratio, of_all);
    }
  }
  return json;
}

Json RatioJson(const std::vector<ClassRatio>& ratios, bool of_all) {
  Json json = Json::object();
  for (const ClassRatio& of : ratios) {
    json[of.name]["ratio"] = of.ratio;
    json[of.name]["tasks"] = ActionsJson(of.actions, of.ratio, of_all);
  }
  return json;
}

}  // namespace

std::string TaskRatioText(const Scenario& scenario, const RunSpec& spec) {
  const std::vector<ClassRatio> ratios = RatiosOf(scenario, spec);
  const std::string rule(80, '-');
  return "\n Task ratio per User class\n" + rule + "\n" + RatioTable(ratios, false) +
         "\n Total task ratio\n" + rule + "\n" + RatioTable(ratios, true);
}

std::string TaskRatioJson(const Scenario& scenario, const RunSpec& spec) {
  const std::vector<ClassRatio> ratios = RatiosOf(scenario, spec);
  Json json;
  json["per_class"] = RatioJson(ratios, false);
  json["total"] = RatioJson(ratios, true);
  return json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

// --- Changed classes -----------------------------------------------------------------------------

namespace {

Error Bad(const std::string& what) { return Error{ErrorCode::kInvalid, "--config-users: " + what}; }

Result<void> ChangeOne(const Json& change, Json* scenario) {
  const auto named = change.is_object() ? change.find("user_class_name") : change.end();
  if (named == change.end() || !named->is_string()) {
    return Bad("expected {\"user_class_name\": \"X\", \"weight\": 2} or a list of such objects");
  }
  const auto name = named->get<std::string>();
  std::vector<std::string> names;
  Json* found = nullptr;
  for (Json& user : (*scenario)["users"]) {
    names.push_back(user.value("name", ""));
    if (names.back() == name) found = &user;
  }
  if (found == nullptr) {
    const std::string nearest = NearestOf(name, names);
    return Bad("unknown user class \"" + name + "\"" +
               (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }
  for (const auto& [key, value] : change.items()) {
    if (key == "user_class_name") continue;
    if (key != "weight" && key != "fixed_count") {
      return Bad("\"" + key + "\": only weight and fixed_count can be set here; the rest is in " +
                 "the scenario, and the host is --host");
    }
    if (!value.is_number_unsigned()) return Bad("\"" + key + "\": expected a whole number");
    (*found)[key] = value;
  }
  return {};
}

// Adds the object, or the objects of the list, to `all`.
Result<void> ReadConfigUsers(const std::string& text, Json* all) {
  std::string json = text;
  if (text.ends_with(".json")) {
    Result<std::string> file = ReadWholeFile(text, kConfigBytesMax);
    if (file.has_error()) return file.error();
    json = std::move(*file);
  }
  const Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) {
    return Bad("'" + text.substr(0, 80) + "' is neither JSON nor a .json file");
  }
  if (!parsed.is_array()) {
    all->push_back(parsed);
    return {};
  }
  for (const Json& change : parsed) all->push_back(change);
  return {};
}

}  // namespace

Result<void> ChangeClasses(const ClassChanges& changes, RunSpec* spec) {
  if (!changes.equal_weights && changes.config_users.empty()) return {};
  Json scenario = Json::parse(spec->scenario_json, nullptr, false, true);
  if (scenario.is_discarded() || !scenario.is_object() || !scenario["users"].is_array()) {
    return Bad("the scenario cannot be read");
  }
  Json all = Json::array();
  for (const std::string& text : changes.config_users) {
    const Result<void> read = ReadConfigUsers(text, &all);
    if (read.has_error()) return read.error();
  }
  for (const Json& change : all) {
    const Result<void> changed = ChangeOne(change, &scenario);
    if (changed.has_error()) return changed.error();
  }
  if (changes.equal_weights) {
    for (Json& user : scenario["users"]) user["weight"] = 1;
    spec->settings.emplace_back(kEqualWeightsSetting, "1");
  }
  if (!all.empty()) spec->settings.emplace_back(kConfigUsersSetting, all.dump());
  std::sort(spec->settings.begin(), spec->settings.end());
  spec->scenario_json = scenario.dump(2);
  return {};
}

}  // namespace redrive
