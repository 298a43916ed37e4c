// The classes of a scenario: wait times, actions, and sets of actions.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "recorder/nearest.h"
#include "recorder/scenario_reader.h"

namespace redrive {
namespace {

constexpr std::size_t kSetsInSetsMax = 16;

WaitTime ReadWait(ScenarioReader& reader, const JsonPlace& place) {
  WaitTime wait;
  if (!place ||
      !reader.Object(place, {"between", "constant", "constant_pacing", "constant_throughput"})) {
    return wait;
  }
  const auto members = reader.Members(place);
  if (members.size() != 1) {
    reader.Fail(place,
                "expected one of between, constant, constant_pacing and "
                "constant_throughput");
    return wait;
  }
  const auto& [kind, value] = members[0];
  if (kind == "between") {
    const std::vector<JsonPlace> bounds = reader.Elements(value);
    if (bounds.size() != 2) reader.Fail(value, "expected two times: [2, 6]");
    if (reader.failed()) return wait;
    wait.kind = WaitKind::kBetween;
    wait.first = reader.Duration(bounds[0], VirtualTime{0});
    wait.last = reader.Duration(bounds[1], VirtualTime{0});
    if (wait.first > wait.last) reader.Fail(value, "expected the smaller time first");
  } else if (kind == "constant_throughput") {
    const std::uint64_t milli = reader.Milli(value, 1000);
    wait.kind = WaitKind::kConstantPacing;
    wait.first = std::chrono::microseconds(1'000'000'000 / milli);
  } else {
    wait.kind = kind == "constant" ? WaitKind::kConstant : WaitKind::kConstantPacing;
    wait.first = reader.Duration(value, VirtualTime{0});
  }
  return wait;
}

std::vector<RequestStep> ReadRequests(ScenarioReader& reader, const JsonPlace& place,
                                      const std::vector<HeaderTemplate>& headers,
                                      const std::string& site) {
  std::vector<RequestStep> steps;
  for (const JsonPlace& element : reader.Elements(place)) {
    steps.push_back(
        ReadRequest(reader, element, headers, site + "/" + std::to_string(steps.size())));
    for (const Extract& extract : steps.back().extract) {
      if (extract.append) {
        reader.Fail(reader.Member(element, "extract"),
                    "lists (\"" + extract.variable + "[]\") are made in \"setup\" only");
      }
    }
  }
  return steps;
}

// What is around an action.
struct SetPlace {
  std::string class_name;
  std::string prefix;             // "checkout/", or ""
  std::vector<std::string> tags;  // of the sets
  bool markov = false;            // one of the sets is: its actions have no tags
  std::size_t depth = 0;
};

std::vector<Action> ReadActions(ScenarioReader& reader, const JsonPlace& place,
                                const std::vector<HeaderTemplate>& headers, const SetPlace& around);

// "runs": 3, {"between": [2, 5]} or "once".
void ReadRuns(ScenarioReader& reader, const JsonPlace& place, Action* set) {
  if (!place || reader.failed()) return;
  const auto whole = [&](const JsonPlace& number) {
    return static_cast<std::uint32_t>(reader.Whole(number, 1, kScenarioCountMax, 1));
  };
  if (place.json->is_string()) {
    if (reader.Text(place) != "once" || set->order != SetOrder::kSequential) {
      reader.Fail(place,
                  "expected a whole number, {\"between\": [2, 5]} or, where the set is "
                  "sequential, \"once\"");
    }
    std::uint64_t all = 0;
    for (const Action& action : set->actions) all += action.weight;
    set->runs_first = static_cast<std::uint32_t>(std::min<std::uint64_t>(all, kScenarioCountMax));
    set->runs_last = set->runs_first;
  } else if (place.json->is_object()) {
    if (!reader.Object(place, {"between"})) return;
    const JsonPlace between = reader.Member(place, "between");
    const std::vector<JsonPlace> bounds = reader.Elements(between);
    if (bounds.size() != 2) reader.Fail(place, "expected two numbers: {\"between\": [2, 5]}");
    if (reader.failed()) return;
    set->runs_first = whole(bounds[0]);
    set->runs_last = whole(bounds[1]);
    if (set->runs_first > set->runs_last) {
      reader.Fail(between, "expected the smaller number first");
    }
  } else {
    set->runs_first = whole(place);
    set->runs_last = set->runs_first;
  }
}

std::vector<std::string> LocalNames(const Action& set) {
  std::vector<std::string> names;
  for (const Action& action : set.actions) names.push_back(action.name.substr(set.name.size() + 1));
  return names;
}

// {"browse": {"browse": 3, "buy": 1}, "buy": {"browse": 1}}: what follows what.
void ReadTransitions(ScenarioReader& reader, const JsonPlace& place, Action* set) {
  const std::vector<std::string> names = LocalNames(*set);
  const auto index_of = [&](const JsonPlace& at, const std::string& name) -> std::size_t {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    reader.Fail(at, "no action \"" + name + "\" in this set" + DidYouMean(name, names));
    return 0;
  };
  set->transitions.resize(set->actions.size());
  for (const auto& [from, targets] : reader.Members(place)) {
    const std::size_t index = index_of(targets, from);
    for (const auto& [to, weight] : reader.Members(targets)) {
      const std::size_t target = index_of(weight, to);
      if (reader.failed()) return;
      set->transitions[index].push_back(
          {target, static_cast<std::uint32_t>(reader.Whole(weight, 1, kScenarioCountMax, 1))});
    }
  }
  if (reader.failed()) return;
  // Locust starts with the first one, and refuses a set that it cannot leave an action of.
  std::vector<std::size_t> reached{0};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const Transition& transition : set->transitions[reached[i]]) {
      if (std::find(reached.begin(), reached.end(), transition.to) == reached.end()) {
        reached.push_back(transition.to);
      }
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (set->transitions[i].empty()) {
      reader.Fail(place, "nothing follows \"" + names[i] + "\": expected \"" + names[i] +
                             "\": {\"" + names[0] + "\": 1} or such");
    } else if (std::find(reached.begin(), reached.end(), i) == reached.end()) {
      reader.Fail(place,
                  "\"" + names[i] + "\" is never reached from \"" + names[0] + "\", the first one");
    }
  }
}

void ReadSet(ScenarioReader& reader, const JsonPlace& place,
             const std::vector<HeaderTemplate>& headers, const SetPlace& around, Action* set) {
  const JsonPlace transitions = reader.Member(place, "transitions");
  const JsonPlace sequential = reader.Member(place, "sequential");
  if (transitions && sequential) {
    reader.Fail(sequential, "expected one of \"sequential\" and \"transitions\"");
  }
  if (reader.Flag(sequential, false)) set->order = SetOrder::kSequential;
  if (transitions) set->order = SetOrder::kMarkov;
  const SetPlace inside{around.class_name, set->name + "/", set->tags,
                        around.markov || set->order == SetOrder::kMarkov, around.depth + 1};
  if (inside.depth > kSetsInSetsMax) {
    reader.Fail(place, "sets are nested more than 16 deep");
    return;
  }
  const JsonPlace wait = reader.Member(place, "wait_time");
  if (wait) set->wait = ReadWait(reader, wait);
  const std::string site = around.class_name + "/" + set->name;
  set->start_name = set->name + "/on_start";
  set->stop_name = set->name + "/on_stop";
  set->on_start =
      ReadRequests(reader, reader.Member(place, "on_start"), headers, site + "/on_start");
  set->on_stop = ReadRequests(reader, reader.Member(place, "on_stop"), headers, site + "/on_stop");
  const JsonPlace actions = reader.Member(place, "actions");
  set->actions = ReadActions(reader, actions, headers, inside);
  if (set->actions.empty()) reader.Fail(actions, "expected one action at least");
  if (reader.failed()) return;
  ReadRuns(reader, reader.Member(place, "runs"), set);
  if (transitions) ReadTransitions(reader, transitions, set);
}

Action ReadAction(ScenarioReader& reader, const JsonPlace& place,
                  const std::vector<HeaderTemplate>& headers, const SetPlace& around) {
  Action action;
  const bool set = static_cast<bool>(reader.Member(place, "actions"));
  const bool known =
      set ? reader.Object(place, {"name", "weight", "tags", "actions", "sequential", "transitions",
                                  "runs", "wait_time", "on_start", "on_stop"})
          : reader.Object(place, {"name", "weight", "tags", "requests"});
  if (!known) return action;
  action.name = around.prefix + reader.RequiredText(place, "name");
  action.weight = static_cast<std::uint32_t>(
      reader.Whole(reader.Member(place, "weight"), 1, kScenarioCountMax, 1));
  const JsonPlace tags = reader.Member(place, "tags");
  if (tags && around.markov) {
    reader.Fail(tags,
                "within a set with \"transitions\" no action can be left out: give the tags to "
                "the set");
  }
  action.tags = around.tags;
  for (std::string& tag : reader.Texts(tags)) action.tags.push_back(std::move(tag));
  if (set) {
    ReadSet(reader, place, headers, around, &action);
    return action;
  }
  action.steps = ReadRequests(reader, reader.Member(place, "requests"), headers,
                              around.class_name + "/" + action.name);
  if (action.steps.empty()) {
    reader.Fail(place, "expected \"requests\", a list with one at least, or \"actions\" of a set");
  }
  return action;
}

std::vector<Action> ReadActions(ScenarioReader& reader, const JsonPlace& place,
                                const std::vector<HeaderTemplate>& headers,
                                const SetPlace& around) {
  std::vector<Action> actions;
  for (const JsonPlace& element : reader.Elements(place)) {
    actions.push_back(ReadAction(reader, element, headers, around));
    const auto same = [&](const Action& action) { return action.name == actions.back().name; };
    if (std::count_if(actions.begin(), actions.end(), same) > 1) {
      reader.Fail(element, "two actions are named \"" + actions.back().name + "\"");
    }
    if (reader.failed()) break;
  }
  return actions;
}

}  // namespace

UserClass ReadClass(ScenarioReader& reader, const JsonPlace& place,
                    const std::vector<HeaderTemplate>& scenario_headers,
                    const JsonPlace& common_start) {
  UserClass result;
  if (!reader.Object(place, {"name", "weight", "fixed_count", "iterations", "wait_time", "headers",
                             "on_start", "on_stop", "actions"})) {
    return result;
  }
  result.name = reader.RequiredText(place, "name");
  result.weight = static_cast<std::uint32_t>(
      reader.Whole(reader.Member(place, "weight"), 0, kScenarioCountMax, 1));
  result.fixed_count = static_cast<std::uint32_t>(
      reader.Whole(reader.Member(place, "fixed_count"), 0, kScenarioCountMax, 0));
  result.iterations = static_cast<std::uint32_t>(
      reader.Whole(reader.Member(place, "iterations"), 0, kScenarioCountMax, 0));
  result.wait = ReadWait(reader, reader.Member(place, "wait_time"));
  const std::vector<HeaderTemplate> headers =
      ReadHeaders(reader, reader.Member(place, "headers"), scenario_headers, result.name);
  const JsonPlace own_start = reader.Member(place, "on_start");
  result.on_start = ReadRequests(reader, own_start ? own_start : common_start, headers,
                                 result.name + "/on_start");
  result.on_stop =
      ReadRequests(reader, reader.Member(place, "on_stop"), headers, result.name + "/on_stop");
  const SetPlace around{result.name, "", {}, false, 0};
  result.actions = ReadActions(reader, reader.Member(place, "actions"), headers, around);
  if (result.actions.empty()) reader.Fail(place, "expected \"actions\", a list with one at least");
  return result;
}

}  // namespace redrive
