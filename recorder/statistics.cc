#include "recorder/statistics.h"

#include <algorithm>
#include <bit>
#include <cstdio>

#include "core/check.h"

namespace redrive {
namespace {

// 2^10 counters up to 1024 ns, then 2^10 for each doubling of which the upper half is used.
constexpr int kDigitBits = 10;
constexpr std::uint64_t kHalf = 1U << kDigitBits;
constexpr std::size_t kFailureTextsMax = 1'000;

}  // namespace

std::size_t Histogram::IndexOf(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (bits < 2 * kHalf) return bits;
  const int shift = std::bit_width(bits) - (kDigitBits + 1);
  return static_cast<std::size_t>(shift) * kHalf + (bits >> shift);
}

std::int64_t Histogram::ValueOf(std::size_t index) {
  if (index < 2 * kHalf) return static_cast<std::int64_t>(index);
  const std::uint64_t shift = index / kHalf - 1;
  const std::uint64_t digits = index - shift * kHalf;
  return static_cast<std::int64_t>(((digits + 1) << shift) - 1);  // the upper end of its range
}

void Histogram::Add(std::int64_t nanoseconds) {
  const std::int64_t value = std::max<std::int64_t>(0, nanoseconds);
  const std::size_t index = IndexOf(value);
  if (counts_.empty()) first_ = index;
  if (index < first_) {
    counts_.insert(counts_.begin(), first_ - index, 0);
    first_ = index;
  }
  if (index - first_ >= counts_.size()) counts_.resize(index - first_ + 1);
  ++counts_[index - first_];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<std::uint64_t>(value);
  ++count_;
}

void Histogram::Add(const Histogram& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  const std::size_t first = std::min(first_, other.first_);
  const std::size_t end = std::max(first_ + counts_.size(), other.first_ + other.counts_.size());
  std::vector<std::uint64_t> counts(end - first);
  for (std::size_t i = 0; i < counts_.size(); ++i) counts[first_ - first + i] += counts_[i];
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    counts[other.first_ - first + i] += other.counts_[i];
  }
  counts_ = std::move(counts);
  first_ = first;
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::int64_t Histogram::Average() const {
  return count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / count_);
}

std::int64_t Histogram::Quantile(std::uint64_t part, std::uint64_t whole) const {
  REDRIVE_CHECK(whole > 0 && part <= whole);
  if (count_ == 0) return 0;
  __extension__ using Wide = unsigned __int128;
  const Wide wanted = (static_cast<Wide>(count_) * part + whole - 1) / whole;
  Wide seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return std::clamp(ValueOf(first_ + i), min_, max_);
  }
  return max_;
}

std::vector<std::pair<std::int64_t, std::uint64_t>> Histogram::Counts() const {
  std::vector<std::pair<std::int64_t, std::uint64_t>> used;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) used.emplace_back(ValueOf(first_ + i), counts_[i]);
  }
  return used;
}

void RequestStatistics::Add(const Sample& sample) {
  first_ns = count == 0 ? sample.sent_ns : std::min(first_ns, sample.sent_ns);
  last_ns = std::max(last_ns, sample.done_ns);
  ++count;
  bytes += sample.bytes;
  response_time.Add(sample.done_ns - sample.intended_ns);
  service_time.Add(sample.done_ns - sample.sent_ns);
  if (!sample.accepted) ++failures;
}

void RequestStatistics::Add(const RequestStatistics& other) {
  if (other.count == 0) return;
  first_ns = count == 0 ? other.first_ns : std::min(first_ns, other.first_ns);
  last_ns = std::max(last_ns, other.last_ns);
  count += other.count;
  failures += other.failures;
  bytes += other.bytes;
  response_time.Add(other.response_time);
  service_time.Add(other.service_time);
}

void Statistics::Add(const std::string& method, const std::string& name, const Sample& sample) {
  Row(method, name).Add(sample);
  if (!sample.accepted) AddFailure(method, name, sample.failure);
}

void Statistics::Add(const Statistics& other) {
  for (const auto& [key, row] : other.requests_) requests_[key].Add(row);
  for (const auto& [key, times] : other.failures_) {
    AddFailure(key.method, key.name, key.text, times);
  }
}

RequestStatistics& Statistics::Row(const std::string& method, const std::string& name) {
  return requests_[Key{method, name}];
}

void Statistics::AddFailure(const std::string& method, const std::string& name,
                            std::string_view failure, std::uint64_t times) {
  FailureKey key{method, name, std::string(failure.substr(0, 200))};
  if (failures_.size() >= kFailureTextsMax && !failures_.contains(key)) {
    key = FailureKey{"", "", "(others)"};
  }
  failures_[key] += times;
}

RequestStatistics Statistics::Total() const {
  RequestStatistics total;
  for (const auto& [key, row] : requests_) total.Add(row);
  return total;
}

namespace {

// Milliseconds to three significant digits at least: "0.042", "12.3", "1234".
std::string Milliseconds(std::int64_t nanoseconds) {
  const double value = static_cast<double>(nanoseconds) / 1e6;
  char text[32];
  std::snprintf(text, sizeof text, "%.*f",
                value < 1     ? 3
                : value < 10  ? 2
                : value < 100 ? 1
                              : 0,
                value);
  return text;
}

std::string Row(const std::string& method, const std::string& name, const RequestStatistics& row,
                std::size_t width, VirtualTime duration) {
  const Histogram& times = row.response_time;
  const double seconds = static_cast<double>(duration.count()) / 1e9;
  const double rate = seconds > 0 ? static_cast<double>(row.count) / seconds : 0;
  const double percent =
      row.count == 0 ? 0
                     : 100.0 * static_cast<double>(row.failures) / static_cast<double>(row.count);
  char text[256];
  std::snprintf(
      text, sizeof text, "%-7s %8llu %14s | %8s %8s %8s %8s %8s %8s %8s | %8s %8s | %8.2f\n",
      method.c_str(), static_cast<unsigned long long>(row.count),
      (std::to_string(row.failures) + " (" +
       [&] {
         char share[16];
         std::snprintf(share, sizeof share, "%.2f%%", percent);
         return std::string(share);
       }() +
       ")")
          .c_str(),
      Milliseconds(times.min()).c_str(), Milliseconds(times.Average()).c_str(),
      Milliseconds(times.Quantile(50, 100)).c_str(), Milliseconds(times.Quantile(90, 100)).c_str(),
      Milliseconds(times.Quantile(95, 100)).c_str(), Milliseconds(times.Quantile(99, 100)).c_str(),
      Milliseconds(times.max()).c_str(), Milliseconds(row.service_time.Quantile(50, 100)).c_str(),
      Milliseconds(row.service_time.Quantile(99, 100)).c_str(), rate);
  std::string padded = name;
  padded.resize(std::max(width, name.size()), ' ');
  return padded + " " + text;
}

}  // namespace

std::string StatisticsTable(const Statistics& statistics, VirtualTime duration) {
  std::size_t width = 10;
  for (const auto& [key, row] : statistics.requests()) width = std::max(width, key.name.size());
  std::string name = "Name";
  name.resize(width, ' ');
  char head[256];
  std::snprintf(head, sizeof head, "%-7s %8s %14s | %8s %8s %8s %8s %8s %8s %8s | %8s %8s | %8s\n",
                "Method", "requests", "failures", "min", "avg", "p50", "p90", "p95", "p99", "max",
                "svc p50", "svc p99", "req/s");
  std::string table = name + " " + head;
  const std::string rule(table.size() - 1, '-');
  table += rule + "\n";
  for (const auto& [key, row] : statistics.requests()) {
    table += Row(key.method, key.name, row, width, duration);
  }
  table += rule + "\n" + Row("", "Aggregated", statistics.Total(), width, duration);
  return table +
         "times in ms: response time from the intended start; svc is service time from the send\n";
}

std::string FailuresTable(const Statistics& statistics) {
  if (statistics.failures().empty()) return "";
  std::string table = "  count  failure\n";
  for (const auto& [key, count] : statistics.failures()) {
    char number[24];
    std::snprintf(number, sizeof number, "%7llu  ", static_cast<unsigned long long>(count));
    table +=
        number + (key.method.empty() ? "" : key.method + " " + key.name + ": ") + key.text + "\n";
  }
  return table;
}

}  // namespace redrive
