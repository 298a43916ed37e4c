#include <map>

#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

std::string AdjustmentBody(const StockedItem& stocked, const std::string& type, int quantity) {
  return R"({"item_id":")" + stocked.item_id + R"(","warehouse_id":")" + stocked.warehouse_id +
         R"(","adjustment_type":")" + type + R"(","quantity":)" + std::to_string(quantity) +
         R"(,"reason":"count"})";
}

TEST(AdjustmentsTest, OperationsAndShapeAreTheContracts) {
  Bay bay;
  bay.LogIn();
  const StockedItem stocked = NewStockedItem(bay);
  const Answer answer =
      bay.Post("/api/v1/items-enhanced/adjustments", AdjustmentBody(stocked, "subtract", 10));
  EXPECT_EQ(answer.labels,
            Guarded({"items.find_one", "item_stock_locations.find_one", "warehouses.find_one",
                     "item_adjustments.insert_one", "item_stock_locations.update_one",
                     "item_stock_locations.find", "items.update_one"}));
  const std::string id(answer.body.AtPath("adjustment.adjustment_id").String());
  EXPECT_EQ(answer.response.body,
            R"({"code":0,"message":"Stock adjusted successfully","adjustment":{"adjustment_id":")" +
                id + R"(","item_id":")" + stocked.item_id +
                R"(","item_name":"Brake pad","warehouse_id":")" + stocked.warehouse_id +
                R"(","warehouse_name":"W1","adjustment_type":"subtract","quantity":10.0,)"
                R"("stock_before":50.0,"stock_after":40.0,"reason":"count","notes":"",)"
                R"("reference_number":"","date":"2026-01-05","created_by":"user_0ad31b5c77e9",)"
                R"("created_at":"2026-01-05T04:30:00.000000+00:00","organization_id":)"
                R"("org_71f0aa01b2c4"}})");
  EXPECT_EQ(
      bay.Post("/api/v1/items-enhanced/adjustments", AdjustmentBody(stocked, "subtract", 1000))
          .response.body,
      R"({"detail":"Insufficient stock. Current: 40.0, Requested: 1000.0"})");
  EXPECT_EQ(
      bay.Post("/api/v1/items-enhanced/adjustments", AdjustmentBody(stocked, "set", 1)).status(),
      422);
  const Answer locations =
      bay.Get("/api/v1/items-enhanced/" + stocked.item_id + "/stock-locations");
  EXPECT_EQ(locations.body["total_stock"].Number(), Decimal(40));
  const Answer item = bay.Get("/api/v1/items-enhanced/" + stocked.item_id);
  EXPECT_EQ(item.body.AtPath("item.stock_on_hand").Number(), Decimal(40));
  EXPECT_EQ(item.body.AtPath("item.adjustments").size(), 1U);
}

TEST(AdjustmentsTest, AFirstLocationIsMadeOnTheWay) {
  for (const BugSet bugs : {BugSet::All(), BugSet::None()}) {
    Bay bay(bugs);
    bay.LogIn();
    StockedItem stocked = NewStockedItem(bay);
    stocked.warehouse_id = IdOf(bay.Post("/api/v1/items-enhanced/warehouses", R"({"name":"W2"})"),
                                "warehouse.warehouse_id");
    const Answer refused =
        bay.Post("/api/v1/items-enhanced/adjustments", AdjustmentBody(stocked, "subtract", 1));
    EXPECT_EQ(refused.response.body,
              R"({"detail":"Insufficient stock. Current: 0, Requested: 1.0"})");
    EXPECT_EQ(
        bay.Post("/api/v1/items-enhanced/adjustments", AdjustmentBody(stocked, "add", 3)).status(),
        200);
    const Answer locations =
        bay.Get("/api/v1/items-enhanced/" + stocked.item_id + "/stock-locations");
    EXPECT_EQ(locations.body["stock_locations"].size(), 2U);
    EXPECT_EQ(locations.body["total_stock"].Number(), Decimal(53));
    EXPECT_TRUE(locations.body.AtPath("stock_locations.1.location_id").IsString());
  }
}

// I14: the responses and the final stock form one chain.
bool BrokenChain(Bay& bay, const std::vector<Answer>& answers, std::string_view field) {
  const Value stock = bay.Get("/api/v1/inventory-enhanced/stock").body;
  EXPECT_EQ(stock["stock"].size(), 1U);
  std::map<Decimal, int> left;  // +1 for a before, -1 for an after
  ++left[stock["stock"].Items()[0][field].Number()];
  --left[Decimal(50)];
  for (const Answer& answer : answers) {
    if (answer.status() != 200) continue;
    ++left[answer.body.AtPath("adjustment.stock_before").Number()];
    --left[answer.body.AtPath("adjustment.stock_after").Number()];
  }
  for (const auto& [value, count] : left) {
    if (count != 0) return true;
  }
  return false;
}

Prepare Adjustments(std::string path, std::string first, std::string second) {
  return [=](Bay& bay) {
    bay.LogIn();
    const StockedItem stocked = NewStockedItem(bay);
    return std::vector<Request>{bay.Make("POST", path, AdjustmentBody(stocked, first, 30)),
                                bay.Make("POST", path, AdjustmentBody(stocked, second, 40))};
  };
}

TEST(AdjustmentsTest, LostUpdateIsFoundAndFixed) {
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    const Value items = bay.Get("/api/v1/items-enhanced").body;
    const Value stock = bay.Get("/api/v1/inventory-enhanced/stock").body;
    const Decimal on_hand = items["data"].Items()[0]["stock_on_hand"].Number();
    const bool total_differs = on_hand != stock["stock"].Items()[0]["stock"].Number();
    return BrokenChain(bay, answers, "stock") || total_differs;
  };
  ExpectFoundThenFixed(Bug::kAdjustmentLostUpdate,
                       Adjustments("/api/v1/items-enhanced/adjustments", "subtract", "subtract"),
                       violated);
  ExpectFoundThenFixed(Bug::kAdjustmentLostUpdate,
                       Adjustments("/api/v1/items-enhanced/adjustments", "subtract", "add"),
                       violated);
}

TEST(EnhancedAdjustmentsTest, SubtractingIsGuardedEvenAsIs) {
  const auto oversold = [](Bay& bay, const std::vector<Answer>& answers) {
    const Value stock = bay.Get("/api/v1/inventory-enhanced/stock").body;
    const Decimal left = stock["stock"].Items()[0]["available_stock"].Number();
    return CountOf(answers, 200) != 1 || CountOf(answers, 400) != 1 || left < Decimal(0);
  };
  const RaceResult control = SearchRace(
      "bounded:2", 20'000, BugSet::All(),
      Adjustments("/api/v1/inventory-enhanced/adjustments", "subtract", "subtract"), oversold);
  EXPECT_EQ(control.violations, 0U) << "bounded:2, schedule " << control.first_schedule;
  EXPECT_LT(control.executions, 20'000U);
  EXPECT_GT(control.executions, 10U);
}

TEST(EnhancedAdjustmentsTest, ChainAndSetAreFoundAndFixed) {
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    return BrokenChain(bay, answers, "available_stock");
  };
  ExpectFoundThenFixed(Bug::kAdjustmentLostUpdate,
                       Adjustments("/api/v1/inventory-enhanced/adjustments", "set", "set"),
                       violated);
  ExpectFoundThenFixed(Bug::kAdjustmentLostUpdate,
                       Adjustments("/api/v1/inventory-enhanced/adjustments", "subtract", "add"),
                       violated);
}

TEST(EnhancedAdjustmentsTest, RefusalHasTheContractsText) {
  for (const BugSet bugs : {BugSet::All(), BugSet::None()}) {
    Bay bay(bugs);
    bay.LogIn();
    const StockedItem stocked = NewStockedItem(bay);
    const std::string path = "/api/v1/inventory-enhanced/adjustments";
    EXPECT_EQ(bay.Post(path, AdjustmentBody(stocked, "set", 0)).status(), 200);
    const Answer refused = bay.Post(path, AdjustmentBody(stocked, "subtract", 1));
    EXPECT_EQ(refused.status(), 400);
    EXPECT_EQ(refused.response.body, R"({"detail":"Insufficient stock. Available: 0.0"})");
  }
}

}  // namespace
}  // namespace redrive::workshop
