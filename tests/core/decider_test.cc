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

// Sees everything, and abandons before step number `steps_max`.
class Watcher final : public Strategy {
 public:
  explicit Watcher(std::size_t steps_max) : steps_max_(steps_max) {}
  std::string name() const override { return "watcher"; }
  bool BeginExecution(std::uint64_t) override { return true; }
  std::uint32_t PickTask(const TaskChoice&) override {
    ++picks;
    return abandon_pick ? kAbandon : 0;
  }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  bool observes() const override { return true; }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override {
    if (steps.size() == steps_max_) return false;
    steps.push_back(choice.at(value).id);
    return true;
  }
  void EndExecution(Ending ending) override { endings.push_back(ending); }

  std::vector<TaskId> steps;
  std::vector<Ending> endings;
  int picks = 0;
  bool abandon_pick = false;

 private:
  std::size_t steps_max_;
};

TEST_F(DeciderTest, AnObserverSeesForcedAndPrefixedStepsAndTheEnding) {
  Watcher watcher(100);
  Decider decider(watcher);
  SimWorld world(decider, {});
  const Schedule prefix = *ScheduleFromText("1/2 1/2");
  decider.Begin(0, prefix);
  ExecuteLostUpdate(world, decider, 2);
  EXPECT_EQ(watcher.steps, (std::vector<TaskId>{1, 0, 0, 1}));
  EXPECT_EQ(watcher.picks, 1);  // two were the prefix's, and one had no other candidate
  EXPECT_EQ(watcher.endings, std::vector<Ending>{Ending::kDone});
}

TEST_F(DeciderTest, EveryEndingIsTold) {
  Watcher watcher(100);
  Decider decider(watcher);
  SimWorld world(decider, {});
  decider.Begin(0);
  ExecuteLostUpdate(world, decider, 2, {.steps_max = 3});
  const Schedule prefix = *ScheduleFromText("1/2 1/3");
  decider.Begin(1, prefix);
  EXPECT_THROW(ExecuteLostUpdate(world, decider, 2), Divergence);
  EXPECT_EQ(watcher.endings, (std::vector<Ending>{Ending::kStepLimit, Ending::kDiverged}));
}

TEST_F(DeciderTest, AnAbandonedExecutionIsRedundant) {
  for (const bool by_pick : {false, true}) {
    Watcher watcher(by_pick ? 100 : 3);  // the fourth step is a forced one
    watcher.abandon_pick = by_pick;
    Decider decider(watcher);
    SimWorld world(decider, {});
    decider.Begin(0);
    EXPECT_EQ(ExecuteLostUpdate(world, decider, 2).ending, Ending::kRedundant);
    EXPECT_EQ(watcher.endings, std::vector<Ending>{Ending::kRedundant});
    EXPECT_EQ(watcher.steps.size(), by_pick ? 0U : 3U);
  }
}

TEST_F(DeciderTest, ChoicesOfOneAreNotRecorded) {
  Decider decider(*strategy_);
  decider.Begin(0);
  EXPECT_EQ(decider.Draw("nothing", 1), 0U);
  EXPECT_TRUE(decider.schedule().empty());
}

}  // namespace
}  // namespace redrive
