// The open model as a whole: arrivals are planned, carried by few, and dropped when these are busy.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/sim_world.h"
#include "core/strategies.h"
#include "core/strategy.h"
#include "recorder/plan.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

// Ten arrivals a second for 2 s; each takes 3 data operations of `step_us`.
std::string Open(std::uint32_t max_users, std::uint32_t step_us, const std::string& more = "") {
  return R"({"name": "open", "workshop": {"step_us": )" + std::to_string(step_us) +
         R"(}, "arrivals": {"rate": 10, "duration": 2, "max_users": )" + std::to_string(max_users) +
         more +
         R"(}, "users": [{"name": "A", "actions": [{"name": "take", "requests": [
           {"method": "POST", "path": "/numbers", "json": {"n": "${int(1, 1000000)}"}}]}]}]})";
}

struct Executed {
  RunOutcome outcome;
  RecordingSink sink;
};

void Execute(const RunSpec& spec, Executed* run) {
  FakeFactory factory;
  ExecuteOptions options;
  options.sink = &run->sink;
  options.handlers = factory.Get();
  auto outcome = ExecuteSimulation(spec, options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  run->outcome = std::move(*outcome);
}

TEST(OpenModelTest, ArrivalsComeAtTheirTimesWhateverTheTargetDoes) {
  Executed run;
  Execute(SpecOf(Open(100, 40'000)), &run);  // 120 ms each and one at a time: it falls behind
  ASSERT_EQ(run.sink.invokes.size(), 20U);
  EXPECT_EQ(run.outcome.counts.dropped, 0U);
  for (const InvokeRecord& record : run.sink.invokes) {
    EXPECT_EQ(record.intended_ns, 100'000'000 * static_cast<std::int64_t>(record.user));
    EXPECT_EQ(record.iteration, 0U);
  }
  // The last ones waited in the queue of the target, and their response times say so.
  EXPECT_GT(run.sink.returns.back().done_ns, 2'300'000'000);
}

TEST(OpenModelTest, WhoFindsAllBusyIsDroppedAndCounted) {
  Executed run;
  Execute(SpecOf(Open(1, 50'000)), &run);  // 150 ms each: every second one finds it busy
  EXPECT_EQ(run.outcome.counts.dropped, 10U);
  EXPECT_EQ(run.outcome.counts.started, 10U);
  EXPECT_EQ(run.sink.end.arrivals_dropped, std::optional<std::uint64_t>(10));
  for (const InvokeRecord& record : run.sink.invokes) EXPECT_EQ(record.user % 2, 0U);
  Executed again;
  Execute(SpecOf(Open(1, 50'000)), &again);
  EXPECT_EQ(again.outcome.digest, run.outcome.digest);
}

TEST(OpenModelTest, WhatAnArrivalSendsDoesNotDependOnWhoCarriesIt) {
  Executed many;
  Executed few;
  Execute(SpecOf(Open(100, 1'000)), &many);
  Execute(SpecOf(Open(1, 50'000)), &few);
  std::map<std::uint32_t, std::string> bodies;
  for (const InvokeRecord& record : many.sink.invokes) bodies[record.user] = record.request.body;
  EXPECT_EQ(bodies.size(), 20U);
  std::set<std::string> different;
  for (const auto& [user, body] : bodies) different.insert(body);
  EXPECT_GT(different.size(), 15U);
  for (const InvokeRecord& record : few.sink.invokes) {
    EXPECT_EQ(record.request.body, bodies[record.user]) << record.user;
  }
}

TEST(OpenModelTest, AnArrivalIsAUserWithLoginActionsAndEnd) {
  Executed run;
  const std::string json = R"({"name": "open", "arrivals": {"rate": 1, "duration": 2,
    "max_users": 5}, "users": [{"name": "A", "iterations": 2, "wait_time": {"constant": 0.25},
    "on_start": [{"method": "POST", "path": "/login", "extract": {"token": "/token"}}],
    "on_stop": [{"path": "/count?bye=${token}"}],
    "actions": [{"name": "a", "requests": [{"path": "/count?t=${token}"}]}]}]})";
  Execute(SpecOf(json), &run);
  std::vector<std::string> second;
  for (const InvokeRecord& record : run.sink.invokes) {
    if (record.user == 1) second.push_back(record.action);
  }
  EXPECT_EQ(second, (std::vector<std::string>{"on_start", "a", "a", "on_stop"}));
  EXPECT_EQ(run.outcome.counts.started, 8U);
  EXPECT_EQ(run.outcome.counts.accepted, 2U);  // the fake service knows no /count with a query
}

TEST(OpenModelTest, TheDigestCoversTimesCapAndDistribution) {
  const auto digest = [](const std::string& json, RunSpec spec = {}) {
    const auto scenario = ParseScenario(json, "open");
    EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
    const auto plan = Plan::Make(*scenario, spec);
    EXPECT_TRUE(plan.has_value()) << plan.error().message;
    return plan->digest();
  };
  const std::uint64_t plain = digest(Open(5, 0));
  EXPECT_EQ(plain, digest(Open(5, 0)));
  EXPECT_NE(plain, digest(Open(6, 0)));
  EXPECT_NE(plain, digest(Open(5, 0, R"(, "distribution": "poisson")")));
  RunSpec spec;
  spec.users = 6;  // -u is the cap
  EXPECT_EQ(digest(Open(5, 0), spec), digest(Open(6, 0)));
  RunSpec longer;
  longer.run_time_ns = 3'000'000'000;
  EXPECT_NE(plain, digest(Open(5, 0), longer));
  RunSpec limited;
  limited.settings = {{std::string(kIterationsSetting), "7"}};
  const auto scenario = ParseScenario(Open(5, 0), "open");
  const auto plan = Plan::Make(*scenario, limited);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->users().size(), 7U);
  EXPECT_EQ(plan->actions(), 7U);
}

TEST(OpenModelTest, TransportsAreTakenOver) {
  class Counting final : public Transport {
   public:
    explicit Counting(int* forgotten) : forgotten_(forgotten) {}
    Task<Reply> Send(Env& env, const Request&) override {
      const VirtualTime pause = std::chrono::milliseconds(10);
      co_await env.Sleep(pause);
      Reply reply;
      reply.response.status = 200;
      co_return reply;
    }
    void ForgetUser() override { ++*forgotten_; }

   private:
    int* forgotten_;
  };
  const auto scenario = ParseScenario(Open(5, 0), "open");
  ASSERT_TRUE(scenario.has_value());
  const auto plan = Plan::Make(*scenario, RunSpec());
  ASSERT_TRUE(plan.has_value());
  const auto strategy = MakeStrategy("serial", 1);
  ASSERT_TRUE(strategy.has_value());
  Decider decider(**strategy);
  ASSERT_TRUE(decider.Begin(0));
  SimWorld world(decider, SimOptions());
  int made = 0;
  int forgotten = 0;
  const auto transports = [&](std::uint32_t) -> std::unique_ptr<Transport> {
    ++made;
    return std::make_unique<Counting>(&forgotten);
  };
  Conductor conductor(*plan, world, transports, ConductorOptions());
  conductor.Begin();
  EXPECT_EQ(Explore(world, decider, Limits()), Ending::kDone);
  EXPECT_EQ(conductor.counts().accepted, 20U);
  EXPECT_EQ(made, 2);  // setup's, and one: 10 ms every 100 ms need no second
  EXPECT_EQ(forgotten, 19);
  world.Reset();
}

}  // namespace
}  // namespace redrive
