#include <gtest/gtest.h>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

constexpr char kTicket[] = R"({"subject":"Scooter will not start",)"
                           R"("description":"No lights after a night on the charger"})";

// The session of a fresh portal customer.
std::string PortalSession(Bay& bay) {
  bay.LogIn();
  const Answer contact =
      bay.Post("/api/v1/contacts-enhanced", R"({"name":"Asha Rao","email":"asha@example.com"})");
  EXPECT_EQ(contact.status(), 200) << contact.response.body;
  const std::string id(contact.body["contact"]["contact_id"].String());
  const Answer portal = bay.Post("/api/v1/contacts-enhanced/" + id + "/enable-portal");
  EXPECT_EQ(portal.status(), 200) << portal.response.body;
  bay.set_token("");
  const Answer login =
      bay.Post("/api/v1/customer-portal/login", ToJson(Object("token", portal.body["token"])));
  EXPECT_EQ(login.status(), 200) << login.response.body;
  EXPECT_EQ(login.body["expires_in"].Int(), 86400);
  return std::string(login.body["session_token"].String());
}

Request PortalTicket(const Bay& bay, const std::string& session) {
  Request request = bay.Make("POST", "/api/v1/customer-portal/tickets", kTicket);
  request.headers.push_back(Header{"X-Portal-Session", session});
  return request;
}

std::vector<Request> TwoTickets(Bay& bay) {
  const std::string session = PortalSession(bay);
  return {PortalTicket(bay, session), PortalTicket(bay, session)};
}

bool SameNumber(Bay&, const std::vector<Answer>& answers) {
  EXPECT_EQ(answers[0].status(), 200);
  EXPECT_EQ(answers[1].status(), 200);
  return answers[0].body["ticket"]["ticket_id"] == answers[1].body["ticket"]["ticket_id"];
}

TEST(PortalFlow, ATicketDoesTheRecordedOperationsInOrder) {
  Bay bay;
  const Answer answer = bay.Send(PortalTicket(bay, PortalSession(bay)));
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.labels,
            (std::vector<std::string>{"portal_sessions.find_one", "contacts.find_one",
                                      "tickets.count_documents", "tickets.insert_one"}));
  EXPECT_EQ(answer.body["message"], "Support request TKT-000001 created successfully");
  const Value& ticket = answer.body["ticket"];
  EXPECT_EQ(ticket["ticket_id"], "TKT-000001");
  EXPECT_EQ(ticket["status"], "open");
  EXPECT_EQ(ticket["priority"], "medium");
  EXPECT_EQ(ticket["category"], "general");
  EXPECT_EQ(ticket["source"], "customer_portal");
  EXPECT_EQ(ticket["customer_name"], "Asha Rao");
  EXPECT_EQ(ticket["created_at"], "2026-01-05T04:30:00.000000+00:00");
  EXPECT_EQ(ticket["organization_id"], kSeededOrganizationId);
}

TEST(PortalFlow, TheNextNumberIsTheCountOfAllTicketsPlusOne) {
  Bay bay;
  const std::string session = PortalSession(bay);
  bay.LogIn();
  EXPECT_EQ(bay.Post("/api/v1/tickets", R"({"title":"Brakes"})").status(), 200);
  const Answer answer = bay.Send(PortalTicket(bay, session));
  EXPECT_EQ(answer.body["ticket"]["ticket_id"], "TKT-000002");
}

TEST(PortalFlow, ExhaustiveSearchFindsDuplicateNumbersAsIsAndNoneWhenFixed) {
  const RaceResult as_is = SearchRace("bounded:2", 100'000, BugSet::All(), TwoTickets, SameNumber);
  EXPECT_GT(as_is.violations, 0U);
  EXPECT_LT(as_is.executions, 100'000U);
  const RaceResult fixed = SearchRace("bounded:2", 100'000, BugSet::None(), TwoTickets, SameNumber);
  EXPECT_EQ(fixed.violations, 0U) << "schedule: " << fixed.first_schedule;
  EXPECT_LT(fixed.executions, 100'000U) << "the search must be exhaustive";
}

TEST(PortalFlow, RandomFindsTheDuplicateToo) {
  const RaceResult result = SearchRace("random", 50, BugSet::All(), TwoTickets, SameNumber);
  EXPECT_GT(result.violations, 0U);
}

TEST(PortalFlow, ListAndCommentShowToTheCustomer) {
  Bay bay;
  const std::string session = PortalSession(bay);
  bay.Send(PortalTicket(bay, session));
  const std::string query = "?session_token=" + session;
  const Answer comment = bay.Post("/api/v1/customer-portal/tickets/TKT-000001/comment" + query +
                                  "&comment=Any+news%3F");
  EXPECT_EQ(comment.body["message"], "Comment added successfully") << comment.response.body;
  const Answer ticket = bay.Get("/api/v1/customer-portal/tickets/TKT-000001" + query);
  EXPECT_EQ(ticket.body["ticket"]["updates"].Items()[0]["comment"], "Any news?");
  EXPECT_EQ(ticket.body["ticket"]["created_at"], "2026-01-05T04:30:00.000000");
  const Answer list = bay.Get("/api/customer-portal/tickets" + query);
  EXPECT_EQ(list.body["count"].Int(), 1);
  EXPECT_FALSE(list.body["tickets"].Items()[0].Has("organization_id"));
}

TEST(PortalFlow, RefusesWithTheRecordedTexts) {
  Bay bay;
  const Answer none = bay.Post("/api/v1/customer-portal/tickets", kTicket);
  EXPECT_EQ(none.status(), 401);
  EXPECT_EQ(none.body["detail"],
            "Session token required (X-Portal-Session header or session_token query)");
  const Answer wrong = bay.Post("/api/v1/customer-portal/tickets?session_token=PS-0", kTicket);
  EXPECT_EQ(wrong.body["detail"], "Invalid session");
  const Answer login = bay.Post("/api/v1/customer-portal/login", R"({"token":"0123456789"})");
  EXPECT_EQ(login.status(), 401);
  EXPECT_EQ(login.body["detail"], "Invalid or expired portal token");
  const Answer bad =
      bay.Post("/api/v1/customer-portal/tickets", R"({"subject":"x","priority":"urgent"})");
  EXPECT_EQ(bad.status(), 422);
  EXPECT_EQ(bad.body["detail"].size(), 3U) << bad.response.body;
  const Value& first = bad.body["detail"].Items()[0];
  EXPECT_EQ(first["type"], "string_too_short");
  EXPECT_EQ(first["msg"], "String should have at least 3 characters");
}

TEST(PortalFlow, ASessionExpiresAfterADay) {
  Bay bay;
  const std::string session = PortalSession(bay);
  bay.Pass(std::chrono::seconds(86'400));
  const Answer answer = bay.Send(PortalTicket(bay, session));
  EXPECT_EQ(answer.body["detail"], "Session expired");
}

}  // namespace
}  // namespace redrive::workshop
