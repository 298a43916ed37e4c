#include "replayer/property_model.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/check.h"

namespace redrive::par {
namespace {

constexpr std::size_t kKindsMax = 64;
constexpr std::size_t kUsesMax = 8;
constexpr std::size_t kArgumentsMax = 16;
constexpr std::size_t kValuesMax = 1'000;

bool IsName(const std::string& text) {
  if (text.empty() || text.size() > 64 || text[0] < 'a' || text[0] > 'z') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// A type is followed by digits in a variable, so it must not end in one.
bool IsType(const std::string& text) {
  return IsName(text) && (text.back() < '0' || text.back() > '9');
}

const Command* FindCommand(const Plan& plan, std::uint32_t id) {
  for (const Command& command : plan.prefix) {
    if (command.id == id) return &command;
  }
  for (const std::vector<Command>& lane : plan.lanes) {
    for (const Command& command : lane) {
      if (command.id == id) return &command;
    }
  }
  return nullptr;
}

std::string VariableOf(const Model& model, const Command& command) {
  const std::string& type = model.kinds[command.kind].creates;
  return type.empty() ? std::string() : type + std::to_string(command.id);
}

// What ${name} stands for: the text to put in, or nothing when the name is not the command's.
using Names = std::map<std::string, std::string>;

std::string Fill(const std::string& text, const Names& names) {
  std::string filled;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) return filled + text.substr(at);
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) return filled + text.substr(at);
    filled += text.substr(at, open - at);
    const std::string whole = text.substr(open, close + 1 - open);
    const bool escaped = open > 0 && text[open - 1] == '$';
    const auto found = names.find(text.substr(open + 2, close - open - 2));
    filled += escaped || found == names.end() ? whole : found->second;
    at = close + 1;
  }
}

CaseRequest FillRequest(CaseRequest request, const Names& names) {
  request.path = Fill(request.path, names);
  request.body = Fill(request.body, names);
  for (CaseHeader& header : request.headers) header.value = Fill(header.value, names);
  for (Expect& expect : request.expect) expect.json = Fill(expect.json, names);
  return request;
}

CaseRequest RequestOf(const Model& model, const Plan& plan, const Command& command) {
  const Kind& kind = model.kinds[command.kind];
  const Call call = CallOf(model, plan, command);
  Names names;
  names["command"] = std::to_string(command.id);
  for (const auto& [name, variable] : call.uses) names[name] = "${" + variable + "}";
  for (const auto& [name, value] : call.arguments) names[name] = value;
  CaseRequest request = FillRequest(kind.request, names);
  request.name = kind.name;
  if (call.result.empty()) return request;
  Extract extract;
  extract.variable = call.result;
  extract.place = kind.result;
  request.extract.push_back(std::move(extract));
  return request;
}

Error Wrong(const Model& model, const Kind* kind, const std::string& what) {
  std::string message = "model '" + model.name + "'";
  if (kind != nullptr) message += ", kind '" + kind->name + "'";
  return Error{ErrorCode::kInvalid, message + ": " + what};
}

Result<void> CheckArguments(const Model& model, const Kind& kind, std::set<std::string>& names) {
  if (kind.arguments.size() > kArgumentsMax) {
    return Wrong(model, &kind, "expected at most 16 arguments");
  }
  for (const Argument& argument : kind.arguments) {
    if (!IsName(argument.name) || !names.insert(argument.name).second) {
      return Wrong(model, &kind, "argument '" + argument.name + "': expected a name of its own");
    }
    if (argument.values.empty() || argument.values.size() > kValuesMax) {
      return Wrong(model, &kind, "argument '" + argument.name + "': expected 1 to 1000 values");
    }
  }
  return {};
}

bool IsJsonOrNone(const CaseRequest& request) {
  return request.body_kind != BodyKind::kJson || nlohmann::json::accept(request.body);
}

// With every value of every argument, the others at their first: a text that needs quotes shows.
Result<void> CheckBodies(const Model& model, const Kind& kind) {
  Names names = {{"command", "1"}};
  for (const std::string& use : kind.uses) names[UseName(use)] = "${" + UseType(use) + "1}";
  for (const Argument& argument : kind.arguments) names[argument.name] = argument.values.front();
  if (!IsJsonOrNone(FillRequest(kind.request, names))) {
    return Wrong(model, &kind, "its body is no JSON");
  }
  for (const Argument& argument : kind.arguments) {
    for (const std::string& value : argument.values) {
      names[argument.name] = value;
      if (IsJsonOrNone(FillRequest(kind.request, names))) continue;
      return Wrong(model, &kind,
                   "its body is no JSON when ${" + argument.name + "} is '" + value + "'");
    }
    names[argument.name] = argument.values.front();
  }
  return {};
}

Result<void> CheckKind(const Model& model, const Kind& kind, const std::set<std::string>& made) {
  if (kind.name.empty()) return Wrong(model, &kind, "expected a name");
  if (kind.request.path.empty()) return Wrong(model, &kind, "expected a request with a path");
  if (kind.uses.size() > kUsesMax) return Wrong(model, &kind, "expected at most 8 uses");
  std::set<std::string> names = {"command"};
  for (const std::string& use : kind.uses) {
    if (!IsName(UseName(use)) || !names.insert(UseName(use)).second) {
      return Wrong(model, &kind, "use '" + use + "': expected NAME:TYPE, each name once");
    }
    if (made.count(UseType(use)) == 0) {
      return Wrong(model, &kind,
                   "use '" + use + "': no kind that may come before the lanes creates it");
    }
  }
  for (const std::string& other : kind.after) {
    const bool known = std::any_of(model.kinds.begin(), model.kinds.end(), [&](const Kind& each) {
      return each.name == other && each.place != Place::kLanes;
    });
    if (!known) {
      return Wrong(model, &kind,
                   "after '" + other + "': there is no such kind that may come before the lanes");
    }
  }
  const Result<void> arguments = CheckArguments(model, kind, names);
  if (arguments.has_error()) return arguments.error();
  if (kind.creates.empty() != kind.result.empty()) {
    return Wrong(model, &kind, "expected creates and result, both or neither");
  }
  return CheckBodies(model, kind);
}

}  // namespace

std::int64_t State::Get(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? 0 : found->second;
}

void State::Set(const std::string& name, std::int64_t value) {
  if (value == 0) {
    numbers_.erase(name);
  } else {
    numbers_[name] = value;
  }
}

bool State::Exists(const std::string& variable) const {
  return numbers_.count("#" + variable) != 0;
}

Argument Number(std::string name, std::int64_t first, std::int64_t last) {
  REDRIVE_CHECK(first <= last);
  Argument argument;
  argument.name = std::move(name);
  for (std::int64_t value = first; value <= last; ++value) {
    argument.values.push_back(std::to_string(value));
  }
  return argument;
}

const std::string& Call::Use(const std::string& name) const {
  const auto found = uses.find(name);
  REDRIVE_CHECK(found != uses.end());
  return found->second;
}

const std::string& Call::Text(const std::string& argument) const {
  const auto found = arguments.find(argument);
  REDRIVE_CHECK(found != arguments.end());
  return found->second;
}

std::int64_t Call::Number(const std::string& argument) const {
  const std::string& text = Text(argument);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

std::string UseName(const std::string& use) { return use.substr(0, use.find(':')); }

std::string UseType(const std::string& use) {
  const std::size_t colon = use.find(':');
  return colon == std::string::npos ? use : use.substr(colon + 1);
}

Result<void> CheckModel(const Model& model) {
  if (!IsName(model.name)) return Wrong(model, nullptr, "expected a name such as 'tickets'");
  if (model.kinds.empty() || model.kinds.size() > kKindsMax) {
    return Wrong(model, nullptr, "expected 1 to 64 kinds");
  }
  std::set<std::string> made;
  std::set<std::string> names;
  bool any_in_lanes = false;
  for (const Kind& kind : model.kinds) {
    if (!names.insert(kind.name).second) return Wrong(model, &kind, "the name is used twice");
    if (!kind.creates.empty() && !IsType(kind.creates)) {
      return Wrong(model, &kind, "creates '" + kind.creates + "': expected lower-case letters");
    }
    if (!kind.creates.empty() && kind.place != Place::kLanes) made.insert(kind.creates);
    any_in_lanes |= kind.place != Place::kPrefix;
  }
  if (!any_in_lanes) return Wrong(model, nullptr, "expected a kind that may be in the lanes");
  for (const Kind& kind : model.kinds) {
    const Result<void> checked = CheckKind(model, kind, made);
    if (checked.has_error()) return checked.error();
  }
  for (const CaseRequest& request : model.setup) {
    if (IsJsonOrNone(request)) continue;
    return Wrong(model, nullptr, "the body of setup '" + request.name + "' is no JSON");
  }
  for (const Audit& audit : model.audit) {
    if (!IsJsonOrNone(audit.request)) {
      return Wrong(model, nullptr, "the body of audit '" + audit.request.name + "' is no JSON");
    }
    if (!audit.of.empty() && made.count(audit.of) == 0) {
      return Wrong(model, nullptr, "audit of '" + audit.of + "': no kind creates it");
    }
  }
  return {};
}

CaseRequest JsonRequest(std::string method, std::string path, std::string json) {
  CaseRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  if (json.empty()) return request;
  request.body_kind = BodyKind::kJson;
  request.body = std::move(json);
  return request;
}

std::size_t CountCommands(const Plan& plan) {
  std::size_t count = plan.prefix.size();
  for (const std::vector<Command>& lane : plan.lanes) count += lane.size();
  return count;
}

Call CallOf(const Model& model, const Plan& plan, const Command& command) {
  const Kind& kind = model.kinds[command.kind];
  Call call;
  call.result = VariableOf(model, command);
  for (std::size_t i = 0; i < kind.uses.size(); ++i) {
    const Command* const maker = FindCommand(plan, command.uses[i]);
    call.uses[UseName(kind.uses[i])] = maker == nullptr ? "" : VariableOf(model, *maker);
  }
  for (std::size_t i = 0; i < kind.arguments.size(); ++i) {
    call.arguments[kind.arguments[i].name] = kind.arguments[i].values[command.arguments[i]];
  }
  return call;
}

std::string CommandToText(const Model& model, const Plan& plan, const Command& command) {
  const Kind& kind = model.kinds[command.kind];
  const Call call = CallOf(model, plan, command);
  std::string inner;
  const auto append = [&inner](const std::string& part) {
    inner += (inner.empty() ? "" : ", ") + part;
  };
  for (const std::string& use : kind.uses) append(call.Use(UseName(use)));
  for (const Argument& argument : kind.arguments) {
    append(argument.name + "=" + call.Text(argument.name));
  }
  std::string text = kind.name;
  if (!inner.empty()) text += "(" + inner + ")";
  if (!call.result.empty()) text += " -> " + call.result;
  return text;
}

std::string PlanToText(const Model& model, const Plan& plan) {
  const auto join = [&](const std::vector<Command>& commands) {
    std::string text;
    for (const Command& command : commands) {
      text += (text.empty() ? "" : "; ") + CommandToText(model, plan, command);
    }
    return text;
  };
  std::string text = join(plan.prefix);
  for (const std::vector<Command>& lane : plan.lanes) text += " | " + join(lane);
  return text;
}

Case PlanToCase(const Model& model, const Plan& plan, const std::string& workshop) {
  Case made;
  made.name = "property_" + model.name;
  made.description = model.description;
  made.workshop = workshop;
  made.rate_limits = false;
  made.setup = model.setup;
  for (const Command& command : plan.prefix) {
    made.setup.push_back(RequestOf(model, plan, command));
  }
  for (const std::vector<Command>& commands : plan.lanes) {
    CaseLane lane;
    for (const Command& command : commands) {
      CaseRequest request = RequestOf(model, plan, command);
      // A refusal is no failure here: which of two requests comes too late is up to the schedule.
      if (request.accept.empty()) request.accept = {200, 201, 202, 204, 400, 403, 404, 409, 423};
      lane.requests.push_back(std::move(request));
    }
    made.lanes.push_back(std::move(lane));
  }
  for (const Audit& audit : model.audit) {
    if (audit.of.empty()) made.audit.push_back(audit.request);
    for (const Command& command : plan.prefix) {
      if (audit.of.empty() || model.kinds[command.kind].creates != audit.of) continue;
      const Names names = {{audit.of, "${" + VariableOf(model, command) + "}"}};
      made.audit.push_back(FillRequest(audit.request, names));
    }
  }
  made.checks_json = model.checks_json;
  return made;
}

}  // namespace redrive::par
