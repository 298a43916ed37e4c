// Login, registration, the caller's own data (contract A.3).
#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/seed.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/token.h"
#include "recorder/workshop/validate.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

constexpr std::int64_t kLoginFailuresMax = 5;
constexpr std::int64_t kLoginWindowSeconds = 15 * 60;

// The two login routes differ: /api sets a cookie, /api/v1 guards against brute force.
bool IsVersionOne(const Context& context) {
  return context.request.target.compare(0, 8, "/api/v1/") == 0;
}

Value WithoutPassword(Value user) {
  user.Remove("password_hash");
  return user;
}

std::string TokenFor(const Context& context, const Value& user, std::string_view organization_id,
                     std::string_view role) {
  Claims claims;
  claims.user_id = user["user_id"].String();
  claims.role = role;
  claims.email = user["email"].String();
  claims.organization_id = organization_id;
  claims.expires = context.Now().unix_seconds() + kTokenSeconds;
  return MakeToken(context.options.seed, claims);
}

// The organisations of a user: one find and one find_one for each membership.
Task<Value> OrganizationsOf(Context& context, std::string_view user_id) {
  Filter memberships = Where("user_id", user_id);
  memberships.And("status", "active");
  const std::vector<Value> found =
      co_await context.db.organization_users.Find(context.env, memberships);
  Value organizations = Value::EmptyArray();
  for (const Value& membership : found) {
    const Filter by_id = Where("organization_id", membership["organization_id"]);
    const Value organization = co_await context.db.organizations.FindOne(context.env, by_id);
    if (organization.IsNull()) continue;
    organizations.Push(Object("organization_id", organization["organization_id"], "name",
                              organization["name"], "slug", organization["slug"], "logo_url",
                              organization["logo_url"], "plan_type", organization["plan_type"],
                              "role", membership["role"]));
  }
  co_return organizations;
}

Value LoginBody(const Context& context, const Value& user, const Value& organizations,
                const std::string& token, const Value& current) {
  const Value only = organizations.size() == 1 ? organizations.Items()[0] : Value();
  if (!IsVersionOne(context)) {
    return Object("token", token, "user", WithoutPassword(user), "email_verified",
                  user["email_verified"], "organizations", organizations, "organization", only,
                  "current_organization", current);
  }
  const Value brief =
      Object("user_id", user["user_id"], "email", user["email"], "name", user["name"], "role",
             user["role"], "designation", user["designation"], "picture", user["picture"],
             "is_platform_admin", user["is_platform_admin"]);
  return Object("token", token, "user", brief, "organizations", organizations, "organization", only,
                "current_organization", current);
}

Task<bool> TooManyFailures(Context& context, const Value& email) {
  const std::int64_t since = context.Now().unix_seconds() - kLoginWindowSeconds;
  Filter recent = Where("email", email);
  recent.And("at", Op::kGt, since);
  const std::int64_t failures =
      co_await context.db.login_attempts.CountDocuments(context.env, recent);
  co_return failures >= kLoginFailuresMax;
}

// Ops: users.find_one, organization_users.find, organizations.find_one each, sessions.insert_one.
Task<Response> LogIn(Context& context) {
  static constexpr FieldRule kRules[] = {Required("email", FieldType::kEmail),
                                         Required("password", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const bool guarded = IsVersionOne(context);
  const Value email = context.body["email"];
  if (guarded) {
    const bool locked = co_await TooManyFailures(context, email);
    if (locked) {
      Response response = Detail(429, "Too many login attempts. Try again in 15 minutes.");
      response.headers.push_back(Header{"Retry-After", "900"});
      co_return response;
    }
  }
  const Filter by_email = Where("email", email);
  const Value user = co_await context.db.users.FindOne(context.env, by_email);
  const std::string hash = HashPassword(context.body["password"].String());
  if (user.IsNull() || !(user["password_hash"] == hash)) {
    if (guarded) {
      const Value attempt = Object("attempt_id", context.ids.Lower("att_"), "email", email, "at",
                                   context.Now().unix_seconds());
      (void)co_await context.db.login_attempts.InsertOne(context.env, attempt);
    }
    co_return Detail(401, "Invalid credentials");
  }
  if (!user["is_active"].Bool()) co_return Detail(401, "Account is deactivated");
  const Value organizations = co_await OrganizationsOf(context, user["user_id"].String());
  const Value current =
      organizations.empty() ? Value() : organizations.Items()[0]["organization_id"];
  const std::string_view role =
      organizations.empty() ? user["role"].String() : organizations.Items()[0]["role"].String();
  const std::string token = TokenFor(context, user, current.String(), role);
  Response response = Ok(LoginBody(context, user, organizations, token, current));
  if (guarded) {
    (void)co_await context.db.login_attempts.DeleteMany(context.env, by_email);
  } else {
    const Value session = Object("session_token", token, "user_id", user["user_id"], "created_at",
                                 context.Now().Iso());
    (void)co_await context.db.sessions.InsertOne(context.env, session);
    response.headers.push_back(
        Header{"Set-Cookie",
               "session_token=" + token + "; HttpOnly; Max-Age=604800; Path=/; SameSite=lax"});
  }
  co_return response;
}

Task<Response> Register(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("email", FieldType::kEmail), Required("password", FieldType::kString).Length(6),
      Required("name", FieldType::kString), Optional("organization_name", FieldType::kString),
      Optional("phone", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Instant now = context.Now();
  const bool with_organization = IsVersionOne(context);
  if (with_organization) {
    std::optional<Response> limited = co_await LimitSignups(context);
    if (limited) co_return *std::move(limited);
  }
  const std::string_view email = context.body["email"].String();
  const Filter by_email = Where("email", email);
  const Value existing = co_await context.db.users.FindOne(context.env, by_email);
  if (!existing.IsNull()) co_return BadRequest("Email already registered");
  const std::string user_id = context.ids.Lower("user_");
  std::string organization_id;
  const std::string_view name = context.body["name"].String();
  const std::string organization_name(context.body["organization_name"].String(name));
  if (with_organization) {
    organization_id = context.ids.Lower("org_");
    co_await InsertOrganization(context, organization_id, organization_name, user_id);
  }
  const Value user =
      UserDocument(user_id, email, context.body["password"].String(), name, organization_id, now);
  (void)co_await context.db.users.InsertOne(context.env, user);
  const std::string token = TokenFor(context, user, organization_id, "owner");
  if (!with_organization) {
    co_return Ok(Object("token", token, "user", WithoutPassword(user), "message",
                        "User registered successfully"));
  }
  co_return Ok(Object("token", token, "user_id", user_id, "role", "owner", "organization_id",
                      organization_id, "organization_name", organization_name));
}

// The valid claims of the request's token; these routes are outside the tenant guard.
std::optional<Claims> ClaimsOf(const Context& context) {
  std::optional<Claims> claims = context.reading.TokenClaims();
  if (claims && claims->expires <= context.Now().unix_seconds()) claims.reset();
  return claims;
}

Task<Response> Me(Context& context) {
  const std::optional<Claims> claims = ClaimsOf(context);
  if (!claims) co_return Detail(401, "Not authenticated");
  const Filter by_id = Where("user_id", claims->user_id);
  const Value user = co_await context.db.users.FindOne(context.env, by_id);
  if (user.IsNull()) co_return Detail(401, "User not found");
  co_return Ok(WithoutPassword(user));
}

Task<Response> LogOut(Context& context) {
  const Filter by_token = Where("session_token", context.Token());
  (void)co_await context.db.sessions.DeleteOne(context.env, by_token);
  Response response = Ok(Object("message", "Logged out successfully"));
  response.headers.push_back(
      Header{"Set-Cookie", "session_token=\"\"; Max-Age=0; Path=/; SameSite=lax"});
  co_return response;
}

Task<Response> SwitchOrganization(Context& context) {
  static constexpr FieldRule kRules[] = {Required("organization_id", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const std::optional<Claims> claims = ClaimsOf(context);
  if (!claims) co_return Detail(401, "Not authenticated");
  Filter member = Where("user_id", claims->user_id);
  member.And("organization_id", context.body["organization_id"]).And("status", "active");
  const Value membership = co_await context.db.organization_users.FindOne(context.env, member);
  if (membership.IsNull()) co_return Detail(403, "You are not a member of this organization");
  const Filter by_id = Where("organization_id", membership["organization_id"]);
  const Value organization = co_await context.db.organizations.FindOne(context.env, by_id);
  const Value user = Object("user_id", claims->user_id, "email", claims->email);
  const std::string token =
      TokenFor(context, user, membership["organization_id"].String(), membership["role"].String());
  co_return Ok(Object("token", token, "organization",
                      Object("organization_id", organization["organization_id"], "name",
                             organization["name"], "role", membership["role"])));
}

Task<Response> Health(Context& context) {
  co_return Ok(Object("status", "healthy", "version", "2.5.0", "release_date", "2026-03-01",
                      "timestamp", context.Now().Iso(), "environment", "simulation", "mongodb",
                      "connected"));
}

}  // namespace

void RegisterAuth(Router& router) {
  router.Add("POST", "/auth/login", Guard::kPublic, LogIn);
  router.Add("POST", "/auth/register", Guard::kPublic, Register);
  router.Add("GET", "/auth/me", Guard::kPublic, Me);
  router.Add("POST", "/auth/logout", Guard::kPublic, LogOut);
  router.Add("POST", "/auth/switch-organization", Guard::kPublic, SwitchOrganization);
  router.Add("GET", "/health", Guard::kPublic, Health);
}

}  // namespace redrive::workshop
