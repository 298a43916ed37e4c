// Set-up and searches that the tests of stock, journal and ticket close share.
#ifndef REDRIVE_TESTS_RECORDER_WORKSHOP_STOCK_TESTING_H_
#define REDRIVE_TESTS_RECORDER_WORKSHOP_STOCK_TESTING_H_

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {

using Labels = std::vector<std::string>;

// The reads that the tenant guard puts before every staff handler.
inline Labels Guarded(Labels labels) {
  labels.insert(labels.begin(), {"organization_users.find_one", "organizations.find_one"});
  return labels;
}
// The same for a write (or a read) behind the journal's plan gate.
inline Labels GatedWrite(Labels labels) {
  labels.insert(labels.begin(),
                {"organizations.find_one", "subscriptions.find_one", "subscriptions.find_one"});
  return Guarded(std::move(labels));
}
inline Labels Times(std::size_t count, const std::string& label) { return Labels(count, label); }
inline Labels Joined(std::initializer_list<Labels> parts) {
  Labels all;
  for (const Labels& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

inline std::string IdOf(const Answer& answer, std::string_view path) {
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body.AtPath(path).String());
}
inline std::string NewTicket(Bay& bay) {
  return IdOf(bay.Post("/api/v1/tickets", R"({"title":"Battery swap"})"), "ticket_id");
}
inline std::string NewInventoryItem(Bay& bay, int quantity) {
  return IdOf(bay.Post("/api/v1/inventory",
                       R"({"name":"BMS board","category":"electronics","quantity":)" +
                           std::to_string(quantity) + R"(,"unit_price":1500,"min_stock_level":2})"),
              "item_id");
}
inline Value InventoryItem(Bay& bay, const std::string& item_id) {
  return bay.Get("/api/v1/inventory/" + item_id).body;
}

// A warehouse and an item with 50 in it.
struct StockedItem {
  std::string warehouse_id;
  std::string item_id;
};
inline StockedItem NewStockedItem(Bay& bay) {
  StockedItem stocked;
  stocked.warehouse_id =
      IdOf(bay.Post("/api/v1/items-enhanced/warehouses", R"({"name":"W1","is_primary":true})"),
           "warehouse.warehouse_id");
  stocked.item_id =
      IdOf(bay.Post("/api/v1/items-enhanced",
                    R"({"Item Name":"Brake pad","SKU":"BP-1","Purchase Rate":40,"Rate":60,)"
                    R"("Opening Stock":50})"),
           "item.item_id");
  return stocked;
}

inline int CountOf(const std::vector<Answer>& answers, int status) {
  int count = 0;
  for (const Answer& answer : answers) count += answer.status() == status ? 1 : 0;
  return count;
}

using Prepare = std::function<std::vector<Request>(Bay&)>;
using Violated = std::function<bool(Bay&, const std::vector<Answer>&)>;

// Plants `bug` alone: a random walk and a search with two preemptions must both find it. Then
// plants nothing: two preemptions, searched to the end, and a random walk must find nothing.
inline void ExpectFoundThenFixed(Bug bug, const Prepare& prepare, const Violated& violated,
                                 std::uint64_t executions_max = 20'000) {
  const BugSet planted = BugSet::None().Set(bug, true);
  SCOPED_TRACE(std::string(InfoOf(bug).name));
  const RaceResult random = SearchRace("random", 300, planted, prepare, violated);
  EXPECT_GT(random.violations, 0U);
  const RaceResult bounded = SearchRace("bounded:2", 1'000, planted, prepare, violated);
  EXPECT_GT(bounded.violations, 0U);
  const RaceResult fixed =
      SearchRace("bounded:2", executions_max, BugSet::None(), prepare, violated);
  EXPECT_EQ(fixed.violations, 0U) << "bounded:2, schedule " << fixed.first_schedule;
  EXPECT_LT(fixed.executions, executions_max) << "the search did not end";
  EXPECT_GT(fixed.executions, 10U);
  const RaceResult walked = SearchRace("random", 200, BugSet::None(), prepare, violated);
  EXPECT_EQ(walked.violations, 0U) << "random, seed 42, schedule " << walked.first_schedule;
  testing::Test::RecordProperty("random_violations", static_cast<int>(random.violations));
  testing::Test::RecordProperty("fixed_executions", static_cast<int>(fixed.executions));
}

}  // namespace redrive::workshop

#endif  // REDRIVE_TESTS_RECORDER_WORKSHOP_STOCK_TESTING_H_
