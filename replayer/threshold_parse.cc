#include <algorithm>
#include <array>
#include <utility>

#include "core/nearest.h"
#include "replayer/millionths.h"
#include "replayer/threshold.h"

namespace redrive {
namespace {

constexpr std::size_t kTextBytesMax = 512;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kTimeNumberMax = 1'000'000'000 * kMillion;  // of whatever unit
constexpr VirtualTime kWindowMin = std::chrono::milliseconds(100);
constexpr VirtualTime kWindowMax = std::chrono::hours(24);

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

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

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
  return names;
}

class ThresholdParser {
 public:
  explicit ThresholdParser(std::string_view text) : text_(text) {}

  Result<Threshold> Parse() {
    threshold_.text = std::string(Trim(text_));
    if (threshold_.text.empty()) return Fail("expected a threshold such as p(95)<500");
    if (!TakeSelector() || !TakeExpression()) return Failure();
    if (!CheckCombination()) return Failure();
    return std::move(threshold_);
  }

 private:
  Error Failure() const { return Error{ErrorCode::kInvalid, error_}; }
  Error Fail(const std::string& expected) {
    if (error_.empty()) {
      error_ = "threshold '" + std::string(text_) + "', column " + std::to_string(at_ + 1) + ": " +
               expected;
    }
    return Failure();
  }
  bool Wrong(const std::string& expected) {
    (void)Fail(expected);
    return false;
  }

  void SkipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view TakeWord() {
    SkipSpace();
    const std::size_t start = at_;
    while (at_ < text_.size() && IsLetter(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  bool TakeSelector();
  bool TakeTags();
  bool TakeTag(std::string_view key, const std::string& value);
  bool TakeTagValue(std::string* value);
  bool TakeExpression();
  bool TakeArguments();
  bool TakeWindow();
  bool TakeDurationArgument(VirtualTime* time);
  bool TakeDecimal(std::int64_t* millionths);
  bool TakeBound();
  bool TakeAbort();
  bool CheckCombination();

  std::string_view text_;
  std::size_t at_ = 0;
  bool metric_given_ = false;
  std::string error_;
  Threshold threshold_;
};

// Before the expression: nothing, a metric with tags, or the name of a request and a colon.
bool ThresholdParser::TakeSelector() {
  const std::size_t start = at_;
  const std::string_view word = TakeWord();
  const std::size_t behind = at_;
  if (const Metric* metric = Find(kMetrics, word)) {
    threshold_.metric = *metric;
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
    return Wrong("expected p(N), avg, min, med, max, rate or count");
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

bool ThresholdParser::TakeWindow() {
  SkipSpace();
  const std::size_t start = at_;
  if (!TakeDurationArgument(&threshold_.window)) return false;
  if (threshold_.window >= kWindowMin && threshold_.window <= kWindowMax) return true;
  at_ = start;
  return Wrong("expected a window from 100ms to 24h");
}

// A number and its unit: ms, s, m or h.
bool ThresholdParser::TakeDurationArgument(VirtualTime* time) {
  SkipSpace();
  const std::size_t start = at_;
  std::int64_t millionths = 0;
  if (!TakeDecimal(&millionths)) return false;
  const std::string_view unit = TakeWord();
  const std::int64_t nanoseconds_each = unit == "ms"  ? 1'000'000
                                        : unit == "s" ? 1'000'000'000
                                        : unit == "m" ? 60'000'000'000
                                        : unit == "h" ? 3'600'000'000'000
                                                      : 0;
  if (nanoseconds_each == 0 || millionths > 100'000 * kMillion) {
    at_ = start;
    return Wrong("expected a time such as 10s, 500ms or 1m");
  }
  __extension__ using Wide = __int128;
  const Wide nanoseconds = static_cast<Wide>(millionths) * nanoseconds_each / kMillion;
  *time = VirtualTime(static_cast<std::int64_t>(nanoseconds));
  return true;
}

bool ThresholdParser::TakeDecimal(std::int64_t* millionths) {
  SkipSpace();
  const std::string expected = ReadMillionths(text_, &at_, millionths);
  return expected.empty() || Wrong(expected);
}

bool ThresholdParser::TakeBound() {
  SkipSpace();
  const std::size_t start = at_;
  std::int64_t& bound = threshold_.bound;
  if (!TakeDecimal(&bound)) return false;
  if (threshold_.is_share()) {
    if (Take('%')) {
      if (bound % 100 != 0) {
        at_ = start;
        return Wrong("expected at most four decimals of a percentage");
      }
      bound /= 100;
    }
    if (bound <= kMillion) return true;
    at_ = start;
    return Wrong("expected a share from 0 to 1, or a percentage such as 1%");
  }
  if (!threshold_.is_time()) return true;
  if (bound > kTimeNumberMax) {
    at_ = start;
    return Wrong("expected a time of at most 10^9 ms or s");
  }
  const std::size_t number_end = at_;
  const std::string_view unit = TakeWord();
  if (unit == "s") {
    bound *= 1000;
  } else if (unit == "us") {
    bound /= 1000;
  } else if (unit != "ms") {
    at_ = number_end;  // milliseconds, as in k6
  }
  return true;
}

bool ThresholdParser::TakeAbort() {
  SkipSpace();
  if (at_ == text_.size()) return true;
  const std::size_t start = at_;
  const std::string_view word = TakeWord();
  if (word != "abortOnFail") {
    at_ = start;
    return Wrong("expected the end, or abortOnFail");
  }
  threshold_.abort_on_fail = true;
  if (Take('(')) {
    if (!TakeDurationArgument(&threshold_.abort_delay)) return false;
    if (!Take(')')) return Wrong("expected ')'");
  }
  SkipSpace();
  return at_ == text_.size() || Wrong("expected the end");
}

bool ThresholdParser::CheckCombination() {
  const Aggregate aggregate = threshold_.aggregate;
  const bool counts = aggregate == Aggregate::kRate || aggregate == Aggregate::kCount;
  at_ = 0;
  const std::string name(MetricName(threshold_.metric));
  if (threshold_.is_time() && counts) return Wrong(name + " has p(N), avg, min, med and max");
  if (!threshold_.is_time() && !counts) return Wrong(name + " has rate and count only");
  if (threshold_.metric == Metric::kAnswers && threshold_.selector.status == 0) {
    return Wrong("answers needs a status, as in answers{status:429}: rate<5%");
  }
  const bool whole = threshold_.selector.all() && threshold_.window.count() == 0;
  if (threshold_.metric == Metric::kDropped && (!whole || threshold_.abort_on_fail)) {
    return Wrong(name + " is about the whole run: no tags, windows or abortOnFail");
  }
  return true;
}

}  // namespace

Result<Threshold> ParseThreshold(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Error{ErrorCode::kInvalid, "threshold '" + std::string(text.substr(0, 40)) +
                                          "…': longer than " + std::to_string(kTextBytesMax) +
                                          " bytes"};
  }
  return ThresholdParser(text).Parse();
}

}  // namespace redrive
