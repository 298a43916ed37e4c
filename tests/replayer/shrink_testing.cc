#include "tests/replayer/shrink_testing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "recorder/execute.h"
#include "recorder/trace_file.h"

namespace redrive {

namespace fs = std::filesystem;

std::string ReadSourceFile(const std::string& path) {
  std::ifstream input(fs::path(REDRIVE_SOURCE_DIR) / path);
  EXPECT_TRUE(input.good()) << path;
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

RunSpec BurstSpec(std::uint64_t seed) {
  RunSpec spec;
  spec.scenario_name = "peak_burst_full";
  spec.scenario_json = ReadSourceFile("corpora/battwheels/peak_burst_full.json");
  spec.seed = seed;
  return spec;
}

RunSpec PlantedSpec(const std::string& name) {
  RunSpec spec;
  spec.scenario_name = "planted/" + name;
  spec.scenario_json = ReadSourceFile("corpora/planted/" + name + ".json");
  spec.workshop = "";  // as the scenario says: this one bug
  return spec;
}

std::vector<std::string> PlantedNames() {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator(fs::path(REDRIVE_SOURCE_DIR) / "corpora/planted")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

CheckReport ReportOf(const Trace& trace) {
  const auto checkers =
      ParseScenarioChecks(trace.header.spec.scenario_json, trace.header.spec.scenario_name);
  EXPECT_TRUE(checkers.has_value());
  return CheckAll(trace, *checkers, {});
}

Trace FailingTrace(const RunSpec& spec) {
  const auto simulation = Simulation::Make(spec);
  EXPECT_TRUE(simulation.has_value());
  for (std::uint64_t execution = 0; execution < 200; ++execution) {
    TraceCollector collector;
    ExecuteOptions options;
    options.execution = execution;
    options.sink = &collector;
    const Result<RunOutcome> outcome = (*simulation)->Execute(options);
    EXPECT_TRUE(outcome.has_value());
    if (ReportOf(collector.trace).overall() == VerdictKind::kViolation) return collector.trace;
  }
  ADD_FAILURE() << spec.scenario_name << " never failed";
  return {};
}

}  // namespace redrive
