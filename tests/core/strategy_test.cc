#include "core/strategy.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

std::unique_ptr<Strategy> Make(std::string_view spec, std::uint64_t seed = 1) {
  auto made = MakeStrategy(spec, seed);
  EXPECT_TRUE(made.has_value()) << spec;
  return std::move(*made);
}

struct Campaign {
  std::uint64_t executions = 0;
  std::uint64_t lost = 0;
  std::uint64_t first_lost = 0;  // 1-based; 0 is none
  std::uint64_t preemptions_max = 0;
  std::set<std::string> schedules;
};

Campaign RunCampaign(Strategy& strategy, int tasks, std::uint64_t executions_max) {
  Campaign campaign;
  Decider decider(strategy);
  SimWorld world(decider, {});
  while (campaign.executions < executions_max && decider.Begin(campaign.executions)) {
    const LostUpdateResult result = ExecuteLostUpdate(world, decider, tasks);
    EXPECT_EQ(result.ending, Ending::kDone);
    ++campaign.executions;
    campaign.schedules.insert(ScheduleToText(decider.schedule()));
    campaign.preemptions_max = std::max(campaign.preemptions_max, decider.preemptions());
    if (!result.lost) continue;
    ++campaign.lost;
    if (campaign.first_lost == 0) campaign.first_lost = campaign.executions;
  }
  return campaign;
}

TEST(StrategyTest, DepthFirstVisitsEveryInterleavingOnce) {
  // Two tasks of two steps: C(4,2) = 6 orders, of which only the two serial ones keep both updates.
  const auto strategy = Make("dfs");
  const Campaign two = RunCampaign(*strategy, 2, 1'000'000);
  EXPECT_EQ(two.executions, 6U);
  EXPECT_EQ(two.schedules.size(), 6U);
  EXPECT_EQ(two.lost, 4U);
  // Three tasks: 6! / (2!)^3 = 90.
  const auto again = Make("dfs");
  const Campaign three = RunCampaign(*again, 3, 1'000'000);
  EXPECT_EQ(three.executions, 90U);
  EXPECT_EQ(three.schedules.size(), 90U);
  EXPECT_EQ(three.lost, 84U);
}

TEST(StrategyTest, BoundedStaysWithinItsPreemptions) {
  const auto none = Make("bounded:0");
  const Campaign serial = RunCampaign(*none, 2, 1'000'000);
  EXPECT_EQ(serial.executions, 2U);
  EXPECT_EQ(serial.lost, 0U);
  const auto one = Make("bounded:1");
  const Campaign campaign = RunCampaign(*one, 3, 1'000'000);
  EXPECT_EQ(campaign.preemptions_max, 1U);
  EXPECT_GT(campaign.lost, 0U);
  EXPECT_EQ(campaign.schedules.size(), campaign.executions);
}

TEST(StrategyTest, RandomFindsAboutOneInTwo) {
  const auto strategy = Make("random", 5);
  const Campaign campaign = RunCampaign(*strategy, 2, 3'000);
  // After the first step, going on with the same task is serial, and that has the chance 1/2.
  EXPECT_NEAR(static_cast<double>(campaign.lost) / 3'000, 0.5, 0.03);
}

TEST(StrategyTest, PctKeepsItsPromise) {
  // Depth 2, two tasks: the bound is 1/(n·k) per execution (ASPLOS 2010, theorem 1).
  const auto strategy = Make("pct:2", 5);
  const Campaign campaign = RunCampaign(*strategy, 2, 3'000);
  EXPECT_GT(static_cast<double>(campaign.lost) / 3'000, 1.0 / (2 * 4));
  // Depth 1 never preempts, and this bug needs a preemption.
  const auto depth_one = Make("pct:1", 5);
  EXPECT_EQ(RunCampaign(*depth_one, 2, 300).lost, 0U);
}

TEST(StrategyTest, SerialIsOneExecution) {
  const auto strategy = Make("serial");
  const Campaign campaign = RunCampaign(*strategy, 3, 100);
  EXPECT_EQ(campaign.executions, 1U);
  EXPECT_EQ(campaign.lost, 0U);
}

TEST(StrategyTest, EqualSeedsGiveEqualSchedules) {
  for (const char* spec : {"random", "pct:3"}) {
    const auto a = Make(spec, 9);
    const auto b = Make(spec, 9);
    const auto c = Make(spec, 10);
    EXPECT_EQ(RunCampaign(*a, 3, 50).schedules, RunCampaign(*b, 3, 50).schedules) << spec;
    const auto d = Make(spec, 9);
    EXPECT_NE(RunCampaign(*c, 3, 5).schedules, RunCampaign(*d, 3, 5).schedules) << spec;
  }
}

TEST(StrategyTest, ChoiceNumbersTheCurrentTaskZero) {
  const YieldPoint point;
  const std::vector<ParkedTask> parked = {{2, &point}, {5, &point}, {9, &point}};
  const TaskChoice current(parked, 5);
  EXPECT_TRUE(current.first_is_current());
  EXPECT_EQ(current.at(0).id, 5U);
  EXPECT_EQ(current.at(1).id, 2U);
  EXPECT_EQ(current.at(2).id, 9U);
  for (std::uint32_t value = 0; value < 3; ++value) {
    for (std::size_t index = 0; index < 3; ++index) {
      if (parked[index].id == current.at(value).id) {
        EXPECT_EQ(current.ValueOf(index), value);
      }
    }
  }
  const TaskChoice gone(parked, 4);
  EXPECT_FALSE(gone.first_is_current());
  EXPECT_EQ(gone.at(1).id, 5U);
}

TEST(StrategyTest, UnknownNamesAreRefused) {
  for (const char* spec :
       {"", "rndom", "pct:0", "pct:65", "pct:x", "bounded:", "dfs:1", "pct:-1"}) {
    const auto made = MakeStrategy(spec, 1);
    ASSERT_TRUE(made.has_error()) << spec;
    EXPECT_NE(made.error().message.find("expected random"), std::string::npos);
  }
}

}  // namespace
}  // namespace redrive
