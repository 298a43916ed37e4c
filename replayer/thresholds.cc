#include "replayer/thresholds.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/nearest.h"
#include "replayer/probe_thresholds.h"
#include "replayer/threshold_meter.h"

namespace redrive {
namespace {

constexpr int kExitPass = 0;
constexpr int kExitViolation = 1;
constexpr int kExitInconclusive = 3;
constexpr int kExitThreshold = 4;

std::string SecondsText(std::int64_t nanoseconds) {
  Threshold time;  // a time in the unit of a threshold is in ms
  std::string text = ThresholdValueText(time, nanoseconds / 1000);
  text.resize(text.size() - 3);
  return text + " s";
}

ThresholdResult ResultOf(const Threshold& threshold, const ThresholdMeter::Reading& reading) {
  ThresholdResult result;
  result.threshold = threshold;
  result.samples = reading.samples;
  if (!reading.value || (reading.samples == 0 && threshold.metric != Metric::kRequests)) {
    result.note = threshold.window.count() != 0 && reading.samples != 0
                      ? "no window was whole: the run is shorter than one"
                      : "no such request came to its end";
    return result;
  }
  result.verdict = reading.holds ? LimitVerdict::kOk : LimitVerdict::kFail;
  result.value = reading.value->Rounded();
  if (threshold.window.count() != 0) {
    result.note = "in the window of " + SecondsText(threshold.window.count()) + " from " +
                  SecondsText(reading.window_from_ns) + ", the worst";
  }
  return result;
}

// Arrivals that nobody carried. A file of a trace does not say it.
ThresholdResult DroppedResult(const Threshold& threshold, std::optional<std::uint64_t> dropped,
                              std::int64_t duration_ns) {
  ThresholdResult result;
  result.threshold = threshold;
  if (!dropped) {
    result.note = "dropped arrivals are known to the run itself only";
    return result;
  }
  MeasuredValue value;
  value.numerator = static_cast<MeasuredValue::Wide>(*dropped) * 1'000'000;
  if (threshold.aggregate == Aggregate::kRate) {
    value.numerator *= 1'000'000'000;
    value.denominator = std::max<std::int64_t>(1, duration_ns);
  }
  const bool holds = value.Holds(threshold.comparison, threshold.bound);
  result.verdict = holds ? LimitVerdict::kOk : LimitVerdict::kFail;
  result.value = value.Rounded();
  result.samples = *dropped;
  return result;
}

// A name that no request has is a slip of the keyboard, not a limit that was kept.
void CheckName(const std::set<std::pair<std::string, std::string>>& names,
               ThresholdResult* result) {
  const RequestSelector& selector = result->threshold.selector;
  if (selector.name.empty() && selector.method.empty()) return;
  std::vector<std::string> known;
  for (const auto& [method, name] : names) {
    if (SelectsName(selector, method, name)) return;
    known.push_back(name);
  }
  result->verdict = LimitVerdict::kNotMeasured;
  result->value = 0;
  const std::string wanted = selector.name.empty() ? selector.method : selector.name;
  result->note = "no request is called '" + wanted + "'";
  const std::string nearest = NearestOf(wanted, known);
  if (!nearest.empty()) result->note += "; did you mean '" + nearest + "'?";
}

}  // namespace

std::string_view LimitVerdictName(LimitVerdict verdict) {
  switch (verdict) {
    case LimitVerdict::kOk:
      return "OK";
    case LimitVerdict::kFail:
      return "FAIL";
    case LimitVerdict::kNotMeasured:
      break;
  }
  return "not measured";
}

std::vector<ThresholdResult> EvaluateThresholds(const std::vector<Threshold>& thresholds,
                                                const Trace& trace,
                                                const ThresholdOptions& options) {
  std::vector<RequestSample> samples;
  std::set<std::pair<std::string, std::string>> names;
  std::optional<std::int64_t> origin;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    const InvokeRecord& invoke = trace.invokes[i];
    if (invoke.phase != Phase::kRun) continue;
    if (!origin) origin = invoke.sent_ns;
    names.emplace(invoke.request.method, invoke.name);
    if (!trace.returns[i] || !IsMeasured(invoke, *trace.returns[i])) continue;
    samples.push_back(SampleOf(invoke, *trace.returns[i], options.expected_statuses));
    last = std::max(last, samples.back().done_ns);
  }
  std::stable_sort(samples.begin(), samples.end(),
                   [](const auto& a, const auto& b) { return a.done_ns < b.done_ns; });
  std::vector<ThresholdResult> results;
  for (const Threshold& threshold : thresholds) {
    if (threshold.metric == Metric::kDropped) {
      std::optional<std::uint64_t> dropped;
      if (trace.end) dropped = trace.end->arrivals_dropped;
      results.push_back(DroppedResult(threshold, dropped, last - origin.value_or(0)));
      continue;
    }
    if (threshold.probe != nullptr) {
      results.push_back(JudgeProbe(threshold, options.probes));
      continue;
    }
    ThresholdMeter meter(threshold, Precision::kExact, origin.value_or(0));
    for (const RequestSample& sample : samples) meter.Add(sample);
    ThresholdResult result = ResultOf(threshold, meter.Read(last, true));
    CheckName(names, &result);
    if (trace.end && trace.end->dropped != 0) {
      result.verdict = LimitVerdict::kNotMeasured;
      result.note = std::to_string(trace.end->dropped) + " records of the run were lost";
    } else if (samples.empty()) {
      result.verdict = LimitVerdict::kNotMeasured;
      result.note = "no request of a user came to its end";
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<ThresholdResult> EvaluateThresholds(const std::vector<Threshold>& thresholds,
                                                const Statistics& statistics, VirtualTime duration,
                                                const ThresholdOptions& options) {
  std::set<std::pair<std::string, std::string>> names;
  for (const auto& [key, row] : statistics.requests()) names.emplace(key.method, key.name);
  std::vector<ThresholdResult> results;
  for (const Threshold& threshold : thresholds) {
    if (threshold.metric == Metric::kDropped) {
      results.push_back(DroppedResult(threshold, options.arrivals_dropped, duration.count()));
      continue;
    }
    if (threshold.probe != nullptr) {
      results.push_back(JudgeProbe(threshold, options.probes));
      continue;
    }
    const std::string lacking = WhyTraceNeeded(threshold, options);
    if (!lacking.empty()) {
      ThresholdResult result;
      result.threshold = threshold;
      result.note = lacking;
      results.push_back(std::move(result));
      continue;
    }
    ThresholdMeter meter(threshold, Precision::kThreeDigits, 0);
    for (const auto& [key, row] : statistics.requests()) {
      if (SelectsName(threshold.selector, key.method, key.name)) meter.Add(row);
    }
    ThresholdResult result = ResultOf(threshold, meter.Read(duration.count(), true));
    CheckName(names, &result);
    results.push_back(std::move(result));
  }
  return results;
}

std::string WhyTraceNeeded(const Threshold& threshold, const ThresholdOptions& options) {
  if (threshold.window.count() != 0) return "windows need a trace";
  if (threshold.selector.status != 0) return "statuses need a trace";
  if (threshold.selector.accepted) return "expected_response needs a trace";
  if (threshold.metric == Metric::kFailed && !options.expected_statuses.empty()) {
    return "expected statuses need a trace";
  }
  return "";
}

std::string ThresholdsToText(const std::vector<ThresholdResult>& results) {
  std::size_t width = 0;
  for (const ThresholdResult& result : results) {
    width = std::max(width, result.threshold.text.size());
  }
  std::string text;
  for (const ThresholdResult& result : results) {
    std::string verdict(LimitVerdictName(result.verdict));
    verdict.resize(std::max<std::size_t>(verdict.size(), 12), ' ');
    std::string limit = result.threshold.text;
    limit.resize(width, ' ');
    text += verdict + "  " + limit;
    if (result.verdict != LimitVerdict::kNotMeasured) {
      text += "  " + ThresholdValueText(result.threshold, result.value);
      if (result.threshold.metric != Metric::kDropped) {
        text += " over " + std::to_string(result.samples) +
                (result.threshold.probe != nullptr ? " samples" : " requests");
      }
    }
    text += (result.note.empty() ? "" : "  (" + result.note + ")") + "\n";
  }
  return text;
}

std::string ThresholdsToJson(const std::vector<ThresholdResult>& results) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ThresholdResult& result : results) {
    nlohmann::ordered_json object = {{"threshold", result.threshold.text},
                                     {"verdict", LimitVerdictName(result.verdict)},
                                     {"samples", result.samples}};
    if (result.verdict != LimitVerdict::kNotMeasured) {
      object["value_millionths"] = result.value;
      object["value"] = ThresholdValueText(result.threshold, result.value);
    }
    if (!result.note.empty()) object["note"] = result.note;
    list.push_back(std::move(object));
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int ExitCodeWith(const std::vector<ThresholdResult>& results, int checkers) {
  bool failed = false;
  bool unmeasured = false;
  for (const ThresholdResult& result : results) {
    failed = failed || result.verdict == LimitVerdict::kFail;
    unmeasured = unmeasured || result.verdict == LimitVerdict::kNotMeasured;
  }
  if (checkers == kExitViolation) return checkers;
  if (failed) return kExitThreshold;
  return unmeasured && checkers == kExitPass ? kExitInconclusive : checkers;
}

}  // namespace redrive
