// Staff tickets (contract B.1, B.2, C.7 start-work). Close and complete-work are in
// flows_ticket_close.cc.
#include "recorder/workshop/flows.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/url.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

// Hours to the first response and to the resolution, by priority.
struct SlaHours {
  std::int64_t response = 8;
  std::int64_t resolution = 24;
};

SlaHours SlaOf(std::string_view priority) {
  if (priority == "critical") return {1, 4};
  if (priority == "high") return {4, 8};
  if (priority == "low") return {24, 72};
  return {};
}

Value StatusEntry(std::string_view status, const Value& time, const Value& by) {
  return Object("status", status, "timestamp", time, "updated_by", by);
}

void AddRequestFields(Value& ticket, const Context& context, std::string_view ticket_id) {
  const Value& body = context.body;
  const bool onsite = body["customer_id"].Truthy() || body["customer_name"].Truthy() ||
                      body["contact_number"].Truthy() || body["customer_email"].Truthy();
  ticket.Add("ticket_id", ticket_id).Add("title", body["title"]);
  ticket.Add("description", body["description"]).Add("category", body["category"]);
  ticket.Add("priority", body["priority"].String("medium")).Add("status", "open");
  ticket.Add("vehicle_id", body["vehicle_id"]).Add("vehicle_type", body["vehicle_type"]);
  ticket.Add("vehicle_make", body["vehicle_make"]).Add("vehicle_model", body["vehicle_model"]);
  ticket.Add("vehicle_number", body["vehicle_number"]);
  ticket.Add("vehicle_category", body["vehicle_category"]);
  ticket.Add("vehicle_year", body["vehicle_year"]).Add("symptoms", Value::EmptyArray(0));
  ticket.Add("customer_id", body["customer_id"].String(context.identity.user_id));
  ticket.Add("customer_name", body["customer_name"]);
  ticket.Add("customer_type", body["customer_type"].String("individual"));
  ticket.Add("contact_number", body["contact_number"]);
  ticket.Add("customer_email", body["customer_email"]);
  ticket.Add("issue_type", body["issue_type"].IsNull() ? body["category"] : body["issue_type"]);
  ticket.Add("ticket_type", onsite ? "onsite" : "workshop");
  ticket.Add("incident_location", body["incident_location"]);
  ticket.Add("attachments", Value::EmptyArray(0));
  ticket.Add("attachments_count", body["attachments_count"].Int());
}

Value TicketDocument(const Context& context, std::string_view ticket_id, const Value& caller) {
  const Value& body = context.body;
  const Instant now = context.Now();
  const Value time = now.Iso();
  const SlaHours sla = SlaOf(body["priority"].String("medium"));
  Value ticket = Value::EmptyObject(56);
  AddRequestFields(ticket, context, ticket_id);
  ticket.Add("suggested_failure_cards", Value::EmptyArray(0)).Add("selected_failure_card", nullptr);
  ticket.Add("ai_match_performed", false).Add("ai_match_timestamp", nullptr);
  ticket.Add("error_codes_reported", body["error_codes_reported"].IsArray()
                                         ? body["error_codes_reported"]
                                         : Value::EmptyArray(0));
  ticket.Add("resolution", nullptr).Add("resolution_notes", nullptr);
  ticket.Add("resolution_outcome", nullptr);
  ticket.Add("status_history", Array(StatusEntry("open", time, caller["name"])));
  ticket.Add("estimated_cost", body["estimated_cost"].Number()).Add("actual_cost", Decimal());
  ticket.Add("parts_cost", Decimal()).Add("labor_cost", Decimal());
  ticket.Add("assigned_technician_id", nullptr).Add("assigned_technician_name", nullptr);
  ticket.Add("has_sales_order", false).Add("has_invoice", false).Add("invoice_id", nullptr);
  ticket.Add("created_at", time).Add("updated_at", time).Add("resolved_at", nullptr);
  ticket.Add("closed_at", nullptr).Add("created_by", context.identity.user_id);
  ticket.Add("organization_id", context.organization());
  ticket.Add("sla_response_due_at", now.PlusSeconds(sla.response * 3600).Iso());
  ticket.Add("sla_resolution_due_at", now.PlusSeconds(sla.resolution * 3600).Iso());
  ticket.Add("sla_response_breached", false).Add("sla_resolution_breached", false);
  ticket.Add("sla_response_breached_at", nullptr).Add("sla_resolution_breached_at", nullptr);
  return ticket.Add("first_response_at", nullptr);
}

// Ops: users.find_one, [free trial: tickets.count_documents], tickets.insert_one.
Task<Response> CreateTicket(Context& context) {
  static constexpr FieldRule kRules[] = {Required("title", FieldType::kString),
                                         Optional("description", FieldType::kString),
                                         Optional("category", FieldType::kString),
                                         Defaulted("priority", FieldType::kString),
                                         Optional("vehicle_id", FieldType::kString),
                                         Optional("vehicle_type", FieldType::kString),
                                         Optional("vehicle_make", FieldType::kString),
                                         Optional("vehicle_model", FieldType::kString),
                                         Optional("vehicle_number", FieldType::kString),
                                         Optional("vehicle_category", FieldType::kString),
                                         Optional("vehicle_year", FieldType::kInt),
                                         Optional("customer_id", FieldType::kString),
                                         Optional("customer_name", FieldType::kString),
                                         Defaulted("customer_type", FieldType::kString),
                                         Optional("contact_number", FieldType::kString),
                                         Optional("customer_email", FieldType::kString),
                                         Optional("issue_type", FieldType::kString),
                                         Optional("incident_location", FieldType::kString),
                                         Defaulted("attachments_count", FieldType::kInt),
                                         Optional("estimated_cost", FieldType::kNumber),
                                         Defaulted("error_codes_reported", FieldType::kStringList)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Value caller = co_await FindCaller(context);
  Collection& tickets = context.db.tickets;
  std::optional<Response> limited = co_await CheckRecordLimit(context, tickets, "tickets");
  if (limited) co_return *std::move(limited);
  limited = co_await ClaimRecord(context, tickets, "tickets");
  if (limited) co_return *std::move(limited);
  const std::string ticket_id = context.ids.Lower("tkt_");
  const Value ticket = TicketDocument(context, ticket_id, caller);
  (void)co_await tickets.InsertOne(context.env, ticket);
  co_return Ok(ticket);
}

// The page after `cursor` (base64url JSON {"v": sort value, "t": ticket_id}), or null.
Value ReadCursor(std::string_view cursor) {
  std::string text;
  if (!Base64UrlDecode(cursor, &text)) return Value();
  const JsonResult parsed = ParseJson(text);
  return parsed.error == nullptr && parsed.value.Has("v") ? parsed.value : Value();
}

std::string CursorAfter(const Value& ticket, const Key& sort_by) {
  return Base64UrlEncode(ToJson(Object("v", ticket[sort_by.text()], "t", ticket["ticket_id"])));
}

// Whether `ticket` comes after the cursor in the order of the list.
bool ComesAfter(const Value& ticket, const Value& cursor, const Key& sort_by, bool descending) {
  const int order = Value::Compare(ticket[sort_by.text()], cursor["v"]);
  if (order != 0) return descending ? order < 0 : order > 0;
  const int tie = Value::Compare(ticket["ticket_id"], cursor["t"]);
  return descending ? tie < 0 : tie > 0;
}

Filter ListFilter(const Context& context) {
  Filter filter = Where("organization_id", context.organization());
  for (const std::string_view name : {"status", "priority", "category", "ticket_type"}) {
    const std::string_view wanted = context.Query(name);
    if (!wanted.empty()) filter.And(Key::Static(name), wanted);
  }
  return filter;
}

// Ops: users.find_one, tickets.count_documents, tickets.find.
Task<Response> ListTickets(Context& context) {
  static constexpr FieldRule kRules[] = {
      Defaulted("page", FieldType::kInt).AtLeast(1),
      Defaulted("limit", FieldType::kInt).Between(1, 100),
      Defaulted("ticket_type", FieldType::kString).OneOf("onsite|workshop"),
      Defaulted("sort_order", FieldType::kString).OneOf("asc|desc")};
  if (auto refused = CheckQuery(context, kRules)) co_return *std::move(refused);
  const std::int64_t page = QueryInt(context, "page", 1);
  const std::int64_t limit = QueryInt(context, "limit", 25);
  const Key sort_by = Key::Copy(context.Query("sort_by", "created_at"));
  const bool descending = context.Query("sort_order", "desc") == "desc";
  const Value cursor = ReadCursor(context.Query("cursor"));
  const Value caller = co_await FindCaller(context);
  Filter filter = ListFilter(context);
  const std::int64_t total = co_await context.db.tickets.CountDocuments(context.env, filter);
  FindOptions options;
  if (descending) {
    options.Descending(sort_by).Descending("ticket_id");
  } else {
    options.Ascending(sort_by).Ascending("ticket_id");
  }
  options.Limit(static_cast<std::size_t>(limit) + (cursor.IsNull() ? 0 : 1));
  if (cursor.IsNull()) {
    options.Skip(static_cast<std::size_t>((page - 1) * limit));
  } else {
    filter.If([&](const Value& ticket) { return ComesAfter(ticket, cursor, sort_by, descending); });
  }
  std::vector<Value> found = co_await context.db.tickets.Find(context.env, filter, options);
  const bool more =
      cursor.IsNull() ? page * limit < total : found.size() > static_cast<std::size_t>(limit);
  if (!cursor.IsNull() && more) found.pop_back();
  Value pagination = cursor.IsNull() ? Pagination(page, limit, total)
                                     : Object("limit", limit, "total_count", total, "has_next",
                                              more, "has_prev", true);
  pagination.Add("next_cursor",
                 more && !found.empty() ? Value(CursorAfter(found.back(), sort_by)) : Value());
  co_return Ok(Object("data", Value::ArrayOf(found), "pagination", pagination));
}

Task<Response> TicketStats(Context& context) {
  const Filter own = Where("organization_id", context.organization());
  const std::vector<Value> tickets = co_await context.db.tickets.Find(context.env, own);
  Value by_status = Value::EmptyObject();
  for (const Value& ticket : tickets) {
    Value& count = by_status.Mutable(Key::Copy(ticket["status"].String("open")));
    count = Value(count.Int() + 1);
  }
  const std::int64_t resolved = by_status["resolved"].Int() + by_status["closed"].Int();
  const std::int64_t in_progress =
      by_status["in_progress"].Int() + by_status["work_in_progress"].Int();
  co_return Ok(Object("total", tickets.size(), "open", by_status["open"].Int(), "in_progress",
                      in_progress, "resolved", resolved, "by_status", by_status));
}

Filter OwnTicket(const Context& context) {
  Filter own = Where("ticket_id", context.Path("ticket_id"));
  own.And("organization_id", context.organization());
  return own;
}

// As recorded, most updates address a ticket by its number alone, also another organisation's.
Filter AddressedTicket(const Context& context) {
  return context.Has(Bug::kTenantIsolation) ? Where("ticket_id", context.Path("ticket_id"))
                                            : OwnTicket(context);
}

Task<Response> GetTicket(Context& context) {
  const Value caller = co_await FindCaller(context);
  const Filter own = OwnTicket(context);
  const Value ticket = co_await context.db.tickets.FindOne(context.env, own);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  co_return Ok(ticket);
}

// Any transition of the status is accepted, as recorded; status_history is written whole.
Task<Response> UpdateTicket(Context& context) {
  static constexpr FieldRule kRules[] = {Optional("title", FieldType::kString),
                                         Optional("description", FieldType::kString),
                                         Optional("status", FieldType::kString),
                                         Optional("priority", FieldType::kString),
                                         Optional("category", FieldType::kString),
                                         Optional("estimated_cost", FieldType::kNumber),
                                         Optional("assigned_technician_id", FieldType::kString),
                                         Optional("resolution_notes", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Value caller = co_await FindCaller(context);
  const Filter own = OwnTicket(context);
  const Value ticket = co_await context.db.tickets.FindOne(context.env, own);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  const Value time = context.Now().Iso();
  Update update;
  for (const FieldRule& rule : kRules) {
    const Value& value = context.body[rule.name];
    if (!value.IsNull()) update.Set(Key::Static(rule.name), value);
  }
  const Value& status = context.body["status"];
  if (status.IsString() && !(status == ticket["status"])) {
    Value history = ticket["status_history"];
    history.Push(StatusEntry(status.String(), time, caller["name"]));
    update.Set("status_history", history);
  }
  update.Set("updated_at", time);
  const Filter addressed = AddressedTicket(context);
  (void)co_await context.db.tickets.UpdateOne(context.env, addressed, update);
  const Value after = co_await context.db.tickets.FindOne(context.env, addressed);
  co_return Ok(after);
}

// Ops: users.find_one, tickets.find_one, tickets.update_one, ticket_activities.insert_one,
// tickets.find_one. The check and the write are two steps; correct: the write has the condition.
Task<Response> StartWork(Context& context) {
  const Value caller = co_await FindCaller(context);
  const Filter addressed = AddressedTicket(context);
  Collection& tickets = context.db.tickets;
  const Value ticket = co_await tickets.FindOne(context.env, addressed);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  if (ticket["status"] == "work_in_progress") co_return BadRequest("Work already in progress");
  const Value time = context.Now().Iso();
  const Value entry = StatusEntry("work_in_progress", time, caller["name"]);
  Update update;
  update.Set("status", "work_in_progress").Set("work_started_at", time).Set("updated_at", time);
  Filter guarded = addressed;
  if (context.Has(Bug::kDoubleStartWork)) {
    Value history = ticket["status_history"];
    history.Push(entry);
    update.Set("status_history", history);
  } else {
    guarded.And("status", Op::kNe, "work_in_progress");
    update.Push("status_history", entry);
  }
  const UpdateResult result = co_await tickets.UpdateOne(context.env, guarded, update);
  if (result.matched == 0) co_return BadRequest("Work already in progress");
  const std::string activity_id = context.ids.Lower("act_");
  const Value activity =
      Object("activity_id", activity_id, "ticket_id", ticket["ticket_id"], "action", "work_started",
             "description", context.body["notes"].String("Work started"), "user_id",
             context.identity.user_id, "user_name", caller["name"], "timestamp", time,
             "organization_id", ticket["organization_id"]);
  (void)co_await context.db.ticket_activities.InsertOne(context.env, activity);
  const Value after = co_await tickets.FindOne(context.env, addressed);
  co_return Ok(after);
}

Task<Response> ListActivities(Context& context) {
  const Value caller = co_await FindCaller(context);
  const Filter own = OwnTicket(context);
  const Value ticket = co_await context.db.tickets.FindOne(context.env, own);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  const Filter of_ticket = Where("ticket_id", context.Path("ticket_id"));
  const FindOptions newest = FindOptions().Descending("timestamp");
  const std::vector<Value> found =
      co_await context.db.ticket_activities.Find(context.env, of_ticket, newest);
  co_return Ok(Object("activities", Value::ArrayOf(found)));
}

}  // namespace

void RegisterTickets(Router& router) {
  router.Add("POST", "/tickets", Guard::kStaff, CreateTicket);
  router.Add("GET", "/tickets", Guard::kStaff, ListTickets);
  router.Add("GET", "/tickets/stats", Guard::kStaff, TicketStats);
  router.Add("GET", "/tickets/{ticket_id}", Guard::kStaff, GetTicket);
  router.Add("PUT", "/tickets/{ticket_id}", Guard::kStaff, UpdateTicket);
  router.Add("POST", "/tickets/{ticket_id}/start-work", Guard::kStaff, StartWork);
  router.Add("GET", "/tickets/{ticket_id}/activities", Guard::kStaff, ListActivities);
}

}  // namespace redrive::workshop
