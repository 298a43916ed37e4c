#include "recorder/locust_statistics.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/check.h"

namespace redrive {
namespace {

constexpr std::size_t kSnapshotsMax = 20;
constexpr std::size_t kFailuresMax = 1'000;
constexpr std::size_t kErrorBytesMax = 1'000;
constexpr std::int64_t kWindowSeconds = 10;

double Seconds(std::int64_t unix_ns) { return static_cast<double>(unix_ns) / 1e9; }

// To a multiple of `unit`, halves to the even one. fmod is exact, a division by ten would not be.
double RoundHalfEven(double value, double unit) {
  const double rest = std::fmod(value, unit);
  const double low = value - rest;
  if (rest * 2 < unit) return low;
  if (rest * 2 > unit) return low + unit;
  return std::fmod(low, 2 * unit) == 0 ? low : low + unit;
}

void Snap(LocustEntry& entry, std::int64_t second) {
  if (!entry.snapshots.empty() && entry.snapshots.back().second == second) {
    entry.snapshots.pop_back();
  }
  entry.snapshots.push_back({second, entry.times, entry.requests});
  if (entry.snapshots.size() > kSnapshotsMax) entry.snapshots.pop_front();
}

void LogTo(LocustEntry& entry, const LocustSample& sample) {
  const double at = Seconds(sample.at_unix_ns);
  const auto second = static_cast<std::int64_t>(at);
  if (entry.last_request && second > static_cast<std::int64_t>(*entry.last_request)) {
    Snap(entry, second - 1);
  }
  const double milliseconds =
      static_cast<double>(std::max<std::int64_t>(0, sample.response_ns)) / 1e6;
  entry.min_ms = entry.requests == 0 ? milliseconds : std::min(entry.min_ms, milliseconds);
  entry.max_ms = std::max(entry.max_ms, milliseconds);
  entry.total_ms += milliseconds;
  ++entry.requests;
  ++entry.requests_per_second[second];
  entry.last_request = at;
  entry.times.Add(LocustBucket(milliseconds));
  entry.content_length += sample.bytes;
  if (sample.error.empty()) return;
  ++entry.failures;
  ++entry.failures_per_second[second];
}

LocustEntry NewEntry(const std::string& method, const std::string& name, double start) {
  LocustEntry entry;
  entry.method = method;
  entry.name = name;
  entry.start_time = start;
  Snap(entry, static_cast<std::int64_t>(start));
  return entry;
}

}  // namespace

LocustTimes::Bucket LocustBucket(double milliseconds) {
  REDRIVE_CHECK(milliseconds >= 0);
  const double unit = milliseconds < 100     ? 1
                      : milliseconds < 1000  ? 10
                      : milliseconds < 10000 ? 100
                                             : 1000;
  return static_cast<LocustTimes::Bucket>(RoundHalfEven(milliseconds, unit));
}

void LocustTimes::Add(Bucket bucket, std::uint64_t count) {
  const auto [found, inserted] = counts_.try_emplace(bucket);
  if (inserted) found->second.order = counts_.size() - 1;
  found->second.count += count;
}

std::vector<std::pair<LocustTimes::Bucket, std::uint64_t>> LocustTimes::InOrder() const {
  std::vector<std::pair<Bucket, std::uint64_t>> ordered(counts_.size());
  for (const auto& [bucket, entry] : counts_) ordered[entry.order] = {bucket, entry.count};
  return ordered;
}

std::uint64_t LocustTimes::CountOf(Bucket bucket) const {
  const auto found = counts_.find(bucket);
  return found == counts_.end() ? 0 : found->second.count;
}

LocustTimes::Bucket LocustTimes::Percentile(std::uint64_t requests, double percent) const {
  // Python multiplies an int by a float and cuts: so do we.
  const auto below = static_cast<std::uint64_t>(static_cast<double>(requests) * percent);
  std::uint64_t seen = 0;
  for (auto at = counts_.rbegin(); at != counts_.rend(); ++at) {
    seen += at->second.count;
    if (requests <= seen + below) return at->first;
  }
  return 0;
}

LocustTimes::Bucket LocustTimes::Median(std::uint64_t requests) const {
  if (counts_.empty()) return 0;
  // Locust's position (requests - 1) / 2 has halves: doubled, it is whole.
  std::uint64_t twice = requests == 0 ? 0 : requests - 1;
  for (const auto& [bucket, entry] : counts_) {
    if (twice < 2 * entry.count) return bucket;
    twice -= 2 * entry.count;
  }
  return counts_.rbegin()->first;
}

LocustTimes LocustTimes::Since(const LocustTimes& before) const {
  LocustTimes difference;
  for (const auto& [bucket, entry] : counts_) {
    const std::uint64_t old = before.CountOf(bucket);
    REDRIVE_CHECK(entry.count >= old);
    if (entry.count > old) difference.Add(bucket, entry.count - old);
  }
  return difference;
}

double LocustEntry::Average() const {
  return requests == 0 ? 0 : total_ms / static_cast<double>(requests);
}

double LocustEntry::AverageLength() const {
  return requests == 0 ? 0 : static_cast<double>(content_length) / static_cast<double>(requests);
}

double LocustEntry::FailRatio() const {
  if (requests == 0) return failures > 0 ? 1 : 0;
  return static_cast<double>(failures) / static_cast<double>(requests);
}

LocustTimes::Bucket LocustEntry::Percentile(double percent) const {
  return times.Percentile(requests, percent);
}

LocustTimes::Bucket LocustEntry::CurrentPercentile(std::int64_t now, double percent) const {
  // Ten seconds ago if that was kept, else the nearest second, the earlier of two first.
  const Snapshot* best = nullptr;
  const auto distance = [now](const Snapshot& snapshot) {
    return std::abs(snapshot.second - (now - kWindowSeconds));
  };
  for (const Snapshot& snapshot : snapshots) {
    if (distance(snapshot) > 8) continue;
    if (best == nullptr || distance(snapshot) < distance(*best)) best = &snapshot;
  }
  if (best == nullptr) return 0;
  return times.Since(best->times).Percentile(requests - best->requests, percent);
}

LocustStatistics::LocustStatistics(std::int64_t start_unix_ns)
    : total_(NewEntry("", "Aggregated", Seconds(start_unix_ns))) {}

void LocustStatistics::Log(const std::string& method, const std::string& name,
                           const LocustSample& sample) {
  const double at = Seconds(sample.at_unix_ns);
  LogTo(total_, sample);
  LogTo(EntryOf(method, name, at), sample);
  if (!sample.error.empty()) LogFailure(method, name, sample.error, at);
}

LocustEntry& LocustStatistics::EntryOf(const std::string& method, const std::string& name,
                                       double start) {
  const auto [found, inserted] = by_name_.try_emplace({name, method}, entries_.size());
  if (inserted) entries_.push_back(NewEntry(method, name, start));
  return entries_[found->second];
}

void LocustStatistics::LogFailure(const std::string& method, const std::string& name,
                                  std::string_view error, double at) {
  LocustFailure failure{method, name, std::string(error.substr(0, kErrorBytesMax)), 0, at, at};
  std::string key = method + '\n' + name + '\n' + failure.error;
  if (failures_.size() >= kFailuresMax && !failure_index_.contains(key)) {
    failure = LocustFailure{"", "", "(others)", 0, at, at};
    key = "(others)";
  }
  const auto [found, inserted] = failure_index_.try_emplace(std::move(key), failures_.size());
  if (inserted) failures_.push_back(std::move(failure));
  LocustFailure& row = failures_[found->second];
  ++row.occurrences;
  row.last_seen = at;
}

void LocustStatistics::Reset(std::int64_t now_unix_ns) {
  const double now = Seconds(now_unix_ns);
  total_ = NewEntry("", "Aggregated", now);
  for (LocustEntry& entry : entries_) entry = NewEntry(entry.method, entry.name, now);
  failures_.clear();
  failure_index_.clear();
}

std::vector<const LocustEntry*> LocustStatistics::Sorted() const {
  std::vector<const LocustEntry*> sorted;
  for (const LocustEntry& entry : entries_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const LocustEntry* a, const LocustEntry* b) {
    return std::tie(a->name, a->method) < std::tie(b->name, b->method);
  });
  return sorted;
}

double LocustStatistics::TotalRate(std::uint64_t count) const {
  if (!total_.last_request) return 0;
  const double duration = *total_.last_request - total_.start_time;
  return duration == 0 ? 0 : static_cast<double>(count) / duration;
}

double LocustStatistics::CurrentRate(const std::map<std::int64_t, std::uint64_t>& per_second,
                                     std::int64_t now) const {
  if (!total_.last_request) return 0;
  const std::int64_t first = std::max(now - 12, static_cast<std::int64_t>(total_.start_time));
  const std::int64_t end = now - 2;
  std::uint64_t sum = 0;
  for (auto at = per_second.lower_bound(first); at != per_second.end() && at->first < end; ++at) {
    sum += at->second;
  }
  return static_cast<double>(sum) / static_cast<double>(std::max<std::int64_t>(1, end - first));
}

void LocustStatistics::SetEntries(std::deque<LocustEntry> entries, LocustEntry total) {
  entries_ = std::move(entries);
  total_ = std::move(total);
  by_name_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    by_name_[{entries_[i].name, entries_[i].method}] = i;
  }
}

void LocustStatistics::SetFailures(std::deque<LocustFailure> failures) {
  failures_ = std::move(failures);
  failure_index_.clear();
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    const LocustFailure& row = failures_[i];
    failure_index_[row.method + '\n' + row.name + '\n' + row.error] = i;
  }
}

void LocustStatistics::SetExceptions(std::vector<LocustException> exceptions) {
  exceptions_ = std::move(exceptions);
}

}  // namespace redrive
