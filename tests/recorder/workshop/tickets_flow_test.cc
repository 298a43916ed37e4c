#include <gtest/gtest.h>

#include <set>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

std::string NewTicket(Bay& bay, const std::string& title = "Brakes squeal") {
  const Answer answer = bay.Post("/api/v1/tickets", ToJson(Object("title", title)));
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body["ticket_id"].String());
}

TEST(TicketsFlow, CreatesTheWholeRecordedTicket) {
  Bay bay;
  bay.LogIn();
  const Answer answer = bay.Post(
      "/api/tickets",
      R"({"title":"Battery hot","priority":"high","category":"battery","customer_name":"Asha",)"
      R"("estimated_cost":1500,"unknown":"ignored"})");
  EXPECT_EQ(answer.labels,
            (std::vector<std::string>{"organization_users.find_one", "organizations.find_one",
                                      "users.find_one", "tickets.insert_one"}));
  const Value& ticket = answer.body;
  EXPECT_EQ(ticket["ticket_id"].String().substr(0, 4), "tkt_");
  EXPECT_EQ(ticket["ticket_id"].String().size(), 16U);
  EXPECT_EQ(ticket["status"], "open");
  EXPECT_EQ(ticket["ticket_type"], "onsite");
  EXPECT_EQ(ticket["issue_type"], "battery");
  EXPECT_EQ(ticket["customer_id"], kSeededUserId);
  EXPECT_EQ(ticket["estimated_cost"], Value(1500));
  EXPECT_EQ(ticket["status_history"].Items()[0]["updated_by"], "Admin User");
  EXPECT_EQ(ticket["sla_resolution_due_at"], "2026-01-05T12:30:00.000000+00:00");
  EXPECT_FALSE(ticket.Has("unknown"));
  EXPECT_EQ(ticket.size(), 55U);
  const Answer read = bay.Get("/api/v1/tickets/" + std::string(ticket["ticket_id"].String()));
  EXPECT_EQ(read.body, ticket);
}

TEST(TicketsFlow, PagesShowEveryTicketOnce) {
  Bay bay;
  bay.LogIn();
  for (int i = 0; i < 23; ++i) NewTicket(bay);
  std::set<std::string> seen;
  for (int page = 1; page <= 3; ++page) {
    const Answer answer = bay.Get("/api/tickets?limit=10&page=" + std::to_string(page));
    const Value& pagination = answer.body["pagination"];
    EXPECT_EQ(pagination["total_count"].Int(), 23);
    EXPECT_EQ(pagination["total_pages"].Int(), 3);
    EXPECT_EQ(pagination["has_next"].Bool(), page < 3);
    EXPECT_EQ(pagination["has_prev"].Bool(), page > 1);
    EXPECT_EQ(pagination["next_cursor"].IsNull(), page == 3);
    for (const Value& ticket : answer.body["data"].Items()) {
      seen.insert(std::string(ticket["ticket_id"].String()));
    }
  }
  EXPECT_EQ(seen.size(), 23U);
}

TEST(TicketsFlow, CursorsWalkTheListToItsEnd) {
  Bay bay;
  bay.LogIn();
  for (int i = 0; i < 23; ++i) {
    bay.Pass(std::chrono::seconds(i % 2));  // equal times too
    NewTicket(bay);
  }
  std::set<std::string> seen;
  std::string target = "/api/tickets?limit=10";
  for (int page = 0; page < 3; ++page) {
    const Answer answer = bay.Get(target);
    for (const Value& ticket : answer.body["data"].Items()) {
      seen.insert(std::string(ticket["ticket_id"].String()));
    }
    const Value& next = answer.body["pagination"]["next_cursor"];
    EXPECT_EQ(next.IsNull(), page == 2);
    target = "/api/tickets?limit=10&cursor=" + std::string(next.String());
  }
  EXPECT_EQ(seen.size(), 23U);
}

TEST(TicketsFlow, FiltersStatsAndUpdates) {
  Bay bay;
  bay.LogIn();
  const std::string id = NewTicket(bay);
  NewTicket(bay);
  const Answer updated =
      bay.Put("/api/tickets/" + id, R"({"status":"resolved","priority":"critical"})");
  EXPECT_EQ(updated.body["priority"], "critical");
  EXPECT_EQ(updated.body["status_history"].size(), 2U);
  const Answer open = bay.Get("/api/tickets?status=open");
  EXPECT_EQ(open.body["data"].size(), 1U);
  EXPECT_EQ(bay.Get("/api/tickets/stats").response.body,
            R"({"total":2,"open":1,"in_progress":0,"resolved":1,)"
            R"("by_status":{"resolved":1,"open":1}})");
  EXPECT_EQ(bay.Get("/api/tickets/tkt_none").body["detail"], "Ticket not found");
}

TEST(TicketsFlow, StartWorkDoesTheRecordedOperationsAndRefusesASecondTime) {
  Bay bay;
  bay.LogIn();
  const std::string path = "/api/v1/tickets/" + NewTicket(bay) + "/start-work";
  const Answer first = bay.Post(path);
  EXPECT_EQ(first.labels,
            (std::vector<std::string>{"organization_users.find_one", "organizations.find_one",
                                      "users.find_one", "tickets.find_one", "tickets.update_one",
                                      "ticket_activities.insert_one", "tickets.find_one"}));
  EXPECT_EQ(first.body["status"], "work_in_progress");
  EXPECT_EQ(first.body["status_history"].size(), 2U);
  const Answer second = bay.Post(path);
  EXPECT_EQ(second.status(), 400);
  EXPECT_EQ(second.body["detail"], "Work already in progress");
}

std::vector<Request> TwoStarts(Bay& bay) {
  bay.LogIn();
  const Request start = bay.Make("POST", "/api/v1/tickets/" + NewTicket(bay) + "/start-work");
  return {start, start};
}

bool BothStarted(Bay&, const std::vector<Answer>& answers) {
  return answers[0].status() == 200 && answers[1].status() == 200;
}

TEST(TicketsFlow, WorkStartsTwiceAsIsAndOnceWhenFixed) {
  const RaceResult as_is = SearchRace("bounded:2", 20'000, BugSet::All(), TwoStarts, BothStarted);
  EXPECT_GT(as_is.violations, 0U);
  const RaceResult fixed = SearchRace("bounded:2", 20'000, BugSet::None(), TwoStarts, BothStarted);
  EXPECT_EQ(fixed.violations, 0U) << "schedule: " << fixed.first_schedule;
  EXPECT_LT(fixed.executions, 20'000U) << "the search must be exhaustive";
}

TEST(TicketsFlow, AnotherOrganisationStartsWorkAsIsButNotWhenFixed) {
  for (const bool fixed : {false, true}) {
    Bay bay(fixed ? BugSet::None() : BugSet::All());
    bay.LogIn();
    const std::string id = NewTicket(bay);
    bay.set_token("");
    const Answer signup =
        bay.Post("/api/v1/organizations/signup",
                 R"({"name":"Other","admin_name":"Ravi","admin_email":"r@example.com",)"
                 R"("admin_password":"secret1"})");
    bay.set_token(std::string(signup.body["token"].String()));
    EXPECT_EQ(bay.Get("/api/tickets/" + id).status(), 404);
    EXPECT_EQ(bay.Post("/api/tickets/" + id + "/start-work").status(), fixed ? 404 : 200);
  }
}

std::vector<Request> TwoContacts(Bay& bay) {
  bay.LogIn();
  const Request contact = bay.Make("POST", "/api/v1/contacts-enhanced", R"({"name":"Asha"})");
  return {contact, contact};
}

bool SameContactNumber(Bay&, const std::vector<Answer>& answers) {
  return answers[0].body["contact"]["contact_number"] ==
         answers[1].body["contact"]["contact_number"];
}

TEST(TicketsFlow, ContactNumbersRaceAsIsAndNotWhenFixed) {
  const RaceResult as_is =
      SearchRace("bounded:2", 20'000, BugSet::All(), TwoContacts, SameContactNumber);
  EXPECT_GT(as_is.violations, 0U);
  const RaceResult fixed =
      SearchRace("bounded:2", 20'000, BugSet::None(), TwoContacts, SameContactNumber);
  EXPECT_EQ(fixed.violations, 0U) << "schedule: " << fixed.first_schedule;
}

TEST(TicketsFlow, DashboardAndSlaReportCountTheStore) {
  Bay bay;
  bay.LogIn();
  const std::string id = NewTicket(bay);
  NewTicket(bay);
  const Answer stats = bay.Get("/api/dashboard/stats");
  EXPECT_EQ(stats.status(), 200);
  EXPECT_EQ(stats.body["open_repair_orders"].Int(), 2);
  EXPECT_EQ(stats.body["service_ticket_stats"]["workshop_visit"].Int(), 2);
  EXPECT_EQ(stats.body["monthly_repair_trends"].Items()[5]["month"], "Jan");
  EXPECT_EQ(stats.body["monthly_repair_trends"].Items()[0]["month"], "Aug");
  bay.Pass(std::chrono::hours(9));
  const Answer report = bay.Get("/api/sla/breach-report");
  EXPECT_EQ(report.body["summary"]["total_tickets_in_period"].Int(), 2);
  EXPECT_EQ(report.body["summary"]["response_sla_breaches"].Int(), 2);
  EXPECT_EQ(report.body["summary"]["resolution_sla_breaches"].Int(), 0);
  EXPECT_EQ(report.body["breaches"].size(), 2U);
}

TEST(Bugs, NamesParseAndTheNearestIsSuggested) {
  EXPECT_EQ(BugSet::Parse("as-is").value(), BugSet::All());
  EXPECT_EQ(BugSet::Parse("fixed").value(), BugSet::None());
  const BugSet two = BugSet::Parse("double_close,double_reverse").value();
  EXPECT_TRUE(two.Has(Bug::kDoubleClose));
  EXPECT_TRUE(two.Has(Bug::kDoubleReverse));
  EXPECT_FALSE(two.Has(Bug::kTenantIsolation));
  EXPECT_EQ(two.Text(), "double_close,double_reverse");
  for (const BugInfo& bug : AllBugs()) {
    EXPECT_EQ(BugSet::Parse(bug.name).value().Text(), bug.name);
    EXPECT_FALSE(bug.description.empty());
  }
  const auto wrong = BugSet::Parse("double_clos");
  ASSERT_TRUE(wrong.has_error());
  EXPECT_NE(wrong.error().message.find("'double_close'"), std::string::npos)
      << wrong.error().message;
  EXPECT_TRUE(BugSet::Parse("").has_error());
}

}  // namespace
}  // namespace redrive::workshop
