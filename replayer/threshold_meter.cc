#include "replayer/threshold_meter.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

bool Contains(const std::vector<int>& statuses, int status) {
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

// Files come from outside: differences of times must not overflow.
std::int64_t Sane(std::int64_t nanoseconds) {
  return std::clamp<std::int64_t>(nanoseconds, 0, std::int64_t{1} << 62);
}

// For "<" the largest value is the worst, for ">" the smallest.
bool IsWorse(Comparison comparison, std::int64_t value, std::int64_t than) {
  const bool small_is_good =
      comparison == Comparison::kLess || comparison == Comparison::kLessOrEqual;
  return small_is_good ? value > than : value < than;
}

}  // namespace

RequestSample SampleOf(const InvokeRecord& invoke, const ReturnRecord& reply,
                       const std::vector<int>& expected_statuses) {
  RequestSample sample;
  sample.method = invoke.request.method;
  sample.name = invoke.name;
  sample.intended_ns = Sane(invoke.intended_ns);
  sample.sent_ns = Sane(invoke.sent_ns);
  sample.done_ns = Sane(reply.done_ns);
  sample.status = reply.error == SendError::kNone ? reply.response.status : 0;
  sample.accepted = reply.accepted;
  sample.failed = !reply.accepted && !Contains(expected_statuses, sample.status);
  return sample;
}

bool IsMeasured(const InvokeRecord& invoke, const ReturnRecord& reply) {
  return invoke.phase == Phase::kRun && reply.error != SendError::kCancelled;
}

bool SelectsName(const RequestSelector& selector, std::string_view method, std::string_view name) {
  if (!selector.method.empty() && selector.method != method) return false;
  if (selector.name.empty() || selector.name == name) return true;
  return selector.name.size() == method.size() + 1 + name.size() &&
         selector.name.starts_with(method) && selector.name[method.size()] == ' ' &&
         selector.name.ends_with(name);
}

std::int64_t MeasuredValue::Rounded() const {
  return static_cast<std::int64_t>((numerator + denominator / 2) / denominator);
}

bool MeasuredValue::Holds(Comparison comparison, std::int64_t bound) const {
  const Wide right = static_cast<Wide>(bound) * denominator;
  switch (comparison) {
    case Comparison::kLess:
      return numerator < right;
    case Comparison::kLessOrEqual:
      return numerator <= right;
    case Comparison::kGreater:
      return numerator > right;
    case Comparison::kGreaterOrEqual:
      return numerator >= right;
    case Comparison::kEqual:
      return numerator == right;
    case Comparison::kNotEqual:
      break;
  }
  return numerator != right;
}

ThresholdMeter::ThresholdMeter(const Threshold& threshold, Precision precision,
                               std::int64_t origin_ns)
    : threshold_(threshold), precision_(precision), origin_ns_(Sane(origin_ns)), window_ns_(0) {}

bool ThresholdMeter::Selects(const RequestSample& sample) const {
  const RequestSelector& selector = threshold_.selector;
  if (!SelectsName(selector, sample.method, sample.name)) return false;
  if (selector.accepted && *selector.accepted != sample.accepted) return false;
  // The status of `answers` is what is counted, not what is looked at.
  return selector.status == 0 || threshold_.metric == Metric::kAnswers ||
         selector.status == sample.status;
}

void ThresholdMeter::Add(const RequestSample& sample) {
  if (threshold_.window.count() != 0) CloseWindowsBefore(sample.done_ns);
  if (!Selects(sample)) return;
  ++selected_;
  ++tally_.count;
  switch (threshold_.metric) {
    case Metric::kFailed:
      tally_.hits += sample.failed ? 1 : 0;
      return;
    case Metric::kChecks:
      tally_.hits += sample.accepted ? 1 : 0;
      return;
    case Metric::kAnswers:
      tally_.hits += sample.status == threshold_.selector.status ? 1 : 0;
      return;
    case Metric::kRequests:
      ++tally_.hits;
      return;
    case Metric::kDropped:  // no request at all
    case Metric::kProbe:    // has no requests: JudgeProbe
      return;
    case Metric::kResponseTime:
    case Metric::kServiceTime:
      break;
  }
  const std::int64_t from =
      threshold_.metric == Metric::kServiceTime ? sample.sent_ns : sample.intended_ns;
  const std::int64_t time = std::max<std::int64_t>(0, sample.done_ns - from);
  tally_.sum += static_cast<std::uint64_t>(time);
  if (precision_ == Precision::kExact) {
    tally_.exact.push_back(time);
  } else {
    tally_.histogram.Add(time);
  }
}

void ThresholdMeter::Add(const RequestStatistics& row) {
  REDRIVE_CHECK(threshold_.window.count() == 0 && precision_ == Precision::kThreeDigits);
  const bool service = threshold_.metric == Metric::kServiceTime;
  tally_.histogram.Add(service ? row.service_time : row.response_time);
  tally_.count += row.count;
  selected_ += row.count;
  tally_.hits += threshold_.metric == Metric::kFailed   ? row.failures
                 : threshold_.metric == Metric::kChecks ? row.count - row.failures
                                                        : row.count;
}

// The smallest value that so much of all values do not exceed (nearest rank).
std::int64_t ThresholdMeter::Quantile(Tally& tally, std::uint32_t milli) const {
  if (precision_ == Precision::kThreeDigits) return tally.histogram.Quantile(milli, 100'000);
  const std::uint64_t count = tally.exact.size();
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, (count * milli + 99'999) / 100'000);  // from 1
  const auto place = tally.exact.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(tally.exact.begin(), place, tally.exact.end());
  return *place;
}

std::optional<MeasuredValue> ThresholdMeter::Value(Tally& tally, std::int64_t duration_ns) const {
  MeasuredValue value;
  const auto count = static_cast<std::int64_t>(tally.count);
  if (threshold_.aggregate == Aggregate::kCount) {
    value.numerator = static_cast<MeasuredValue::Wide>(tally.hits) * kMillion;
    return value;
  }
  if (threshold_.metric == Metric::kRequests) {
    if (duration_ns <= 0) return std::nullopt;
    value.numerator = static_cast<MeasuredValue::Wide>(tally.hits) * kMillion * kSecond;
    value.denominator = duration_ns;
    return value;
  }
  if (count == 0) return std::nullopt;
  switch (threshold_.aggregate) {
    case Aggregate::kPercentile:
      value.numerator = Quantile(tally, threshold_.percentile_milli);
      return value;
    case Aggregate::kMin:
      value.numerator = Quantile(tally, 0);
      return value;
    case Aggregate::kMedian:
      value.numerator = Quantile(tally, 50'000);
      return value;
    case Aggregate::kMax:
      value.numerator = Quantile(tally, 100'000);
      return value;
    case Aggregate::kAverage:
      value.numerator = precision_ == Precision::kExact
                            ? static_cast<MeasuredValue::Wide>(tally.sum)
                            : static_cast<MeasuredValue::Wide>(tally.histogram.Average()) * count;
      break;
    case Aggregate::kLast:
      return std::nullopt;
    case Aggregate::kRate:
    case Aggregate::kCount:
      value.numerator = static_cast<MeasuredValue::Wide>(tally.hits) * kMillion;
      break;
  }
  value.denominator = count;
  return value;
}

void ThresholdMeter::JudgeWindow(std::int64_t duration_ns) {
  const std::optional<MeasuredValue> value = Value(tally_, duration_ns);
  tally_ = {};
  if (!value) return;
  const bool holds = value->Holds(threshold_.comparison, threshold_.bound);
  // A window that fails is worse than all that hold.
  const bool worse = !worst_.value || (worst_.holds && !holds) ||
                     (worst_.holds == holds &&
                      IsWorse(threshold_.comparison, value->Rounded(), worst_.value->Rounded()));
  if (!worse) return;
  worst_.value = value;
  worst_.holds = holds;
  worst_.window_from_ns = window_ns_;
}

void ThresholdMeter::CloseWindowsBefore(std::int64_t time_ns) {
  const std::int64_t length = threshold_.window.count();
  const std::int64_t now = time_ns - origin_ns_;
  while (now - window_ns_ >= length) {
    JudgeWindow(length);
    window_ns_ += length;
    if (now - window_ns_ < 2 * length) continue;
    // Of a row of windows in which nothing happened one stands for all.
    JudgeWindow(length);
    window_ns_ = now / length * length;
  }
}

ThresholdMeter::Reading ThresholdMeter::Read(std::int64_t now_ns, bool final) {
  Reading reading;
  if (threshold_.window.count() == 0) {
    reading.value = Value(tally_, now_ns - origin_ns_);
    reading.holds = !reading.value || reading.value->Holds(threshold_.comparison, threshold_.bound);
    reading.samples = selected_;
    return reading;
  }
  CloseWindowsBefore(now_ns);
  // Half a window has half the requests: numbers of requests are judged by whole windows only.
  const bool counts =
      threshold_.aggregate == Aggregate::kCount || threshold_.metric == Metric::kRequests;
  if (final && !counts) JudgeWindow(now_ns - origin_ns_ - window_ns_);
  reading = worst_;
  reading.samples = selected_;
  return reading;
}

ThresholdWatch::ThresholdWatch(const std::vector<Threshold>& thresholds,
                               std::vector<int> expected_statuses, TraceSink* next,
                               std::function<void(const Threshold&)> on_broken)
    : thresholds_(thresholds),
      expected_statuses_(std::move(expected_statuses)),
      next_(next),
      on_broken_(std::move(on_broken)) {}

void ThresholdWatch::OnHeader(const TraceHeader& header) {
  if (next_ != nullptr) next_->OnHeader(header);
}

void ThresholdWatch::OnInvoke(const InvokeRecord& record) {
  if (next_ != nullptr) next_->OnInvoke(record);
  if (record.phase != Phase::kRun || broken_) return;
  if (!origin_ns_) {
    origin_ns_ = record.sent_ns;
    looked_ns_ = record.sent_ns;
    for (const Threshold& threshold : thresholds_) {
      if (!threshold.abort_on_fail) continue;
      meters_.emplace_back(&threshold,
                           ThresholdMeter(threshold, Precision::kThreeDigits, *origin_ns_));
    }
  }
  if (meters_.empty()) return;
  open_[record.operation] =
      Open{record.request.method, record.name, record.intended_ns, record.sent_ns};
}

void ThresholdWatch::OnReturn(const ReturnRecord& record) {
  if (next_ != nullptr) next_->OnReturn(record);
  const auto found = open_.find(record.operation);
  if (found == open_.end()) return;
  const Open open = std::move(found->second);
  open_.erase(found);
  if (broken_ || record.error == SendError::kCancelled) return;
  RequestSample sample;
  sample.method = open.method;
  sample.name = open.name;
  sample.intended_ns = open.intended_ns;
  sample.sent_ns = open.sent_ns;
  sample.done_ns = record.done_ns;
  sample.status = record.error == SendError::kNone ? record.response.status : 0;
  sample.accepted = record.accepted;
  sample.failed = !record.accepted && !Contains(expected_statuses_, sample.status);
  for (auto& [threshold, meter] : meters_) meter.Add(sample);
  if (record.done_ns - looked_ns_ >= kSecond) Look(record.done_ns);
}

void ThresholdWatch::OnStep(const StepRecord& record) {
  if (next_ != nullptr) next_->OnStep(record);
}

void ThresholdWatch::OnEnd(const Schedule& schedule, const EndRecord& record) {
  if (next_ != nullptr) next_->OnEnd(schedule, record);
}

void ThresholdWatch::Look(std::int64_t now_ns) {
  looked_ns_ = now_ns;
  for (auto& [threshold, meter] : meters_) {
    if (now_ns - *origin_ns_ < threshold->abort_delay.count()) continue;
    const ThresholdMeter::Reading reading = meter.Read(now_ns, false);
    if (!reading.value || reading.holds) continue;
    broken_ = true;
    on_broken_(*threshold);
    return;
  }
}

}  // namespace redrive
