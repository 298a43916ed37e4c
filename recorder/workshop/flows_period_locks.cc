// Period locks (contract C.6) and the list of audit logs (C.7).
#include <algorithm>
#include <string>
#include <utility>

#include "recorder/workshop/flows_journal_parts.h"
#include "recorder/workshop/paging.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

Task<Response> LockPeriod(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("period_month", FieldType::kInt).Between(1, 12),
      Required("period_year", FieldType::kInt).Between(1900, 9999),
      Defaulted("lock_reason", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const std::int64_t month = context.body["period_month"].Int();
  const std::int64_t year = context.body["period_year"].Int();
  const std::string name =
      std::string(MonthName(static_cast<int>(month))) + " " + std::to_string(year);
  const Filter same = Where("organization_id", context.organization())
                          .And("period_year", year)
                          .And("period_month", month);
  const Value existing = co_await context.db.period_locks.FindOne(context.env, same);
  if (!existing.IsNull()) co_return BadRequest("Period " + name + " is already locked");
  const std::string lock_id = context.ids.Lower("plock_");
  const Value lock =
      Object("lock_id", lock_id, "organization_id", context.organization(), "period_month", month,
             "period_year", year, "lock_reason", context.body["lock_reason"].String(), "locked_by",
             context.identity.user_id, "locked_at", context.Now().Iso());
  (void)co_await context.db.period_locks.InsertOne(context.env, lock);
  co_return Ok(Object("code", 0, "message", "Period " + name + " locked", "lock", lock));
}

Task<Response> ListLocks(Context& context) {
  FindOptions options;
  options.Descending("period_year").Descending("period_month");
  const Filter filter = Where("organization_id", context.organization());
  const std::vector<Value> locks =
      co_await context.db.period_locks.Find(context.env, filter, options);
  co_return Ok(Object("code", 0, "locks", Value::ArrayOf(locks), "total", locks.size()));
}

Task<Response> UnlockPeriod(Context& context) {
  const Filter by_id =
      Where("lock_id", context.Path("lock_id")).And("organization_id", context.organization());
  const std::int64_t deleted = co_await context.db.period_locks.DeleteOne(context.env, by_id);
  if (deleted == 0) co_return NotFound("Period lock not found");
  co_return Ok(Object("code", 0, "message", "Period unlocked"));
}

Task<Response> ListAuditLogs(Context& context) {
  Paging paging{.page = 1, .limit = 50};
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  Filter filter = Where("organization_id", context.organization());
  const std::string_view action = context.Query("action");
  const std::string_view resource_type = context.Query("resource_type");
  const std::string_view resource_id = context.Query("resource_id");
  if (!action.empty()) filter.And("action", action);
  if (!resource_type.empty()) filter.And("resource_type", resource_type);
  if (!resource_id.empty()) filter.And("resource_id", resource_id);
  const std::int64_t total = co_await context.db.audit_logs.CountDocuments(context.env, filter);
  FindOptions options;
  options.Descending("timestamp").Descending("log_id");
  paging.ApplyTo(options);
  std::vector<Value> logs = co_await context.db.audit_logs.Find(context.env, filter, options);
  for (Value& log : logs) log.Remove("log_id");  // the application's _id, which it does not show
  co_return Ok(
      Object("code", 0, "audit_logs", Value::ArrayOf(logs), "total", total, "page", paging.page));
}

}  // namespace

void RegisterPeriodLocks(Router& router) {
  router.Add("POST", "/finance/period-locks", Guard::kStaff, LockPeriod);
  router.Add("GET", "/finance/period-locks", Guard::kStaff, ListLocks);
  router.Add("DELETE", "/finance/period-locks/{lock_id}", Guard::kStaff, UnlockPeriod);
}

void RegisterAuditLogs(Router& router) {
  router.Add("GET", "/audit-logs", Guard::kStaff, ListAuditLogs);
}

}  // namespace redrive::workshop
