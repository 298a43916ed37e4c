#include <gtest/gtest.h>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

using namespace std::chrono_literals;

constexpr char kLogin[] = R"({"email":"admin@battwheels.in","password":"admin"})";
constexpr char kSignup[] =
    R"({"name":"Second Garage","admin_name":"Ravi","admin_email":"ravi@example.com",)"
    R"("admin_password":"secret1"})";

TEST(Guards, WithoutTokenReadsGet401AndWrites403) {
  Bay bay;
  const Answer read = bay.Get("/api/tickets");
  EXPECT_EQ(read.status(), 401);
  EXPECT_EQ(read.response.body, R"({"detail":"Authentication required","code":"AUTH_REQUIRED"})");
  EXPECT_TRUE(read.labels.empty());
  const Answer write = bay.Post("/api/tickets", R"({"title":"x"})");
  EXPECT_EQ(write.status(), 403);
  EXPECT_EQ(write.body["detail"],
            "CSRF token missing. Include X-CSRF-Token header matching the csrftoken cookie.");
  bay.set_token("a.b.c");
  EXPECT_EQ(bay.Get("/api/tickets").status(), 401);
}

TEST(Guards, DoubleSubmitCookieReplacesTheBearerForCsrf) {
  Bay bay;
  const Answer read = bay.Get("/api/tickets");
  const std::string* const set_cookie = FindHeader(read.response.headers, "Set-Cookie");
  ASSERT_NE(set_cookie, nullptr);
  const std::string token = set_cookie->substr(10, 64);
  EXPECT_EQ(*set_cookie, "csrftoken=" + token + "; Path=/; SameSite=lax");
  Request write = bay.Make("POST", "/api/tickets", R"({"title":"x"})");
  write.headers.push_back(Header{"Cookie", "csrftoken=" + token});
  write.headers.push_back(Header{"X-CSRF-Token", token});
  EXPECT_EQ(bay.Send(write).status(), 401);
  write.headers.back().value = "other";
  EXPECT_EQ(bay.Send(write).body["detail"],
            "CSRF token mismatch. The X-CSRF-Token header does not match the csrftoken cookie.");
}

TEST(Guards, AForgedOrExpiredTokenIsRefused) {
  Bay bay;
  const Answer login = bay.Post("/api/v1/auth/login", kLogin);
  std::string token(login.body["token"].String());
  bay.set_token(token);
  EXPECT_EQ(bay.Get("/api/tickets").status(), 200);
  std::string forged = token;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  bay.set_token(forged);
  EXPECT_EQ(bay.Get("/api/tickets").status(), 401);
  bay.set_token(token);
  bay.Pass(168h);
  EXPECT_EQ(bay.Get("/api/tickets").response.body, R"({"detail":"Token expired"})");
}

TEST(Guards, EveryAuthenticatedRequestReadsMembershipAndOrganisationFirst) {
  Bay bay;
  bay.LogIn();
  const Answer answer = bay.Get("/api/v1/tickets");
  EXPECT_EQ(answer.labels, (std::vector<std::string>{"organization_users.find_one",
                                                     "organizations.find_one", "users.find_one",
                                                     "tickets.count_documents", "tickets.find"}));
  const std::string* const tenant = FindHeader(answer.response.headers, "X-Tenant-ID");
  ASSERT_NE(tenant, nullptr);
  EXPECT_EQ(*tenant, kSeededOrganizationId);
}

TEST(Guards, UnknownPathsMethodsAndSlashes) {
  Bay bay;
  bay.LogIn();
  const Answer unmapped = bay.Get("/api/no-such-thing");
  EXPECT_EQ(unmapped.status(), 403);
  EXPECT_EQ(unmapped.body["code"], "RBAC_UNMAPPED_ROUTE");
  EXPECT_EQ(unmapped.body["your_role"], "owner");
  const Answer unknown = bay.Get("/api/tickets/x/y/z");
  EXPECT_EQ(unknown.status(), 404);
  EXPECT_EQ(unknown.response.body, R"({"detail":"Not Found"})");
  const Answer method = bay.Put("/api/tickets", "{}");
  EXPECT_EQ(method.status(), 405);
  EXPECT_EQ(method.response.body, R"({"detail":"Method Not Allowed"})");
  const Answer slash = bay.Get("/api/v1/tickets/?page=2");
  EXPECT_EQ(slash.status(), 307);
  EXPECT_EQ(*FindHeader(slash.response.headers, "Location"),
            "http://localhost/api/v1/tickets?page=2");
  EXPECT_EQ(bay.Get("/api/v1/contacts-enhanced/").status(), 200);
  EXPECT_EQ(bay.Get("/nowhere").status(), 403);
  bay.set_token("");
  EXPECT_EQ(bay.Get("/api/auth/nothing").status(), 404);
}

TEST(Guards, AnotherOrganisationIsDenied) {
  Bay bay;
  const Answer signup = bay.Post("/api/v1/organizations/signup", kSignup);
  ASSERT_EQ(signup.status(), 200) << signup.response.body;
  const std::string other(signup.body["organization"]["organization_id"].String());
  bay.LogIn();
  Request read = bay.Make("GET", "/api/tickets");
  read.headers.push_back(Header{"X-Organization-ID", other});
  const Answer denied = bay.Send(read);
  EXPECT_EQ(denied.status(), 403);
  EXPECT_EQ(denied.body["code"], "TENANT_ACCESS_DENIED");
  const Filter by_id = Where("organization_id", other);
  bay.db().organizations.UpdateNow(by_id, Update().Set("status", "suspended"), 1, Upsert::kNo);
  bay.set_token(std::string(signup.body["token"].String()));
  EXPECT_EQ(bay.Get("/api/tickets").body["code"], "ORG_SUSPENDED");
}

TEST(Guards, BodiesAreValidatedAsPydanticDoes) {
  Bay bay;
  bay.LogIn();
  EXPECT_EQ(bay.Post("/api/tickets", "{}").response.body,
            R"({"detail":[{"type":"missing","loc":["body","title"],"msg":"Field required",)"
            R"("input":{}}]})");
  EXPECT_EQ(bay.Post("/api/tickets", R"({"title":)").response.body,
            R"({"detail":[{"type":"json_invalid","loc":["body",9],"msg":"JSON decode error",)"
            R"("input":{},"ctx":{"error":"Expecting value"}}]})");
  EXPECT_EQ(bay.Post("/api/tickets").body["detail"].Items()[0]["type"], "missing");
  EXPECT_EQ(bay.Post("/api/tickets", "[1]").body["detail"].Items()[0]["type"],
            "model_attributes_type");
  EXPECT_EQ(bay.Post("/api/tickets", R"({"title":7,"vehicle_year":"new"})").response.body,
            R"({"detail":[{"type":"string_type","loc":["body","title"],)"
            R"("msg":"Input should be a valid string","input":7},)"
            R"({"type":"int_parsing","loc":["body","vehicle_year"],)"
            R"("msg":"Input should be a valid integer, unable to parse string as an integer",)"
            R"("input":"new"}]})");
  Request plain = bay.Make("POST", "/api/tickets", R"({"title":"x"})");
  plain.headers[0].value = "text/plain";
  EXPECT_EQ(bay.Send(plain).status(), 422);
  EXPECT_EQ(
      bay.Get("/api/tickets?limit=101").response.body,
      R"({"detail":[{"type":"less_than_equal","loc":["query","limit"],)"
      R"("msg":"Input should be less than or equal to 100","input":"101","ctx":{"le":100}}]})");
  EXPECT_EQ(bay.Get("/api/tickets?page=zero").status(), 422);
}

TEST(Guards, TagsAreStrippedAndTheRestEscaped) {
  Bay bay;
  bay.LogIn();
  const Answer answer = bay.Post("/api/tickets", R"({"title":"<b>A & B</b> <script>x</script>"})");
  EXPECT_EQ(answer.body["title"], "A &amp; B x");
}

TEST(Guards, TheAiLimitRefusesTheTwentyFirstRequestOfAMinute) {
  Bay bay(BugSet::All(), true);
  bay.LogIn();
  for (int i = 0; i < 20; ++i) EXPECT_NE(bay.Get("/api/efi/reports").status(), 429) << i;
  const Answer refused = bay.Post("/api/ai/diagnose", "{}");
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.response.body,
            R"({"error":"rate_limit_exceeded","retry_after":61,)"
            R"("message":"Too many requests. Please wait before retrying."})");
  EXPECT_EQ(*FindHeader(refused.response.headers, "Retry-After"), "61");
  EXPECT_EQ(refused.labels, std::vector<std::string>{"rate_limit.hit"});
  EXPECT_NE(bay.Get("/api/tickets").status(), 429) << "another category";
  bay.Pass(59'500ms);
  EXPECT_EQ(bay.Get("/api/efi/reports").body["retry_after"].Int(), 1);
  bay.Pass(500ms);
  EXPECT_NE(bay.Get("/api/efi/reports").status(), 429);
}

TEST(Guards, LoginIsLimitedByClientAddressAndOnlyOnTheOldPath) {
  Bay bay(BugSet::All(), true);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bay.Post("/api/auth/login", kLogin).status(), 200);
  EXPECT_EQ(bay.Post("/api/auth/login", kLogin).status(), 429);
  EXPECT_EQ(bay.Post("/api/v1/auth/login", kLogin).status(), 200);
  Request other = bay.Make("POST", "/api/auth/login", kLogin);
  other.headers.push_back(Header{"X-Forwarded-For", "10.0.0.7"});
  EXPECT_EQ(bay.Send(other).status(), 200);
  bay.set_client_ip("192.0.2.9");
  EXPECT_EQ(bay.Post("/api/auth/login", kLogin).status(), 200);
  for (int i = 0; i < 9; ++i) bay.Post("/api/auth/login", kLogin);
  EXPECT_EQ(bay.Send(other).status(), 429) << "the header counts from loopback only";
}

TEST(Guards, WithoutRateLimitsNothingIsCounted) {
  Bay bay;
  for (int i = 0; i < 40; ++i) {
    const Answer answer = bay.Post("/api/auth/login", kLogin);
    ASSERT_EQ(answer.status(), 200);
    ASSERT_EQ(answer.labels[0], "users.find_one");
  }
}

// The free trial ends at 10 contacts; two requests at 9 both pass as-is.
std::vector<Request> TwoContactsAtTheLimit(Bay& bay) {
  const Answer signup = bay.Post("/api/v1/organizations/signup", kSignup);
  bay.set_token(std::string(signup.body["token"].String()));
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(bay.Post("/api/v1/contacts-enhanced", R"({"name":"Asha"})").status(), 200);
  }
  const Request contact = bay.Make("POST", "/api/v1/contacts-enhanced", R"({"name":"Ravi"})");
  return {contact, contact};
}

bool PassedTheLimit(Bay& bay, const std::vector<Answer>& answers) {
  const bool both = answers[0].status() == 200 && answers[1].status() == 200;
  const std::int64_t total =
      bay.Get("/api/v1/contacts-enhanced").body["page_context"]["total"].Int();
  return both || total > 10;
}

TEST(Guards, RecordLimitsRaceAsIsAndHoldWhenFixed) {
  const RaceResult as_is =
      SearchRace("bounded:1", 20'000, BugSet::All(), TwoContactsAtTheLimit, PassedTheLimit);
  EXPECT_GT(as_is.violations, 0U);
  const RaceResult fixed =
      SearchRace("bounded:2", 20'000, BugSet::None(), TwoContactsAtTheLimit, PassedTheLimit);
  EXPECT_EQ(fixed.violations, 0U) << "schedule: " << fixed.first_schedule;
  EXPECT_LT(fixed.executions, 20'000U);
}

TEST(Guards, TheRecordLimitAnswers403) {
  Bay bay;
  const std::vector<Request> requests = TwoContactsAtTheLimit(bay);
  EXPECT_EQ(bay.Send(requests[0]).status(), 200);
  const Answer refused = bay.Send(requests[1]);
  EXPECT_EQ(refused.status(), 403);
  EXPECT_EQ(refused.body["detail"]["error"], "record_limit_reached");
  EXPECT_EQ(bay.Post("/api/v1/subscriptions/admin/initialize-plans").status(), 200);
  EXPECT_EQ(bay.Post("/api/v1/subscriptions/change-plan?plan_code=enterprise").status(), 200);
  EXPECT_EQ(bay.Send(requests[1]).status(), 200);
}

}  // namespace
}  // namespace redrive::workshop
