// Closing a ticket: stock deduction, cost entry, review, audit (contract C.7).
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

Filter ById(const Context& context) { return Where("ticket_id", context.Path("ticket_id")); }
Filter ByIdAndOrganization(const Context& context) {
  return ById(context).And("organization_id", context.organization());
}
// As today most updates address the ticket by its id alone, so that of portal tickets with one
// number the first is changed, whosever it is.
Filter Target(const Context& context) {
  return context.Has(Bug::kTenantIsolation) ? ById(context) : ByIdAndOrganization(context);
}

Value HistoryEntry(const Context& context, const Value& caller) {
  return Object("status", "closed", "timestamp", context.Now().Iso(), "updated_by",
                MemberOr(caller, "name", "System"));
}

Update ClosingUpdate(const Context& context) {
  const Value& body = context.body;
  const std::string now = context.Now().Iso();
  Update update;
  update.Set("status", "closed").Set("resolution", body["resolution"]);
  update.Set("resolution_outcome", MemberOr(body, "resolution_outcome", "success"));
  update.Set("resolution_notes", body["resolution_notes"]);
  if (body["selected_failure_card"].Truthy()) {
    update.Set("selected_failure_card", body["selected_failure_card"]);
  }
  if (body["confirmed_fault"].Truthy()) update.Set("confirmed_fault", body["confirmed_fault"]);
  return update.Set("resolved_at", now).Set("closed_at", now).Set("updated_at", now);
}

// True: this request closed the ticket. As today every request does, and writes the whole history
// that it read; guarded, only the one whose conditional update matched.
Task<bool> MarkClosed(Context& context, const Value& ticket, const Value& caller) {
  Update update = ClosingUpdate(context);
  const Value entry = HistoryEntry(context, caller);
  if (context.Has(Bug::kDoubleClose)) {
    Value history = ticket["status_history"];
    update.Set("status_history", history.Push(entry));
    co_await context.db.tickets.UpdateOne(context.env, Target(context), update);
    co_return true;
  }
  update.Push("status_history", entry);
  // Not by status: an invoice made later moves a closed ticket on to "invoiced".
  const Filter open = Target(context).And("closed_at", Value());
  const UpdateResult result = co_await context.db.tickets.UpdateOne(context.env, open, update);
  co_return result.matched == 1;
}

// Deducts the parts of the ticket's estimate; returns their cost.
Task<Decimal> DeductParts(Context& context) {
  Store& db = context.db;
  Decimal cost;
  const Filter by_ticket = ByIdAndOrganization(context);
  const Value estimate = co_await db.ticket_estimates.FindOne(context.env, by_ticket);
  if (estimate.IsNull()) co_return cost;
  const Filter parts_filter = Where("estimate_id", estimate["estimate_id"]).And("type", "part");
  const std::vector<Value> parts =
      co_await db.ticket_estimate_line_items.Find(context.env, parts_filter);
  for (const Value& part : parts) {
    if (!part["item_id"].Truthy()) continue;
    const Filter by_item = Where("item_id", part["item_id"]);
    const Value item = co_await db.items.FindOne(context.env, by_item);
    if (item.IsNull()) continue;
    const Decimal quantity = part["qty"].Number();
    Update deduct;
    deduct.Inc("stock_on_hand", -quantity);
    co_await db.items.UpdateOne(context.env, by_item, deduct);
    cost += item["purchase_rate"].Number() * quantity;
  }
  co_return cost;
}

// One entry per ticket: the journal refuses a second one. What goes wrong here is swallowed, as in
// the recorded application.
Task<void> PostCost(Context& context, Decimal cost) {
  const std::string ticket_id(context.Path("ticket_id"));
  JournalDraft draft;
  draft.organization_id = context.organization();
  draft.created_by = context.identity.user_id;
  draft.entry_date = context.Now().DateText();
  draft.description = "COGS for ticket " + ticket_id;
  draft.source_document_id = ticket_id;
  draft.source_document_type = "ticket_close";
  JournalLine cogs;
  cogs.account_code = "5100";
  cogs.debit = cost.RoundedToCents();
  cogs.description = draft.description;
  JournalLine inventory;
  inventory.account_code = "1300";
  inventory.credit = cost.RoundedToCents();
  inventory.description = draft.description;
  draft.lines.push_back(std::move(cogs));
  draft.lines.push_back(std::move(inventory));
  const PostResult result = co_await PostJournalEntry(context, draft);
  (void)result;
}

// The learning queue, the customer's survey and the ticket as it is now.
Task<Value> AfterClosing(Context& context) {
  Store& db = context.db;
  const std::string_view ticket_id = context.Path("ticket_id");
  const Value closed = co_await db.tickets.FindOne(context.env, Target(context));
  const Value snapshot = co_await db.ai_guidance_snapshots.FindOne(context.env, ById(context));
  const std::string queue_id = context.ids.Lower("elq_");
  const Value learning =
      Object("queue_id", queue_id, "ticket_id", ticket_id, "organization_id",
             context.organization(), "resolution", closed["resolution"], "snapshot_id",
             snapshot["snapshot_id"], "processed", false, "created_at", context.Now().Iso());
  (void)co_await db.efi_learning_queue.InsertOne(context.env, learning);
  const std::string survey_token = context.ids.Lower("srv_", 24);
  const std::string review_id = context.ids.Lower("rev_");
  const Value review =
      Object("review_id", review_id, "ticket_id", ticket_id, "organization_id",
             context.organization(), "customer_id", closed["customer_id"], "survey_token",
             survey_token, "completed", false, "created_at", context.Now().Iso());
  (void)co_await db.ticket_reviews.InsertOne(context.env, review);
  Update survey;
  survey.Set("survey_token", survey_token);
  co_await db.tickets.UpdateOne(context.env, Target(context), survey);
  co_return co_await db.tickets.FindOne(context.env, Target(context));
}

Task<Response> CloseTicket(Context& context) {
  static constexpr FieldRule kRules[] = {Required("resolution", FieldType::kString),
                                         Defaulted("resolution_outcome", FieldType::kString),
                                         Optional("resolution_notes", FieldType::kString),
                                         Optional("selected_failure_card", FieldType::kString),
                                         Optional("confirmed_fault", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const std::string ticket_id(context.Path("ticket_id"));
  Store& db = context.db;
  const Value caller = co_await FindCaller(context);
  const Value ticket = co_await db.tickets.FindOne(context.env, ByIdAndOrganization(context));
  if (ticket.IsNull()) co_return NotFound("Ticket " + ticket_id + " not found");
  if (!context.Has(Bug::kDoubleClose)) {
    // As today a locked period only loses the cost entry; guarded, nothing happens at all.
    const std::string locked =
        co_await PeriodLockMessage(context, context.organization(), context.Now().DateText());
    if (!locked.empty()) co_return Detail(423, locked);
  }
  const bool closed = co_await MarkClosed(context, ticket, caller);
  if (!closed) co_return Detail(409, "Ticket " + ticket_id + " is already closed");
  if (ticket["vehicle_id"].Truthy()) {
    Update serviced;
    serviced.Set("current_status", "serviced");
    const Filter vehicle = Where("vehicle_id", ticket["vehicle_id"]);
    co_await db.vehicles.UpdateOne(context.env, vehicle, serviced);
  }
  const Decimal cost = co_await DeductParts(context);
  if (cost > Decimal(0)) co_await PostCost(context, cost);
  const Value result = co_await AfterClosing(context);
  const std::string log_id = context.ids.Lower("log_");
  const Value log =
      Object("log_id", log_id, "action", "ticket.closed", "organization_id", context.organization(),
             "user_id", context.identity.user_id, "resource_type", "ticket", "resource_id",
             ticket_id, "details",
             Object("resolution_outcome", MemberOr(context.body, "resolution_outcome", "success")),
             "ip_address", context.client_ip, "timestamp", context.Now().Iso());
  (void)co_await db.audit_logs.InsertOne(context.env, log);
  co_return Ok(result);
}

}  // namespace

void RegisterTicketClose(Router& router) {
  router.Add("POST", "/tickets/{ticket_id}/close", Guard::kStaff, CloseTicket);
  RegisterCompleteWork(router);
}

}  // namespace redrive::workshop
