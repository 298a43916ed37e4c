// Takes requests out of a trace as a case. The plan is made again from the trace's spec, so that a
// request is known as it was meant: text with holes. Walking through the trace in order tells which
// answer filled each hole.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/hash.h"
#include "recorder/case.h"
#include "recorder/execute.h"
#include "recorder/variables.h"

namespace redrive {
namespace {

constexpr std::size_t kLanesMax = 1'000;

// The answer that a hole was filled from.
struct Producer {
  std::uint64_t operation = 0;
  std::string variable;  // as the producing step calls it; a list's name
  auto operator<=>(const Producer&) const = default;
};

// One recorded request as it was planned.
struct Source {
  const InvokeRecord* invoke = nullptr;
  const ReturnRecord* reply = nullptr;
  PlannedRequest planned;
  std::map<const Hole*, Producer> producers;  // of the holes that had a value
};

Error Invalid(std::string message) { return Error{ErrorCode::kInvalid, std::move(message)}; }

// Every request of the trace with its plan and the producers of its values.
class Sources {
 public:
  Sources(const Trace& trace, const Plan& plan) : trace_(trace), plan_(plan) {}

  Result<void> Read() {
    sources_.resize(trace_.invokes.size());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      Source& source = sources_[i];
      source.invoke = &trace_.invokes[i];
      if (trace_.returns[i]) source.reply = &*trace_.returns[i];
      if (!Plan(&source)) {
        return Invalid("request #" + std::to_string(i + 1) + " (" + source.invoke->name +
                       ") is not in the plan of this trace: it was recorded by another version");
      }
      Resolve(&source);
    }
    return {};
  }

  [[nodiscard]] const Source& At(std::uint64_t operation) const { return sources_[operation - 1]; }
  [[nodiscard]] const std::vector<Source>& all() const { return sources_; }

 private:
  bool Plan(Source* source) {
    const InvokeRecord& invoke = *source->invoke;
    if (invoke.phase == Phase::kSetup) {
      if (invoke.step >= plan_.scenario().setup.size()) return false;
      source->planned = plan_.SetupRequest(invoke.step, invoke.iteration);
      return true;
    }
    if (invoke.phase == Phase::kAudit) {
      if (invoke.step >= plan_.scenario().audit.size()) return false;
      source->planned = plan_.AuditRequest(invoke.step, invoke.iteration);
      return true;
    }
    const PlannedAction* action = ActionOf(invoke);
    if (action == nullptr || invoke.step >= action->requests.size()) return false;
    source->planned = action->requests[invoke.step];
    return true;
  }

  const PlannedAction* ActionOf(const InvokeRecord& invoke) {
    if (invoke.user >= plan_.users().size()) return nullptr;
    User& user = users_.try_emplace(invoke.user, plan_, invoke.user).first->second;
    if (invoke.action == "on_stop") {
      if (!user.on_stop) user.on_stop = user.plan.OnStop();
      return user.on_stop ? &*user.on_stop : nullptr;
    }
    while (!user.current || user.current->iteration < invoke.iteration) {
      user.current = user.plan.Next();
      if (!user.current) return nullptr;
    }
    return user.current->iteration == invoke.iteration ? &*user.current : nullptr;
  }

  void Resolve(Source* source) {
    const InvokeRecord& invoke = *source->invoke;
    const bool setup = invoke.phase == Phase::kSetup;
    auto& own = setup ? shared_ : own_[invoke.user];
    const RequestStep& step = *source->planned.step;
    for (const Extract& extract : step.extract) {
      if (!extract.append) own.erase(extract.variable);
    }
    const auto find_all = [&](const PlannedText& text) {
      for (const Hole& hole : text.holes) {
        const std::uint64_t operation = Find(hole, own);
        if (operation != 0) source->producers[&hole] = Producer{operation, *hole.name};
      }
    };
    find_all(source->planned.target);
    for (const PlannedHeader& header : source->planned.headers) find_all(header.value);
    find_all(source->planned.body);
    if (source->reply == nullptr || source->reply->response.status >= 400) return;
    for (const Extract& extract : step.extract) {
      if (!TakeValue(extract, source->reply->response)) continue;
      if (extract.append) {
        lists_[extract.variable].push_back(invoke.operation);
      } else {
        own[extract.variable] = invoke.operation;
      }
    }
  }

  std::uint64_t Find(const Hole& hole, const std::map<std::string, std::uint64_t>& own) const {
    if (hole.kind == PartKind::kVariable) {
      const auto mine = own.find(*hole.name);
      if (mine != own.end()) return mine->second;
      const auto global = shared_.find(*hole.name);
      return global != shared_.end() ? global->second : 0;
    }
    const auto list = lists_.find(*hole.name);
    if (list == lists_.end() || list->second.empty()) return 0;
    return list->second[PositionOf(hole, list->second.size())];
  }

  struct User {
    User(const redrive::Plan& plan_in, std::uint32_t number) : plan(plan_in, number) {}
    UserPlan plan;
    std::optional<PlannedAction> current;
    std::optional<PlannedAction> on_stop;
  };

  const Trace& trace_;
  const redrive::Plan& plan_;
  std::vector<Source> sources_;
  std::map<std::uint32_t, User> users_;
  std::map<std::string, std::uint64_t> shared_;
  std::map<std::string, std::vector<std::uint64_t>> lists_;
  std::map<std::uint32_t, std::map<std::string, std::uint64_t>> own_;
};

// "${" that is meant as text.
std::string Escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') out += '$';
    out += text[i];
  }
  return out;
}

// The values that are not the scenario's own defaults.
std::vector<std::pair<std::string, std::string>> FromEnv(const RunSpec& spec) {
  std::vector<std::pair<std::string, std::string>> values;
  const auto defaults =
      ParseScenario(spec.scenario_json, spec.scenario_name, FilesFromSettings(spec));
  for (const auto& [key, value] : spec.settings) {
    constexpr std::string_view kPrefix = "env.";
    if (!key.starts_with(kPrefix) || value.empty() || IsOfWholeRun(key)) continue;
    const std::string name = key.substr(kPrefix.size());
    const bool same = defaults && std::any_of(defaults->env_used.begin(), defaults->env_used.end(),
                                              [&](const auto& used) {
                                                return used.first == name && used.second == value;
                                              });
    if (!same) values.emplace_back(name, value);
  }
  return values;
}

class CaseMaker {
 public:
  CaseMaker(const Sources& sources, const Scenario& scenario, const RunSpec& spec)
      : sources_(sources), scenario_(scenario), spec_(spec), from_environment_(FromEnv(spec)) {}

  Result<void> Pick(std::span<const std::uint64_t> operations) {
    for (const std::uint64_t operation : operations) {
      if (operation == 0 || operation > sources_.all().size()) {
        return Invalid("there is no request #" + std::to_string(operation) + " in this trace");
      }
      if (sources_.At(operation).invoke->phase != Phase::kRun) {
        return Invalid("request #" + std::to_string(operation) +
                       " belongs to setup or audit: pick requests of the users");
      }
      picked_.insert(operation);
    }
    if (picked_.empty()) return Invalid("no request was picked");
    return {};
  }

  void Choose(CaseSetup setup) {
    const std::uint64_t begin = sources_.At(*picked_.begin()).invoke->sequence;
    for (const Source& source : sources_.all()) {
      const InvokeRecord& invoke = *source.invoke;
      const bool ended = source.reply != nullptr && source.reply->sequence < begin;
      if (invoke.phase == Phase::kSetup && setup != CaseSetup::kNeeded) Need(invoke.operation);
      if (invoke.phase == Phase::kRun && setup == CaseSetup::kAll && ended) Need(invoke.operation);
      if (invoke.phase == Phase::kAudit && invoke.iteration == 0) audit_.insert(invoke.operation);
    }
    for (const std::uint64_t operation : picked_) NeedProducers(operation);
    for (const std::uint64_t operation : audit_) NeedProducers(operation);
  }

  Result<Case> Make() {
    NameVariables();
    Case result;
    result.name = scenario_.name;
    result.description =
        "Taken out of " + spec_.scenario_name + ", seed " + std::to_string(spec_.seed) + ".";
    result.workshop = spec_.workshop.empty() ? scenario_.workshop.bugs : spec_.workshop;
    if (result.workshop.empty()) result.workshop = "as-is";
    result.rate_limits = scenario_.workshop.rate_limits;
    result.seed = spec_.seed;
    result.epoch_seconds = spec_.epoch_seconds;
    result.checks_json = scenario_.checks_json;
    result.allowed = scenario_.allowed;
    result.settings = spec_.settings;
    std::erase_if(result.settings, [](const auto& each) { return IsOfWholeRun(each.first); });
    std::vector<std::uint64_t> setup(setup_.begin(), setup_.end());
    std::stable_sort(setup.begin(), setup.end(), [&](std::uint64_t a, std::uint64_t b) {
      return sources_.At(a).reply->sequence < sources_.At(b).reply->sequence;
    });
    for (const std::uint64_t operation : setup) result.setup.push_back(MakeRequest(operation));
    std::map<std::uint32_t, std::size_t> lanes;  // by user
    for (const std::uint64_t operation : picked_) {
      const InvokeRecord& invoke = *sources_.At(operation).invoke;
      const auto [lane, added] = lanes.try_emplace(invoke.user, result.lanes.size());
      if (added) result.lanes.push_back(CaseLane{invoke.user_class, {}});
      result.lanes[lane->second].requests.push_back(MakeRequest(operation));
    }
    if (result.lanes.size() > kLanesMax) {
      return Invalid("a case has at most " + std::to_string(kLanesMax) + " users");
    }
    for (const std::uint64_t operation : audit_) result.audit.push_back(MakeRequest(operation));
    return result;
  }

 private:
  void NeedProducers(std::uint64_t operation) {
    for (const auto& [hole, producer] : sources_.At(operation).producers) Need(producer.operation);
  }

  // What is not picked and not audit goes into the setup.
  void Need(std::uint64_t operation) {
    const Source& source = sources_.At(operation);
    if (source.reply == nullptr || picked_.contains(operation) || audit_.contains(operation))
      return;
    if (!setup_.insert(operation).second) return;
    NeedProducers(operation);
  }

  // Variables of the setup are global, so two producers of one name need two names.
  void NameVariables() {
    std::set<std::string> taken;
    std::set<Producer> needed;
    const auto collect = [&](std::uint64_t operation) {
      for (const auto& [hole, producer] : sources_.At(operation).producers) needed.insert(producer);
    };
    for (const std::uint64_t operation : setup_) collect(operation);
    for (const std::uint64_t operation : picked_) collect(operation);
    for (const std::uint64_t operation : audit_) collect(operation);
    for (const Producer& producer : needed) {  // within a lane and the audit, names stay
      if (setup_.contains(producer.operation)) continue;
      names_[producer] = producer.variable;
      taken.insert(producer.variable);
    }
    for (const Producer& producer : needed) {
      if (!setup_.contains(producer.operation)) continue;
      std::string name = producer.variable;
      for (int n = 2; !taken.insert(name).second; ++n) {
        name = producer.variable + "_" + std::to_string(n);
      }
      names_[producer] = name;
    }
  }

  CaseRequest MakeRequest(std::uint64_t operation) const {
    const Source& source = sources_.At(operation);
    const RequestStep& step = *source.planned.step;
    CaseRequest request;
    request.operation = operation;
    request.name = step.name.text();
    request.method = step.method;
    request.path = Text(source, source.planned.target);
    request.accept = step.accept;
    request.expect = step.expect;
    request.checks_json = step.checks_json;
    if (step.failure) {
      for (const TemplatePart& part : step.failure->parts) {
        request.failure += part.kind == PartKind::kStatus ? "${status}" : Escaped(part.text);
      }
    }
    for (const Extract& extract : step.extract) {
      const auto name = names_.find(Producer{operation, extract.variable});
      if (name == names_.end()) continue;  // nobody asks for it
      request.extract.push_back(extract);
      request.extract.back().variable = name->second;
      request.extract.back().append = false;
    }
    const bool producer = !request.extract.empty();
    request.required = step.required && (producer || source.invoke->phase == Phase::kSetup);
    SetBody(source, &request);
    SetHeaders(source, &request);
    return request;
  }

  void SetBody(const Source& source, CaseRequest* request) const {
    if (!source.planned.step->body) return;
    request->body = Text(source, source.planned.body);
    const auto json = nlohmann::ordered_json::parse(request->body, nullptr, false);
    const bool same = !json.is_discarded() && json.dump() == request->body;
    request->body_kind = same ? BodyKind::kJson : BodyKind::kText;
  }

  void SetHeaders(const Source& source, CaseRequest* request) const {
    for (const PlannedHeader& header : source.planned.headers) {
      const bool missing =
          std::any_of(header.value.holes.begin(), header.value.holes.end(),
                      [&](const Hole& hole) { return !source.producers.contains(&hole); });
      if (missing && header.optional) continue;
      const bool implied = request->body_kind == BodyKind::kJson &&
                           EqualIgnoringCase(*header.name, "Content-Type") &&
                           header.value.text == "application/json";
      if (implied) continue;
      request->headers.push_back(CaseHeader{*header.name, Text(source, header.value), false});
    }
  }

  // The planned text as a template: what was drawn is literal, what was extracted is a variable.
  std::string Text(const Source& source, const PlannedText& planned) const {
    std::string out;
    std::size_t at = 0;
    for (const Hole& hole : planned.holes) {
      out += Literal(std::string_view(planned.text).substr(at, hole.offset - at));
      at = hole.offset;
      const auto producer = source.producers.find(&hole);
      const std::string name =
          producer == source.producers.end() ? *hole.name : names_.at(producer->second);
      const bool whole = hole.quoting == Quoting::kJsonWhole;
      out += whole ? "\"${" + name + "}\"" : "${" + name + "}";
    }
    return out + Literal(std::string_view(planned.text).substr(at));
  }

  // What came out of the environment may be a credential: the case asks for it again.
  std::string Literal(std::string_view text) const {
    std::string out = Escaped(text);
    for (const auto& [name, value] : from_environment_) {
      const std::string variable = "${env(" + name + ")}";
      for (std::size_t at = out.find(value); at != std::string::npos;
           at = out.find(value, at + variable.size())) {
        out.replace(at, value.size(), variable);
      }
    }
    return out;
  }

  const Sources& sources_;
  const Scenario& scenario_;
  const RunSpec& spec_;
  std::vector<std::pair<std::string, std::string>> from_environment_;  // name, value
  std::set<std::uint64_t> picked_;
  std::set<std::uint64_t> setup_;
  std::set<std::uint64_t> audit_;
  std::map<Producer, std::string> names_;
};

}  // namespace

Result<Case> CaseFromTrace(const Trace& trace, std::span<const std::uint64_t> operations,
                           CaseSetup setup) {
  Result<std::unique_ptr<Simulation>> simulation = Simulation::Make(trace.header.spec);
  if (simulation.has_error()) return simulation.error();
  const Plan& plan = (*simulation)->plan();
  if (plan.digest() != trace.header.plan_digest) {
    return Invalid("the plan of this trace cannot be made again: recorded digest " +
                   ToHex(trace.header.plan_digest) + ", now " + ToHex(plan.digest()) +
                   "; it was recorded by another version, or with other environment variables");
  }
  Sources sources(trace, plan);
  const Result<void> read = sources.Read();
  if (read.has_error()) return read.error();
  CaseMaker maker(sources, (*simulation)->scenario(), trace.header.spec);
  const Result<void> picked = maker.Pick(operations);
  if (picked.has_error()) return picked.error();
  maker.Choose(setup);
  return maker.Make();
}

}  // namespace redrive
