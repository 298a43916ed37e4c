// Ticket estimates: ensure, read, list. Contract C.2.
#include <chrono>
#include <string>

#include "recorder/workshop/estimates.h"
#include "recorder/workshop/flows.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr int kWaitsForEstimateMax = 1'000;

Value NewEstimate(const Context& context, const Value& ticket, const Value& user) {
  const std::string now = context.Now().Iso();
  const std::string_view ticket_id = context.Path("ticket_id");
  Value estimate = Object(
      "estimate_id", nullptr, "estimate_number", nullptr, "organization_id", context.organization(),
      "ticket_id", ticket_id, "work_order_id", nullptr, "customer_id", ticket["customer_id"],
      "customer_name", ticket["customer_name"], "customer_email", ticket["customer_email"],
      "contact_number", ticket["contact_number"], "vehicle_id", ticket["vehicle_id"],
      "vehicle_number", ticket["vehicle_number"], "vehicle_make", ticket["vehicle_make"],
      "vehicle_model", ticket["vehicle_model"], "assigned_technician_id",
      ticket["assigned_technician_id"], "assigned_technician_name",
      ticket["assigned_technician_name"], "status", "draft", "subtotal", Decimal(), "tax_total",
      Decimal(), "discount_total", Decimal(), "grand_total", Decimal(), "currency", "INR");
  const std::string subject = "Estimate for Ticket #" + std::string(ticket_id);
  AppendMembers(estimate, "notes", "", "terms", "", "subject", subject, "lock_reason", nullptr,
                "locked_at", nullptr, "locked_by", nullptr, "zoho_estimate_id", nullptr,
                "zoho_sync_status", "not_synced", "zoho_last_synced_at", nullptr, "version", 1,
                "created_at", now, "updated_at", now, "created_by", user["user_id"],
                "created_by_name", user["name"]);
  return estimate;
}

Filter OfTicket(const Context& context) {
  return Where("ticket_id", context.Path("ticket_id"))
      .And("organization_id", context.organization());
}

// The correct variant of "one estimate per ticket": the first to insert the claim makes the
// estimate. Claiming before numbering keeps the series without gaps, which a unique index on the
// estimates would not: its losers have taken a number by then.
Task<bool> ClaimEstimate(Context& context) {
  std::string claim = "ticket_estimate/" + std::string(context.organization());
  claim += '/';
  claim += context.Path("ticket_id");
  const Filter filter = Where("counter_id", claim);
  const Update update = Update().SetOnInsert("claimed_at", context.Now().Iso());
  const UpdateResult result =
      co_await context.db.counters.UpdateOne(context.env, filter, update, Upsert::kYes);
  co_return result.upserted;
}

// The estimate that somebody else has claimed and is about to insert; null if it never comes.
Task<Value> AwaitEstimate(Context& context) {
  const Filter filter = OfTicket(context);
  for (int i = 0; i < kWaitsForEstimateMax; ++i) {
    const Value estimate = co_await context.db.ticket_estimates.FindOne(context.env, filter);
    if (!estimate.IsNull()) co_return estimate;
    co_await context.env.Sleep(std::chrono::milliseconds(1));
  }
  co_return Value();
}

Task<Response> AnswerExisting(Context& context, Value estimate) {
  const Value lines = co_await EstimateLines(context, estimate);
  estimate.Set("line_items", lines);
  co_return Ok(Object("code", 0, "estimate", std::move(estimate)));
}

Task<Response> EnsureEstimate(Context& context) {
  Store& db = context.db;
  const Value user = co_await FindCaller(context);
  const Filter of_ticket = OfTicket(context);
  const Value existing = co_await db.ticket_estimates.FindOne(context.env, of_ticket);
  if (!existing.IsNull()) co_return co_await AnswerExisting(context, existing);

  const Value ticket = co_await db.tickets.FindOne(context.env, of_ticket);
  if (ticket.IsNull()) {
    co_return NotFound("Ticket " + std::string(context.Path("ticket_id")) + " not found");
  }
  if (!context.Has(Bug::kEstimateDoubleEnsure)) {
    const bool mine = co_await ClaimEstimate(context);
    if (!mine) {
      const Value theirs = co_await AwaitEstimate(context);
      if (theirs.IsNull()) co_return Detail(409, "The estimate of this ticket is being created");
      co_return co_await AnswerExisting(context, theirs);
    }
  }

  Value estimate = NewEstimate(context, ticket, user);
  const std::string estimate_id = context.ids.Lower("est_");
  estimate.Set("estimate_id", estimate_id);
  const std::string number = co_await NextNumber(context, kEstimateNumbers);
  estimate.Set("estimate_number", number);
  (void)co_await db.ticket_estimates.InsertOne(context.env, estimate);

  const std::string description =
      "Estimate created from ticket " + std::string(context.Path("ticket_id"));
  const EstimateChange change{"created", description};
  co_await AddEstimateHistory(context, estimate_id, user, change);
  const Filter by_id = Where("estimate_id", estimate_id);
  Value created = co_await db.ticket_estimates.FindOne(context.env, by_id);
  created.Set("line_items", Value::EmptyArray());
  co_return Ok(Object("code", 0, "estimate", std::move(created)));
}

Task<Response> GetTicketEstimate(Context& context) {
  (void)co_await FindCaller(context);
  const Filter of_ticket = OfTicket(context);
  const Value estimate = co_await context.db.ticket_estimates.FindOne(context.env, of_ticket);
  if (estimate.IsNull()) co_return NotFound("No estimate found for this ticket");
  co_return co_await AnswerExisting(context, estimate);
}

Task<Response> GetEstimate(Context& context) {
  (void)co_await FindCaller(context);
  const Value estimate = co_await ReadEstimate(context, context.Path("estimate_id"));
  if (estimate.IsNull()) co_return NotFound(EstimateMissing(context));
  co_return Ok(Object("code", 0, "estimate", estimate));
}

Task<Response> ListEstimates(Context& context) {
  static constexpr FieldRule kQuery[] = {Defaulted("page", FieldType::kInt).AtLeast(1),
                                         Defaulted("per_page", FieldType::kInt).Between(1, 100)};
  if (auto refused = CheckQuery(context, kQuery)) co_return *std::move(refused);
  (void)co_await FindCaller(context);
  Store& db = context.db;
  const std::int64_t page = QueryInt(context, "page", 1);
  const std::int64_t per_page = QueryInt(context, "per_page", 20);
  Filter filter = Where("organization_id", context.organization());
  if (!context.Query("status").empty()) filter.And("status", context.Query("status"));
  const std::int64_t total = co_await db.ticket_estimates.CountDocuments(context.env, filter);
  const FindOptions newest = FindOptions()
                                 .Descending("created_at")
                                 .Skip(PageStart(page, per_page))
                                 .Limit(static_cast<std::size_t>(per_page));
  const std::vector<Value> found = co_await db.ticket_estimates.Find(context.env, filter, newest);
  Value estimates = Value::EmptyArray(found.size());
  for (const Value& estimate : found) estimates.Push(WithoutLines(estimate));
  const Value pages = Object("page", page, "per_page", per_page, "total", total);
  co_return Ok(Object("code", 0, "estimates", std::move(estimates), "page_context", pages));
}

}  // namespace

void RegisterEstimates(Router& router) {
  router.Add("POST", "/tickets/{ticket_id}/estimate/ensure", Guard::kStaff, EnsureEstimate);
  router.Add("GET", "/tickets/{ticket_id}/estimate", Guard::kStaff, GetTicketEstimate);
  router.Add("GET", "/ticket-estimates", Guard::kStaff, ListEstimates);
  router.Add("GET", "/ticket-estimates/{estimate_id}", Guard::kStaff, GetEstimate);
  RegisterEstimateLines(router);
  RegisterEstimateStates(router);
}

}  // namespace redrive::workshop
