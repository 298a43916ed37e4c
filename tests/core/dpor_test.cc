// DPOR against full enumeration: equal classes, equal outcomes, no class twice.
#include <gtest/gtest.h>

#include "core/strategy.h"
#include "tests/core/random_programs.h"
#include "tests/core/small_program.h"

namespace redrive {
namespace {

TEST(DporTest, ReadThenWriteHasAsManyClassesAsCountedByHand) {
  constexpr std::uint64_t kClasses[] = {4, 36, 576};
  constexpr std::uint64_t kOrders[] = {6, 90, 2'520};
  for (int tasks = 2; tasks <= 4; ++tasks) {
    const Program program = LostUpdates(tasks);
    const Search all = RunSearch(program, "dfs");
    const Search dpor = RunSearch(program, "dpor");
    EXPECT_EQ(all.whole.size(), kOrders[tasks - 2]);
    EXPECT_EQ(all.Classes().size(), kClasses[tasks - 2]);
    EXPECT_EQ(dpor.whole.size(), kClasses[tasks - 2]);
    EXPECT_EQ(dpor.Classes(), all.Classes());
    EXPECT_EQ(dpor.Outcomes(), all.Outcomes());
    EXPECT_EQ(dpor.redundant, 0U);
    EXPECT_TRUE(dpor.progress.complete);
    EXPECT_FALSE(dpor.progress.woken);
    EXPECT_EQ(dpor.progress.schedules, kClasses[tasks - 2]);
  }
}

void ExpectOneOfEachClass(const Program& program, bool optimal) {
  const Search all = RunSearch(program, "dfs");
  const Search dpor = RunSearch(program, "dpor");
  RC_ASSERT(all.progress.complete);
  RC_ASSERT(dpor.progress.complete);
  RC_ASSERT(dpor.Classes() == all.Classes());
  RC_ASSERT(dpor.whole.size() == all.Classes().size());
  RC_ASSERT(dpor.Outcomes() == all.Outcomes());
  if (optimal) RC_ASSERT(dpor.redundant == 0U);
}

TEST(DporTest, RandomProgramsGiveEachClassOnceAndNothingIsAbandoned) {
  ExpectHolds(4'000, [] { ExpectOneOfEachClass(RandomProgram({}), true); });
}

TEST(DporTest, SleepingTasksToo) {
  ExpectHolds(3'000, [] { ExpectOneOfEachClass(RandomProgram({.sleeps = true}), false); });
}

TEST(DporTest, TasksThatStartOthersToo) {
  ExpectHolds(3'000,
              [] { ExpectOneOfEachClass(RandomProgram({.sleeps = true, .starts = true}), false); });
}

}  // namespace
}  // namespace redrive
