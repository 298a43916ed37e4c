// The preemption-bounded search against full enumeration: the same schedules, each once, those with
// fewer preemptions first.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/strategies.h"
#include "tests/core/random_programs.h"
#include "tests/core/small_program.h"

namespace redrive {
namespace {

std::set<std::string> SchedulesWithin(const Search& search, std::uint64_t preemptions_max) {
  std::set<std::string> schedules;
  for (const Execution& execution : search.whole) {
    if (execution.preemptions <= preemptions_max) schedules.insert(execution.schedule);
  }
  return schedules;
}

void ExpectLevels(const Program& program) {
  const Search all = RunSearch(program, "dfs");
  for (std::uint64_t bound = 0; bound <= 3; ++bound) {
    const Search bounded = RunSearch(program, "bounded:" + std::to_string(bound));
    RC_ASSERT(bounded.progress.complete);
    RC_ASSERT(bounded.progress.limit.empty());
    RC_ASSERT(bounded.progress.preemptions <= bound);
    const std::set<std::string> expected = SchedulesWithin(all, bound);
    RC_ASSERT(SchedulesWithin(bounded, bound) == expected);
    RC_ASSERT(bounded.whole.size() == expected.size());
    RC_ASSERT(std::is_sorted(
        bounded.whole.begin(), bounded.whole.end(),
        [](const Execution& a, const Execution& b) { return a.preemptions < b.preemptions; }));
  }
}

TEST(BoundedTest, RandomProgramsGiveEachScheduleOnceFewestPreemptionsFirst) {
  ExpectHolds(1'000, [] { ExpectLevels(RandomProgram({})); });
}

TEST(BoundedTest, SleepingStartedAndLateTasksToo) {
  ExpectHolds(500, [] { ExpectLevels(RandomProgram({.sleeps = true, .starts = true})); });
  ExpectHolds(500, [] { ExpectLevels(RandomProgram({.sleeps = true, .delays = true})); });
}

// The table of schedules that research on schedule bounding predicts (K tasks of m steps).
TEST(BoundedTest, CountsAreThoseOfTheFormula) {
  const auto tasks = [](std::size_t count, std::size_t steps) {
    return Program{.tasks = std::vector<Body>(count, Body(steps, Op{OpKind::kNothing}))};
  };
  EXPECT_EQ(RunSearch(tasks(2, 3), "bounded:1").whole.size(), 6U);
  EXPECT_EQ(RunSearch(tasks(2, 5), "bounded:3").whole.size(), 90U);
  EXPECT_EQ(RunSearch(tasks(3, 4), "bounded:0").whole.size(), 6U);
  EXPECT_EQ(RunSearch(tasks(3, 4), "bounded:2").whole.size(), 402U);
  EXPECT_EQ(RunSearch(tasks(4, 4), "bounded:2").whole.size(), 5'280U);
}

TEST(BoundedTest, EarlyPreemptionsComeFirst) {
  const Program program{.tasks = {Body(6, Op{OpKind::kNothing}), Body(6, Op{OpKind::kNothing})}};
  const Search bounded = RunSearch(program, "bounded:1");
  ASSERT_GT(bounded.whole.size(), 3U);
  EXPECT_EQ(bounded.whole[0].schedule, "0/2 0/2 0/2 0/2 0/2 0/2");
  EXPECT_EQ(bounded.whole[1].schedule, "1/2 0/2 0/2 0/2 0/2 0/2");
  // One step, then the other task to its end.
  EXPECT_EQ(bounded.whole[2].schedule, "0/2 1/2 0/2 0/2 0/2 0/2 0/2");
  EXPECT_EQ(bounded.whole[3].schedule, "0/2 0/2 1/2 0/2 0/2 0/2 0/2 0/2");
}

TEST(BoundedTest, AMemoryLimitIsSaidAndIsNeverComplete) {
  const auto strategy = MakeBounded(2, 2'000);
  const Search capped = RunSearch(LostUpdates(4), *strategy);
  const Search all = RunSearch(LostUpdates(4), "bounded:2");
  EXPECT_FALSE(capped.progress.complete);
  EXPECT_NE(capped.progress.limit.find("at most 2000 bytes"), std::string::npos)
      << capped.progress.limit;
  EXPECT_LT(capped.whole.size(), all.whole.size());
  EXPECT_TRUE(all.progress.complete);
  EXPECT_EQ(all.progress.preemptions, 2U);
}

}  // namespace
}  // namespace redrive
