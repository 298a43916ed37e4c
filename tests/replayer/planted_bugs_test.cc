// Every planted bug is found by the random strategies and by preemption-bounded search within a
// golden number of executions, and by none once it is fixed. The counts are deterministic: a
// strategy that gets worse shows in the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "recorder/execute.h"
#include "recorder/trace_file.h"
#include "replayer/checker.h"
#include "replayer/report.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

const fs::path kPlanted = fs::path(REDRIVE_SOURCE_DIR) / "corpora" / "planted";

struct Budget {
  std::string_view strategy;
  std::uint64_t executions_max;
};
// One preemption is enough for every planted bug, and bounded:2 begins with those. dfs and dpor
// begin with the last decisions of a run, so early windows take them long; they show what that
// costs, and need not end within their budget.
constexpr Budget kBudgets[] = {{"random", 200},      {"urw", 200},   {"surw", 200},
                               {"pct:3", 200},       {"pos", 200},   {"bounded:1", 2'000},
                               {"bounded:2", 4'000}, {"dfs", 1'000}, {"dpor", 1'000}};
constexpr std::uint64_t kFixedExecutions = 40;

std::vector<std::string> AllBugScenarios() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kPlanted)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

RunSpec SpecOf(const std::string& name, std::string_view strategy) {
  std::ifstream input(kPlanted / (name + ".json"));
  std::stringstream text;
  text << input.rdbuf();
  RunSpec spec;
  spec.scenario_name = "corpora/planted/" + name + ".json";
  spec.scenario_json = text.str();
  spec.seed = 42;
  spec.strategy = std::string(strategy);
  spec.workshop = "";  // as the scenario says: this one bug
  return spec;
}

// One campaign over a scenario; the checkers are parsed once.
class Campaign {
 public:
  explicit Campaign(const RunSpec& spec) {
    auto simulation = Simulation::Make(spec);
    if (!simulation) throw std::runtime_error(simulation.error().message);
    simulation_ = std::move(*simulation);
    auto checkers = ParseScenarioChecks(spec.scenario_json, spec.scenario_name);
    if (!checkers) throw std::runtime_error(checkers.error().message);
    checkers_ = std::move(*checkers);
  }

  // Empty when the strategy has nothing left to try.
  std::optional<CheckReport> Next() {
    TraceCollector collector;
    ExecuteOptions options;
    options.execution = execution_++;
    options.sink = &collector;
    const Result<RunOutcome> outcome = simulation_->Execute(options);
    if (!outcome) return std::nullopt;
    EXPECT_EQ(outcome->setup_error, "");
    if (!outcome->setup_error.empty()) return std::nullopt;
    if (outcome->ending == Ending::kRedundant) return CheckReport();  // nothing to judge
    return CheckAll(collector.trace, checkers_, {});
  }

 private:
  std::unique_ptr<Simulation> simulation_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::uint64_t execution_ = 0;
};

// "3", or why not: "none of 200", "none of all 17".
std::string ExecutionsToFind(const std::string& name, const Budget& budget) {
  Campaign campaign(SpecOf(name, budget.strategy));
  for (std::uint64_t i = 1; i <= budget.executions_max; ++i) {
    const std::optional<CheckReport> report = campaign.Next();
    if (!report) return "none of all " + std::to_string(i - 1);
    if (report->overall() == VerdictKind::kViolation) return std::to_string(i);
  }
  return "none of " + std::to_string(budget.executions_max);
}

// The table as it is in the file: bug → its line.
std::map<std::string, std::string> ReadGolden(const fs::path& path) {
  std::map<std::string, std::string> lines;
  std::ifstream input(path);
  for (std::string line; std::getline(input, line);) {
    if (!line.starts_with('#')) lines[line.substr(0, line.find(':'))] = line;
  }
  return lines;
}

class PlantedBugsTest : public testing::TestWithParam<std::string> {};

TEST_P(PlantedBugsTest, ExecutionsToFindAreGolden) {
  std::string line = GetParam() + ":";
  for (const Budget& budget : kBudgets) {
    line += " " + std::string(budget.strategy) + " = " + ExecutionsToFind(GetParam(), budget) + ";";
  }
  const fs::path path = kPlanted / "golden.txt";
  std::map<std::string, std::string> golden = ReadGolden(path);
  if (std::getenv("REDRIVE_UPDATE_GOLDEN")) {  // in one process: every test writes the whole file
    golden[GetParam()] = line;
    std::ofstream output(path);
    output << "# executions until the checkers report the bug, seed 42\n";
    for (const auto& [name, text] : golden) output << text << "\n";
  }
  EXPECT_EQ(line, golden[GetParam()]) << "to accept: REDRIVE_UPDATE_GOLDEN=1";
}

TEST_P(PlantedBugsTest, IsFoundByEachStrategy) {
  const std::map<std::string, std::string> golden = ReadGolden(kPlanted / "golden.txt");
  const auto found = golden.find(GetParam());
  ASSERT_NE(found, golden.end());
  for (const char* strategy : {"random", "surw", "pct:3", "pos", "bounded:1", "bounded:2"}) {
    const std::string none = " " + std::string(strategy) + " = none";
    EXPECT_EQ(found->second.find(none), std::string::npos) << found->second;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, PlantedBugsTest, testing::ValuesIn(AllBugScenarios()),
                         [](const auto& info) { return info.param; });

class FixedTest : public testing::TestWithParam<std::string> {};

TEST_P(FixedTest, IsCleanUnderEveryStrategy) {
  for (const Budget& budget : kBudgets) {
    RunSpec spec = SpecOf(GetParam(), budget.strategy);
    spec.workshop = "fixed";
    Campaign campaign(spec);
    for (std::uint64_t i = 0; i < kFixedExecutions; ++i) {
      const std::optional<CheckReport> report = campaign.Next();
      if (!report) break;
      ASSERT_EQ(report->overall(), VerdictKind::kPass)
          << budget.strategy << ", execution " << i << "\n"
          << ReportToText(*report);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, FixedTest, testing::ValuesIn(AllBugScenarios()),
                         [](const auto& info) { return info.param; });

// The peak burst: what the product promises at its front door.
class PeakBurstTest : public testing::Test {
 protected:
  static CheckReport Judge(const std::string& workshop) {
    std::ifstream input(fs::path(REDRIVE_SOURCE_DIR) / "corpora/battwheels/peak_burst_full.json");
    std::stringstream text;
    text << input.rdbuf();
    RunSpec spec;
    spec.scenario_name = "peak_burst_full";
    spec.scenario_json = text.str();
    spec.workshop = workshop;
    TraceCollector collector;
    ExecuteOptions options;
    options.sink = &collector;
    const Result<RunOutcome> outcome = ExecuteSimulation(spec, options);
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    if (outcome.has_value()) {
      EXPECT_EQ(outcome->setup_error, "");
    }
    const auto checkers = ParseScenarioChecks(spec.scenario_json, spec.scenario_name);
    EXPECT_TRUE(checkers.has_value()) << (checkers ? "" : checkers.error().message);
    return CheckAll(collector.trace, *checkers, {.violations_max = 3, .rerun_command = {}});
  }

  static std::uint64_t Violations(const CheckReport& report, std::string_view name) {
    for (const Verdict& verdict : report.verdicts) {
      if (verdict.name == name) return verdict.violations_total;
    }
    ADD_FAILURE() << "no check named " << name;
    return 0;
  }
};

TEST_F(PeakBurstTest, AsIsShowsTheThreeRaces) {
  const CheckReport report = Judge("as-is");
  EXPECT_GE(Violations(report, "portal ticket numbers are unique and ascend"), 1U);
  EXPECT_GE(Violations(report, "no more parts are reserved than there are"), 1U);
  EXPECT_GE(Violations(report, "a ticket is closed once"), 1U);
  for (const Verdict& verdict : report.verdicts) {
    EXPECT_NE(verdict.kind, VerdictKind::kUnknown) << verdict.name << ": " << verdict.notes.front();
  }
}

TEST_F(PeakBurstTest, FixedPassesEveryCheck) {
  const CheckReport report = Judge("fixed");
  EXPECT_EQ(report.overall(), VerdictKind::kPass) << ReportToText(report);
}

}  // namespace
}  // namespace redrive
