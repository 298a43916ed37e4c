#include "replayer/verdict_line.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

constexpr std::size_t kViolatedMax = 3;

void Append(std::string* line, const std::string& part) {
  if (!line->empty()) *line += " · ";
  *line += part;
}

std::string Judged(const std::string& figure, LimitVerdict verdict) {
  return figure + " " + std::string(LimitVerdictName(verdict));
}

void AppendThresholds(const std::vector<ThresholdResult>& thresholds, std::string* line) {
  for (const ThresholdResult& result : thresholds) {
    std::string figure = ThresholdShortName(result.threshold);
    if (result.verdict != LimitVerdict::kNotMeasured) {
      figure += " " + ThresholdValueText(result.threshold, result.value);
    }
    Append(line, Judged(figure, result.verdict));
  }
}

void AppendGuide(const std::vector<GuideRow>& guide, std::string* line) {
  static constexpr const char* kNames[] = {"p95",    "p99",     "errors",      "deadlocks",
                                           "memory", "tickets", "slow queries"};
  for (const GuideRow& row : guide) {
    const bool measured = row.verdict != LimitVerdict::kNotMeasured;
    if (!measured && !row.required) continue;
    std::string figure = kNames[static_cast<std::size_t>(row.metric)];
    if (measured) figure += " " + row.measured;
    Append(line, Judged(figure, row.verdict));
  }
}

// What every run can tell, where nobody set a limit. `evaluate` judges a list of thresholds.
template <typename Evaluate>
void AppendUnjudged(const Evaluate& evaluate, std::string* line) {
  for (const char* text : {"p(95)<1", "rate<1%"}) {
    const Result<Threshold> threshold = ParseThreshold(text);
    REDRIVE_CHECK(threshold.has_value());
    const ThresholdResult result = evaluate(std::vector<Threshold>{*threshold}).front();
    if (result.verdict == LimitVerdict::kNotMeasured) continue;
    Append(line,
           ThresholdShortName(*threshold) + " " + ThresholdValueText(*threshold, result.value));
  }
}

void AppendChecks(const CheckReport& checks, std::string* line) {
  std::size_t counts[3] = {};
  std::size_t told = 0;
  for (const Verdict& verdict : checks.verdicts) {
    ++counts[static_cast<std::size_t>(verdict.kind)];
    if (verdict.kind != VerdictKind::kViolation || told == kViolatedMax) continue;
    ++told;
    const std::string shape =
        verdict.violations.empty() ? verdict.check : verdict.violations.front().shape;
    Append(line, std::to_string(verdict.violations_total) + " × " + shape + ": " + verdict.name +
                     " FAIL");
  }
  const std::size_t violated = counts[static_cast<std::size_t>(VerdictKind::kViolation)];
  const std::size_t unknown = counts[static_cast<std::size_t>(VerdictKind::kUnknown)];
  const std::size_t passed = counts[static_cast<std::size_t>(VerdictKind::kPass)];
  if (violated > told) Append(line, std::to_string(violated - told) + " more checks FAIL");
  if (unknown > 0) Append(line, std::to_string(unknown) + " checks unknown");
  if (passed > 0) {
    Append(line, std::to_string(passed) + (passed == 1 ? " check OK" : " checks OK"));
  }
}

template <typename Evaluate>
std::string Line(const Evaluate& evaluate, const std::vector<ThresholdResult>& thresholds,
                 const std::vector<GuideRow>& guide, const CheckReport& checks) {
  std::string line;
  AppendThresholds(thresholds, &line);
  AppendGuide(guide, &line);
  if (thresholds.empty() && guide.empty()) AppendUnjudged(evaluate, &line);
  AppendChecks(checks, &line);
  return line;
}

}  // namespace

std::string VerdictLine(const Trace& trace, const std::vector<ThresholdResult>& thresholds,
                        const std::vector<GuideRow>& guide, const CheckReport& checks) {
  const auto evaluate = [&](const std::vector<Threshold>& limits) {
    return EvaluateThresholds(limits, trace, {});
  };
  return Line(evaluate, thresholds, guide, checks);
}

std::string VerdictLine(const Statistics& statistics, VirtualTime duration,
                        const std::vector<ThresholdResult>& thresholds, const CheckReport& checks) {
  const auto evaluate = [&](const std::vector<Threshold>& limits) {
    return EvaluateThresholds(limits, statistics, duration, {});
  };
  return Line(evaluate, thresholds, {}, checks);
}

}  // namespace redrive
