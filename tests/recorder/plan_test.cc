#include "recorder/plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

UserClass Class(std::string name, std::uint32_t weight, std::uint32_t fixed = 0) {
  UserClass result;
  result.name = std::move(name);
  result.weight = weight;
  result.fixed_count = fixed;
  return result;
}

std::string Order(const std::vector<UserClass>& classes, std::size_t users) {
  std::string text;
  for (const std::size_t index : DispatchOrder(classes, users)) text += classes[index].name;
  return text;
}

TEST(DispatchTest, FollowsTheGreedyChoiceOfLocust) {
  // Figures of locust/dispatch.py's _kl_generator itself. Its comment promises AAABAAAAABAA, which
  // the code does not do.
  EXPECT_EQ(Order({Class("A", 5), Class("B", 1)}, 12), "AABAAAAABAAA");
  EXPECT_EQ(Order({Class("A", 1), Class("B", 1), Class("C", 1)}, 7), "ABCABCA");
  EXPECT_EQ(Order({Class("A", 1), Class("B", 0)}, 3), "AAA");
}

// Doubles, as Python computes it: the integers must choose alike.
TEST(DispatchTest, AgreesWithFloatingPoint) {
  const std::vector<UserClass> classes = {Class("E", 1), Class("F", 2), Class("N", 5),
                                          Class("P", 10), Class("Q", 7)};
  std::vector<double> counts;
  for (const UserClass& user_class : classes) counts.push_back(user_class.weight);
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    std::size_t best = 0;
    double best_value = 1;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const double value = classes[c].weight * std::log2(counts[c] / (counts[c] + 1));
      if (value < best_value) {
        best = c;
        best_value = value;
      }
    }
    expected += classes[best].name;
    ++counts[best];
  }
  EXPECT_EQ(Order(classes, 1'000), expected);
}

TEST(DispatchTest, FixedCountsComeFirstAndEnd) {
  EXPECT_EQ(Order({Class("A", 1), Class("B", 1, 2)}, 5), "BBAAA");
  EXPECT_EQ(Order({Class("B", 1, 2)}, 5), "BB");
}

struct Planned {
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Plan> plan;
};

Planned MakePlan(const std::string& file, RunSpec spec = {}) {
  Planned planned;
  auto scenario = ParseScenario(ReadText(CorporaPath() / file), file);
  EXPECT_TRUE(scenario.has_value());
  planned.scenario = std::make_unique<Scenario>(std::move(*scenario));
  auto plan = Plan::Make(*planned.scenario, spec);
  EXPECT_TRUE(plan.has_value()) << plan.error().message;
  planned.plan = std::make_unique<Plan>(std::move(*plan));
  return planned;
}

TEST(PlanTest, DigestsEqualTheGoldenEverywhere) {
  const struct {
    const char* file;
    const char* digest;
  } kGolden[] = {
      {"battwheels/normal_operations.json", "75257a20809907e9"},
      {"battwheels/finance.json", "f9069ac8db506059"},
      {"battwheels/peak_burst.json", "8cd3b489c4181cb3"},
      {"battwheels/efi.json", "e46bc33d531ed171"},
      {"battwheels/mixed.json", "e560f1812d64e07f"},
  };
  for (const auto& golden : kGolden) {
    EXPECT_EQ(ToHex(MakePlan(golden.file).plan->digest()), golden.digest) << golden.file;
  }
}

TEST(PlanTest, TheSeedAndEverySettingMoveTheDigest) {
  const auto digest = [](const RunSpec& spec) {
    return MakePlan("battwheels/normal_operations.json", spec).plan->digest();
  };
  const std::uint64_t base = digest({});
  EXPECT_EQ(base, digest({}));
  RunSpec spec;
  spec.seed = 43;
  EXPECT_NE(base, digest(spec));
  spec = {};
  spec.users = 49;
  EXPECT_NE(base, digest(spec));
  spec = {};
  spec.pacing = "closed";
  EXPECT_NE(base, digest(spec));
  spec = {};
  spec.workshop = "fixed";
  spec.strategy = "pct";
  EXPECT_EQ(base, digest(spec)) << "the plan does not depend on the target";
}

TEST(PlanTest, RampsUpAsLocustDoes) {
  const Planned planned = MakePlan("battwheels/normal_operations.json");
  ASSERT_EQ(planned.plan->users().size(), 50U);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(planned.plan->users()[i].start, std::chrono::seconds(i / 5)) << i;
    EXPECT_EQ(planned.plan->users()[i].stop, std::chrono::minutes(5));
  }
}

TEST(PlanTest, IntendedTimesFollowFromTheWaits) {
  const Planned planned = MakePlan("battwheels/normal_operations.json");
  UserPlan user(*planned.plan, 7);
  std::optional<PlannedAction> last;
  int actions = 0;
  while (auto action = user.Next()) {
    EXPECT_EQ(action->iteration, static_cast<std::uint32_t>(actions));
    if (last) {
      EXPECT_EQ(action->intended, last->intended + last->wait);
      EXPECT_GE(last->wait, std::chrono::seconds(2));
      EXPECT_LE(last->wait, std::chrono::seconds(6));
    }
    EXPECT_LT(action->intended, std::chrono::minutes(5));
    EXPECT_EQ(action->kind, actions == 0 ? ActionKind::kOnStart : ActionKind::kAction);
    last = std::move(action);
    ++actions;
  }
  EXPECT_GT(actions, 50);
  EXPECT_FALSE(user.Next().has_value());
}

TEST(PlanTest, WeightsAreKept) {
  const Planned planned = MakePlan("battwheels/peak_burst.json");
  std::map<std::string, double> count;
  for (std::uint32_t number = 0; number < planned.plan->users().size(); ++number) {
    UserPlan user(*planned.plan, number);
    while (const auto action = user.Next()) ++count[*action->name];
  }
  EXPECT_EQ(count["on_start"], 100);
  EXPECT_NEAR(count["create_ticket_concurrent"] / count["get_tickets_burst"], 2.5, 0.15);
}

TEST(PlanTest, ClosedPacingDrawsTheSame) {
  RunSpec closed;
  closed.pacing = "closed";
  const Planned a = MakePlan("battwheels/finance.json");
  const Planned b = MakePlan("battwheels/finance.json", closed);
  UserPlan planned(*a.plan, 3);
  UserPlan other(*b.plan, 3);
  for (int i = 0; i < 20; ++i) {
    const auto left = planned.Next();
    const auto right = other.Next();
    ASSERT_TRUE(left && right);
    EXPECT_EQ(left->wait, right->wait);
    EXPECT_EQ(left->requests[0].target.text, right->requests[0].target.text);
  }
}

TEST(PlanTest, TagsAndClassesSelect) {
  RunSpec spec;
  spec.tags = {"reports"};
  spec.user_classes = {"FinanceUser"};
  spec.exclude_tags = {"invoices"};
  const Planned planned = MakePlan("battwheels/mixed.json", spec);
  for (std::uint32_t number = 0; number < planned.plan->users().size(); ++number) {
    EXPECT_EQ(planned.plan->users()[number].user_class->name, "FinanceUser");
    UserPlan user(*planned.plan, number);
    while (const auto action = user.Next()) {
      if (action->kind == ActionKind::kOnStart) continue;
      EXPECT_EQ(action->requests[0].target.text.rfind("/api/reports/", 0), 0U);
    }
  }
}

std::string ErrorOf(const std::string& json, const RunSpec& spec) {
  const auto scenario = ParseScenario(json, "s");
  if (!scenario) return scenario.error().message;
  const auto plan = Plan::Make(*scenario, spec, {.users_max = 1'000, .actions_max = 10'000});
  return plan ? "no error" : plan.error().message;
}

TEST(PlanTest, RefusesWhatHasNoEndOrNoStart) {
  const std::string endless =
      R"({"name": "s", "users": [{"name": "U", "actions": [{"name": "a", "requests": [
        {"path": "/"}]}]}]})";
  RunSpec spec;
  EXPECT_NE(ErrorOf(endless, spec).find("would never end"), std::string::npos);
  spec.run_time_ns = 1'000'000'000;
  EXPECT_NE(ErrorOf(endless, spec).find("no think time"), std::string::npos);
  spec.pacing = "closed";
  EXPECT_EQ(ErrorOf(endless, spec), "no error");
  spec.pacing = "open";
  EXPECT_NE(ErrorOf(endless, spec).find("expected planned or closed"), std::string::npos);
  spec = {};
  spec.tags = {"none"};
  EXPECT_NE(ErrorOf(endless, spec).find("leave no action"), std::string::npos);
  spec = {};
  spec.user_classes = {"V"};
  EXPECT_NE(ErrorOf(endless, spec).find("did you mean \"U\"?"), std::string::npos);
  spec = {};
  spec.users = 2'000;
  EXPECT_NE(ErrorOf(endless, spec).find("more than 1000 users"), std::string::npos);
  const std::string dense =
      R"({"name": "s", "users": [{"name": "U", "wait_time": {"constant": "1us"}, "actions": [
        {"name": "a", "requests": [{"path": "/"}]}]}]})";
  spec = {};
  spec.run_time_ns = 1'000'000'000;
  EXPECT_NE(ErrorOf(dense, spec).find("more than 10000 actions"), std::string::npos)
      << ErrorOf(dense, spec);
}

TEST(PlanTest, StagesRampUpAndDown) {
  const auto scenario = ParseScenario(
      R"({"name": "s",
          "stages": [{"duration": 10, "users": 4, "spawn_rate": 2}, {"duration": 10, "users": 1,
            "spawn_rate": 1}],
          "users": [{"name": "U", "wait_time": {"constant": 1},
                     "actions": [{"name": "a", "requests": [{"path": "/"}]}]}]})",
      "s");
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const auto plan = Plan::Make(*scenario, {});
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  ASSERT_EQ(plan->users().size(), 4U);
  EXPECT_EQ(plan->users()[3].start, std::chrono::seconds(1));
  EXPECT_EQ(plan->users()[3].stop, std::chrono::seconds(10)) << "the last started stops first";
  EXPECT_EQ(plan->users()[1].stop, std::chrono::seconds(12));
  EXPECT_EQ(plan->users()[0].stop, std::chrono::seconds(20));
}

TEST(PlanTest, TextIsInOrderAndLimited) {
  const Planned planned = MakePlan("battwheels/efi.json");
  const std::string text = PlanText(*planned.plan, {.requests_max = 20});
  EXPECT_NE(text.find("  0.000000  user 0  EFIUser.on_start#0  POST /api/auth/login"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("\"admin\""), std::string::npos) << "passwords are not shown";
  EXPECT_NE(text.find("more requests"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 21);
}

}  // namespace
}  // namespace redrive
