// Statistics: response and service times and failures per request name, as a load tester shows
// them.
#ifndef REDRIVE_RECORDER_STATISTICS_H_
#define REDRIVE_RECORDER_STATISTICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/virtual_time.h"

namespace redrive {

// Log-linear: values are kept to three significant digits (an error below 1/1024), from 1 ns to
// 2^63 ns, in at most 55'296 counters, of which only the used range is stored.
class Histogram {
 public:
  void Add(std::int64_t nanoseconds);  // negative values count as 0
  void Add(const Histogram& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::int64_t min() const { return count_ == 0 ? 0 : min_; }  // exact
  [[nodiscard]] std::int64_t max() const { return max_; }                    // exact
  [[nodiscard]] std::int64_t Average() const;                                // exact, rounded down
  // The smallest recorded value that `part` of `whole` of all values do not exceed, to 3 digits.
  // Percentile 99.9 is Quantile(999, 1000). 0 when empty. REQUIRES: part <= whole, whole > 0.
  [[nodiscard]] std::int64_t Quantile(std::uint64_t part, std::uint64_t whole) const;
  // For HdrHistogram text: each used value (upper end of its range) with its count, ascending.
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::uint64_t>> Counts() const;

 private:
  static std::size_t IndexOf(std::int64_t value);
  static std::int64_t ValueOf(std::size_t index);

  std::vector<std::uint64_t> counts_;
  std::size_t first_ = 0;  // index of counts_[0]
  std::uint64_t count_ = 0;
  std::int64_t min_ = 0;
  std::int64_t max_ = 0;
  __extension__ unsigned __int128 sum_ = 0;
};

// One answered (or lost) request. Times are nanoseconds since the start of the execution.
struct Sample {
  std::int64_t intended_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t done_ns = 0;
  std::uint64_t bytes = 0;  // of the response body
  bool accepted = true;
  std::string_view failure;  // why not accepted
};

struct RequestStatistics {
  std::uint64_t count = 0;
  std::uint64_t failures = 0;  // not accepted
  std::uint64_t bytes = 0;
  Histogram response_time;    // done - intended: what a user would have felt
  Histogram service_time;     // done - sent: what the target did
  std::int64_t first_ns = 0;  // first send
  std::int64_t last_ns = 0;   // last end

  void Add(const Sample& sample);
  void Add(const RequestStatistics& other);
};

class Statistics {
 public:
  struct Key {
    std::string method;
    std::string name;
    auto operator<=>(const Key&) const = default;
  };
  struct FailureKey {
    std::string method;
    std::string name;
    std::string text;
    auto operator<=>(const FailureKey&) const = default;
  };

  void Add(const std::string& method, const std::string& name, const Sample& sample);
  void Add(const Statistics& other);
  // The same in two steps: the row stays where it is as long as this lives.
  [[nodiscard]] RequestStatistics& Row(const std::string& method, const std::string& name);
  void AddFailure(const std::string& method, const std::string& name, std::string_view failure,
                  std::uint64_t times = 1);

  [[nodiscard]] const std::map<Key, RequestStatistics>& requests() const { return requests_; }
  [[nodiscard]] const std::map<FailureKey, std::uint64_t>& failures() const { return failures_; }
  [[nodiscard]] RequestStatistics Total() const;

 private:
  std::map<Key, RequestStatistics> requests_;
  std::map<FailureKey, std::uint64_t> failures_;  // at most 1'000 texts; the rest is "(others)"
};

// The table per request name, and the failures table if there is a failure. `duration` is of the
// run.
std::string StatisticsTable(const Statistics& statistics, VirtualTime duration);
std::string FailuresTable(const Statistics& statistics);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_STATISTICS_H_
