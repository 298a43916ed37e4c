#include "recorder/workshop/guards.h"

#include <string>

#include "recorder/workshop/respond.h"
#include "recorder/workshop/token.h"
#include "recorder/workshop/url.h"
#include "recorder/workshop/workshop.h"

namespace redrive::workshop {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Response Refused(int status, std::string_view detail, std::string_view code) {
  return Json(status, Object("detail", detail, "code", code));
}

int RankOf(std::string_view plan) {
  constexpr std::string_view kPlans[] = {"free", "free_trial", "starter", "professional",
                                         "enterprise"};
  int rank = 0;
  for (const std::string_view known : kPlans) {
    if (plan == known) return rank;
    ++rank;
  }
  return 0;
}

// "journal-entries" of "/journal-entries/x".
std::string_view FirstSegment(std::string_view path) {
  if (!path.empty()) path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

}  // namespace

bool IsPublicPath(std::string_view path) {
  constexpr std::string_view kPrefixes[] = {"/auth/",
                                            "/public/",
                                            "/webhooks/",
                                            "/customer-portal/",
                                            "/business-portal/",
                                            "/technician-portal/",
                                            "/master-data/"};
  constexpr std::string_view kExact[] = {"/organizations/signup", "/organizations/register",
                                         "/contact", "/book-demo", "/health"};
  for (const std::string_view prefix : kPrefixes) {
    if (StartsWith(path, prefix)) return true;
  }
  for (const std::string_view exact : kExact) {
    if (path == exact) return true;
  }
  return false;
}

bool IsWrite(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
}

std::optional<Response> CheckCsrf(const Request& request, std::string_view path) {
  if (!IsWrite(request.method) || IsPublicPath(path)) return std::nullopt;
  const std::string* const authorization = FindHeader(request.headers, "Authorization");
  if (authorization != nullptr && StartsWith(*authorization, "Bearer ")) return std::nullopt;
  const std::string* const cookies = FindHeader(request.headers, "Cookie");
  const std::string* const sent = FindHeader(request.headers, "X-CSRF-Token");
  const std::string_view expected =
      cookies != nullptr ? CookieValue(*cookies, "csrftoken") : std::string_view();
  if (expected.empty() || sent == nullptr || sent->empty()) {
    return Detail(403,
                  "CSRF token missing. Include X-CSRF-Token header matching the csrftoken cookie.");
  }
  if (*sent == expected) return std::nullopt;
  return Detail(
      403, "CSRF token mismatch. The X-CSRF-Token header does not match the csrftoken cookie.");
}

Task<std::optional<Response>> CheckTenant(Context& context) {
  const std::optional<Claims>& claims = context.reading.TokenClaims();
  if (!claims) co_return Refused(401, "Authentication required", "AUTH_REQUIRED");
  if (claims->expires <= context.Now().unix_seconds()) co_return Detail(401, "Token expired");
  Identity& identity = context.identity;
  identity.user_id = claims->user_id;
  identity.email = claims->email;
  identity.role = claims->role;
  identity.organization_id = claims->organization_id;
  const std::string* const header = FindHeader(context.request.headers, "X-Organization-ID");
  if (header != nullptr && !header->empty()) {
    identity.organization_id = *header;
  } else if (identity.organization_id.empty()) {
    identity.organization_id = context.Query("org_id");
  }
  if (identity.organization_id.empty()) {
    Filter any = Where("user_id", identity.user_id);
    any.And("status", "active");
    identity.any_membership = co_await context.db.organization_users.FindOne(context.env, any);
    identity.organization_id = identity.any_membership["organization_id"].String();
  }
  if (identity.organization_id.empty()) {
    co_return Refused(400, "Organization context required. Please select an organization.",
                      "TENANT_CONTEXT_MISSING");
  }
  Filter member = Where("user_id", identity.user_id);
  member.And("organization_id", identity.organization_id).And("status", "active");
  identity.membership = co_await context.db.organization_users.FindOne(context.env, member);
  const Value& membership = identity.membership;
  if (membership.IsNull()) {
    co_return Refused(403, "Access denied to this organization", "TENANT_ACCESS_DENIED");
  }
  const Filter by_id = Where("organization_id", identity.organization_id);
  identity.organization = co_await context.db.organizations.FindOne(context.env, by_id);
  const Value& organization = identity.organization;
  if (organization.IsNull() || organization["status"] == "suspended") {
    co_return Refused(403, "Organization is suspended", "ORG_SUSPENDED");
  }
  identity.role = membership["role"].String(identity.role);
  identity.plan_type = organization["plan_type"].String();
  co_return std::nullopt;
}

std::string_view RequiredPlan(std::string_view path) {
  constexpr std::string_view kProfessional[] = {"journal-entries", "banking", "stock-transfers",
                                                "composite-items"};
  constexpr std::string_view kStarter[] = {"bills", "bills-enhanced", "sales-orders",
                                           "sales-orders-enhanced", "credit-notes"};
  const std::string_view wanted = FirstSegment(path);
  for (const std::string_view first : kProfessional) {
    if (wanted == first) return "professional";
  }
  for (const std::string_view first : kStarter) {
    if (wanted == first) return "starter";
  }
  return {};
}

Task<std::optional<Response>> CheckPlan(Context& context, std::string_view required) {
  const Filter by_id = Where("organization_id", context.identity.organization_id);
  const Value organization = co_await context.db.organizations.FindOne(context.env, by_id);
  const std::string_view plan = organization["plan_type"].String();
  if (RankOf(plan) >= RankOf(required)) co_return std::nullopt;
  co_return Json(
      403, Object("error", "plan_upgrade_required", "message",
                  "This feature requires the " + std::string(required) + " plan.", "current_plan",
                  plan, "required_plan", required, "upgrade_url", "/subscription"));
}

Task<std::optional<Response>> CheckFeature(Context& context, Gate gate, std::string_view path) {
  const std::string_view required = gate == Gate::kStarterFeature ? "starter" : "professional";
  const Filter of_organization = Where("organization_id", context.identity.organization_id);
  Collection& subscriptions = context.db.subscriptions;
  const Value subscription = co_await subscriptions.FindOne(context.env, of_organization);
  if (subscription.IsNull()) co_return Detail(402, "No active subscription");
  const Value again = co_await subscriptions.FindOne(context.env, of_organization);
  const std::string_view plan = again["plan_code"].String();
  if (RankOf(plan) >= RankOf(required)) co_return std::nullopt;
  const std::string_view feature = FirstSegment(path);
  co_return Detail(403, Object("error", "feature_not_available", "feature", feature, "feature_key",
                               feature, "current_plan", plan, "required_plan", required, "message",
                               "This feature requires the " + std::string(required) + " plan.",
                               "upgrade_url", "/subscription"));
}

}  // namespace redrive::workshop
