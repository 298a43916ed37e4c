// Generators of plans and schedules: what they promise is checked by brute force.
#include "replayer/property_gen.h"

#include <gtest/gtest.h>
#include <rapidcheck/Random.h>
#include <rapidcheck/shrinkable/Operations.h>

#include <algorithm>
#include <set>

#include "replayer/property.h"
#include "replayer/property_models.h"
#include "tests/replayer/property_testing.h"

namespace redrive::par {
namespace {

std::shared_ptr<const Model> Shared(Model model) {
  return std::make_shared<const Model>(std::move(model));
}

// One order of the lanes, command by command: what HoldsInEveryOrder says for all of them.
bool HoldsInOrder(const Model& model, const Plan& plan, const std::vector<std::size_t>& order) {
  State state;
  const auto send = [&](const Command& command, bool must_be_taken) {
    const Kind& kind = model.kinds[command.kind];
    const Call call = CallOf(model, plan, command);
    for (const auto& [name, variable] : call.uses) {
      if (!state.Exists(variable)) return false;
    }
    if (kind.precondition && !kind.precondition(state, call)) return false;
    const bool taken = !kind.accepted || kind.accepted(state, call);
    if (!taken) return !must_be_taken;
    if (!call.result.empty()) state.Create(call.result);
    if (kind.effect) kind.effect(state, call);
    return true;
  };
  for (const Command& command : plan.prefix) {
    if (!send(command, true)) return false;
  }
  std::vector<std::size_t> positions(plan.lanes.size(), 0);
  for (const std::size_t lane : order) {
    if (!send(plan.lanes[lane][positions[lane]++], false)) return false;
  }
  return true;
}

bool HoldsByBruteForce(const Model& model, const Plan& plan, std::uint64_t* orders) {
  std::vector<std::size_t> order;
  for (std::size_t lane = 0; lane < plan.lanes.size(); ++lane) {
    order.insert(order.end(), plan.lanes[lane].size(), lane);
  }
  bool holds = true;
  do {
    ++*orders;
    holds = holds && HoldsInOrder(model, plan, order);
  } while (std::next_permutation(order.begin(), order.end()));
  return holds;
}

// A lane knows what the prefix and its own requests answered.
void ExpectOwnResultsOnly(const Plan& plan) {
  std::set<std::uint32_t> common;
  for (const Command& command : plan.prefix) common.insert(command.id);
  for (const std::vector<Command>& lane : plan.lanes) {
    std::set<std::uint32_t> known = common;
    for (const Command& command : lane) {
      for (const std::uint32_t use : command.uses) EXPECT_EQ(known.count(use), 1U);
      known.insert(command.id);
    }
  }
}

TEST(ParallelPlanTest, PreconditionsHoldInEveryOrder) {
  for (const Model& model : ShippedModels()) {
    const auto shared = Shared(model);
    std::uint64_t orders = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const PlanSize size{.prefix = 5, .lanes = 3, .length = 3};
      const Plan plan = gen::ParallelPlan(shared, size)(rc::Random(seed)).value();
      ASSERT_FALSE(plan.lanes.empty()) << model.name << " seed " << seed;
      EXPECT_LE(plan.lanes.size(), 3U);
      EXPECT_TRUE(HoldsByBruteForce(model, plan, &orders))
          << "seed " << seed << ": " << PlanToText(model, plan);
      ExpectOwnResultsOnly(plan);
    }
    EXPECT_GT(orders, 10'000U) << model.name;
  }
}

// The walk over states and the walk over orders agree, also where the answer is no.
TEST(ParallelPlanTest, HoldsInEveryOrderAgreesWithBruteForce) {
  for (const Model& model : ShippedModels()) {
    std::uint64_t orders = 0;
    std::uint64_t refused = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const PlanSize size{.prefix = 4, .lanes = 2, .length = 3};
      Plan plan = gen::ParallelPlan(Shared(model), size)(rc::Random(seed)).value();
      const PlanSize more{.prefix = 0, .lanes = 2, .length = 3};
      const Plan other = gen::ParallelPlan(Shared(model), more)(rc::Random(seed + 1000)).value();
      // Commands of another plan, that use what happens to have their numbers.
      for (std::size_t i = 0; i < std::min(plan.lanes.size(), other.lanes.size()); ++i) {
        Command strange = other.lanes[i].front();
        strange.id = 100 + static_cast<std::uint32_t>(i);
        const bool typed = strange.uses.empty();
        if (typed && model.kinds[strange.kind].place != Place::kPrefix) {
          plan.lanes[i].push_back(strange);
        }
        if (plan.lanes[i].size() > 1) std::swap(plan.lanes[i].front(), plan.lanes[i].back());
      }
      const bool expected = HoldsByBruteForce(model, plan, &orders);
      refused += expected ? 0 : 1;
      EXPECT_EQ(HoldsInEveryOrder(model, plan), expected) << PlanToText(model, plan);
    }
    EXPECT_GT(refused, 0U) << model.name << ": only plans that hold were compared";
  }
}

TEST(ParallelPlanTest, BeyondTheCapTheAnswerIsNo) {
  const Model model = StockModel();
  const PlanSize size{.prefix = 5, .lanes = 3, .length = 3};
  const Plan plan = gen::ParallelPlan(Shared(model), size)(rc::Random(1)).value();
  EXPECT_TRUE(HoldsInEveryOrder(model, plan));
  EXPECT_FALSE(HoldsInEveryOrder(model, plan, 2));
}

TEST(ParallelPlanTest, SwarmLeavesKindsOutAndCoversAllOfThem) {
  const Model model = TicketsModel();
  std::vector<std::uint64_t> held(model.kinds.size(), 0);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const PlanSize size{.prefix = 10, .lanes = 2, .length = 8};
    const Plan plan = gen::ParallelPlan(Shared(model), size)(rc::Random(seed)).value();
    std::set<std::size_t> kinds;
    for (const auto& lane : plan.lanes) {
      for (const Command& command : lane) kinds.insert(command.kind);
    }
    for (const std::size_t kind : kinds) ++held[kind];
  }
  for (std::size_t kind = 0; kind < held.size(); ++kind) {
    EXPECT_GT(held[kind], 30U) << model.kinds[kind].name;
    EXPECT_LT(held[kind], 290U) << model.kinds[kind].name << ": never left out";
  }
}

TEST(ParallelPlanTest, EveryShrinkHoldsAndIsSmaller) {
  const auto weight = [](const Plan& plan) {
    std::uint64_t lanes = 0;
    std::uint64_t numbers = 0;
    const auto add = [&numbers](const Command& command) {
      for (const std::uint32_t argument : command.arguments) numbers += argument;
      for (const std::uint32_t use : command.uses) numbers += use;
    };
    for (const Command& command : plan.prefix) add(command);
    for (const auto& lane : plan.lanes) {
      lanes += lane.size();
      for (const Command& command : lane) add(command);
    }
    return std::tuple(CountCommands(plan), lanes, numbers);
  };
  for (const Model& model : ShippedModels()) {
    std::uint64_t shrinks = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const PlanSize size{.prefix = 3, .lanes = 2, .length = 3};
      const auto large = gen::ParallelPlan(Shared(model), size)(rc::Random(seed));
      rc::Seq<rc::Shrinkable<Plan>> smaller = large.shrinks();
      for (auto next = smaller.next(); next; next = smaller.next()) {
        std::uint64_t orders = 0;
        const Plan plan = next->value();
        EXPECT_TRUE(HoldsByBruteForce(model, plan, &orders)) << PlanToText(model, plan);
        EXPECT_LT(weight(plan), weight(large.value()));
        EXPECT_EQ(plan, Canonical(plan));
        ++shrinks;
      }
    }
    EXPECT_GT(shrinks, 100U);
  }
}

TEST(ParallelPlanTest, APlanWithoutADemandShrinksToOneCommand) {
  for (const Model& model : ShippedModels()) {
    const PlanSize size{.prefix = 5, .lanes = 3, .length = 3};
    const auto large = gen::ParallelPlan(Shared(model), size)(rc::Random(5));
    const auto [least, taken] =
        rc::shrinkable::findLocalMin(large, [](const Plan& plan) { return !plan.lanes.empty(); });
    EXPECT_EQ(least.lanes.size(), 1U) << PlanToText(model, least);
    EXPECT_EQ(least.lanes.front().size(), 1U) << PlanToText(model, least);
    EXPECT_LE(CountCommands(least), 4U) << "what the one command uses is all that is left";
  }
}

TEST(ScheduleTest, ChoicesShrinkToTheOneThatMatters) {
  const Choices choices = {3, 0, 7, 1, 0, 2, 5, 1, 0, 0, 4, 6};
  const auto fails = [](const Choices& tried) { return tried.size() > 6 && tried[6] % 2 == 1; };
  const auto [least, taken] = rc::shrinkable::findLocalMin(ShrinkableChoices(choices), fails);
  EXPECT_EQ(least, (Choices{0, 0, 0, 0, 0, 0, 1}));
  EXPECT_GT(taken, 0U);
}

TEST(ScheduleTest, SchedulesAreDrawnDenseAndSparse) {
  std::map<std::size_t, std::uint64_t> by_switches;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const Choices choices = gen::Schedule(40)(rc::Random(seed)).value();
    ASSERT_EQ(choices.size(), 40U);
    const auto zeros = std::count(choices.begin(), choices.end(), 0);
    ++by_switches[std::min<std::size_t>(4, choices.size() - static_cast<std::size_t>(zeros))];
  }
  for (const std::size_t switches : {1U, 2U, 3U, 4U}) EXPECT_GT(by_switches[switches], 100U);
}

TEST(ModelTest, WrongModelsAreRefusedWithPlaceAndReason) {
  const auto message = [](const std::function<void(Model&)>& spoil) {
    Model model = ShopModel();
    spoil(model);
    const Result<PropertyReport> report = RunProperty(model, {.count = 1});
    return report.has_error() ? report.error().message : "accepted";
  };
  EXPECT_EQ(message([](Model& model) { model.name = "My Shop"; }),
            "model 'My Shop': expected a name such as 'tickets'");
  EXPECT_EQ(message([](Model& model) { model.kinds[1].uses = {"god"}; }),
            "model 'shop', kind 'reserve': use 'god': no kind that may come before the lanes "
            "creates it");
  EXPECT_EQ(message([](Model& model) { model.kinds[0].result = ""; }),
            "model 'shop', kind 'deliver': expected creates and result, both or neither");
  EXPECT_EQ(message([](Model& model) { model.kinds[0].arguments[0].values.clear(); }),
            "model 'shop', kind 'deliver': argument 'quantity': expected 1 to 1000 values");
  EXPECT_EQ(message([](Model& model) { model.kinds[1].name = "deliver"; }),
            "model 'shop', kind 'deliver': the name is used twice");
  EXPECT_EQ(message([](Model& model) { model.kinds[1].after = {"pay"}; }),
            "model 'shop', kind 'reserve': after 'pay': there is no such kind that may come before "
            "the lanes");
  EXPECT_EQ(message([](Model& model) { model.setup[0].body = "{"; }),
            "model 'shop': the body of setup '' is no JSON");
  EXPECT_EQ(message([](Model& model) { model.kinds[0].arguments[0].values = {"1", "one"}; }),
            "model 'shop', kind 'deliver': its body is no JSON when ${quantity} is 'one'");
  EXPECT_EQ(message([](Model& model) { model.checks_json = "{"; }),
            "model 'shop': /checks: expected a JSON array (docs/CHECKS.md)");
  EXPECT_NE(
      message([](Model& model) { model.checks_json = R"([{"check": "uniqe"}])"; }).find("unique"),
      std::string::npos);
}

TEST(ModelTest, AnUnknownModelSuggestsTheNearest) {
  const Result<Model> model = FindModel("ticket");
  ASSERT_TRUE(model.has_error());
  EXPECT_NE(model.error().message.find("tickets"), std::string::npos) << model.error().message;
}

}  // namespace
}  // namespace redrive::par
