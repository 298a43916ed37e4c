#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

std::string AllocationBody(const std::string& ticket_id, const std::string& item_id, int quantity) {
  return R"({"ticket_id":")" + ticket_id + R"(","item_id":")" + item_id + R"(","quantity":)" +
         std::to_string(quantity) + "}";
}

struct Allocated {
  std::string item_id;
  std::string allocation_id;
};
Allocated NewAllocation(Bay& bay, const std::string& path, int quantity = 4) {
  bay.LogIn();
  Allocated allocated;
  allocated.item_id = NewInventoryItem(bay, 10);
  const std::string ticket_id = NewTicket(bay);
  allocated.allocation_id =
      IdOf(bay.Post(path, AllocationBody(ticket_id, allocated.item_id, quantity)), "allocation_id");
  return allocated;
}

// I12, I13: nothing oversold, nothing below zero.
bool Oversold(const Value& item) {
  const std::int64_t reserved = item["reserved_quantity"].Int();
  return reserved < 0 || reserved > item["quantity"].Int();
}

TEST(AllocationsTest, OperationsAreTheContracts) {
  Bay bay;
  bay.LogIn();
  const std::string item_id = NewInventoryItem(bay, 10);
  const std::string ticket_id = NewTicket(bay);
  const Answer allocated = bay.Post("/api/v1/allocations", AllocationBody(ticket_id, item_id, 4));
  EXPECT_EQ(allocated.labels, Guarded({"users.find_one", "tickets.find_one", "inventory.find_one",
                                       "allocations.insert_one", "inventory.update_one",
                                       "tickets.update_one", "ledger.insert_one"}));
  const std::string id(allocated.body["allocation_id"].String());
  EXPECT_EQ(bay.Put("/api/v1/allocations/" + id + "/use").labels,
            Guarded({"allocations.find_one", "allocations.update_one", "inventory.update_one"}));
  EXPECT_EQ(bay.Put("/api/v1/allocations/" + id + "/return").labels,
            Guarded({"allocations.find_one", "allocations.update_one", "inventory.update_one",
                     "tickets.update_one"}));
}

TEST(AllocationsTest, ResponsesHaveTheContractsShape) {
  Bay bay;
  bay.LogIn();
  const std::string item_id = NewInventoryItem(bay, 10);
  const std::string ticket_id = NewTicket(bay);
  Answer answer = bay.Post("/api/v1/allocations", AllocationBody(ticket_id, item_id, 4));
  const std::string id(answer.body["allocation_id"].String());
  EXPECT_EQ(id.substr(0, 4), "mat_");
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(
      answer.response.body,
      R"({"allocation_id":")" + id + R"(","ticket_id":")" + ticket_id + R"(","item_id":")" +
          item_id +
          R"(","item_name":"BMS board","quantity":4,"unit_price":1500.0,"total_price":6000.0,)"
          R"("status":"allocated","allocated_by":"user_0ad31b5c77e9","allocated_at":)"
          R"("2026-01-05T04:30:00.000000+00:00","used_at":null})");
  EXPECT_EQ(bay.Put("/api/v1/allocations/" + id + "/use").response.body,
            R"({"message":"Allocation marked as used"})");
  EXPECT_EQ(bay.Put("/api/v1/allocations/" + id + "/return").response.body,
            R"({"message":"Materials returned to inventory"})");
  EXPECT_EQ(bay.Get("/api/v1/allocations?ticket_id=" + ticket_id).body.size(), 1U);
  EXPECT_EQ(bay.Get("/api/v1/ledger").body.size(), 1U);
  EXPECT_EQ(bay.Get("/api/v1/tickets/" + ticket_id).body["parts_cost"].Number(), Decimal(0));
}

TEST(AllocationsTest, RefusalsHaveTheContractsTexts) {
  Bay bay;
  bay.LogIn();
  const std::string item_id = NewInventoryItem(bay, 10);
  const std::string ticket_id = NewTicket(bay);
  Answer answer = bay.Post("/api/v1/allocations", AllocationBody("tkt_none", item_id, 4));
  EXPECT_EQ(answer.status(), 404);
  EXPECT_EQ(answer.response.body, R"({"detail":"Ticket not found"})");
  answer = bay.Post("/api/v1/allocations", AllocationBody(ticket_id, "inv_none", 4));
  EXPECT_EQ(answer.status(), 404);
  EXPECT_EQ(answer.response.body, R"({"detail":"Item not found"})");
  for (const std::string path : {"/api/v1/allocations", "/api/v1/inventory/allocations"}) {
    answer = bay.Post(path, AllocationBody(ticket_id, item_id, 11));
    EXPECT_EQ(answer.status(), 400);
    EXPECT_EQ(answer.response.body, R"({"detail":"Insufficient stock. Available: 10"})");
    EXPECT_EQ(bay.Post(path, R"({"item_id":"x","quantity":1})").status(), 422);
    EXPECT_EQ(bay.Put(path + "/mat_none/use", R"({"quantity_used":1})").status(), 404);
  }
  EXPECT_EQ(bay.Get("/api/v1/allocations").body.size(), 0U);
}

TEST(AllocationsTest, AsIsTheSignIsNotCheckedAndUseHasNoGuard) {
  Bay bay;
  const Allocated negative = NewAllocation(bay, "/api/v1/allocations", -5);
  EXPECT_EQ(InventoryItem(bay, negative.item_id)["reserved_quantity"].Int(), -5);
  const Allocated allocated = NewAllocation(bay, "/api/v1/allocations");
  const std::string path = "/api/v1/allocations/" + allocated.allocation_id;
  EXPECT_EQ(bay.Put(path + "/use").status(), 200);
  EXPECT_EQ(bay.Put(path + "/use").status(), 200);
  const Value item = InventoryItem(bay, allocated.item_id);
  EXPECT_EQ(item["quantity"].Int(), 2);
  EXPECT_EQ(item["reserved_quantity"].Int(), -4);
}

TEST(AllocationsTest, FixedUseAndReturnSucceedOnce) {
  Bay bay(BugSet::None());
  const Allocated allocated = NewAllocation(bay, "/api/v1/allocations");
  const std::string path = "/api/v1/allocations/" + allocated.allocation_id;
  EXPECT_EQ(bay.Put(path + "/use").status(), 200);
  EXPECT_EQ(bay.Put(path + "/use").response.body, R"({"detail":"Allocation is already used"})");
  EXPECT_EQ(bay.Put(path + "/return").status(), 400);
  const Value item = InventoryItem(bay, allocated.item_id);
  EXPECT_EQ(item["quantity"].Int(), 6);
  EXPECT_EQ(item["reserved_quantity"].Int(), 0);
}

Prepare TwoAllocations(std::string path) {
  return [path = std::move(path)](Bay& bay) {
    bay.LogIn();
    const std::string item_id = NewInventoryItem(bay, 10);
    const std::string body = AllocationBody(NewTicket(bay), item_id, 6);
    return std::vector<Request>{bay.Make("POST", path, body), bay.Make("POST", path, body)};
  };
}

bool AnyItemOversold(Bay& bay, const std::vector<Answer>&) {
  const Answer list = bay.Get("/api/v1/inventory");
  EXPECT_EQ(list.body["data"].size(), 1U);
  return Oversold(list.body["data"].Items()[0]);
}

TEST(AllocationsTest, OverReservationIsFoundAndFixed) {
  ExpectFoundThenFixed(Bug::kAllocationCheckThenReserve, TwoAllocations("/api/v1/allocations"),
                       AnyItemOversold);
}

TEST(AllocationsTest, OverReservationOfVariantBIsFoundAndFixed) {
  ExpectFoundThenFixed(Bug::kAllocationCheckThenReserve,
                       TwoAllocations("/api/v1/inventory/allocations"), AnyItemOversold);
}

Prepare Twice(std::string collection, std::string action, std::string body) {
  return [=](Bay& bay) {
    const Allocated allocated = NewAllocation(bay, collection);
    const std::string path = collection + "/" + allocated.allocation_id + action;
    return std::vector<Request>{bay.Make("PUT", path, body), bay.Make("PUT", path, body)};
  };
}

bool BothSucceeded(Bay&, const std::vector<Answer>& answers) { return CountOf(answers, 200) != 1; }

TEST(AllocationsTest, DoubleUseIsFoundAndFixed) {
  ExpectFoundThenFixed(Bug::kAllocationDoubleUse, Twice("/api/v1/allocations", "/use", ""),
                       BothSucceeded);
  ExpectFoundThenFixed(Bug::kAllocationDoubleUse,
                       Twice("/api/v1/inventory/allocations", "/use", R"({"quantity_used":4})"),
                       BothSucceeded);
}

TEST(AllocationsTest, DoubleReturnIsFoundAndFixed) {
  ExpectFoundThenFixed(Bug::kAllocationDoubleReturn, Twice("/api/v1/allocations", "/return", ""),
                       BothSucceeded);
  ExpectFoundThenFixed(
      Bug::kAllocationDoubleReturn,
      Twice("/api/v1/inventory/allocations", "/return", R"({"quantity_returned":4})"),
      BothSucceeded);
}

TEST(AllocationsTest, FixedUseAgainstReturnKeepsTheStockWhole) {
  const Prepare prepare = [](Bay& bay) {
    const Allocated allocated = NewAllocation(bay, "/api/v1/inventory/allocations");
    const std::string path = "/api/v1/inventory/allocations/" + allocated.allocation_id;
    return std::vector<Request>{bay.Make("PUT", path + "/use", R"({"quantity_used":3})"),
                                bay.Make("PUT", path + "/return", R"({"quantity_returned":2})")};
  };
  const auto violated = [](Bay& bay, const std::vector<Answer>& answers) {
    return CountOf(answers, 200) != 1 || AnyItemOversold(bay, answers);
  };
  const RaceResult fixed = SearchRace("bounded:2", 20'000, BugSet::None(), prepare, violated);
  EXPECT_EQ(fixed.violations, 0U) << "bounded:2, schedule " << fixed.first_schedule;
  EXPECT_LT(fixed.executions, 20'000U);
  EXPECT_GT(fixed.executions, 10U);
}

TEST(InventoryAllocationsTest, OperationsAndShapeAreTheContracts) {
  Bay bay;
  bay.LogIn();
  const std::string item_id = NewInventoryItem(bay, 10);
  const std::string ticket_id = NewTicket(bay);
  const Answer made =
      bay.Post("/api/v1/inventory/allocations", AllocationBody(ticket_id, item_id, 4));
  EXPECT_EQ(made.labels, Guarded({"inventory.find_one", "allocations.insert_one",
                                  "inventory.update_one", "allocations.find_one"}));
  const std::string id(made.body["allocation_id"].String());
  EXPECT_EQ(made.response.body,
            R"({"allocation_id":")" + id + R"(","ticket_id":")" + ticket_id + R"(","item_id":")" +
                item_id +
                R"(","item_name":"BMS board","quantity_allocated":4,"quantity_used":0,)"
                R"("quantity_returned":0,"unit_price":1500.0,"status":"allocated","allocated_by":)"
                R"("user_0ad31b5c77e9","allocated_at":"2026-01-05T04:30:00.000000+00:00",)"
                R"("created_at":"2026-01-05T04:30:00.000000+00:00"})");
  const std::string path = "/api/v1/inventory/allocations/" + id;
  const Answer used = bay.Put(path + "/use", R"({"quantity_used":1})");
  EXPECT_EQ(used.labels,
            Guarded({"allocations.find_one", "inventory.find_one", "allocations.update_one",
                     "inventory.update_one", "stock_movements.insert_one",
                     "journal_entries.insert_one", "allocations.find_one"}));
  EXPECT_EQ(used.body["quantity_used"].Int(), 1);
  EXPECT_EQ(bay.Put(path + "/use", R"({"quantity_used":4})").response.body,
            R"({"detail":"Cannot use more than allocated. Available: 3"})");
  EXPECT_EQ(bay.Put(path + "/return", R"({"quantity_returned":4})").response.body,
            R"({"detail":"Cannot return more than unused. Unused: 3"})");
  const Answer returned = bay.Put(path + "/return", R"({"quantity_returned":3})");
  EXPECT_EQ(returned.labels, Guarded({"allocations.find_one", "allocations.update_one",
                                      "inventory.update_one", "allocations.find_one"}));
  // As today, use ignores what was returned.
  EXPECT_EQ(bay.Put(path + "/use", R"({"quantity_used":3})").status(), 200);
  EXPECT_EQ(InventoryItem(bay, item_id)["reserved_quantity"].Int(), -3);
  EXPECT_EQ(bay.Get("/api/v1/inventory/allocations/list").body.size(), 1U);
}

}  // namespace
}  // namespace redrive::workshop
