// What the tests of all databases' probes do in the same way.
#ifndef REDRIVE_TESTS_RECORDER_PROBE_PROBE_TESTING_H_
#define REDRIVE_TESTS_RECORDER_PROBE_PROBE_TESTING_H_

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recorder/probe/probe_runner.h"

namespace redrive::testing_support {

inline constexpr std::int64_t kMillion = 1'000'000;

// The last value of `metric`; -1 when there is none.
inline std::int64_t Last(const ProbeReport& report, std::string_view metric) {
  const ProbeSeries* const series = report.Find(metric);
  return series == nullptr || series->samples() == 0 ? -1 : series->last().value;
}

// What a Probe of `uri`, slow beyond 100 ms, saw while `load` ran. `told` receives its problems.
template <typename Probe, typename Load>
ProbeReport WatchWhile(const std::string& uri, const Load& load,
                       std::vector<std::string>* told = nullptr) {
  ProbeRunner runner([told](const std::string& problem) {
    if (told != nullptr) told->push_back(problem);
  });
  auto probe = Probe::Open(uri, std::chrono::milliseconds(100));
  EXPECT_TRUE(probe.has_value());
  runner.Add(std::move(*probe));
  runner.Start();
  load();
  return runner.Stop().at(0);
}

}  // namespace redrive::testing_support

#endif  // REDRIVE_TESTS_RECORDER_PROBE_PROBE_TESTING_H_
