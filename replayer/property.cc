#include "replayer/property.h"

#include <rapidcheck/Random.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/hash.h"
#include "core/rng.h"
#include "recorder/workshop/bugs.h"
#include "replayer/property_order_check.h"
#include "replayer/property_runner.h"
#include "replayer/property_smallest.h"

namespace redrive::par {
namespace {

constexpr std::size_t kNotesMax = 10;
constexpr std::uint64_t kGrowth = 10;  // cases from the smallest size to the largest

Rng CaseRng(const Model& model, const PropertyOptions& options, std::uint64_t number) {
  return Rng(options.seed).Split(model.name).Split(number);
}

Result<Checkers> MakeCheckers(const Model& model) {
  const nlohmann::json checks = nlohmann::json::parse(model.checks_json, nullptr, false);
  const std::string where = "model '" + model.name + "': /checks";
  if (!checks.is_array()) {
    return Error{ErrorCode::kInvalid, where + ": expected a JSON array (docs/CHECKS.md)"};
  }
  return ParseChecks(checks, where);
}

class Campaign {
 public:
  Campaign(const Model& model, const PropertyOptions& options, Checkers checkers)
      : model_(model), options_(options), checkers_(std::move(checkers)) {
    report_.model = model.name;
    for (const Kind& kind : model.kinds) report_.kinds.emplace_back().name = kind.name;
    for (const auto& checker : checkers_) {
      report_.checks.emplace_back().name = std::string(checker->name());
    }
    report_.checks.emplace_back().name = kOrderCheck;
  }

  Result<PropertyReport> Run() {
    report_.whole = !options_.only_case.has_value();
    const std::uint64_t first = options_.only_case.value_or(0);
    const std::uint64_t count = options_.only_case ? 1 : options_.count;
    for (std::uint64_t number = first; number < first + count; ++number) {
      Progress(number - first, count);
      if (Stopped()) break;
      const Result<void> ran = RunCase(number);
      if (ran.has_error()) return ran.error();
    }
    report_.stopped = Stopped();
    report_.distinct = plans_.size();
    report_.digest = digest_.value();
    AddNotes();
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool Stopped() const { return options_.stop != nullptr && options_.stop->load(); }

  void Progress(std::uint64_t done, std::uint64_t count) const {
    if (!options_.on_progress) return;
    PropertyProgress progress;
    progress.model = model_.name;
    progress.cases = done;
    progress.cases_total = count;
    progress.executions = report_.executions;
    progress.failures = report_.failures.size();
    options_.on_progress(progress);
  }

  void Note(std::string note) {
    if (report_.notes.size() < kNotesMax) report_.notes.push_back(std::move(note));
  }

  Result<void> RunCase(std::uint64_t number) {
    const Plan plan = DrawCase(model_, options_, number);
    ++report_.cases;
    const std::string text = PlanToText(model_, plan);
    plans_.insert(text);
    digest_.Add(HashBytes(text));
    if (plan.lanes.empty()) return {};
    auto made = PlanRunner::Make(model_, plan, options_, checkers_);
    if (made.has_error()) return Unprepared(number, made.error());
    PlanRunner& runner = **made;
    const Rng rng = CaseRng(model_, options_, number).Split("schedules");
    std::uint64_t decisions = 0;
    for (std::uint64_t i = 0; i <= options_.schedules; ++i) {
      if (Stopped()) break;
      const Choices choices = i == 0 ? Choices() : DrawSchedule(rng, i, decisions);
      for (const std::uint8_t choice : choices) digest_.Add(std::uint64_t{choice});
      const Result<Executed> executed = runner.Follow(choices);
      if (executed.has_error()) return executed.error();
      if (i == 0) {
        decisions = executed->decisions;
        const Result<void> counted = CountKinds(plan, runner);
        if (counted.has_error()) return counted.error();
      }
      const Result<void> kept = KeepFailures(number, plan, choices, *executed->judged);
      if (kept.has_error()) return kept.error();
    }
    report_.executions += runner.executions();
    CountOutcomes(number, runner);
    return {};
  }

  // The model said that the prefix would be taken: one of the two is wrong, which is no pass.
  Result<void> Unprepared(std::uint64_t number, const Error& error) {
    if (error.code != ErrorCode::kInvalid) return error;
    ++report_.unknown;
    Note("case " + std::to_string(number) + " could not be prepared: " + error.message);
    return {};
  }

  Result<void> CountKinds(const Plan& plan, const PlanRunner& runner) {
    std::set<std::size_t> held;
    for (const Command& command : plan.prefix) held.insert(command.kind);
    for (const std::vector<Command>& lane : plan.lanes) {
      for (const Command& command : lane) held.insert(command.kind);
    }
    for (const std::size_t kind : held) ++report_.kinds[kind].cases;
    const Result<Trace> trace = runner.Record();
    if (trace.has_error()) return trace.error();
    for (std::size_t i = 0; i < trace->invokes.size(); ++i) {
      if (trace->invokes[i].phase == Phase::kAudit || !trace->returns[i]) continue;
      for (KindCount& kind : report_.kinds) {
        if (kind.name != trace->invokes[i].name) continue;
        ++kind.sent;
        if (trace->returns[i]->outcome == Outcome::kOk) ++kind.taken;
        if (trace->returns[i]->outcome == Outcome::kFail) ++kind.refused;
      }
    }
    return {};
  }

  Result<void> KeepFailures(std::uint64_t number, const Plan& plan, const Choices& choices,
                            const Judged& judged) {
    for (const Signature& signature : judged.violations) {
      if (!SignatureText(signature).starts_with(options_.only)) continue;
      if (!found_.insert(signature).second) continue;
      const Failing failing{signature, plan, choices};
      const Rng rng = CaseRng(model_, options_, number).Split("shrinking");
      Result<PropertyFailure> failure = Smallest(model_, options_, checkers_, failing, rng);
      if (failure.has_error()) return failure.error();
      failure->case_number = number;
      report_.failures.push_back(std::move(*failure));
    }
    return {};
  }

  void CountOutcomes(std::uint64_t number, const PlanRunner& runner) {
    for (const auto& [key, judged] : runner.judged()) {
      ++report_.judged;
      for (std::size_t i = 0; i < judged.examined.size(); ++i) {
        report_.checks[i].examined += judged.examined[i];
      }
      if (judged.unknown.empty() || !judged.violations.empty()) continue;
      if (report_.unknown++ == 0) {
        Note("case " + std::to_string(number) + ": " + judged.unknown);
      }
    }
  }

  void AddNotes() {
    if (report_.stopped) Note("stopped early");
    if (!report_.whole) return;
    for (const KindCount& kind : report_.kinds) {
      if (kind.sent == 0) Note(kind.name + " was never sent: inconclusive for it");
      if (kind.sent != 0 && kind.taken == 0) {
        Note(kind.name + " was always refused: inconclusive for it");
      }
    }
    for (const CheckCount& check : report_.checks) {
      if (check.examined == 0) Note("nothing to judge for '" + check.name + "'");
    }
    if (report_.judged == 0) Note("nothing was executed");
  }

  const Model& model_;
  const PropertyOptions& options_;
  const Checkers checkers_;
  PropertyReport report_;
  std::set<Signature> found_;
  std::set<std::string> plans_;
  Digest digest_;
};

}  // namespace

std::string SignatureText(const Signature& signature) {
  return signature.check + ": " + signature.shape;
}

VerdictKind PropertyReport::verdict() const {
  if (!failures.empty()) return VerdictKind::kViolation;
  return notes.empty() && unknown == 0 ? VerdictKind::kPass : VerdictKind::kUnknown;
}

Plan DrawCase(const Model& model, const PropertyOptions& options, std::uint64_t number) {
  const auto shared = std::make_shared<const Model>(model);
  const rc::Random random(CaseRng(model, options, number).Split("plan").Next());
  const auto scale = static_cast<int>((number % kGrowth + 1) * rc::kNominalSize / kGrowth);
  return gen::ParallelPlan(shared, options.size)(random, scale).value();
}

Result<PropertyReport> RunProperty(const Model& model, const PropertyOptions& options) {
  const Result<void> checked = CheckModel(model);
  if (checked.has_error()) return checked.error();
  const auto bugs = workshop::BugSet::Parse(options.workshop);
  if (!options.handlers && bugs.has_error()) return bugs.error();
  Result<Checkers> checkers = MakeCheckers(model);
  if (checkers.has_error()) return checkers.error();
  return Campaign(model, options, std::move(*checkers)).Run();
}

}  // namespace redrive::par
