// The right side of a threshold: windows, numbers with their units, abortOnFail; and which parts go
// together.
#include <algorithm>
#include <array>
#include <utility>

#include "replayer/millionths.h"
#include "replayer/threshold_parser.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kTimeNumberMax = 1'000'000'000 * kMillion;  // of whatever unit
constexpr VirtualTime kWindowMin = std::chrono::milliseconds(100);
constexpr VirtualTime kWindowMax = std::chrono::hours(24);

constexpr std::int64_t kBytesMax = 1'000'000'000'000'000;

// In bytes, which are millionths of a megabyte.
constexpr auto kSizes = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", std::int64_t{1} << 10},
    {"MiB", std::int64_t{1} << 20},
    {"GiB", std::int64_t{1} << 30},
});

}  // namespace

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
  const ProbeMetric* const probe = threshold_.probe;
  const bool rate = threshold_.aggregate == Aggregate::kRate;
  if (probe != nullptr && probe->unit == ProbeUnit::kBytes && !rate) return TakeSize();
  if (threshold_.is_share() || (probe != nullptr && probe->unit == ProbeUnit::kShare)) {
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
  const bool time =
      probe != nullptr ? probe->unit == ProbeUnit::kTime && !rate : threshold_.is_time();
  if (!time) return true;
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

// The unit behind a number of bytes: without one nobody knows what 512 is.
bool ThresholdParser::TakeSize() {
  SkipSpace();
  const std::size_t start = at_;
  const std::string_view unit = TakeWord();
  const auto found = std::find_if(kSizes.begin(), kSizes.end(),
                                  [unit](const auto& size) { return size.first == unit; });
  __extension__ using Wide = __int128;
  const Wide bytes =
      found == kSizes.end() ? 0 : static_cast<Wide>(threshold_.bound) * found->second / kMillion;
  if (found == kSizes.end() || bytes > kBytesMax) {
    at_ = start;
    return Wrong("expected a size such as 512MB, 512MiB or 1GB");
  }
  threshold_.bound = static_cast<std::int64_t>(bytes);
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

// Which aggregates a probe's metric has follows from its kind.
bool ThresholdParser::CheckProbe() {
  const ProbeMetric& probe = *threshold_.probe;
  const RequestSelector& selector = threshold_.selector;
  const Aggregate aggregate = threshold_.aggregate;
  const bool counts = aggregate == Aggregate::kRate || aggregate == Aggregate::kCount;
  at_ = 0;
  const std::string name(probe.name);
  if (probe.kind == ProbeKind::kCounter && !counts) return Wrong(name + " has count and rate");
  if (probe.kind == ProbeKind::kGauge && counts) {
    return Wrong(name + " has value, p(N), avg, min, med and max");
  }
  if (probe.kind == ProbeKind::kFinal && aggregate != Aggregate::kLast) {
    return Wrong(name + " has value only");
  }
  const bool own_name = probe.kind == ProbeKind::kFree;
  if (!selector.method.empty() || selector.status != 0 || selector.accepted ||
      (!own_name && !selector.name.empty())) {
    return Wrong(name + (own_name ? " has the tag name only" : " has no tags"));
  }
  if (own_name && selector.name.empty()) {
    return Wrong("prometheus needs a metric, as in prometheus{name:queue_length}: max<100");
  }
  if (threshold_.window.count() != 0) return Wrong(name + " has no windows");
  if (threshold_.abort_on_fail) {
    return Wrong(name + " is judged at the end of the run: abortOnFail is for requests");
  }
  return true;
}

bool ThresholdParser::CheckCombination() {
  const Aggregate aggregate = threshold_.aggregate;
  const bool counts = aggregate == Aggregate::kRate || aggregate == Aggregate::kCount;
  at_ = 0;
  const std::string name(MetricName(threshold_.metric));
  if (aggregate == Aggregate::kLast) return Wrong("value is for probes; " + name + " has none");
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

}  // namespace redrive
