#include "replayer/checker.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/nearest.h"
#include "replayer/declared_checker.h"

namespace redrive {
namespace {

constexpr std::size_t kChecksMax = 1000;

constexpr std::pair<std::string_view, CheckFactory> kKinds[] = {
    {"unique", MakeUnique},
    {"series", MakeSeries},
    {"at_most_once", MakeAtMostOnce},
    {"same_value", MakeSameValue},
    {"balanced", MakeBalanced},
    {"trial_balance", MakeTrialBalance},
    {"stock", MakeStock},
    {"conservation", MakeConservation},
    {"chain", MakeChain},
    {"payments", MakePayments},
    {"read_your_writes", MakeReadYourWrites},
    {"never_decreases", MakeNeverDecreases},
    {"tenant_isolation", MakeTenantIsolation},
    {"response_invariant", MakeResponseInvariant},
    {"rate_limit", MakeRateLimit},
    {"counter", MakeCounter},
    {"register", MakeRegister},
    {"serialisable", MakeSerialisable},
    {"monotonic_reads", MakeMonotonicReads},
    {"monotonic_writes", MakeMonotonicWrites},
    {"writes_follow_reads", MakeWritesFollowReads},
    {"linearizable", MakeLinearizable},
};

CheckFactory FactoryOf(SpecReader& reader) {
  const std::string kind = reader.Text("check", "");
  std::vector<std::string> known;
  for (const auto& [word, factory] : kKinds) {
    if (word == kind) return factory;
    known.emplace_back(word);
  }
  const std::string nearest = NearestOf(kind, known);
  std::string all;
  for (const std::string& word : known) all += (all.empty() ? "" : ", ") + word;
  reader.Fail("check", kind.empty() ? "missing: one of " + all
                       : nearest.empty()
                           ? "unknown check \"" + kind.substr(0, 100) + "\"; expected one of " + all
                           : "unknown check \"" + kind + "\"; did you mean \"" + nearest + "\"?");
  return nullptr;
}

// What a whole trace says about every verdict on it.
void JudgeTrace(const Trace& trace, CheckReport& report) {
  if (!trace.note.empty()) report.notes.push_back(trace.note);
  if (!trace.end) {
    report.notes.push_back(
        "the recording was cut short: requests without an answer may have happened");
    return;
  }
  if (trace.end->ending != Ending::kDone) {
    report.notes.push_back("the run ended early: " + std::string(EndingName(trace.end->ending)));
  }
  if (trace.end->dropped == 0) return;
  const std::string dropped = std::to_string(trace.end->dropped) + " records were dropped";
  report.notes.push_back(dropped + ": a pass would be a guess");
  for (Verdict& verdict : report.verdicts) {
    if (verdict.kind != VerdictKind::kPass) continue;
    verdict.kind = VerdictKind::kUnknown;
    verdict.notes.push_back(dropped);
  }
}

}  // namespace

std::string_view VerdictName(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kPass:
      return "pass";
    case VerdictKind::kViolation:
      return "violation";
    case VerdictKind::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view NatureName(Nature nature) {
  return nature == Nature::kRace ? "race" : "sequential";
}

VerdictKind CheckReport::overall() const {
  VerdictKind overall = VerdictKind::kPass;
  for (const Verdict& verdict : verdicts) {
    if (verdict.kind == VerdictKind::kViolation) return VerdictKind::kViolation;
    if (verdict.kind == VerdictKind::kUnknown) overall = VerdictKind::kUnknown;
  }
  return overall;
}

Result<std::vector<std::unique_ptr<Checker>>> ParseChecks(const nlohmann::json& checks_array,
                                                          std::string_view where) {
  const std::string place(where);
  if (!checks_array.is_array()) {
    return Error{ErrorCode::kInvalid, place + ": expected an array of checks"};
  }
  if (checks_array.size() > kChecksMax) {
    return Error{ErrorCode::kLimit, place + ": more than 1000 checks"};
  }
  std::vector<std::unique_ptr<Checker>> checkers;
  for (std::size_t i = 0; i < checks_array.size(); ++i) {
    std::optional<Error> error;
    SpecReader reader(checks_array[i], place + "/" + std::to_string(i), error);
    const CheckFactory factory = error ? nullptr : FactoryOf(reader);
    if (factory) {
      checkers.push_back(factory(reader));
      // A misspelt key explains a missing one, so it is reported instead of it.
      std::optional<Error> unknown_key;
      std::swap(error, unknown_key);
      reader.Finish();
      if (!error) std::swap(error, unknown_key);
    }
    if (error) return *error;
  }
  return checkers;
}

Result<std::vector<std::unique_ptr<Checker>>> ParseScenarioChecks(std::string_view scenario_json,
                                                                  std::string_view where) {
  const nlohmann::json scenario =
      nlohmann::json::parse(scenario_json, nullptr, /*allow_exceptions=*/false,
                            /*ignore_comments=*/true);
  if (!scenario.is_object()) {
    return Error{ErrorCode::kInvalid, std::string(where) + ": not a JSON object"};
  }
  const auto checks = scenario.find("checks");
  if (checks == scenario.end()) return std::vector<std::unique_ptr<Checker>>();
  return ParseChecks(*checks, std::string(where) + ": /checks");
}

CheckReport CheckAll(const Trace& trace, const std::vector<std::unique_ptr<Checker>>& checkers,
                     const CheckOptions& options) {
  CheckReport report;
  report.rerun_command = options.rerun_command;
  const History history(trace);
  for (const auto& checker : checkers) report.verdicts.push_back(checker->Check(history, options));
  JudgeTrace(trace, report);
  return report;
}

DeclaredChecker::DeclaredChecker(SpecReader& reader)
    : kind_(reader.Text("check", "")),
      name_(reader.Text("name", kind_)),
      space_(reader.Text("space", "")),
      may_be_empty_(reader.Flag("may_be_empty", false)) {}

Verdict DeclaredChecker::Check(const History& history, const CheckOptions& options) const {
  Judgement judgement(history, space_);
  Judge(judgement);
  Verdict verdict = judgement.Finish(may_be_empty_, options.violations_max);
  verdict.check = kind_;
  verdict.name = name_;
  return verdict;
}

std::optional<std::string> KeyOrMissing(Judgement& judgement, const KeyExpression& key,
                                        const Place& place) {
  std::optional<std::string> value = EvaluateKey(key, place);
  if (!value && place.operation.ok()) {
    std::string what = "no value at";
    for (const Expression& part : key) what += " " + part.text;
    judgement.Missing(place.operation, what);
  }
  return value;
}

std::vector<JsonNode> ItemsOf(const History& history, const Operation& operation,
                              const std::vector<JsonPointer>& each, const Selector& selector) {
  std::vector<JsonNode> items;
  const JsonText* body = history.ResponseJson(operation);
  if (!body) return items;
  if (each.empty()) items.push_back(body->root());
  for (const JsonPointer& pointer : each) JsonText::Resolve(body->root(), pointer, items);
  std::erase_if(items, [&](const JsonNode& item) {
    return !selector.MatchesItem({history, operation, &item});
  });
  return items;
}

}  // namespace redrive
