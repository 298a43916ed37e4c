// LocustStatistics: the numbers of a run as Locust counts them, for files and tables that Locust's
// readers know. Rounded response times and a percentile rule of its own, so never a base for
// verdicts: recorder/statistics.h is.
// Source: locust/stats.py of Locust 2.46 (git 407343d0); docs/LOCUST.md says what differs.
#ifndef REDRIVE_RECORDER_LOCUST_STATISTICS_H_
#define REDRIVE_RECORDER_LOCUST_STATISTICS_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redrive {

// Response times by bucket. At most about 190 buckets below ten seconds and one per second above.
class LocustTimes {
 public:
  using Bucket = std::int64_t;  // milliseconds

  void Add(Bucket bucket, std::uint64_t count = 1);
  [[nodiscard]] bool empty() const { return counts_.empty(); }
  // In the order in which the buckets first occurred, as the JSON file has them.
  [[nodiscard]] std::vector<std::pair<Bucket, std::uint64_t>> InOrder() const;
  [[nodiscard]] std::uint64_t CountOf(Bucket bucket) const;

  // Walks from the slowest bucket down to the first below which at most int(requests * percent) of
  // the requests lie; 0 when empty. p50 of {1: 1, 2: 1} is 2, p99 of {5: 99, 500: 1} is 500.
  [[nodiscard]] Bucket Percentile(std::uint64_t requests, double percent) const;
  // The bucket of the lower middle one; 0 when empty.
  [[nodiscard]] Bucket Median(std::uint64_t requests) const;
  // What was added since `before`, an earlier state of this.
  [[nodiscard]] LocustTimes Since(const LocustTimes& before) const;

 private:
  struct Entry {
    std::uint64_t count = 0;
    std::size_t order = 0;
  };
  std::map<Bucket, Entry> counts_;
};

// 147 becomes 150, 3432 becomes 3400 and 58760 becomes 59000; halves go to the even neighbour, as
// Python rounds (0.5: 0, 2.5: 2, 105: 100, 115: 120). REQUIRES: milliseconds >= 0.
LocustTimes::Bucket LocustBucket(double milliseconds);

inline constexpr std::array kLocustPercentiles = {0.50, 0.66, 0.75,  0.80,   0.90, 0.95,
                                                  0.98, 0.99, 0.999, 0.9999, 1.0};

// One row: the requests of a method and name, or all ("Aggregated"). Times are Unix seconds and
// response times milliseconds, both as the floats that Locust keeps.
struct LocustEntry {
  // As a state of the past: what the current percentiles are the difference to.
  struct Snapshot {
    std::int64_t second = 0;
    LocustTimes times;
    std::uint64_t requests = 0;
  };

  std::string method;  // "" in the aggregated row
  std::string name;
  double start_time = 0;
  std::optional<double> last_request;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  double total_ms = 0;
  double min_ms = 0;
  double max_ms = 0;
  std::uint64_t content_length = 0;
  LocustTimes times;
  std::map<std::int64_t, std::uint64_t> requests_per_second;  // by Unix second of the end
  std::map<std::int64_t, std::uint64_t> failures_per_second;
  std::deque<Snapshot> snapshots;  // at most 20, ascending

  [[nodiscard]] double Average() const;
  [[nodiscard]] double AverageLength() const;
  [[nodiscard]] double FailRatio() const;
  [[nodiscard]] LocustTimes::Bucket Percentile(double percent) const;
  // Of about the last ten seconds before `now`; 0 when nothing is known of them.
  [[nodiscard]] LocustTimes::Bucket CurrentPercentile(std::int64_t now, double percent) const;
};

struct LocustFailure {
  std::string method;
  std::string name;
  std::string error;  // as repr() writes the exception: "CatchResponseError('no ticket id')"
  std::uint64_t occurrences = 0;
  double first_seen = 0;
  double last_seen = 0;
};

struct LocustException {
  std::uint64_t count = 0;
  std::string message;
  std::string traceback;
  std::vector<std::string> nodes;
};

// One finished request.
struct LocustSample {
  std::int64_t at_unix_ns = 0;  // its end
  std::int64_t response_ns = 0;
  std::uint64_t bytes = 0;
  std::string_view error;  // "" when accepted; else as in LocustFailure
};

// Not thread-safe. Samples come in the order of their ends.
class LocustStatistics {
 public:
  explicit LocustStatistics(std::int64_t start_unix_ns);

  void Log(const std::string& method, const std::string& name, const LocustSample& sample);
  // Everything back to zero, as --reset-stats does once all users run.
  void Reset(std::int64_t now_unix_ns);

  // In the order of the first request.
  [[nodiscard]] const std::deque<LocustEntry>& entries() const { return entries_; }
  [[nodiscard]] const LocustEntry& total() const { return total_; }
  // In the order of the first occurrence. At most 1'000; what comes then is counted as "(others)".
  [[nodiscard]] const std::deque<LocustFailure>& failures() const { return failures_; }
  [[nodiscard]] const std::vector<LocustException>& exceptions() const { return exceptions_; }
  // By name, then method: the order of every file and table but the JSON.
  [[nodiscard]] std::vector<const LocustEntry*> Sorted() const;

  // Of the whole run so far, up to the last request.
  [[nodiscard]] double TotalRate(std::uint64_t count) const;
  // The mean over the ten whole seconds that ended two seconds before `now`, or those since the
  // start. Locust takes the last request for `now`, so that a stalled target keeps its rate there.
  [[nodiscard]] double CurrentRate(const std::map<std::int64_t, std::uint64_t>& per_second,
                                   std::int64_t now) const;

  // For what did not come through Log: entries made elsewhere, such as those of a JSON file.
  void SetEntries(std::deque<LocustEntry> entries, LocustEntry total);
  void SetFailures(std::deque<LocustFailure> failures);
  void SetExceptions(std::vector<LocustException> exceptions);

 private:
  LocustEntry& EntryOf(const std::string& method, const std::string& name, double start);
  void LogFailure(const std::string& method, const std::string& name, std::string_view error,
                  double at);

  std::deque<LocustEntry> entries_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_name_;  // name, method
  LocustEntry total_;
  std::deque<LocustFailure> failures_;
  std::map<std::string, std::size_t, std::less<>> failure_index_;
  std::vector<LocustException> exceptions_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOCUST_STATISTICS_H_
