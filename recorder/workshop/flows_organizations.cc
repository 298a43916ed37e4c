// Sign-up, plans and subscriptions (contract A.3, A.7).
#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/seed.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/token.h"
#include "recorder/workshop/validate.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kPlanCodes[] = {"free_trial", "starter", "professional", "enterprise"};

// The sign-up body also accepts the older names organization_name, email and password.
void AcceptOlderNames(Value& body) {
  const std::pair<Key, std::string_view> names[] = {
      {"name", "organization_name"}, {"admin_email", "email"}, {"admin_password", "password"}};
  for (const auto& [name, older] : names) {
    if (body.IsObject() && !body.Has(name.text()) && body.Has(older)) body.Set(name, body[older]);
  }
}

Task<Response> SignUp(Context& context) {
  static constexpr FieldRule kRules[] = {Required("name", FieldType::kString).Length(2, 100),
                                         Required("admin_name", FieldType::kString).Length(2, 100),
                                         Required("admin_email", FieldType::kEmail),
                                         Required("admin_password", FieldType::kString).Length(6),
                                         Defaulted("industry_type", FieldType::kString)};
  AcceptOlderNames(context.body);
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  std::optional<Response> limited = co_await LimitSignups(context);
  if (limited) co_return *std::move(limited);
  const Value& body = context.body;
  const Filter by_email = Where("email", body["admin_email"]);
  const Value existing = co_await context.db.users.FindOne(context.env, by_email);
  if (!existing.IsNull()) {
    co_return BadRequest("Email already registered. Please log in instead.");
  }
  const Instant now = context.Now();
  const std::string organization_id = context.ids.Lower("org_");
  const std::string user_id = context.ids.Lower("user_");
  const std::string name(body["name"].String());
  co_await InsertOrganization(context, organization_id, name, user_id);
  const Value user =
      UserDocument(user_id, body["admin_email"].String(), body["admin_password"].String(),
                   body["admin_name"].String(), organization_id, now);
  (void)co_await context.db.users.InsertOne(context.env, user);
  Claims claims;
  claims.user_id = user_id;
  claims.role = "owner";
  claims.email = body["admin_email"].String();
  claims.organization_id = organization_id;
  claims.expires = now.unix_seconds() + kTokenSeconds;
  const Filter by_id = Where("organization_id", organization_id);
  const Value organization = co_await context.db.organizations.FindOne(context.env, by_id);
  co_return Ok(Object("success", true, "message", "Organization created successfully", "token",
                      MakeToken(context.options.seed, claims), "organization",
                      Object("organization_id", organization_id, "name", name, "slug",
                             organization["slug"], "plan_type", organization["plan_type"],
                             "plan_expires_at", organization["plan_expires_at"]),
                      "user",
                      Object("user_id", user_id, "email", user["email"], "name", user["name"],
                             "role", "owner", "email_verified", user["email_verified"])));
}

Task<Response> InitializePlans(Context& context) {
  Value plans = Value::EmptyArray();
  for (const std::string_view code : kPlanCodes) {
    const Filter by_code = Where("code", code);
    const Update plan = Update().Set("name", code).Set("is_active", true);
    (void)co_await context.db.subscription_plans.UpdateOne(context.env, by_code, plan,
                                                           Upsert::kYes);
    plans.Push(Value(code));
  }
  co_return Ok(Object("success", true, "plans_created", plans.size(), "plans", plans));
}

Task<Response> ChangePlan(Context& context) {
  static constexpr FieldRule kRules[] = {Required("plan_code", FieldType::kString)};
  if (auto refused = CheckQuery(context, kRules)) co_return *std::move(refused);
  const std::string_view code = context.Query("plan_code");
  const Filter by_code = Where("code", code);
  const Value plan = co_await context.db.subscription_plans.FindOne(context.env, by_code);
  if (plan.IsNull()) co_return NotFound("Plan '" + std::string(code) + "' not found");
  const Filter of_organization = Where("organization_id", context.identity.organization_id);
  const Update subscribed = Update().Set("plan_code", code).Set("status", "active");
  const Value subscription =
      co_await context.db.subscriptions.FindOneAndUpdate(context.env, of_organization, subscribed);
  const Update planned = Update().Set("plan_type", code);
  (void)co_await context.db.organizations.UpdateOne(context.env, of_organization, planned);
  co_return Ok(Object("success", true, "message", "Plan changed to " + std::string(code),
                      "subscription_id", subscription["subscription_id"], "new_plan", code,
                      "effective_date", context.Now().Iso()));
}

}  // namespace

void RegisterOrganizations(Router& router) {
  router.Add("POST", "/organizations/signup", Guard::kPublic, SignUp);
  router.Add("POST", "/organizations/register", Guard::kPublic, SignUp);
  router.Add("POST", "/subscriptions/admin/initialize-plans", Guard::kStaff, InitializePlans);
  router.Add("POST", "/subscriptions/change-plan", Guard::kStaff, ChangePlan);
}

}  // namespace redrive::workshop
