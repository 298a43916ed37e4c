// The customer portal: login, tickets, comments (contract C.1).
#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::int64_t kSessionSeconds = 86'400;

Task<Response> PortalLogIn(Context& context) {
  static constexpr FieldRule kRules[] = {Required("token", FieldType::kString).Length(10)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Filter by_token = Where("portal_token", context.body["token"]);
  by_token.And("portal_enabled", true);
  const Value contact = co_await context.db.contacts.FindOne(context.env, by_token);
  if (contact.IsNull()) co_return Detail(401, "Invalid or expired portal token");
  const Instant now = context.Now();
  const std::string session_token = context.ids.Lower("PS-", 32);
  const Value session =
      Object("session_token", session_token, "contact_id", contact["contact_id"], "organization_id",
             contact["organization_id"], "is_active", true, "expires_unix",
             now.unix_seconds() + kSessionSeconds, "created_at", now.Iso());
  (void)co_await context.db.portal_sessions.InsertOne(context.env, session);
  co_return Ok(Object("code", 0, "message", "Login successful", "session_token", session_token,
                      "contact",
                      Object("contact_id", contact["contact_id"], "name", contact["name"],
                             "company_name", contact["company_name"], "email", contact["email"]),
                      "expires_in", kSessionSeconds));
}

struct PortalCaller {
  Value contact;
  std::optional<Response> refused;
};

// Ops: portal_sessions.find_one, contacts.find_one.
Task<PortalCaller> CheckPortalSession(Context& context) {
  PortalCaller caller;
  const std::string* const header = FindHeader(context.request.headers, "X-Portal-Session");
  const std::string_view token = header != nullptr && !header->empty()
                                     ? std::string_view(*header)
                                     : context.Query("session_token");
  if (token.empty()) {
    caller.refused =
        Detail(401, "Session token required (X-Portal-Session header or session_token query)");
    co_return caller;
  }
  Filter active = Where("session_token", token);
  active.And("is_active", true);
  const Value session = co_await context.db.portal_sessions.FindOne(context.env, active);
  if (session.IsNull()) {
    caller.refused = Detail(401, "Invalid session");
    co_return caller;
  }
  if (session["expires_unix"].Int() <= context.Now().unix_seconds()) {
    caller.refused = Detail(401, "Session expired");
    co_return caller;
  }
  const Filter by_id = Where("contact_id", session["contact_id"]);
  caller.contact = co_await context.db.contacts.FindOne(context.env, by_id);
  if (caller.contact.IsNull()) caller.refused = Detail(401, "Invalid session");
  co_return caller;
}

// As recorded: the number of all tickets plus one, so concurrent requests get the same. Correct: an
// atomic counter of the organisation's portal tickets.
Task<std::string> NextTicketNumber(Context& context, const Value& organization_id) {
  if (context.Has(Bug::kPortalTicketCountPlusOne)) {
    const Filter all = Where("organization_id", organization_id);
    const std::int64_t count = co_await context.db.tickets.CountDocuments(context.env, all);
    co_return Numbered("TKT-", count + 1, 6);
  }
  const std::string counter_id = "portal_tickets/" + std::string(organization_id.String());
  const Filter by_id = Where("counter_id", counter_id);
  const Update next = Update().Inc("value", 1);
  const Value counter = co_await context.db.counters.FindOneAndUpdate(context.env, by_id, next,
                                                                      Which::kAfter, Upsert::kYes);
  co_return Numbered("TKT-", counter["value"].Int(), 6);
}

Task<Response> CreatePortalTicket(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("subject", FieldType::kString).Length(3, 200),
      Required("description", FieldType::kString).Length(10),
      Defaulted("priority", FieldType::kString).OneOf("low|medium|high"),
      Defaulted("category", FieldType::kString).OneOf("general|service|billing|technical|other"),
      Optional("vehicle_id", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  PortalCaller caller = co_await CheckPortalSession(context);
  if (caller.refused) co_return *std::move(caller.refused);
  const Value& contact = caller.contact;
  const Value& body = context.body;
  const std::string ticket_id = co_await NextTicketNumber(context, contact["organization_id"]);
  const Instant now = context.Now();
  const Value stored_time = now.NaiveMs();
  Value ticket = Object(
      "ticket_id", ticket_id, "customer_id", contact["contact_id"], "customer_name",
      contact["name"], "customer_email", contact["email"], "customer_phone", contact["phone"],
      "subject", body["subject"], "description", body["description"], "priority",
      body["priority"].String("medium"), "category", body["category"].String("general"),
      "vehicle_id", body["vehicle_id"], "status", "open", "source", "customer_portal", "created_at",
      stored_time, "updated_at", stored_time, "organization_id", contact["organization_id"]);
  (void)co_await context.db.tickets.InsertOne(context.env, ticket);
  // The answer shows the time before it was stored, with its zone and microseconds.
  const Value answered_time = now.Iso();
  ticket.Set("created_at", answered_time).Set("updated_at", answered_time);
  co_return Ok(Object("code", 0, "ticket", std::move(ticket), "message",
                      "Support request " + ticket_id + " created successfully"));
}

Value WithoutOrganization(Value ticket) {
  ticket.Remove("organization_id");
  return ticket;
}

Task<Response> ListPortalTickets(Context& context) {
  static constexpr FieldRule kRules[] = {Defaulted("limit", FieldType::kInt).Between(1, 100)};
  if (auto refused = CheckQuery(context, kRules)) co_return *std::move(refused);
  PortalCaller caller = co_await CheckPortalSession(context);
  if (caller.refused) co_return *std::move(caller.refused);
  Filter own = Where("customer_id", caller.contact["contact_id"]);
  if (!context.Query("status").empty()) own.And("status", context.Query("status"));
  FindOptions newest;
  newest.Descending("created_at").Limit(static_cast<std::size_t>(QueryInt(context, "limit", 50)));
  const std::vector<Value> found = co_await context.db.tickets.Find(context.env, own, newest);
  Value tickets = Value::EmptyArray(found.size());
  for (const Value& ticket : found) tickets.Push(WithoutOrganization(ticket));
  co_return Ok(Object("code", 0, "tickets", tickets, "count", found.size()));
}

Task<Response> GetPortalTicket(Context& context) {
  PortalCaller caller = co_await CheckPortalSession(context);
  if (caller.refused) co_return *std::move(caller.refused);
  Filter own = Where("ticket_id", context.Path("ticket_id"));
  own.And("customer_id", caller.contact["contact_id"]);
  Value ticket = co_await context.db.tickets.FindOne(context.env, own);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  // As recorded, by the number alone: another organisation's updates of that number show too.
  Filter visible = Where("ticket_id", context.Path("ticket_id"));
  visible.And("visible_to_customer", true);
  if (!context.Has(Bug::kTenantIsolation)) {
    visible.And("organization_id", caller.contact["organization_id"]);
  }
  const FindOptions oldest = FindOptions().Ascending("created_at");
  const std::vector<Value> updates =
      co_await context.db.ticket_updates.Find(context.env, visible, oldest);
  ticket.Set("updates", Value::EmptyArray());
  for (const Value& update : updates) ticket.Mutable("updates").Push(WithoutOrganization(update));
  co_return Ok(Object("code", 0, "ticket", ticket));
}

Task<Response> CommentOnPortalTicket(Context& context) {
  static constexpr FieldRule kRules[] = {Required("comment", FieldType::kString)};
  if (auto refused = CheckQuery(context, kRules)) co_return *std::move(refused);
  PortalCaller caller = co_await CheckPortalSession(context);
  if (caller.refused) co_return *std::move(caller.refused);
  Filter own = Where("ticket_id", context.Path("ticket_id"));
  own.And("customer_id", caller.contact["contact_id"]);
  const Value ticket = co_await context.db.tickets.FindOne(context.env, own);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  const Value now = context.Now().NaiveMs();
  const std::string update_id = context.ids.Lower("upd_");
  const Value update = Object("update_id", update_id, "ticket_id", ticket["ticket_id"], "comment",
                              context.Query("comment"), "author", caller.contact["name"],
                              "author_type", "customer", "visible_to_customer", true, "created_at",
                              now, "organization_id", caller.contact["organization_id"]);
  (void)co_await context.db.ticket_updates.InsertOne(context.env, update);
  const Update touched = Update().Set("updated_at", now);
  (void)co_await context.db.tickets.UpdateOne(context.env, own, touched);
  co_return Ok(Object("code", 0, "message", "Comment added successfully"));
}

}  // namespace

void RegisterPortal(Router& router) {
  router.Add("POST", "/customer-portal/login", Guard::kPublic, PortalLogIn);
  router.Add("POST", "/customer-portal/tickets", Guard::kPublic, CreatePortalTicket);
  router.Add("GET", "/customer-portal/tickets", Guard::kPublic, ListPortalTickets);
  router.Add("GET", "/customer-portal/tickets/{ticket_id}", Guard::kPublic, GetPortalTicket);
  router.Add("POST", "/customer-portal/tickets/{ticket_id}/comment", Guard::kPublic,
             CommentOnPortalTicket);
}

}  // namespace redrive::workshop
