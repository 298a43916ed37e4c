// Approve, send, lock, unlock of ticket estimates: read the state, then set it. Contract C.2.
#include <string>

#include "recorder/workshop/estimates.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

// One move of the state machine.
struct Move {
  std::string_view action;  // of the history, and of the answer
  std::string_view description;
  std::string_view message;
  std::string_view ticket_status;  // "" leaves the ticket alone
};

// Sets `changes`, writes history and ticket, answers with the estimate.
Task<Response> MakeMove(Context& context, const Value& user, const Value& before, const Move& move,
                        Update changes) {
  Store& db = context.db;
  const std::string now = context.Now().Iso();
  changes.Set("updated_at", now).Inc("version", 1);
  const std::string_view estimate_id = context.Path("estimate_id");
  const Filter by_id = Where("estimate_id", estimate_id);
  co_await db.ticket_estimates.UpdateOne(context.env, by_id, changes);
  const EstimateChange change{move.action, move.description};
  co_await AddEstimateHistory(context, estimate_id, user, change);
  if (!move.ticket_status.empty() && before["ticket_id"].Truthy()) {
    const Filter of_ticket = Where("ticket_id", before["ticket_id"]);
    const Value entry =
        Object("status", move.ticket_status, "timestamp", now, "updated_by", user["name"]);
    const Update ticket = Update()
                              .Set("status", move.ticket_status)
                              .Set("updated_at", now)
                              .Push("status_history", entry);
    co_await db.tickets.UpdateOne(context.env, of_ticket, ticket);
  }
  const Value estimate = co_await ReadEstimate(context, estimate_id);
  co_return Ok(Object("code", 0, "estimate", estimate, "message", move.message));
}

Task<Response> ApproveEstimate(Context& context) {
  const Value user = co_await FindCaller(context);
  const Filter filter = EstimateFilter(context);
  const Value before = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  if (before.IsNull()) co_return BadRequest(EstimateMissing(context));
  if (before["locked_at"].Truthy()) co_return BadRequest("Cannot approve locked estimate");
  const Update changes = Update()
                             .Set("status", "approved")
                             .Set("approved_at", context.Now().Iso())
                             .Set("approved_by", user["user_id"])
                             .Set("approved_by_name", user["name"]);
  const Move move{"approved", "Estimate approved", "Estimate approved", "work_in_progress"};
  co_return co_await MakeMove(context, user, before, move, changes);
}

Task<Response> SendEstimate(Context& context) {
  const Value user = co_await FindCaller(context);
  const Filter filter = EstimateFilter(context);
  const Value before = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  if (before.IsNull()) co_return BadRequest(EstimateMissing(context));
  if (before["locked_at"].Truthy()) co_return BadRequest("Cannot send locked estimate");
  const Update changes = Update()
                             .Set("status", "sent")
                             .Set("sent_at", context.Now().Iso())
                             .Set("sent_by", user["user_id"]);
  const Move move{"sent", "Estimate sent to customer", "Estimate sent", "estimate_shared"};
  co_return co_await MakeMove(context, user, before, move, changes);
}

bool MayLock(const Context& context) {
  const std::string_view role = context.identity.role;
  return role == "owner" || role == "admin" || role == "manager";
}

Task<Response> LockEstimate(Context& context) {
  static constexpr FieldRule kRules[] = {Required("reason", FieldType::kString).Length(1)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Value user = co_await FindCaller(context);
  if (!MayLock(context)) co_return Detail(403, "Only admin or manager can lock estimates");
  const Filter filter = EstimateFilter(context);
  const Value before = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  if (before.IsNull()) co_return BadRequest(EstimateMissing(context));
  if (before["locked_at"].Truthy()) co_return BadRequest("Estimate is already locked");
  const Value& reason = context.body["reason"];
  const Update changes = Update()
                             .Set("lock_reason", reason)
                             .Set("locked_at", context.Now().Iso())
                             .Set("locked_by", user["user_id"])
                             .Set("locked_by_name", user["name"]);
  const std::string description = "Estimate locked: " + std::string(reason.String());
  const Move move{"locked", description, "Estimate locked", ""};
  co_return co_await MakeMove(context, user, before, move, changes);
}

Task<Response> UnlockEstimate(Context& context) {
  const Value user = co_await FindCaller(context);
  if (!MayLock(context)) co_return Detail(403, "Only admin can unlock estimates");
  const Filter filter = EstimateFilter(context);
  const Value before = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  if (before.IsNull()) co_return BadRequest(EstimateMissing(context));
  if (!before["locked_at"].Truthy()) co_return BadRequest("Estimate is not locked");
  const Update changes = Update()
                             .Set("lock_reason", nullptr)
                             .Set("locked_at", nullptr)
                             .Set("locked_by", nullptr)
                             .Set("locked_by_name", nullptr);
  const Move move{"unlocked", "Estimate unlocked for editing", "Estimate unlocked", ""};
  co_return co_await MakeMove(context, user, before, move, changes);
}

}  // namespace

void RegisterEstimateStates(Router& router) {
  router.Add("POST", "/ticket-estimates/{estimate_id}/approve", Guard::kStaff, ApproveEstimate);
  router.Add("POST", "/ticket-estimates/{estimate_id}/send", Guard::kStaff, SendEstimate);
  router.Add("POST", "/ticket-estimates/{estimate_id}/lock", Guard::kStaff, LockEstimate);
  router.Add("POST", "/ticket-estimates/{estimate_id}/unlock", Guard::kStaff, UnlockEstimate);
}

}  // namespace redrive::workshop
