#include "recorder/workshop/services.h"

#include <array>
#include <utility>

#include "recorder/workshop/respond.h"
#include "recorder/workshop/seed.h"

namespace redrive::workshop {
namespace {

// The free trial's limit; -1 when the kind or the plan has none.
std::int64_t LimitOf(const Context& context, std::string_view kind) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kFreeTrial = {
      {{"tickets", 20}, {"contacts", 10}, {"estimates", 10}, {"invoices", 10}, {"items", 20}}};
  if (context.identity.plan_type != "free_trial") return -1;
  for (const auto& [name, limit] : kFreeTrial) {
    if (name == kind) return limit;
  }
  return -1;
}

}  // namespace

Task<Value> FindCaller(Context& context) {
  const Filter filter = Where("user_id", context.identity.user_id);
  co_return co_await context.db.users.FindOne(context.env, filter);
}

Task<std::optional<Response>> LimitSignups(Context& context) {
  constexpr std::int64_t kSignupsMax = 3;
  constexpr std::int64_t kWindowSeconds = 60;
  Collection& limits = context.db.ip_rate_limits;
  const std::int64_t now = context.Now().unix_seconds();
  Filter recent = Where("ip", context.client_ip);
  recent.And("at", Op::kGt, now - kWindowSeconds);
  const std::int64_t count = co_await limits.CountDocuments(context.env, recent);
  if (count >= kSignupsMax) {
    Response response = Detail(429, "Too many registration attempts. Please try again later.");
    response.headers.push_back(Header{"Retry-After", "60"});
    co_return response;
  }
  const Value entry =
      Object("entry_id", context.ids.Lower("rl_"), "ip", context.client_ip, "at", now);
  (void)co_await limits.InsertOne(context.env, entry);
  co_return std::nullopt;
}

std::string SlugOf(Context& context, std::string_view name) {
  std::string slug;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (plain) {
      slug += lower;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug + context.ids.Lower("-", 6);
}

Task<void> InsertOrganization(Context& context, const std::string& organization_id,
                              const std::string& name, const std::string& owner_id) {
  const Instant now = context.Now();
  const std::string slug = SlugOf(context, name);
  const Value organization = OrganizationDocument(organization_id, name, slug, "free_trial", now);
  (void)co_await context.db.organizations.InsertOne(context.env, organization);
  const Value membership = MembershipDocument(owner_id, organization_id, "owner", now);
  (void)co_await context.db.organization_users.InsertOne(context.env, membership);
  const std::string subscription_id = context.ids.Lower("sub_");
  const Value subscription =
      SubscriptionDocument(subscription_id, organization_id, "free_trial", now);
  (void)co_await context.db.subscriptions.InsertOne(context.env, subscription);
}

namespace {

Response LimitReached(const Context& context, std::string_view kind, std::int64_t limit,
                      std::int64_t count) {
  return Detail(403, Object("error", "record_limit_reached", "resource", kind, "limit", limit,
                            "current", count, "current_plan", context.identity.plan_type, "message",
                            "You have reached the limit of " + std::to_string(limit) + " " +
                                std::string(kind) + " of the free trial. Please upgrade your plan.",
                            "upgrade_url", "/subscription"));
}

}  // namespace

Task<std::optional<Response>> CheckRecordLimit(Context& context, Collection& collection,
                                               std::string_view kind) {
  const std::int64_t limit = LimitOf(context, kind);
  if (limit < 0) co_return std::nullopt;
  const Filter filter = Where("organization_id", context.identity.organization_id);
  const std::int64_t count = co_await collection.CountDocuments(context.env, filter);
  if (count < limit) co_return std::nullopt;
  co_return LimitReached(context, kind, limit, count);
}

Task<std::optional<Response>> ClaimRecord(Context& context, Collection& collection,
                                          std::string_view kind) {
  const std::int64_t limit = LimitOf(context, kind);
  if (limit < 0 || context.Has(Bug::kRecordLimitRace)) co_return std::nullopt;
  const Filter filter = Where("organization_id", context.identity.organization_id);
  const std::int64_t count = co_await collection.CountDocuments(context.env, filter);
  std::string counter_id = "records/" + std::string(context.identity.organization_id) + "/";
  counter_id += kind;
  Collection& counters = context.db.counters;
  const Filter by_id = Where("counter_id", counter_id);
  const Update begin = Update().SetOnInsert("value", count);
  co_await counters.UpdateOne(context.env, by_id, begin, Upsert::kYes);
  Filter free = Where("counter_id", counter_id);
  free.And("value", Op::kLt, limit);
  const Update take = Update().Inc("value", 1);
  const Value taken = co_await counters.FindOneAndUpdate(context.env, free, take);
  if (taken.IsNull()) co_return LimitReached(context, kind, limit, limit);
  co_return std::nullopt;
}

}  // namespace redrive::workshop
