#include "recorder/workshop/services.h"

#include <array>
#include <utility>

#include "recorder/workshop/respond.h"

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

Task<std::optional<Response>> CheckRecordLimit(Context& context, Collection& collection,
                                               std::string_view kind) {
  const std::int64_t limit = LimitOf(context, kind);
  if (limit < 0) co_return std::nullopt;
  const Filter filter = Where("organization_id", context.identity.organization_id);
  const std::int64_t count = co_await collection.CountDocuments(context.env, filter);
  if (count < limit) co_return std::nullopt;
  co_return Detail(
      403, Object("error", "record_limit_reached", "resource", kind, "limit", limit, "current",
                  count, "current_plan", context.identity.plan_type, "message",
                  "You have reached the limit of " + std::to_string(limit) + " " +
                      std::string(kind) + " of the free trial. Please upgrade your plan.",
                  "upgrade_url", "/subscription"));
}

Task<bool> WithinRecordLimit(Context& context, Collection& collection, std::string_view kind) {
  const std::int64_t limit = LimitOf(context, kind);
  if (limit < 0 || context.Has(Bug::kRecordLimitRace)) co_return true;
  const Filter filter = Where("organization_id", context.identity.organization_id);
  const std::int64_t count = co_await collection.CountDocuments(context.env, filter);
  co_return count <= limit;
}

}  // namespace redrive::workshop
