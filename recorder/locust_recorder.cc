#include "recorder/locust_recorder.h"

#include <algorithm>

#include "core/check.h"
#include "recorder/python_text.h"

namespace redrive {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// RFC 9110 and 6585; what they do not name has no phrase in Python either.
constexpr std::pair<int, std::string_view> kReasons[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

std::string_view ReasonOf(int status) {
  for (const auto& [code, reason] : kReasons) {
    if (code == status) return reason;
  }
  return "";
}

}  // namespace

std::string LocustError(const ReturnRecord& record, const std::string& name) {
  if (record.accepted) return "";
  const std::string text = PythonRepr(record.failure);
  switch (record.error) {
    case SendError::kTimeout:
      return "ReadTimeout(" + text + ")";
    case SendError::kNotSent:
    case SendError::kClosed:
    case SendError::kGarbage:
      return "ConnectionError(" + text + ")";
    case SendError::kRedirect:
      return "TooManyRedirects(" + text + ")";
    default:
      break;
  }
  const int status = record.response.status;
  // Without a text of the scenario's own, the status alone was wrong: what raise_for_status says.
  if (status >= 400 && status < 600 && record.failure == "status " + std::to_string(status)) {
    const std::string kind = status < 500 ? " Client Error: " : " Server Error: ";
    return "HTTPError(" +
           PythonRepr(std::to_string(status) + kind + std::string(ReasonOf(status)) +
                      " for url: " + name) +
           ")";
  }
  return "CatchResponseError(" + text + ")";
}

LocustRecorder::LocustRecorder(LocustRecorderOptions options, TraceSink& next)
    : options_(std::move(options)), next_(next) {
  REDRIVE_CHECK(options_.plan != nullptr);
  for (const PlannedUser& user : options_.plan->users()) {
    starts_.push_back(user.start.count());
    stops_.push_back(user.stop.count());
  }
  std::sort(starts_.begin(), starts_.end());
  std::sort(stops_.begin(), stops_.end());
}

void LocustRecorder::OnHeader(const TraceHeader& header) {
  base_unix_ns_ =
      header.started_unix_ns != 0 ? header.started_unix_ns : header.spec.epoch_seconds * kSecond;
  next_.OnHeader(header);
}

void LocustRecorder::Begin(const InvokeRecord& record) {
  begun_ = true;
  const PlannedUser& user = options_.plan->users()[record.user];
  origin_unix_ns_ = base_unix_ns_ + record.intended_ns - user.start.count();
  last_unix_ns_ = origin_unix_ns_;
  statistics_ = LocustStatistics(origin_unix_ns_);
}

void LocustRecorder::OnInvoke(const InvokeRecord& record) {
  if (record.phase == Phase::kRun) {
    if (!begun_) Begin(record);
    AdvanceTo(base_unix_ns_ + record.sent_ns);
    const bool planned = options_.plan->pacing() == Pacing::kPlanned;
    Open open{record.request.method, record.name, planned ? record.intended_ns : record.sent_ns};
    open_.emplace(record.operation, std::move(open));
  }
  next_.OnInvoke(record);
}

void LocustRecorder::OnReturn(const ReturnRecord& record) {
  const auto found = open_.find(record.operation);
  if (found != open_.end()) {
    const Open& open = found->second;
    const std::int64_t at = base_unix_ns_ + record.done_ns;
    AdvanceTo(at);
    if (record.error != SendError::kCancelled) {
      const std::string error = LocustError(record, open.name);
      LocustSample sample;
      sample.at_unix_ns = at;
      sample.response_ns = record.done_ns - open.from_ns;
      sample.bytes = record.body_bytes;
      sample.error = error;
      statistics_.Log(open.method, open.name, sample);
      last_unix_ns_ = std::max(last_unix_ns_, at);
    }
    open_.erase(found);
  }
  next_.OnReturn(record);
}

void LocustRecorder::AdvanceTo(std::int64_t unix_ns) {
  if (!begun_) return;
  if (options_.reset_when_spawned && !reset_done_ && !starts_.empty() &&
      unix_ns >= origin_unix_ns_ + starts_.back()) {
    reset_done_ = true;
    statistics_.Reset(origin_unix_ns_ + starts_.back());
  }
  for (; origin_unix_ns_ + second_ * kSecond <= unix_ns; ++second_) {
    if (!options_.on_second) continue;
    const std::int64_t at = origin_unix_ns_ + second_ * kSecond;
    options_.on_second(at / kSecond, UsersAt(at));
  }
}

std::uint32_t LocustRecorder::UsersAt(std::int64_t unix_ns) const {
  const std::int64_t since = unix_ns - origin_unix_ns_;
  const auto started = std::upper_bound(starts_.begin(), starts_.end(), since) - starts_.begin();
  const auto stopped = std::upper_bound(stops_.begin(), stops_.end(), since) - stops_.begin();
  const auto active = static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(0, started - stopped));
  // Arrivals have no planned end; more than that are never carried.
  const std::uint32_t carried_max = options_.plan->carried_max();
  return carried_max == 0 ? active : std::min(active, carried_max);
}

}  // namespace redrive
