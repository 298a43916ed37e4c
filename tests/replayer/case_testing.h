// Cases of the planted bugs, for tests of search, shrinking and judging.
#ifndef REDRIVE_TESTS_REPLAYER_CASE_TESTING_H_
#define REDRIVE_TESTS_REPLAYER_CASE_TESTING_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "recorder/case.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"

namespace redrive {

inline std::filesystem::path CorporaPath() {
  return std::filesystem::path(REDRIVE_SOURCE_DIR) / "corpora";
}

inline std::vector<std::string> PlantedNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(CorporaPath() / "planted")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A run of corpora/FILE; `workshop` "" is as the scenario says.
inline Trace TraceOfScenario(const std::string& file, const std::string& workshop,
                             std::uint32_t users = 0, std::int64_t run_time_ns = 0) {
  std::ifstream input(CorporaPath() / file);
  std::stringstream text;
  text << input.rdbuf();
  RunSpec spec;
  spec.scenario_name = file;
  spec.scenario_json = text.str();
  spec.workshop = workshop;
  spec.users = users;
  spec.run_time_ns = run_time_ns;
  TraceCollector collector;
  ExecuteOptions options;
  options.sink = &collector;
  const Result<RunOutcome> outcome = ExecuteSimulation(spec, options);
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
  if (outcome) {
    EXPECT_EQ(outcome->setup_error, "");
  }
  return std::move(collector.trace);
}

// All requests of the users of a planted bug's scenario.
inline Case PlantedCase(const std::string& name, const std::string& workshop) {
  const Trace trace = TraceOfScenario("planted/" + name + ".json", workshop);
  std::vector<std::uint64_t> operations;
  for (const InvokeRecord& invoke : trace.invokes) {
    if (invoke.phase == Phase::kRun) operations.push_back(invoke.operation);
  }
  Result<Case> made = CaseFromTrace(trace, operations, CaseSetup::kSetup);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return std::move(*made);
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_CASE_TESTING_H_
