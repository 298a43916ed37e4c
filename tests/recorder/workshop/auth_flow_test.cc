#include <gtest/gtest.h>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

constexpr char kLogin[] = R"({"email":"admin@battwheels.in","password":"admin"})";
constexpr char kWrong[] = R"({"email":"admin@battwheels.in","password":"wrong"})";

TEST(AuthFlow, TheOldPathDoesTheRecordedOperationsAndSetsACookie) {
  Bay bay;
  const Answer answer = bay.Post("/api/auth/login", kLogin);
  EXPECT_EQ(answer.labels,
            (std::vector<std::string>{"users.find_one", "organization_users.find",
                                      "organizations.find_one", "sessions.insert_one"}));
  EXPECT_EQ(answer.body["current_organization"], kSeededOrganizationId);
  EXPECT_EQ(answer.body["organization"]["plan_type"], "enterprise");
  EXPECT_EQ(answer.body["organizations"].size(), 1U);
  EXPECT_EQ(answer.body["user"]["email"], "admin@battwheels.in");
  EXPECT_FALSE(answer.body["user"].Has("password_hash"));
  const std::string token(answer.body["token"].String());
  EXPECT_EQ(*FindHeader(answer.response.headers, "Set-Cookie"),
            "session_token=" + token + "; HttpOnly; Max-Age=604800; Path=/; SameSite=lax");
}

TEST(AuthFlow, WrongPasswordsLockTheEmailOnTheNewPathOnly) {
  Bay bay;
  for (int i = 0; i < 5; ++i) {
    const Answer answer = bay.Post("/api/v1/auth/login", kWrong);
    EXPECT_EQ(answer.status(), 401);
    EXPECT_EQ(answer.body["detail"], "Invalid credentials");
  }
  const Answer locked = bay.Post("/api/v1/auth/login", kLogin);
  EXPECT_EQ(locked.status(), 429);
  EXPECT_EQ(locked.body["detail"], "Too many login attempts. Try again in 15 minutes.");
  EXPECT_EQ(*FindHeader(locked.response.headers, "Retry-After"), "900");
  EXPECT_EQ(bay.Post("/api/auth/login", kLogin).status(), 200);
  bay.Pass(std::chrono::minutes(15));
  EXPECT_EQ(bay.Post("/api/v1/auth/login", kLogin).status(), 200);
}

TEST(AuthFlow, MissingFieldsAndBadEmailsAre422) {
  Bay bay;
  EXPECT_EQ(bay.Post("/api/auth/login", R"({"email":"nobody","password":"x"})").status(), 422);
  EXPECT_EQ(bay.Post("/api/auth/login", R"({"email":"a@b.c"})").status(), 422);
}

TEST(AuthFlow, ASignedUpOwnerWorksInAnOrganisationOfTheirOwn) {
  Bay bay;
  const Answer signup =
      bay.Post("/api/v1/organizations/signup",
               R"({"name":"Volt Garage","admin_name":"Ravi","admin_email":"r@example.com",)"
               R"("admin_password":"secret1"})");
  ASSERT_EQ(signup.status(), 200) << signup.response.body;
  EXPECT_EQ(signup.body["organization"]["plan_type"], "free_trial");
  EXPECT_EQ(signup.body["user"]["role"], "owner");
  bay.set_token(std::string(signup.body["token"].String()));
  EXPECT_EQ(bay.Get("/api/tickets").body["pagination"]["total_count"].Int(), 0);
  EXPECT_EQ(bay.Get("/api/auth/me").body["name"], "Ravi");
  bay.set_token("");
  const Answer again =
      bay.Post("/api/v1/organizations/signup",
               R"({"name":"Volt Garage","admin_name":"Ravi","admin_email":"r@example.com",)"
               R"("admin_password":"secret1"})");
  EXPECT_EQ(again.status(), 400);
}

TEST(AuthFlow, TheFourthSignUpOfAMinuteIsRefusedEvenWithoutRateLimits) {
  Bay bay;
  const auto sign_up = [&](int n) {
    return bay.Post("/api/v1/auth/register", R"({"email":"u)" + std::to_string(n) +
                                                 R"(@example.com","password":"secret1",)"
                                                 R"("name":"User"})");
  };
  for (int i = 0; i < 3; ++i) {
    const Answer answer = sign_up(i);
    EXPECT_EQ(answer.status(), 200) << answer.response.body;
    EXPECT_EQ(answer.body["role"], "owner");
  }
  const Answer refused = sign_up(3);
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.body["detail"], "Too many registration attempts. Please try again later.");
}

TEST(AuthFlow, AUserWithoutOrganisationHasNoContext) {
  Bay bay;
  const Answer answer = bay.Post(
      "/api/auth/register", R"({"email":"solo@example.com","password":"secret1","name":"Solo"})");
  ASSERT_EQ(answer.status(), 200) << answer.response.body;
  bay.set_token(std::string(answer.body["token"].String()));
  const Answer tickets = bay.Get("/api/tickets");
  EXPECT_EQ(tickets.status(), 400);
  EXPECT_EQ(tickets.body["code"], "TENANT_CONTEXT_MISSING");
}

TEST(AuthFlow, HealthAnswersOnAllThreePaths) {
  Bay bay;
  for (const char* path : {"/health", "/api/health", "/api/v1/health"}) {
    EXPECT_EQ(bay.Get(path).body["status"], "healthy") << path;
  }
}

TEST(AuthFlow, EqualSeedsGiveEqualAnswersAndOthersDiffer) {
  Bay one(WorkshopOptions{.seed = 7});
  Bay same(WorkshopOptions{.seed = 7});
  Bay other(WorkshopOptions{.seed = 8});
  const std::string first = one.Post("/api/v1/auth/login", kLogin).response.body;
  EXPECT_EQ(first, same.Post("/api/v1/auth/login", kLogin).response.body);
  EXPECT_NE(first, other.Post("/api/v1/auth/login", kLogin).response.body);
}

}  // namespace
}  // namespace redrive::workshop
