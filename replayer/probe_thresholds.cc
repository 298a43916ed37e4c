#include "replayer/probe_thresholds.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/check.h"
#include "replayer/threshold_meter.h"

namespace redrive {
namespace {

// How many were added from the first point on. A counter that fell was set back to zero in between.
std::int64_t IncreaseOf(const ProbeSeries& series) {
  if (series.metric().kind == ProbeKind::kCounter) return series.last().value;
  std::int64_t sum = 0;
  std::int64_t before = series.points().front().value;
  for (const ProbePoint& point : series.points()) {
    sum += point.value >= before ? point.value - before : point.value;
    before = point.value;
  }
  return sum;
}

MeasuredValue ValueOf(const Threshold& threshold, const ProbeSeries& series) {
  MeasuredValue value;
  switch (threshold.aggregate) {
    case Aggregate::kPercentile:
      value.numerator = series.Quantile(threshold.percentile_milli);
      break;
    case Aggregate::kMedian:
      value.numerator = series.Quantile(50'000);
      break;
    case Aggregate::kMin:
      value.numerator = series.min();
      break;
    case Aggregate::kMax:
      value.numerator = series.max();
      break;
    case Aggregate::kAverage:
      for (const ProbePoint& point : series.points()) value.numerator += point.value;
      value.denominator = static_cast<std::int64_t>(series.points().size());
      break;
    case Aggregate::kCount:
      value.numerator = IncreaseOf(series);
      break;
    case Aggregate::kRate:
      value.numerator = static_cast<MeasuredValue::Wide>(IncreaseOf(series)) * 1'000'000'000;
      value.denominator = std::max<std::int64_t>(1, series.last().at_ns);
      break;
    case Aggregate::kLast:
      value.numerator = series.last().value;
      break;
  }
  return value;
}

// Seeing more could only make it worse.
bool GrowsOnly(const Threshold& threshold) {
  const ProbeMetric& probe = *threshold.probe;
  if (probe.kind == ProbeKind::kCounter) return threshold.aggregate == Aggregate::kCount;
  if (probe.kind == ProbeKind::kGauge) return threshold.aggregate == Aggregate::kMax;
  return probe.kind == ProbeKind::kFinal && probe.unit == ProbeUnit::kTime;  // the longest
}

bool IsUpperLimit(const Threshold& threshold) {
  const Comparison comparison = threshold.comparison;
  return comparison == Comparison::kLess || comparison == Comparison::kLessOrEqual ||
         // "count==0" asks for nothing at all.
         (comparison == Comparison::kEqual && threshold.bound == 0);
}

ThresholdResult Judge(const Threshold& threshold, const ProbeSeries& series,
                      const ProbeReport& report) {
  ThresholdResult result;
  result.threshold = threshold;
  result.samples = series.samples();
  const MeasuredValue value = ValueOf(threshold, series);
  const bool holds = value.Holds(threshold.comparison, threshold.bound);
  const std::string partial = !series.at_least.empty() ? series.at_least : report.problem;
  const std::string seen = ProbeValueText(threshold.probe->unit, value.Rounded());
  if (!partial.empty()) {
    const bool certain = GrowsOnly(threshold) && IsUpperLimit(threshold) && !holds;
    if (!certain) {
      result.note = report.source + ": " + seen + " seen, but not all: " + partial;
      return result;
    }
  }
  result.verdict = holds ? LimitVerdict::kOk : LimitVerdict::kFail;
  result.value = value.Rounded();
  result.note = partial.empty() ? report.source : report.source + ", at least: " + partial;
  if (!holds && !report.findings.empty() &&
      threshold.probe->name.find("quer") != std::string_view::npos) {
    result.note += "; " + report.findings.front();
  }
  return result;
}

bool IsOf(const ProbeSeries& series, const Threshold& threshold) {
  if (&series.metric() != threshold.probe) return false;
  const std::string& name = threshold.selector.name;
  return name.empty() || series.label() == name || series.label().starts_with(name + "{");
}

// 0: fails; 1: not measured; 2: holds.
int Rank(const ThresholdResult& result) {
  if (result.verdict == LimitVerdict::kFail) return 0;
  return result.verdict == LimitVerdict::kNotMeasured ? 1 : 2;
}

}  // namespace

ThresholdResult JudgeProbe(const Threshold& threshold, const std::vector<ProbeReport>* probes) {
  REDRIVE_CHECK(threshold.probe != nullptr);
  std::optional<ThresholdResult> worst;
  std::string problem;
  for (const ProbeReport& report : probes == nullptr ? std::vector<ProbeReport>() : *probes) {
    bool found = false;
    for (const ProbeSeries& series : report.series) {
      if (!IsOf(series, threshold) || series.samples() == 0) continue;
      found = true;
      ThresholdResult result = Judge(threshold, series, report);
      if (!worst || Rank(result) < Rank(*worst)) worst = std::move(result);
    }
    // A probe that should have measured it and could not is no probe that was not asked for.
    const bool should = threshold.probe->flags.find(report.flag) != std::string_view::npos;
    const bool own = threshold.probe->kind != ProbeKind::kFree ||
                     report.source.find("#" + threshold.selector.name) != std::string::npos;
    if (found || !should || !own) continue;
    std::string why = report.problem;
    if (why.empty()) why = report.notes.empty() ? "nothing was measured" : report.notes.front();
    if (!problem.empty()) problem += "; ";
    problem += report.source + ": " + why;
  }
  if (worst && (problem.empty() || worst->verdict == LimitVerdict::kFail)) return *worst;
  ThresholdResult result;
  result.threshold = threshold;
  result.note = !problem.empty()
                    ? problem
                    : "no probe: " + std::string(threshold.probe->flags) + ", in a run with --host";
  return result;
}

}  // namespace redrive
