#include "replayer/threshold.h"

#include <utility>

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kThresholdsMax = 100;

// Three significant digits at least, no needless zeros behind the point.
std::string Decimal(std::int64_t millionths) {
  const std::int64_t whole = millionths / kMillion;
  const int decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : whole >= 1 ? 2 : 3;
  std::int64_t unit = kMillion;
  for (int i = 0; i < decimals; ++i) unit /= 10;
  const std::int64_t rounded = (millionths + unit / 2) / unit;
  std::int64_t scale = kMillion / unit;
  std::string text = std::to_string(rounded / scale);
  if (rounded % scale == 0) return text;
  text += '.';
  for (std::int64_t rest = rounded % scale; rest != 0; rest %= scale) {
    scale /= 10;
    text += static_cast<char>('0' + rest / scale);
  }
  return text;
}

std::string PercentileText(std::uint32_t milli) {
  return Decimal(static_cast<std::int64_t>(milli) * 1000);
}

std::string AggregateName(const Threshold& threshold) {
  switch (threshold.aggregate) {
    case Aggregate::kPercentile:
      return "p" + PercentileText(threshold.percentile_milli);
    case Aggregate::kAverage:
      return "avg";
    case Aggregate::kMin:
      return "min";
    case Aggregate::kMedian:
      return "med";
    case Aggregate::kMax:
      return "max";
    case Aggregate::kRate:
      return "rate";
    case Aggregate::kLast:
      return "value";
    case Aggregate::kCount:
      break;
  }
  return "count";
}

}  // namespace

Result<std::vector<Threshold>> ParseThresholds(const std::vector<std::string>& texts,
                                               std::string_view where) {
  if (texts.size() > kThresholdsMax) {
    return Error{ErrorCode::kInvalid, std::string(where) + ": more than " +
                                          std::to_string(kThresholdsMax) + " thresholds"};
  }
  std::vector<Threshold> thresholds;
  for (const std::string& text : texts) {
    Result<Threshold> threshold = ParseThreshold(text);
    if (threshold.has_error()) {
      return Error{ErrorCode::kInvalid, std::string(where) + ": " + threshold.error().message};
    }
    thresholds.push_back(std::move(*threshold));
  }
  return thresholds;
}

std::string_view MetricName(Metric metric) {
  switch (metric) {
    case Metric::kResponseTime:
      return "http_req_duration";
    case Metric::kServiceTime:
      return "service_time";
    case Metric::kFailed:
      return "http_req_failed";
    case Metric::kChecks:
      return "checks";
    case Metric::kRequests:
      return "http_reqs";
    case Metric::kDropped:
      return "dropped_iterations";
    case Metric::kAnswers:
      return "answers";
    case Metric::kProbe:
      break;
  }
  return "probe";
}

std::string ProbeValueText(ProbeUnit unit, std::int64_t millionths) {
  if (millionths < 0) return "-" + ProbeValueText(unit, -millionths);
  switch (unit) {
    case ProbeUnit::kBytes:
      return Decimal(millionths) + " MB";
    case ProbeUnit::kTime:
      return Decimal(millionths) + " ms";
    case ProbeUnit::kShare:
      return Decimal(millionths * 100) + " %";
    case ProbeUnit::kCount:
      break;
  }
  return Decimal(millionths);
}

std::string ThresholdValueText(const Threshold& threshold, std::int64_t millionths) {
  if (threshold.probe != nullptr) {
    const bool rate = threshold.aggregate == Aggregate::kRate;
    return ProbeValueText(threshold.probe->unit, millionths) + (rate ? "/s" : "");
  }
  if (threshold.is_time()) return Decimal(millionths) + " ms";
  if (threshold.is_share()) return Decimal(millionths * 100) + " %";
  if (threshold.aggregate == Aggregate::kRate) return Decimal(millionths) + "/s";
  return std::to_string(millionths / kMillion);
}

std::string ThresholdShortName(const Threshold& threshold) {
  const RequestSelector& selector = threshold.selector;
  if (threshold.probe != nullptr) {
    const std::string name(selector.name.empty() ? threshold.probe->name : selector.name);
    const bool plain =
        threshold.aggregate == Aggregate::kCount || threshold.aggregate == Aggregate::kLast;
    return plain ? name : name + " " + AggregateName(threshold);
  }
  std::string name = selector.method.empty() ? "" : selector.method + " ";
  if (!selector.name.empty()) name += selector.name + " ";
  switch (threshold.metric) {
    case Metric::kServiceTime:
      name += "service ";
      [[fallthrough]];
    case Metric::kResponseTime:
      name += AggregateName(threshold);
      break;
    case Metric::kFailed:
      name += "errors";
      break;
    case Metric::kChecks:
      name += "accepted";
      break;
    case Metric::kRequests:
      name += "requests";
      break;
    case Metric::kDropped:
      name += "dropped";
      break;
    case Metric::kProbe:
    case Metric::kAnswers:
      return name + std::to_string(selector.status) + "s";
  }
  if (selector.status != 0) name += " of status " + std::to_string(selector.status);
  if (selector.accepted) name += *selector.accepted ? " of accepted" : " of not accepted";
  if (threshold.window.count() != 0) {
    name += " in every " + Decimal(threshold.window.count() / 1000) + " s";
  }
  return name;
}

}  // namespace redrive
