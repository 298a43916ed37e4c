// Completing a ticket's work: takes one of each part used from `inventory` (contract C.7).
#include <algorithm>
#include <string>
#include <utility>

#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

Filter Target(const Context& context) {
  Filter filter = Where("ticket_id", context.Path("ticket_id"));
  if (!context.Has(Bug::kTenantIsolation)) filter.And("organization_id", context.organization());
  return filter;
}

// Returns the ticket as it then is, or null as Battwheels, which reads it again at the end.
Task<Value> MarkCompleted(Context& context, const Value& ticket) {
  const std::string now = context.Now().Iso();
  const Value& body = context.body;
  const Value entry =
      Object("status", "work_completed", "timestamp", now, "updated_by", context.identity.email);
  Update update;
  update.Set("status", "work_completed").Set("work_summary", body["work_summary"]);
  update.Set("parts_used", MemberOr(body, "parts_used", Value::EmptyArray()));
  update.Set("labor_hours", FloatMember(body, "labor_hours"));
  update.Set("work_completed_at", now).Set("updated_at", now);
  if (context.Has(Bug::kCompleteWorkLostUpdate)) {
    Value history = ticket["status_history"];
    update.Set("status_history", history.Push(entry));
  } else {
    update.Push("status_history", entry);
    co_return co_await context.db.tickets.FindOneAndUpdate(context.env, Target(context), update);
  }
  co_await context.db.tickets.UpdateOne(context.env, Target(context), update);
  co_return Value();
}

// True: one piece was taken. As today the quantity is written as computed, and a shortage is
// clamped at 0 unseen; fixed, one guarded decrement that leaves what others have reserved.
Task<bool> TakeOne(Context& context, const Value& item_id) {
  Collection& inventory = context.db.inventory;
  const Filter by_id = Where("item_id", item_id);
  Update update;
  if (!context.Has(Bug::kCompleteWorkLostUpdate)) {
    Filter available = ItemWithAvailable(item_id.String(), Decimal(1));
    if (!context.Has(Bug::kTenantIsolation)) {
      available.And("organization_id", context.organization());
    }
    update.Inc("quantity", -1);
    const Value taken = co_await inventory.FindOneAndUpdate(context.env, available, update);
    co_return !taken.IsNull();
  }
  const Value item = co_await inventory.FindOne(context.env, by_id);
  if (item.IsNull()) co_return false;
  update.Set("quantity", std::max(Decimal(0), item["quantity"].Number() - Decimal(1)));
  co_await inventory.UpdateOne(context.env, by_id, update);
  co_return true;
}

Task<void> TakeParts(Context& context) {
  const Value parts = context.body["parts_used"];
  const std::string ticket_id(context.Path("ticket_id"));
  for (const Value& item_id : parts.Items()) {
    const bool taken = co_await TakeOne(context, item_id);
    if (!taken) continue;
    const std::string movement_id = "sm_" + ticket_id + "_" + std::string(item_id.String());
    const Value movement =
        Object("movement_id", movement_id, "item_id", item_id, "movement_type", "work_completed",
               "quantity", -1, "reference_type", "ticket", "reference_id", ticket_id,
               "organization_id", context.organization(), "created_by", context.identity.user_id,
               "created_at", context.Now().Iso());
    (void)co_await context.db.stock_movements.InsertOne(context.env, movement);
  }
}

Task<Response> CompleteWork(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("work_summary", FieldType::kString), Optional("parts_used", FieldType::kStringList),
      Optional("labor_hours", FieldType::kNumber), Optional("notes", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const Value ticket = co_await db.tickets.FindOne(context.env, Target(context));
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  Value changed = co_await MarkCompleted(context, ticket);
  co_await TakeParts(context);
  const std::string activity_id = context.ids.Lower("act_");
  const Value activity =
      Object("activity_id", activity_id, "ticket_id", context.Path("ticket_id"), "action",
             "work_completed", "description", context.body["work_summary"], "user_id",
             context.identity.user_id, "timestamp", context.Now().Iso(), "organization_id",
             ticket["organization_id"]);
  (void)co_await db.ticket_activities.InsertOne(context.env, activity);
  if (changed.IsNull()) changed = co_await db.tickets.FindOne(context.env, Target(context));
  co_return Ok(changed);
}

}  // namespace

void RegisterCompleteWork(Router& router) {
  router.Add("POST", "/tickets/{ticket_id}/complete-work", Guard::kStaff, CompleteWork);
}

}  // namespace redrive::workshop
