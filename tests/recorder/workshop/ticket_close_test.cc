#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

constexpr char kResolution[] = R"({"resolution":"Replaced the pads"})";

struct Closable {
  std::string ticket_id;
  std::string item_id;
};

// A ticket whose estimate has 3 of an item that costs 40; 50 are in stock.
Closable NewClosable(Bay& bay) {
  bay.LogIn();
  Closable closable;
  closable.ticket_id = NewTicket(bay);
  closable.item_id = NewStockedItem(bay).item_id;
  const Value estimate = Object("estimate_id", "est_1", "ticket_id", closable.ticket_id,
                                "organization_id", kSeededOrganizationId);
  EXPECT_EQ(bay.db().ticket_estimates.InsertNow(estimate), InsertResult::kInserted);
  const Value line = Object("line_item_id", "eli_1", "estimate_id", "est_1", "type", "part",
                            "item_id", closable.item_id, "qty", 3);
  EXPECT_EQ(bay.db().ticket_estimate_line_items.InsertNow(line), InsertResult::kInserted);
  return closable;
}

std::string ClosePath(const std::string& ticket_id) {
  return "/api/v1/tickets/" + ticket_id + "/close";
}

Decimal StockOf(Bay& bay, const std::string& item_id) {
  const Answer answer = bay.Get("/api/v1/items-enhanced/" + item_id);
  return answer.body.AtPath("item.stock_on_hand").Number();
}

// The sum of the cost entries.
Decimal PostedCost(Bay& bay) {
  Decimal cost;
  const Answer list = bay.Get("/api/v1/journal-entries?limit=100");
  EXPECT_EQ(list.status(), 200);
  for (const Value& entry : list.body["data"].Items()) {
    if (entry["source_document_type"] == "ticket_close") cost += entry["total_debit"].Number();
  }
  return cost;
}

TEST(TicketCloseTest, OperationsAreTheContracts) {
  Bay bay;
  const Closable closable = NewClosable(bay);
  bay.Post("/api/v1/journal-entries/accounts/initialize-system");
  const Answer answer = bay.Post(ClosePath(closable.ticket_id), kResolution);
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.labels,
            Guarded(Joined({{"users.find_one", "tickets.find_one", "tickets.update_one",
                             "ticket_estimates.find_one", "ticket_estimate_line_items.find",
                             "items.find_one", "items.update_one", "period_locks.find_one"},
                            Times(40, "chart_of_accounts.find_one"),
                            {"journal_entries.find_one"},
                            Times(2, "chart_of_accounts.find_one"),
                            {"journal_entries.count_documents", "journal_entries.insert_one",
                             "audit_log.insert_one", "journal_audit_log.insert_one"},
                            Times(2, "chart_of_accounts.update_one"),
                            {"tickets.find_one", "ai_guidance_snapshots.find_one",
                             "efi_learning_queue.insert_one", "ticket_reviews.insert_one",
                             "tickets.update_one", "tickets.find_one", "audit_logs.insert_one"}})));
}

TEST(TicketCloseTest, AnswersTheClosedTicketAndPostsItsCost) {
  Bay bay;
  const Closable closable = NewClosable(bay);
  const Answer answer = bay.Post(ClosePath(closable.ticket_id), kResolution);
  EXPECT_EQ(answer.body["status"], "closed");
  EXPECT_EQ(answer.body["resolution_outcome"], "success");
  EXPECT_EQ(answer.body["status_history"].size(), 2U);
  EXPECT_EQ(answer.body["survey_token"].String().size(), 28U);
  EXPECT_EQ(StockOf(bay, closable.item_id), Decimal(47));
  EXPECT_EQ(PostedCost(bay), Decimal(120));
  const Answer logs = bay.Get("/api/v1/audit-logs?action=ticket.closed");
  EXPECT_EQ(logs.response.body,
            R"({"code":0,"audit_logs":[{"action":"ticket.closed","organization_id":)"
            R"("org_71f0aa01b2c4","user_id":"user_0ad31b5c77e9","resource_type":"ticket",)"
            R"("resource_id":")" +
                closable.ticket_id +
                R"(","details":{"resolution_outcome":"success"},"ip_address":"127.0.0.1",)"
                R"("timestamp":"2026-01-05T04:30:00.000000+00:00"}],"total":1,"page":1})");
}

TEST(TicketCloseTest, Refusals) {
  Bay bay;
  bay.LogIn();
  const Answer unknown = bay.Post(ClosePath("tkt_none"), kResolution);
  EXPECT_EQ(unknown.status(), 404);
  EXPECT_EQ(unknown.response.body, R"({"detail":"Ticket tkt_none not found"})");
  EXPECT_EQ(bay.Post(ClosePath("tkt_none"), "{}").status(), 422);
}

TEST(TicketCloseTest, AsIsASecondCloseDeductsAgainButPostsOnce) {
  Bay bay;
  const Closable closable = NewClosable(bay);
  EXPECT_EQ(bay.Post(ClosePath(closable.ticket_id), kResolution).status(), 200);
  EXPECT_EQ(bay.Post(ClosePath(closable.ticket_id), kResolution).status(), 200);
  EXPECT_EQ(StockOf(bay, closable.item_id), Decimal(44));
  EXPECT_EQ(PostedCost(bay), Decimal(120));
  const Answer report = bay.Get("/api/v1/items-enhanced/admin/stock-integrity-report");
  EXPECT_EQ(report.body["negative_count"].Int(), 0);
  EXPECT_EQ(report.body["mismatched_count"].Int(), 1);
}

TEST(TicketCloseTest, ALockedPeriodLosesTheEntryAsIsAndRefusesFixed) {
  constexpr char kJanuary[] = R"({"period_month":1,"period_year":2026,"lock_reason":"audit"})";
  Bay as_is;
  const Closable lossy = NewClosable(as_is);
  EXPECT_EQ(as_is.Post("/api/v1/finance/period-locks", kJanuary).status(), 200);
  EXPECT_EQ(as_is.Post(ClosePath(lossy.ticket_id), kResolution).status(), 200);
  EXPECT_EQ(StockOf(as_is, lossy.item_id), Decimal(47));
  EXPECT_EQ(PostedCost(as_is), Decimal(0));
  Bay fixed(BugSet::None());
  const Closable kept = NewClosable(fixed);
  EXPECT_EQ(fixed.Post("/api/v1/finance/period-locks", kJanuary).status(), 200);
  EXPECT_EQ(fixed.Post(ClosePath(kept.ticket_id), kResolution).status(), 423);
  EXPECT_EQ(StockOf(fixed, kept.item_id), Decimal(50));
}

// Posting looks up 42 accounts. They are initialised and never change here, so where within these
// steps the other request preempts makes no difference; the bound keeps the search affordable.
TEST(TicketCloseTest, DoubleCloseIsFoundAndFixed) {
  std::string item_id;
  const Prepare prepare = [&](Bay& bay) {
    const Closable closable = NewClosable(bay);
    bay.Post("/api/v1/journal-entries/accounts/initialize-system");
    item_id = closable.item_id;
    const Request close = bay.Make("POST", ClosePath(closable.ticket_id), kResolution);
    return std::vector<Request>{close, close};
  };
  // I9, I11: closed once, and the cost posted is that of what was deducted.
  const auto violated = [&](Bay& bay, const std::vector<Answer>& answers) {
    const Decimal deducted = Decimal(50) - StockOf(bay, item_id);
    return CountOf(answers, 200) != 1 || deducted * Decimal(40) != PostedCost(bay);
  };
  ExpectFoundThenFixed(Bug::kDoubleClose, prepare, violated, 50'000);
}

TEST(CompleteWorkTest, OperationsAreTheContracts) {
  Bay bay;
  bay.LogIn();
  const std::string ticket_id = NewTicket(bay);
  const std::string item_id = NewInventoryItem(bay, 10);
  const Answer answer = bay.Post("/api/v1/tickets/" + ticket_id + "/complete-work",
                                 R"({"work_summary":"done","parts_used":[")" + item_id + R"("]})");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.labels, Guarded({"tickets.find_one", "tickets.update_one", "inventory.find_one",
                                    "inventory.update_one", "stock_movements.insert_one",
                                    "ticket_activities.insert_one", "tickets.find_one"}));
  EXPECT_EQ(answer.body["status"], "work_completed");
  EXPECT_NE(bay.Get("/api/v1/inventory/" + item_id).response.body.find(R"("quantity":9.0,)"),
            std::string::npos);
}

TEST(CompleteWorkTest, LostUpdateIsFoundAndFixed) {
  std::string item_id;
  const Prepare prepare = [&](Bay& bay) {
    bay.LogIn();
    item_id = NewInventoryItem(bay, 10);
    const std::string body = R"({"work_summary":"done","parts_used":[")" + item_id + R"("]})";
    std::vector<Request> requests;
    for (int i = 0; i < 2; ++i) {
      const std::string ticket_id = NewTicket(bay);
      requests.push_back(bay.Make("POST", "/api/v1/tickets/" + ticket_id + "/complete-work", body));
    }
    return requests;
  };
  const auto violated = [&](Bay& bay, const std::vector<Answer>&) {
    return InventoryItem(bay, item_id)["quantity"].Number() != Decimal(8);
  };
  ExpectFoundThenFixed(Bug::kCompleteWorkLostUpdate, prepare, violated);
}

TEST(CompleteWorkTest, FixedTheLastPieceIsTakenOnceAndNotBelowReserved) {
  Bay bay(BugSet::None());
  bay.LogIn();
  const std::string item_id = NewInventoryItem(bay, 1);
  const std::string body =
      R"({"work_summary":"done","parts_used":[")" + item_id + R"(",")" + item_id + R"("]})";
  const std::string ticket_id = NewTicket(bay);
  EXPECT_EQ(bay.Post("/api/v1/tickets/" + ticket_id + "/complete-work", body).status(), 200);
  EXPECT_EQ(InventoryItem(bay, item_id)["quantity"].Int(), 0);
  EXPECT_EQ(bay.db().stock_movements.size(), 1U);
}

}  // namespace
}  // namespace redrive::workshop
