#include "core/commutation_audit.h"

#include <gtest/gtest.h>

#include "core/follow_tasks.h"
#include "tests/core/random_programs.h"
#include "tests/core/sim_testing.h"
#include "tests/core/small_program.h"

namespace redrive {
namespace {

TEST(FollowTasksTest, FollowsTheListThenGoesOn) {
  const Program program = LostUpdates(2);
  FollowTasks strategy({1, 0, 0, 1});
  const Search search = RunSearch(program, strategy);
  ASSERT_EQ(search.whole.size(), 1U);
  EXPECT_EQ(search.whole[0].canonical, "|0:1r 1:1r |0:1w |1:1w ");
  EXPECT_EQ(strategy.missed(), std::nullopt);
  FollowTasks shorter({1});
  EXPECT_EQ(RunSearch(program, shorter).whole[0].canonical, "|1:1r |1:1w |0:1r |0:1w ");
  EXPECT_EQ(shorter.missed(), std::nullopt);
}

TEST(FollowTasksTest, SaysWhereItCouldNotFollow) {
  const Program program = LostUpdates(2);
  FollowTasks absent({1, 7, 0});
  RunSearch(program, absent);
  EXPECT_EQ(absent.missed(), 1U);
  FollowTasks longer({0, 0, 1, 1, 1});
  RunSearch(program, longer);
  EXPECT_EQ(longer.missed(), 4U);
  FollowTasks forced({0, 0, 0, 1});  // one candidate is left at the third step, and it is task 1
  RunSearch(program, forced);
  EXPECT_EQ(forced.missed(), 2U);
}

TEST(CommutationAuditTest, HonestProgramsPass) {
  std::uint64_t swaps = 0;
  ExpectHolds(1'000, [&] {
    const Program program = RandomProgram({.sleeps = true, .starts = true});
    Rng rng(5);
    const auto strategy = MakeStrategy("random", Uniform(0, 1'000)).value();
    Decider decider(*strategy);
    SmallWorld world(program, decider);
    decider.Begin(0);
    const Execution execution = world.Execute();
    const std::optional<Swap> swap = ProposeSwap(world.steps(), rng);
    if (!swap) return;
    FollowTasks follow(swap->tasks);
    const Search swapped = RunSearch(program, follow);
    if (follow.missed() == swap->first) return;  // the first of the two woke the second
    RC_ASSERT(!follow.missed().has_value());
    RC_ASSERT(swapped.whole[0].memory == execution.memory);
    RC_ASSERT(swapped.whole[0].canonical == execution.canonical);
    ++swaps;
  });
  EXPECT_GT(swaps, 500U);
}

// Says that it touches a number of its own, and adds to one that all share.
Task<void> Liar(Env& env, std::uint64_t& shared) {
  const Access own(kCounters, env.id() + 1, Mode::kWrite);
  co_await env.Yield("liar", own);
  shared = shared * 3 + env.id();
}

std::uint64_t ExecuteLiars(Strategy& strategy, StepLog& log) {
  Decider decider(strategy);
  SimWorld world(decider, {.sink = &log});
  decider.Begin(0);
  std::uint64_t shared = 1;
  for (int i = 0; i < 3; ++i) {
    Env& env = world.NewTask("liar");
    world.Start(env, Liar(env, shared));
  }
  EXPECT_EQ(Explore(world, decider, {}), Ending::kDone);
  return shared;
}

TEST(CommutationAuditTest, ADishonestAccessIsFound) {
  StepLog log;
  const auto serial = MakeStrategy("serial", 1).value();
  const std::uint64_t outcome = ExecuteLiars(*serial, log);
  Rng rng(1);
  const std::optional<Swap> swap = ProposeSwap(log.steps(), rng);
  ASSERT_TRUE(swap.has_value());
  FollowTasks follow(swap->tasks);
  StepLog swapped_log;
  EXPECT_NE(ExecuteLiars(follow, swapped_log), outcome);
  EXPECT_EQ(follow.missed(), std::nullopt);
  EXPECT_EQ(DescribeSwap(log.steps(), Swap{.first = 1, .tasks = {0, 2, 1}}),
            "step 2, task 1 at liar (counters), and step 3, task 2 at liar (counters)");
}

TEST(CommutationAuditTest, DependentNeighboursAreNotSwapped) {
  const Program program{.tasks = {{{OpKind::kWrite, 1}}, {{OpKind::kWrite, 1}}}};
  const auto strategy = MakeStrategy("serial", 1).value();
  Decider decider(*strategy);
  SmallWorld world(program, decider);
  decider.Begin(0);
  world.Execute();
  Rng rng(1);
  EXPECT_FALSE(ProposeSwap(world.steps(), rng).has_value());
}

}  // namespace
}  // namespace redrive
