// DPOR against full enumeration: equal classes, equal outcomes, no class twice.
#include <gtest/gtest.h>

#include "core/strategies.h"
#include "tests/core/random_programs.h"
#include "tests/core/sim_testing.h"
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
    EXPECT_FALSE(dpor.progress.joined || dpor.progress.waited);
    EXPECT_EQ(dpor.progress.schedules, kClasses[tasks - 2]);
  }
}

void ExpectOneOfEachClass(const Program& program, bool optimal, Strategy& strategy) {
  const Search all = RunSearch(program, "dfs");
  const Search dpor = RunSearch(program, strategy);
  RC_ASSERT(all.progress.complete);
  RC_ASSERT(dpor.progress.complete);
  RC_ASSERT(dpor.Classes() == all.Classes());
  RC_ASSERT(dpor.whole.size() == all.Classes().size());
  RC_ASSERT(dpor.Outcomes() == all.Outcomes());
  if (optimal) RC_ASSERT(dpor.redundant == 0U);
}

void ExpectOneOfEachClass(const Program& program, bool optimal) {
  ExpectOneOfEachClass(program, optimal, *MakeDpor());
}

TEST(DporTest, RandomProgramsGiveEachClassOnceAndNothingIsAbandoned) {
  ExpectHolds(4'000, [] { ExpectOneOfEachClass(RandomProgram({}), true); });
}

TEST(DporTest, WithoutMemoryForPlansItAbandonsButLosesNothing) {
  std::uint64_t redundant = 0;
  ExpectHolds(2'000, [&] {
    const auto strategy = MakeDpor(0);
    ExpectOneOfEachClass(RandomProgram({.sleeps = true}), false, *strategy);
    redundant += strategy->progress().redundant;
  });
  EXPECT_GT(redundant, 0U) << "the limit had no effect";
}

TEST(DporTest, SleepingTasksToo) {
  ExpectHolds(3'000, [] { ExpectOneOfEachClass(RandomProgram({.sleeps = true}), true); });
}

TEST(DporTest, TasksThatStartOthersToo) {
  ExpectHolds(3'000,
              [] { ExpectOneOfEachClass(RandomProgram({.sleeps = true, .starts = true}), false); });
}

// Who begins late is parked after a number of steps, whoever takes them: no access says so.
TEST(DporTest, TasksThatTimeWakesToo) {
  ExpectHolds(3'000, [] { ExpectOneOfEachClass(RandomProgram({.delays = true}), false); });
}

// Also writes a number that it says nothing about.
Task<void> Sly(Env& env, std::uint64_t& hidden) {
  const Access write(kCounters, 5, Mode::kWrite);
  co_await env.Yield("sly", write);
  hidden = 1;
}

// Goes where that number says.
Task<void> Misled(Env& env, std::uint64_t& hidden) {
  const Access own(kCounters, 20, Mode::kRead);
  co_await env.Yield("misled", own);
  const Access there(kCounters, 1 + hidden, Mode::kWrite);
  co_await env.Yield("misled", there);
  const Access write(kCounters, 5, Mode::kWrite);
  co_await env.Yield("misled", write);
}

TEST(DporTest, AWrongAccessIsASurpriseAndNeverComplete) {
  const auto strategy = MakeDpor();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  for (std::uint64_t n = 0; decider.Begin(n); ++n) {
    world.Reset();
    std::uint64_t hidden = 0;
    Env& sly = world.NewTask("sly");
    world.Start(sly, Sly(sly, hidden));
    Env& misled = world.NewTask("misled");
    world.Start(misled, Misled(misled, hidden));
    Explore(world, decider, {});
  }
  EXPECT_TRUE(strategy->progress().surprised);
  EXPECT_FALSE(strategy->progress().complete);
}

Program Crowd(std::size_t tasks, std::size_t steps) {
  Program program;
  for (std::size_t t = 0; t < tasks; ++t) {
    Body body;
    for (std::size_t i = 0; i < steps; ++i) {
      const std::size_t number = t * 7 + i;
      const OpKind kind = number % 3 == 0 ? OpKind::kWrite : OpKind::kRead;
      body.push_back({kind, 1 + number % 3});
    }
    program.tasks.push_back(std::move(body));
  }
  return program;
}

TEST(DporTest, ACrowdOf64TasksAndThousandsOfSteps) {
  const Search search = RunSearch(Crowd(64, 80), "dpor", 10);
  EXPECT_EQ(search.progress.limit, "");
  EXPECT_EQ(search.whole.size(), 10U);
  EXPECT_EQ(search.Classes().size(), 10U);
}

TEST(DporTest, MoreTasksAreALimitWithAName) {
  for (const char* spec : {"dpor", "estimate"}) {
    const Search search = RunSearch(Crowd(65, 2), spec, 10);
    EXPECT_EQ(search.whole.size(), 1U) << "the execution goes on, the search does not";
    EXPECT_FALSE(search.progress.complete);
    EXPECT_NE(search.progress.limit.find("at most 64 tasks"), std::string::npos);
  }
}

TEST(DporTest, AnExecutionThatWasCutIsNeverComplete) {
  const auto strategy = MakeStrategy("dpor", 1).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  std::uint64_t executions = 0;
  while (decider.Begin(executions)) {
    ++executions;
    ExecuteLostUpdate(world, decider, 2, {.steps_max = 3});
  }
  EXPECT_GT(executions, 1U);
  EXPECT_TRUE(strategy->progress().cut);
  EXPECT_FALSE(strategy->progress().complete);
}

// What a prefix decided is not the search's to change: it searches what comes after.
TEST(DporTest, SearchesBehindAPrefix) {
  const auto strategy = MakeStrategy("dpor", 1).value();
  Decider decider(*strategy);
  SimWorld world(decider, {});
  const Schedule prefix = *ScheduleFromText("1/2 1/2");  // task 1 reads, then task 0 reads
  std::set<std::string> schedules;
  for (std::uint64_t n = 0; decider.Begin(n, prefix); ++n) {
    ExecuteLostUpdate(world, decider, 2);
    schedules.insert(ScheduleToText(decider.schedule()));
  }
  EXPECT_EQ(schedules, (std::set<std::string>{"1/2 1/2 0/2", "1/2 1/2 1/2"}));
  EXPECT_TRUE(strategy->progress().complete);
}

// Reads one number more often with every execution.
Task<void> Forgetful(Env& env, int reads) {
  for (int i = 0; i < reads; ++i) {
    const Access read(kCounters, static_cast<std::uint64_t>(reads), Mode::kWrite);
    co_await env.Yield("forgetful", read);
  }
}

TEST(DporDeathTest, AProgramThatIsNotDeterministicIsAnError) {
  const auto strategy = MakeStrategy("dpor", 1).value();
  const auto search = [&] {
    Decider decider(*strategy);
    SimWorld world(decider, {});
    for (std::uint64_t n = 0; n < 3 && decider.Begin(n); ++n) {
      world.Reset();
      for (int i = 0; i < 2; ++i) {
        Env& env = world.NewTask("task");
        world.Start(env, Forgetful(env, 2 + static_cast<int>(n)));
      }
      Explore(world, decider, {});
    }
  };
  EXPECT_DEATH(search(), "redrive bug: core/dpor.cc");
}

}  // namespace
}  // namespace redrive
