#include "replayer/shrink.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/strategy.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpora = fs::path(REDRIVE_SOURCE_DIR) / "corpora";

std::string ReadText(const fs::path& path) {
  std::ifstream input(path);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

// The first execution of the strategy that its checks call a violation.
Trace FailingTrace(RunSpec spec) {
  const auto simulation = Simulation::Make(spec);
  EXPECT_TRUE(simulation.has_value());
  const auto checkers = ParseScenarioChecks(spec.scenario_json, spec.scenario_name);
  EXPECT_TRUE(checkers.has_value());
  for (std::uint64_t execution = 0; execution < 200; ++execution) {
    TraceCollector collector;
    ExecuteOptions options;
    options.execution = execution;
    options.sink = &collector;
    const Result<RunOutcome> outcome = (*simulation)->Execute(options);
    EXPECT_TRUE(outcome.has_value());
    const CheckReport report = CheckAll(collector.trace, *checkers, {});
    if (report.overall() == VerdictKind::kViolation) return collector.trace;
  }
  ADD_FAILURE() << spec.scenario_name << " never failed";
  return {};
}

RunSpec BurstSpec(std::uint64_t seed) {
  RunSpec spec;
  spec.scenario_name = "peak_burst_full";
  spec.scenario_json = ReadText(kCorpora / "battwheels" / "peak_burst_full.json");
  spec.seed = seed;
  spec.workshop = "as-is";
  return spec;
}

RunSpec PlantedSpec(const std::string& name) {
  RunSpec spec;
  spec.scenario_name = "planted/" + name;
  spec.scenario_json = ReadText(kCorpora / "planted" / (name + ".json"));
  spec.workshop = "";
  return spec;
}

std::string Story(const Counterexample& c) {
  return IdentityText(c.identity) + " | " + std::to_string(c.requests) + " requests, " +
         std::to_string(c.preemptions) + " preemptions, setup " +
         std::to_string(c.source.setup.size()) + ", audit " +
         std::to_string(c.source.audit.size()) + " | " + GuaranteeText(c) + " | " +
         std::to_string(c.cases) + " cases, " + std::to_string(c.executions) + " executions, " +
         std::to_string(c.confirmed) + "/" + std::to_string(c.confirm_attempts);
}

TEST(ShrinkTest, Burst) {
  for (const std::uint64_t seed : {42, 7}) {
    const Trace trace = FailingTrace(BurstSpec(seed));
    const Result<Counterexample> small = Shrink(trace, {});
    ASSERT_TRUE(small.has_value()) << small.error().message;
    std::cout << Story(*small) << "\n" << CaseToScenario(small->source) << "\n"
              << ScheduleToText(small->schedule) << "\n";
    for (const auto& o : small->others) std::cout << "other " << IdentityText(o.identity) << " " << CountRequests(o.source) << "\n";
  }
}

TEST(ShrinkTest, AllOfTheBurst) {
  const Trace trace = FailingTrace(BurstSpec(42));
  const auto checkers = ParseScenarioChecks(BurstSpec(42).scenario_json, "x");
  const CheckReport report = CheckAll(trace, *checkers, {});
  for (const Verdict& v : report.verdicts) {
    if (v.kind != VerdictKind::kViolation) continue;
    ShrinkOptions o;
    o.check = v.name;
    const Result<Counterexample> small = Shrink(trace, o);
    if (!small) { std::cout << v.name << ": " << small.error().message << "\n"; continue; }
    std::cout << Story(*small) << "\n";
  }
}

TEST(ShrinkTest, Planted) {
  for (const auto& entry : fs::directory_iterator(kCorpora / "planted")) {
    if (entry.path().extension() != ".json") continue;
    const Trace trace = FailingTrace(PlantedSpec(entry.path().stem().string()));
    const Result<Counterexample> small = Shrink(trace, {});
    std::cout << entry.path().stem().string() << ": ";
    if (!small) { std::cout << small.error().message << "\n"; continue; }
    std::cout << Story(*small) << "\n";
  }
}

}  // namespace
}  // namespace redrive
