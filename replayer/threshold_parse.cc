#include <algorithm>
#include <array>
#include <utility>

#include "core/nearest.h"
#include "replayer/threshold.h"
#include "replayer/threshold_parser.h"

namespace redrive {
namespace {

constexpr std::size_t kTextBytesMax = 512;
constexpr std::int64_t kMillion = 1'000'000;

constexpr auto kMetrics = std::to_array<std::pair<std::string_view, Metric>>({
    {"http_req_duration", Metric::kResponseTime},
    {"response_time", Metric::kResponseTime},
    {"service_time", Metric::kServiceTime},
    {"http_req_failed", Metric::kFailed},
    {"checks", Metric::kChecks},
    {"http_reqs", Metric::kRequests},
    {"answers", Metric::kAnswers},
    {"dropped_iterations", Metric::kDropped},
});

constexpr auto kAggregates = std::to_array<std::pair<std::string_view, Aggregate>>({
    {"p", Aggregate::kPercentile},
    {"avg", Aggregate::kAverage},
    {"min", Aggregate::kMin},
    {"med", Aggregate::kMedian},
    {"max", Aggregate::kMax},
    {"rate", Aggregate::kRate},
    {"count", Aggregate::kCount},
    {"value", Aggregate::kLast},
});

// Longest first: "<=" is not "<" followed by "=".
constexpr auto kComparisons = std::to_array<std::pair<std::string_view, Comparison>>({
    {"===", Comparison::kEqual},
    {"<=", Comparison::kLessOrEqual},
    {">=", Comparison::kGreaterOrEqual},
    {"==", Comparison::kEqual},
    {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},
    {">", Comparison::kGreater},
});

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <typename Table>
const auto* Find(const Table& table, std::string_view word) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [word](const auto& entry) { return entry.first == word; });
  return found == table.end() ? nullptr : &found->second;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "no tag 'nmae'; did you mean name?", or what there is.
std::string NoSuch(const std::string& kind, std::string_view word,
                   const std::vector<std::string>& known) {
  const std::string nearest = NearestOf(word, known);
  std::string message = "no " + kind + " '" + std::string(word) + "'; ";
  if (!nearest.empty()) return message + "did you mean " + nearest + "?";
  message += "expected one of";
  for (const std::string& name : known) message += " " + name;
  return message;
}

std::vector<std::string> MetricNames() {
  std::vector<std::string> names;
  for (const auto& [name, metric] : kMetrics) names.emplace_back(name);
  for (const ProbeMetric& probe : ProbeMetrics()) names.emplace_back(probe.name);
  return names;
}

}  // namespace

Result<Threshold> ThresholdParser::Parse() {
  threshold_.text = std::string(Trim(text_));
  if (threshold_.text.empty()) return Fail("expected a threshold such as p(95)<500");
  if (!TakeSelector() || !TakeExpression()) return Failure();
  if (threshold_.probe != nullptr ? !CheckProbe() : !CheckCombination()) return Failure();
  return std::move(threshold_);
}

// Before the expression: nothing, a metric with tags, or the name of a request and a colon.
bool ThresholdParser::TakeSelector() {
  const std::size_t start = at_;
  const std::string_view word = TakeWord();
  const std::size_t behind = at_;
  const Metric* const metric = Find(kMetrics, word);
  threshold_.probe = metric == nullptr ? FindProbeMetric(word) : nullptr;
  if (metric != nullptr || threshold_.probe != nullptr) {
    threshold_.metric = metric != nullptr ? *metric : Metric::kProbe;
    metric_given_ = true;
    if (Take('{') && !TakeTags()) return false;
    (void)Take(':');
    return true;
  }
  if (behind < text_.size() && text_[behind] == '{' && text_.find('}', behind) < text_.size()) {
    at_ = behind - word.size();
    return Wrong(NoSuch("metric", word, MetricNames()));
  }
  at_ = start;
  const std::size_t colon = text_.rfind(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = Trim(text_.substr(0, colon));
  if (name.empty()) return Wrong("expected the name of a request before ':'");
  if (!NearestOf(name, MetricNames()).empty()) {
    return Wrong(NoSuch("metric", name, MetricNames()));
  }
  threshold_.selector.name = std::string(name);
  at_ = colon + 1;
  return true;
}

// name:POST tickets, status:429} - the brace is taken already. A value with a comma or a brace in
// it stands in double quotes.
bool ThresholdParser::TakeTags() {
  do {
    const std::string key(TakeWord());
    const std::size_t key_at = at_ - key.size();
    if (!Take(':')) return Wrong("expected ':' behind the tag '" + key + "'");
    std::string value;
    if (!TakeTagValue(&value)) return false;
    const std::size_t behind = at_;
    at_ = key_at;
    if (!TakeTag(key, value)) return false;
    at_ = behind;
  } while (Take(','));
  return Take('}') || Wrong("expected ',' or '}'");
}

bool ThresholdParser::TakeTagValue(std::string* value) {
  SkipSpace();
  const bool quoted = at_ < text_.size() && text_[at_] == '"';
  const std::size_t start = quoted ? at_ + 1 : at_;
  const std::size_t end = text_.find_first_of(quoted ? "\"" : ",}", start);
  if (end == std::string_view::npos) return Wrong(quoted ? "expected '\"'" : "expected '}'");
  *value = quoted ? std::string(text_.substr(start, end - start))
                  : std::string(Trim(text_.substr(start, end - start)));
  if (value->empty()) return Wrong("expected a value of the tag");
  at_ = quoted ? end + 1 : end;
  return true;
}

bool ThresholdParser::TakeTag(std::string_view key, const std::string& value) {
  RequestSelector& selector = threshold_.selector;
  if (key == "name") {
    selector.name = value;
  } else if (key == "method") {
    selector.method = value;
  } else if (key == "status") {
    const bool three = value.size() == 3 && std::all_of(value.begin(), value.end(), IsDigit);
    if (!three || value[0] < '1' || value[0] > '5') {
      return Wrong("status '" + value + "': expected a number from 100 to 599");
    }
    selector.status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
  } else if (key == "expected_response") {
    if (value != "true" && value != "false") {
      return Wrong("expected_response '" + value + "': expected true or false");
    }
    selector.accepted = value == "true";
  } else {
    return Wrong(NoSuch("tag", key, {"name", "method", "status", "expected_response"}));
  }
  return true;
}

bool ThresholdParser::TakeExpression() {
  SkipSpace();
  const std::size_t start = at_;
  const std::string_view word = TakeWord();
  const Aggregate* aggregate = Find(kAggregates, word);
  if (aggregate == nullptr) {
    at_ = start;
    return Wrong("expected p(N), avg, min, med, max, rate, count or value");
  }
  threshold_.aggregate = *aggregate;
  if (!TakeArguments()) return false;
  SkipSpace();
  const auto comparison = std::find_if(
      kComparisons.begin(), kComparisons.end(),
      [this](const auto& entry) { return text_.substr(at_).starts_with(entry.first); });
  if (comparison == kComparisons.end()) return Wrong("expected <, <=, >, >=, == or !=");
  threshold_.comparison = comparison->second;
  at_ += comparison->first.size();
  if (!metric_given_ && threshold_.aggregate == Aggregate::kRate) {
    threshold_.metric = Metric::kFailed;
  }
  if (!metric_given_ && threshold_.aggregate == Aggregate::kCount) {
    threshold_.metric = Metric::kRequests;
  }
  return TakeBound() && TakeAbort();
}

// (95), (95, 10s), (10s): the percentile, where there is one, and the window.
bool ThresholdParser::TakeArguments() {
  const bool percentile = threshold_.aggregate == Aggregate::kPercentile;
  if (!Take('(')) return !percentile || Wrong("expected '(' and a percentile, as in p(95)");
  if (percentile) {
    SkipSpace();
    const std::size_t start = at_;
    std::int64_t millionths = 0;
    if (!TakeDecimal(&millionths)) return false;
    if (millionths > 100 * kMillion || millionths % 1000 != 0) {
      at_ = start;
      return Wrong("expected a percentile from 0 to 100 with at most three decimals");
    }
    threshold_.percentile_milli = static_cast<std::uint32_t>(millionths / 1000);
    if (Take(',') && !TakeWindow()) return false;
  } else if (!TakeWindow()) {
    return false;
  }
  return Take(')') || Wrong("expected ')'");
}

Result<Threshold> ParseThreshold(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Error{ErrorCode::kInvalid, "threshold '" + std::string(text.substr(0, 40)) +
                                          "…': longer than " + std::to_string(kTextBytesMax) +
                                          " bytes"};
  }
  return ThresholdParser(text).Parse();
}

}  // namespace redrive
