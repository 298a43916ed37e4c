// The scenarios of corpora/examples: each runs in the simulation, and all that it sends is
// accepted.
#include <gtest/gtest.h>

#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

struct Example {
  const char* name;
  std::uint64_t users;
  std::uint64_t started;
};

class ExamplesTest : public testing::TestWithParam<Example> {};

TEST_P(ExamplesTest, RunsAndIsAccepted) {
  const Example& example = GetParam();
  const std::filesystem::path folder = CorporaPath() / "examples";
  RunSpec spec = SpecOf(ReadText(folder / (std::string(example.name) + ".json")));
  spec.workshop = "fixed";
  spec.settings = {{"env." + FileKey("customers.csv"), ReadText(folder / "customers.csv")}};
  const auto simulation = Simulation::Make(spec);
  ASSERT_TRUE(simulation.has_value()) << simulation.error().message;
  const Plan& plan = (*simulation)->plan();
  EXPECT_EQ(plan.users().size(), example.users);
  const auto outcome = (*simulation)->Execute(ExecuteOptions());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->ending, Ending::kDone);
  EXPECT_EQ(outcome->setup_error, "");
  EXPECT_TRUE(outcome->skipped.empty());
  EXPECT_EQ(outcome->counts.started, example.started);
  EXPECT_EQ(outcome->counts.accepted, example.started);
  EXPECT_EQ(outcome->counts.dropped, 0U);
  const std::string shown = PlanText(plan, {.requests_max = 0});
  const auto lines = static_cast<std::uint64_t>(std::count(shown.begin(), shown.end(), '\n'));
  EXPECT_EQ(lines, plan.requests());
}

// Figures of seed 42: they are part of the plan, so they are the same everywhere.
INSTANTIATE_TEST_SUITE_P(Corpus, ExamplesTest,
                         testing::Values(Example{"task_sets", 6, 237},
                                         Example{"double_wave", 22, 192},
                                         Example{"step_load", 12, 151}, Example{"spike", 20, 164},
                                         Example{"arrival_rate", 424, 425},
                                         Example{"data_file", 5, 17},
                                         Example{"response_checks", 4, 40}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace redrive
