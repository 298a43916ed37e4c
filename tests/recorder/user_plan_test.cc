// Sets of actions: what a user does next, as far as the seed alone decides it.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "recorder/plan.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

using std::chrono::seconds;

struct Planned {
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Plan> plan;
};

// One user of class U with these actions, for 1000 s with a think time of 1 s.
Planned Make(const std::string& actions, RunSpec spec = {}, const std::string& of_class = "") {
  const std::string json = R"({"name": "s", "defaults": {"run_time": 1000}, "users": [{"name": "U",
    "wait_time": {"constant": 1}, )" +
                           of_class + R"("actions": [)" + actions + "]}]}";
  Planned planned;
  auto scenario = ParseScenario(json, "sets.json");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  if (!scenario) return planned;
  planned.scenario = std::make_unique<Scenario>(std::move(*scenario));
  auto plan = Plan::Make(*planned.scenario, spec);
  EXPECT_TRUE(plan.has_value()) << plan.error().message;
  if (plan) planned.plan = std::make_unique<Plan>(std::move(*plan));
  return planned;
}

std::string Leaf(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name + R"(", )" + more + R"("requests": [{"path": "/)" + name +
         R"("}]})";
}

std::vector<std::string> Names(const Plan& plan, std::size_t count) {
  UserPlan user(plan, 0);
  std::vector<std::string> names;
  while (names.size() < count) {
    const auto action = user.Next();
    if (!action) break;
    names.push_back(*action->name);
  }
  return names;
}

using Texts = std::vector<std::string>;

TEST(SetsTest, SequentialSetsCycleInTheOrderOfTheirList) {
  const Planned planned = Make(R"({"name": "s", "sequential": true, "actions": [)" + Leaf("a") +
                               "," + Leaf("b", R"("weight": 2, )") + "," + Leaf("c") + "]}");
  ASSERT_NE(planned.plan, nullptr);
  EXPECT_EQ(Names(*planned.plan, 9),
            (Texts{"s/a", "s/b", "s/b", "s/c", "s/a", "s/b", "s/b", "s/c", "s/a"}));
}

TEST(SetsTest, ASetIsLeftAfterItsRuns) {
  // "once" is each in turn; outside there is nothing but the set, so it is entered again.
  const Planned once =
      Make(R"({"name": "s", "sequential": true, "runs": "once", "on_start": [{"path": "/in"}],
               "on_stop": [{"path": "/out"}], "actions": [)" +
           Leaf("a") + "," + Leaf("b") + "]}");
  ASSERT_NE(once.plan, nullptr);
  EXPECT_EQ(Names(*once.plan, 8), (Texts{"s/on_start", "s/a", "s/b", "s/on_stop", "s/on_start",
                                         "s/a", "s/b", "s/on_stop"}));
  UserPlan user(*once.plan, 0);
  for (int i = 0; i < 8; ++i) {
    const auto action = user.Next();
    ASSERT_TRUE(action.has_value());
    EXPECT_EQ(action->iteration, static_cast<std::uint32_t>(i));
    EXPECT_EQ(action->intended, seconds(i));  // each is followed by a think time
  }
}

TEST(SetsTest, RunsAreDrawnBetweenTheirBounds) {
  const Planned planned = Make(R"({"name": "s", "runs": {"between": [2, 4]},
    "on_start": [{"path": "/in"}], "actions": [)" +
                               Leaf("a") + "]}");
  ASSERT_NE(planned.plan, nullptr);
  std::set<int> seen;
  int runs = -1;
  for (const std::string& name : Names(*planned.plan, 900)) {
    if (name == "s/a") {
      ++runs;
      continue;
    }
    if (runs >= 0) seen.insert(runs);
    runs = 0;
  }
  EXPECT_EQ(seen, (std::set<int>{2, 3, 4}));
}

TEST(SetsTest, NestedSetsCountAsOneRunAndKeepTheirOwnWaits) {
  const Planned planned =
      Make(R"({"name": "out", "sequential": true, "runs": 2, "actions": [)" + Leaf("x") +
           R"(, {"name": "in", "sequential": true, "runs": "once", "wait_time": {"constant": 3},
                 "actions": [)" +
           Leaf("a") + "," + Leaf("b") + "]}]}," +
           R"({"name": "rest", "weight": 1, "runs": 1, "actions": [)" + Leaf("r") + "]}");
  ASSERT_NE(planned.plan, nullptr);
  const Texts names = Names(*planned.plan, 400);
  std::size_t nested = 0;
  for (std::size_t i = 0; i + 3 < names.size(); ++i) {
    if (names[i] != "out/x") continue;
    EXPECT_EQ(names[i + 1], "out/in/a");
    EXPECT_EQ(names[i + 2], "out/in/b");
    EXPECT_TRUE(names[i + 3] == "out/x" || names[i + 3] == "rest/r") << names[i + 3];
    ++nested;
  }
  EXPECT_GT(nested, 30U);
  UserPlan user(*planned.plan, 0);
  for (int i = 0; i < 50; ++i) {
    const auto action = user.Next();
    ASSERT_TRUE(action.has_value());
    const bool inner = action->name->find("/in/") != std::string::npos;
    EXPECT_EQ(action->wait, seconds(inner ? 3 : 1)) << *action->name;
  }
}

TEST(SetsTest, WeightsHoldWithinASet) {
  const Planned planned = Make(R"({"name": "s", "actions": [)" + Leaf("a", R"("weight": 3, )") +
                               "," + Leaf("b") + "]}");
  ASSERT_NE(planned.plan, nullptr);
  std::map<std::string, int> counts;
  for (const std::string& name : Names(*planned.plan, 1'000)) ++counts[name];
  EXPECT_EQ(counts["s/a"] + counts["s/b"], 1'000);
  EXPECT_NEAR(counts["s/a"], 750, 60);
}

TEST(SetsTest, MarkovSetsBeginWithTheFirstAndFollowTheirTransitions) {
  const Planned planned = Make(R"({"name": "m", "transitions":
    {"a": {"b": 1}, "b": {"b": 3, "c": 1}, "c": {"a": 1}}, "actions": [)" +
                               Leaf("a") + "," + Leaf("b") + "," + Leaf("c") + "]}");
  ASSERT_NE(planned.plan, nullptr);
  const Texts names = Names(*planned.plan, 1'000);
  std::map<std::string, std::map<std::string, int>> next;
  for (std::size_t i = 0; i + 1 < names.size(); ++i) ++next[names[i]][names[i + 1]];
  EXPECT_EQ(names[0], "m/a");
  EXPECT_EQ(next["m/a"].size(), 1U);
  EXPECT_EQ(next["m/b"].size(), 2U);
  EXPECT_EQ(next["m/c"].size(), 1U);
  EXPECT_EQ(next["m/a"].count("m/b"), 1U);
  const double stays = next["m/b"]["m/b"];
  EXPECT_NEAR(stays / (stays + next["m/b"]["m/c"]), 0.75, 0.06);
}

TEST(SetsTest, TagsLeaveSetsByWhatIsInThem) {
  const std::string actions =
      R"({"name": "s", "tags": ["write"], "runs": 1, "actions": [)" + Leaf("a") + "," +
      Leaf("b", R"("tags": ["slow"], )") + R"(]}, {"name": "t", "runs": 1, "actions": [)" +
      Leaf("c", R"("tags": ["read"], )") + "]}," + Leaf("d", R"("tags": ["read"], )");
  const auto left = [&](Texts tags, Texts exclude) {
    RunSpec spec;
    spec.tags = std::move(tags);
    spec.exclude_tags = std::move(exclude);
    const Planned planned = Make(actions, spec);
    std::set<std::string> names;
    for (std::string& name : Names(*planned.plan, 200)) names.insert(name);
    return names;
  };
  using Set = std::set<std::string>;
  EXPECT_EQ(left({}, {}), (Set{"s/a", "s/b", "t/c", "d"}));
  EXPECT_EQ(left({"write"}, {}), (Set{"s/a", "s/b"}));  // what is in a set has its tags
  EXPECT_EQ(left({"read"}, {}), (Set{"t/c", "d"}));
  EXPECT_EQ(left({}, {"slow", "read"}), (Set{"s/a"}));
}

TEST(SetsTest, IterationsCountActionsAndNotTheBeginningsOfSets) {
  const Planned planned = Make(R"({"name": "s", "runs": 1, "on_start": [{"path": "/in"}],
    "on_stop": [{"path": "/out"}], "actions": [)" +
                                   Leaf("a") + "]}",
                               {}, R"("iterations": 2, "on_stop": [{"path": "/bye"}], )");
  ASSERT_NE(planned.plan, nullptr);
  UserPlan user(*planned.plan, 0);
  Texts names;
  while (const auto action = user.Next()) names.push_back(*action->name);
  EXPECT_EQ(names, (Texts{"s/on_start", "s/a", "s/on_stop", "s/on_start", "s/a"}));
  // The second time the set was not left: its end belongs to the user's.
  const auto stop = user.OnStop();
  ASSERT_TRUE(stop.has_value());
  ASSERT_EQ(stop->requests.size(), 2U);
  EXPECT_EQ(stop->requests[0].target.text, "/out");
  EXPECT_EQ(stop->requests[1].target.text, "/bye");
}

TEST(SetsTest, ASetThatWasNotBegunHasNoEnd) {
  const Planned planned = Make(R"({"name": "s", "runs": 2, "on_stop": [{"path": "/out"}],
    "actions": [)" + Leaf("a") +
                               "]}");
  ASSERT_NE(planned.plan, nullptr);
  UserPlan user(*planned.plan, 0);
  EXPECT_FALSE(user.OnStop().has_value());
  ASSERT_TRUE(user.Next().has_value());  // asked for and never run: the user stopped before
  EXPECT_FALSE(user.OnStop().has_value());
  ASSERT_TRUE(user.Next().has_value());
  EXPECT_TRUE(user.OnStop().has_value());
}

TEST(SetsTest, SetsRunInTheSimulationAndTellTheirNames) {
  FakeFactory factory;
  RecordingSink sink;
  ExecuteOptions options;
  options.sink = &sink;
  options.handlers = factory.Get();
  const RunSpec spec = SpecOf(R"({"name": "s", "users": [{"name": "U", "iterations": 3,
    "wait_time": {"constant": 1}, "on_stop": [{"path": "/count?bye"}],
    "actions": [{"name": "flow", "sequential": true, "on_start": [{"path": "/count?in"}],
      "on_stop": [{"path": "/count?out"}],
      "actions": [{"name": "take", "requests": [{"method": "POST", "path": "/numbers",
          "extract": {"n": "/number"}}]},
        {"name": "use", "requests": [{"path": "/count?n=${n}"}]}]}]}]})");
  const auto outcome = ExecuteSimulation(spec, options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  Texts sent;
  for (const InvokeRecord& record : sink.invokes) {
    sent.push_back(record.action + " " + record.request.target);
  }
  EXPECT_EQ(sent, (Texts{"flow/on_start /count?in", "flow/take /numbers", "flow/use /count?n=1",
                         "flow/take /numbers", "on_stop /count?out", "on_stop /count?bye"}));
}

TEST(SetsTest, ASetWithoutThinkTimeIsRefusedWhereTimeWouldStandStill) {
  const auto scenario = ParseScenario(
      R"({"name": "s", "defaults": {"run_time": 10}, "users": [{"name": "U",
        "wait_time": {"constant": 1}, "actions": [{"name": "s", "wait_time": {"constant": 0},
        "actions": [{"name": "a", "requests": [{"path": "/a"}]}]}]}]})",
      "s");
  ASSERT_TRUE(scenario.has_value());
  const auto plan = Plan::Make(*scenario, RunSpec());
  ASSERT_TRUE(plan.has_error());
  EXPECT_NE(plan.error().message.find("or a set of it has none"), std::string::npos);
  RunSpec closed;
  closed.pacing = "closed";
  EXPECT_TRUE(Plan::Make(*scenario, closed).has_value());
}

}  // namespace
}  // namespace redrive
