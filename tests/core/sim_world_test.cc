#include "core/sim_world.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/core/sim_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

class Recorder final : public EventSink {
 public:
  void OnEvent(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;
};

class SimWorldTest : public testing::Test {
 protected:
  SimWorldTest() { decider_.Begin(0); }

  std::unique_ptr<Strategy> strategy_ = MakeStrategy("serial", 1).value();
  Decider decider_{*strategy_};
  Recorder recorder_;
  std::vector<std::string> log_;
};

Task<void> Sleeper(Env& env, std::vector<std::string>& log, std::string name, VirtualTime pause,
                   int rounds) {
  for (int i = 0; i < rounds; ++i) {
    co_await env.Sleep(pause);
    log.push_back(name + "@" + std::to_string(env.Now().count()));
  }
}

TEST_F(SimWorldTest, TimeJumpsToTheNextTimerAndTiesKeepTheirOrder) {
  SimWorld world(decider_, {});
  Env& a = world.NewTask("a");
  world.Start(a, Sleeper(a, log_, "a", 20ns, 2));
  Env& b = world.NewTask("b");
  world.Start(b, Sleeper(b, log_, "b", 10ns, 3));
  EXPECT_EQ(Explore(world, decider_, {}), Ending::kDone);
  EXPECT_EQ(log_, (std::vector<std::string>{"b@10", "a@20", "b@20", "b@30", "a@40"}));
}

TEST_F(SimWorldTest, AStepCostsItsTimeSoThatLateArrivalsOverlap) {
  SimWorld world(decider_, {.step_time = 100ns, .sink = &recorder_});
  Counter counter;
  Env& a = world.NewTask("a");
  world.Start(a, ReadThenWrite(a, counter));
  Env& b = world.NewTask("b");
  world.Start(b, ReadThenWrite(b, counter), 50ns);
  world.Settle();
  EXPECT_EQ(world.Parked().size(), 1U);
  world.Release(0);
  world.Settle();
  EXPECT_EQ(world.Now(), 100ns);
  EXPECT_EQ(world.Parked().size(), 2U);
  EXPECT_EQ(Explore(world, decider_, {}), Ending::kDone);
  EXPECT_EQ(world.Now(), 400ns);
}

TEST_F(SimWorldTest, EventsTellTheWholeStory) {
  SimWorld world(decider_, {.sink = &recorder_});
  Counter counter;
  Env& env = world.NewTask("request");
  env.set_operation(4);
  world.Start(env, ReadThenWrite(env, counter));
  Explore(world, decider_, {});
  ASSERT_EQ(recorder_.events.size(), 4U);
  EXPECT_EQ(recorder_.events[0].kind, EventKind::kStart);
  EXPECT_EQ(recorder_.events[1].label.text, "counter.read");
  EXPECT_EQ(recorder_.events[2].access.mode, Mode::kWrite);
  EXPECT_EQ(recorder_.events[2].operation, 4U);
  EXPECT_EQ(recorder_.events[3].kind, EventKind::kDone);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(recorder_.events[i].sequence, i + 1);
}

Task<int> Nested(Env& env, int depth) {
  if (depth == 0) {
    co_await env.Yield("leaf", Access());
    co_return 1;
  }
  const int below = co_await Nested(env, depth - 1);
  co_return below + 1;
}

Task<void> DeepCall(Env& env, int& result) { result = co_await Nested(env, 2'000); }

TEST_F(SimWorldTest, NestingCostsNoStack) {
  SimWorld world(decider_, {});
  int result = 0;
  Env& env = world.NewTask("deep");
  world.Start(env, DeepCall(env, result));
  EXPECT_EQ(Explore(world, decider_, {}), Ending::kDone);
  EXPECT_EQ(result, 2'001);
}

Task<int> Throws(Env& env) {
  co_await env.Yield("before", Access());
  throw std::runtime_error("weather");
}

Task<void> Catches(Env& env, std::vector<std::string>& log) {
  try {
    const int never = co_await Throws(env);
    log.push_back(std::to_string(never));
  } catch (const std::runtime_error& error) {
    log.emplace_back(error.what());
  }
}

TEST_F(SimWorldTest, ExceptionsCrossAwait) {
  SimWorld world(decider_, {});
  Env& env = world.NewTask("t");
  world.Start(env, Catches(env, log_));
  Explore(world, decider_, {});
  EXPECT_EQ(log_, std::vector<std::string>{"weather"});
}

Task<void> ThrowsOut(Env& env) { co_await Throws(env); }

TEST_F(SimWorldTest, AnEscapedExceptionReachesTheExplorer) {
  SimWorld world(decider_, {});
  Env& env = world.NewTask("t");
  world.Start(env, ThrowsOut(env));
  EXPECT_THROW(Explore(world, decider_, {}), std::runtime_error);
}

struct Hang {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

Task<void> WaitsForNobody(Env&) { co_await Hang{}; }

TEST_F(SimWorldTest, ATaskThatNobodyWakesIsADeadlock) {
  SimWorld world(decider_, {});
  Env& env = world.NewTask("t");
  world.Start(env, WaitsForNobody(env));
  EXPECT_EQ(Explore(world, decider_, {}), Ending::kDeadlock);
  EXPECT_FALSE(world.Finished());
}

Task<void> Forever(Env& env) {
  while (true) {
    co_await env.Yield("spin", Access());
  }
}

TEST_F(SimWorldTest, LimitsAreEndings) {
  SimWorld world(decider_, {.step_time = 1ms});
  Env& env = world.NewTask("t");
  world.Start(env, Forever(env));
  EXPECT_EQ(Explore(world, decider_, {.steps_max = 10}), Ending::kStepLimit);
  EXPECT_EQ(world.steps(), 10U);
  EXPECT_EQ(Explore(world, decider_, {.virtual_time_max = 20ms}), Ending::kTimeLimit);
  std::atomic<bool> stop = true;
  EXPECT_EQ(Explore(world, decider_, {.stop = &stop}), Ending::kStopped);
}

TEST_F(SimWorldTest, ResetGivesTheSameDigestAgain) {
  SimWorld world(decider_, {});
  const std::uint64_t first = ExecuteLostUpdate(world, decider_, 3).digest;
  decider_.Begin(0);
  EXPECT_EQ(ExecuteLostUpdate(world, decider_, 3).digest, first);
  decider_.Begin(0);
  EXPECT_NE(ExecuteLostUpdate(world, decider_, 2).digest, first);
}

TEST_F(SimWorldTest, DependenceFollowsResourceAndMode) {
  const Access read(kCounters, 1, Mode::kRead);
  const Access write(kCounters, 1, Mode::kWrite);
  const Access other(kCounters, 2, Mode::kWrite);
  const Access whole(kCounters, 0, Mode::kRead);
  const Access elsewhere(Label("stock"), 1, Mode::kWrite);
  EXPECT_FALSE(Dependent(read, read));
  EXPECT_TRUE(Dependent(read, write));
  EXPECT_FALSE(Dependent(write, other));
  EXPECT_TRUE(Dependent(whole, other));
  EXPECT_FALSE(Dependent(write, elsewhere));
  EXPECT_FALSE(Dependent(Access(), Access()));
}

}  // namespace
}  // namespace redrive
