#include "recorder/probe/prometheus_probe.h"

#include <cmath>
#include <utility>

#include "recorder/probe/mask_query.h"

namespace redrive {
namespace {

constexpr const char* kMemoryMetric = "process_resident_memory_bytes";
constexpr double kMillionthsMax = 9e18;

}  // namespace

Result<std::unique_ptr<PrometheusProbe>> PrometheusProbe::Open(const std::string& url) {
  std::unique_ptr<PrometheusProbe> probe(new PrometheusProbe());
  const std::size_t hash = url.find('#');
  probe->url_ = url.substr(0, hash);
  probe->written_ = hash == std::string::npos ? kMemoryMetric : url.substr(hash + 1);
  Result<PrometheusSelector> selector = ParsePrometheusSelector(probe->written_);
  if (selector.has_error()) return selector.error();
  Result<FetchTarget> target = ParseFetchTarget(probe->url_);
  if (target.has_error()) {
    return Error{target.error().code, Scrub(target.error().message, probe->url_)};
  }
  probe->memory_ = selector->name == kMemoryMetric;
  probe->selector_ = std::move(*selector);
  probe->target_ = std::move(*target);
  probe->source_ = WithoutPassword(probe->url_) + "#" + probe->written_;
  return probe;
}

std::chrono::milliseconds PrometheusProbe::interval() const {
  return std::chrono::milliseconds(1000);
}

Result<void> PrometheusProbe::Begin(ProbeReport* report) {
  const Result<std::int64_t> value = Read(report);
  if (value.has_error()) return value.error();
  return {};
}

Result<void> PrometheusProbe::Sample(std::int64_t at_ns, ProbeReport* report) {
  const Result<std::int64_t> value = Read(report);
  if (value.has_error()) return value.error();
  if (memory_) {
    report->Series("server_memory").Add(at_ns, *value);
  } else {
    report->Series("prometheus", written_).Add(at_ns, *value);
  }
  return {};
}

Result<void> PrometheusProbe::End(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> last = Sample(at_ns, report);
  AddMemoryGrowth(report);
  return last;
}

Result<std::int64_t> PrometheusProbe::Read(ProbeReport* report) {
  const Result<std::string> body = Fetch(target_);
  if (body.has_error()) return Error{body.error().code, Scrub(body.error().message, url_)};
  double sum = 0;
  std::uint64_t found = 0;
  const Result<void> parsed = ParsePrometheus(*body, [&](const PrometheusSample& sample) {
    if (!selector_.Selects(sample)) return;
    sum += sample.value;
    ++found;
  });
  if (parsed.has_error()) return parsed.error();
  if (found == 0) return Error{ErrorCode::kInvalid, "no sample of " + written_};
  const double millionths = memory_ ? sum : sum * 1e6;
  if (!std::isfinite(millionths) || std::fabs(millionths) > kMillionthsMax) {
    return Error{ErrorCode::kInvalid, written_ + " is no finite number"};
  }
  if (found > 1) report->Note(std::to_string(found) + " samples of " + written_ + ", added");
  return static_cast<std::int64_t>(std::llround(millionths));
}

}  // namespace redrive
