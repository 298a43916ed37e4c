#include "core/decider.h"

#include <gtest/gtest.h>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

class DeciderTest : public testing::Test {
 protected:
  // Finds a schedule that loses an update, by seed 3.
  Schedule Losing() {
    Decider decider(*strategy_);
    SimWorld world(decider, {});
    for (std::uint64_t execution = 0; execution < 100; ++execution) {
      decider.Begin(execution);
      const LostUpdateResult result = ExecuteLostUpdate(world, decider, 2);
      digest_ = result.digest;
      if (result.lost) return decider.schedule();
    }
    ADD_FAILURE() << "no lost update in 100 executions of seed 3";
    return {};
  }

  std::unique_ptr<Strategy> strategy_ = MakeStrategy("random", 3).value();
  std::unique_ptr<Strategy> other_ = MakeStrategy("random", 77).value();
  std::uint64_t digest_ = 0;
};

TEST_F(DeciderTest, APrefixReplaysUnderAnotherSeed) {
  const Schedule schedule = Losing();
  Decider decider(*other_);
  SimWorld world(decider, {});
  for (int i = 0; i < 1'000; ++i) {
    decider.Begin(0, schedule);
    const LostUpdateResult result = ExecuteLostUpdate(world, decider, 2);
    ASSERT_TRUE(result.lost);
    ASSERT_EQ(result.digest, digest_);
    ASSERT_EQ(decider.schedule(), schedule);
  }
}

TEST_F(DeciderTest, AnotherBoundIsADivergence) {
  Schedule schedule = Losing();
  schedule[1].bound = 3;
  Decider decider(*other_);
  SimWorld world(decider, {});
  decider.Begin(0, schedule);
  try {
    ExecuteLostUpdate(world, decider, 2);
    FAIL() << "the divergence went unnoticed";
  } catch (const Divergence& divergence) {
    EXPECT_STREQ(divergence.what(),
                 "decision 1: recorded a choice of 3, replay offers a choice of 2 (tasks to choose "
                 "from)");
  }
}

TEST_F(DeciderTest, AnotherStepIsADivergence) {
  Schedule schedule = Losing();
  schedule[0].fingerprint ^= 2;
  Decider decider(*other_);
  SimWorld world(decider, {});
  decider.Begin(0, schedule);
  EXPECT_THROW(ExecuteLostUpdate(world, decider, 2), Divergence);
}

TEST_F(DeciderTest, ALongerPrefixIsADivergence) {
  Schedule schedule = Losing();
  schedule.push_back({.value = 0, .bound = 2});
  Decider decider(*other_);
  SimWorld world(decider, {});
  decider.Begin(0, schedule);
  EXPECT_THROW(ExecuteLostUpdate(world, decider, 2), Divergence);
}

TEST_F(DeciderTest, AScheduleFromTextReplaysWithoutFingerprints) {
  const Schedule schedule = *ScheduleFromText(ScheduleToText(Losing()));
  Decider decider(*other_);
  SimWorld world(decider, {});
  decider.Begin(0, schedule);
  EXPECT_TRUE(ExecuteLostUpdate(world, decider, 2).lost);
}

TEST_F(DeciderTest, ADrawOutOfPlaceIsADivergence) {
  Decider decider(*other_);
  const Schedule schedule = {{.value = 1, .bound = 5, .kind = DecisionKind::kDraw}};
  decider.Begin(0, schedule);
  EXPECT_EQ(decider.Draw("delay", 6), 0U);          // inside a task nothing is thrown …
  EXPECT_THROW(decider.CheckPrefix(), Divergence);  // … but it is never a pass
  decider.Begin(0, schedule);
  EXPECT_EQ(decider.Draw("delay", 5), 1U);
  EXPECT_NO_THROW(decider.CheckPrefix());
}

TEST_F(DeciderTest, ChoicesOfOneAreNotRecorded) {
  Decider decider(*strategy_);
  decider.Begin(0);
  EXPECT_EQ(decider.Draw("nothing", 1), 0U);
  EXPECT_TRUE(decider.schedule().empty());
}

}  // namespace
}  // namespace redrive
