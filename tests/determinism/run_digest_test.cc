// The product's promise on whole runs: plan digest, execution digest and unseed of the shipped
// scenarios equal the goldens on every compiler and optimisation level.
// REDRIVE_UPDATE_GOLDEN=1 rewrites the table; a change means that recorded seeds mean something
// else, so the commit must say why.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "core/hash.h"
#include "recorder/execute.h"

namespace redrive {
namespace {

const char* const kGoldenPath = REDRIVE_SOURCE_DIR "/tests/determinism/run_digests.golden";

struct Case {
  const char* scenario;
  std::uint64_t seed;
  std::int64_t run_time_s;  // 0: the scenario's
  const char* workshop;
  const char* strategy;
};

constexpr Case kCases[] = {
    {"normal_operations", 42, 0, "", "random"},
    {"finance", 42, 0, "", "random"},
    {"efi", 42, 0, "", "random"},
    {"peak_burst", 42, 30, "", "random"},
    {"mixed", 42, 30, "", "random"},
    {"peak_burst_full", 42, 0, "as-is", "random"},
    {"peak_burst_full", 42, 0, "fixed", "random"},
    {"peak_burst_full", 7, 0, "as-is", "pct:3"},
};

std::string NameOf(const Case& test) {
  return std::string(test.scenario) + " seed=" + std::to_string(test.seed) +
         " run_time=" + std::to_string(test.run_time_s) +
         "s workshop=" + (*test.workshop == '\0' ? "default" : test.workshop) +
         " strategy=" + test.strategy;
}

RunSpec SpecOf(const Case& test) {
  RunSpec spec;
  spec.scenario_name = test.scenario;
  std::ifstream file(std::string(REDRIVE_SOURCE_DIR "/corpora/battwheels/") + test.scenario +
                     ".json");
  std::ostringstream text;
  text << file.rdbuf();
  spec.scenario_json = text.str();
  spec.seed = test.seed;
  spec.run_time_ns = test.run_time_s * 1'000'000'000;
  spec.workshop = test.workshop;
  spec.strategy = test.strategy;
  return spec;
}

std::string DigestsOf(const Case& test) {
  const Result<RunOutcome> outcome = ExecuteSimulation(SpecOf(test), {});
  if (outcome.has_error()) return "error: " + outcome.error().message;
  return "plan=" + ToHex(outcome->plan_digest) + " digest=" + ToHex(outcome->digest) +
         " unseed=" + ToHex(outcome->unseed) +
         " requests=" + std::to_string(outcome->counts.started);
}

std::map<std::string, std::string> ReadGolden() {
  std::map<std::string, std::string> golden;
  std::ifstream file(kGoldenPath);
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t arrow = line.find(" -> ");
    if (arrow != std::string::npos) golden[line.substr(0, arrow)] = line.substr(arrow + 4);
  }
  return golden;
}

TEST(RunDigestTest, EqualTheGoldensEverywhere) {
  std::string table;
  const std::map<std::string, std::string> golden = ReadGolden();
  const bool update = std::getenv("REDRIVE_UPDATE_GOLDEN") != nullptr;
  for (const Case& test : kCases) {
    const std::string digests = DigestsOf(test);
    table += NameOf(test) + " -> " + digests + "\n";
    if (update) continue;
    const auto found = golden.find(NameOf(test));
    ASSERT_NE(found, golden.end()) << NameOf(test) << " is not in " << kGoldenPath;
    EXPECT_EQ(digests, found->second) << NameOf(test);
  }
  if (update) std::ofstream(kGoldenPath) << table;
}

TEST(RunDigestTest, TwiceInOneProcessIsTheSame) {
  const Case test{"peak_burst_full", 11, 5, "as-is", "random"};
  EXPECT_EQ(DigestsOf(test), DigestsOf(test));
  const Case other{"peak_burst_full", 12, 5, "as-is", "random"};
  EXPECT_NE(DigestsOf(test), DigestsOf(other));
}

}  // namespace
}  // namespace redrive
