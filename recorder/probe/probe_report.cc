#include "recorder/probe/probe_report.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

constexpr std::size_t kPointsMax = 20'000;
constexpr std::size_t kNotesMax = 50;
constexpr std::size_t kGrowthSamplesMin = 20;

std::int64_t MedianOf(const std::vector<ProbePoint>& points, std::size_t from, std::size_t to) {
  std::vector<std::int64_t> values;
  for (std::size_t i = from; i < to; ++i) values.push_back(points[i].value);
  std::sort(values.begin(), values.end());
  return values[(values.size() - 1) / 2];
}

}  // namespace

void ProbeSeries::Add(std::int64_t at_ns, std::int64_t value) {
  last_ = {at_ns, value};
  min_ = samples_ == 0 ? value : std::min(min_, value);
  max_ = samples_ == 0 ? value : std::max(max_, value);
  if (samples_++ % stride_ != 0) return;
  points_.push_back(last_);
  if (points_.size() < kPointsMax) return;
  stride_ *= 2;
  for (std::size_t i = 0; i < points_.size() / 2; ++i) points_[i] = points_[2 * i];
  points_.resize(points_.size() / 2);
}

std::int64_t ProbeSeries::Quantile(std::uint32_t milli) const {
  REDRIVE_CHECK(!points_.empty());
  std::vector<std::int64_t> values;
  values.reserve(points_.size());
  for (const ProbePoint& point : points_) values.push_back(point.value);
  const std::uint64_t rank =
      std::max<std::uint64_t>(1, (values.size() * std::uint64_t{milli} + 99'999) / 100'000);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

ProbeSeries& ProbeReport::Series(std::string_view metric, const std::string& label) {
  for (ProbeSeries& known : series) {
    if (known.metric().name == metric && known.label() == label) return known;
  }
  const ProbeMetric* const found = FindProbeMetric(metric);
  REDRIVE_CHECK(found != nullptr);
  return series.emplace_back(*found, label);
}

const ProbeSeries* ProbeReport::Find(std::string_view metric, const std::string& label) const {
  for (const ProbeSeries& known : series) {
    if (known.metric().name == metric && known.label() == label) return &known;
  }
  return nullptr;
}

void ProbeReport::Note(const std::string& note) {
  if (notes.size() >= kNotesMax || std::find(notes.begin(), notes.end(), note) != notes.end()) {
    return;
  }
  notes.push_back(note);
}

void AddMemoryGrowth(ProbeReport* report) {
  const ProbeSeries* const memory = report->Find("server_memory");
  if (memory == nullptr || memory->points().size() < kGrowthSamplesMin) return;
  const std::vector<ProbePoint>& points = memory->points();
  const std::size_t fifth = points.size() / 5;
  const std::int64_t growth =
      MedianOf(points, points.size() - fifth, points.size()) - MedianOf(points, 0, fifth);
  const std::int64_t at = memory->last().at_ns;
  report->Series("server_memory_growth").Add(at, growth);
}

}  // namespace redrive
