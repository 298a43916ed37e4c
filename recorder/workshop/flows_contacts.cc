// Contacts and their portal access (contract C.1, C.10, F.2).
#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

// CUST-%05d or VEND-%05d, one series for all organisations. As recorded: read, then increment.
Task<std::string> NextContactNumber(Context& context, bool vendor) {
  const std::string_view type = vendor ? "vendor_numbering" : "customer_numbering";
  const std::string_view prefix = vendor ? "VEND-" : "CUST-";
  Collection& settings = context.db.contact_settings;
  const Filter by_type = Where("type", type);
  const Update next = Update().Inc("next_number", 1);
  if (!context.Has(Bug::kContactNumberReadThenInc)) {
    const Value after =
        co_await settings.FindOneAndUpdate(context.env, by_type, next, Which::kAfter, Upsert::kYes);
    co_return Numbered(prefix, after["next_number"].Int(), 5);
  }
  Value current = co_await settings.FindOne(context.env, by_type);
  if (current.IsNull()) {
    current = Object("type", type, "prefix", prefix, "next_number", 1);
    (void)co_await settings.InsertOne(context.env, current);
  }
  (void)co_await settings.UpdateOne(context.env, by_type, next);
  co_return Numbered(prefix, current["next_number"].Int(1), 5);
}

Value ContactDocument(Context& context, std::string_view contact_id, std::string_view number) {
  const Value& body = context.body;
  const Value now = context.Now().Iso();
  return Object("contact_id", contact_id, "contact_number", number, "name", body["name"],
                "display_name", body["name"], "company_name", body["company_name"].String(),
                "contact_type", body["contact_type"].String("customer"), "email", body["email"],
                "phone", body["phone"], "gstin", body["gstin"], "place_of_supply",
                body["place_of_supply"], "billing_address", body["billing_address"],
                "currency_code", "INR", "payment_terms", body["payment_terms"].Int(30),
                "outstanding_receivable", Decimal(), "unused_credits", Decimal(), "portal_enabled",
                false, "is_active", true, "created_at", now, "updated_at", now, "organization_id",
                context.organization());
}

Task<Response> CreateContact(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("name", FieldType::kString).Length(1, 200),
      Optional("email", FieldType::kString),
      Optional("phone", FieldType::kString),
      Optional("company_name", FieldType::kString),
      Defaulted("contact_type", FieldType::kString).OneOf("customer|vendor|both"),
      Defaulted("payment_terms", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Collection& contacts = context.db.contacts;
  std::optional<Response> limited = co_await CheckRecordLimit(context, contacts, "contacts");
  if (limited) co_return *std::move(limited);
  const Value& body = context.body;
  if (!body["email"].String().empty()) {
    Filter same = Where("email", body["email"]);
    same.And("organization_id", context.organization());
    const Value existing = co_await contacts.FindOne(context.env, same);
    if (!existing.IsNull()) co_return BadRequest("Contact with this email already exists");
  }
  limited = co_await ClaimRecord(context, contacts, "contacts");
  if (limited) co_return *std::move(limited);
  const std::string number = co_await NextContactNumber(context, body["contact_type"] == "vendor");
  const std::string contact_id = context.ids.Upper("CON-");
  const Value contact = ContactDocument(context, contact_id, number);
  (void)co_await contacts.InsertOne(context.env, contact);
  const std::string history_id = context.ids.Lower("hist_");
  const Value history = Object("history_id", history_id, "contact_id", contact_id, "action",
                               "created", "timestamp", contact["created_at"]);
  (void)co_await context.db.contact_history.InsertOne(context.env, history);
  co_return Ok(Object("code", 0, "message", "Contact created successfully", "contact", contact));
}

Task<Response> ListContacts(Context& context) {
  static constexpr FieldRule kRules[] = {Defaulted("page", FieldType::kInt).AtLeast(1),
                                         Defaulted("per_page", FieldType::kInt).Between(1, 200)};
  if (auto refused = CheckQuery(context, kRules)) co_return *std::move(refused);
  const std::int64_t page = QueryInt(context, "page", 1);
  const std::int64_t per_page = QueryInt(context, "per_page", 50);
  Filter own = Where("organization_id", context.organization());
  if (!context.Query("contact_type").empty()) {
    own.And("contact_type", context.Query("contact_type"));
  }
  const std::int64_t total = co_await context.db.contacts.CountDocuments(context.env, own);
  FindOptions options;
  options.Ascending("name").Skip(static_cast<std::size_t>((page - 1) * per_page));
  options.Limit(static_cast<std::size_t>(per_page));
  const std::vector<Value> found = co_await context.db.contacts.Find(context.env, own, options);
  co_return Ok(Object("code", 0, "contacts", Value::ArrayOf(found), "page_context",
                      Object("page", page, "per_page", per_page, "total", total)));
}

Task<Value> FindOwnContact(Context& context) {
  Filter own = Where("contact_id", context.Path("contact_id"));
  own.And("organization_id", context.organization());
  co_return co_await context.db.contacts.FindOne(context.env, own);
}

Task<Response> GetContact(Context& context) {
  const Value contact = co_await FindOwnContact(context);
  if (contact.IsNull()) co_return NotFound("Contact not found");
  co_return Ok(Object("code", 0, "contact", contact));
}

Task<Response> EnablePortal(Context& context) {
  const Value contact = co_await FindOwnContact(context);
  if (contact.IsNull()) co_return NotFound("Contact not found");
  if (contact["email"].String().empty()) {
    co_return BadRequest("Contact must have an email to enable portal access");
  }
  const std::string token = context.ids.Lower("", 43);
  const Filter by_id = Where("contact_id", contact["contact_id"]);
  Update enabled;
  enabled.Set("portal_enabled", true).Set("portal_token", token);
  enabled.Set("updated_at", context.Now().Iso());
  (void)co_await context.db.contacts.UpdateOne(context.env, by_id, enabled);
  const std::string history_id = context.ids.Lower("hist_");
  const Value history = Object("history_id", history_id, "contact_id", contact["contact_id"],
                               "action", "portal_enabled", "timestamp", context.Now().Iso());
  (void)co_await context.db.contact_history.InsertOne(context.env, history);
  co_return Ok(Object("code", 0, "message", "Portal access enabled", "token", token));
}

}  // namespace

void RegisterContacts(Router& router) {
  router.AddBoth("POST", "/contacts-enhanced", Guard::kStaff, CreateContact);
  router.AddBoth("GET", "/contacts-enhanced", Guard::kStaff, ListContacts);
  router.Add("GET", "/contacts-enhanced/{contact_id}", Guard::kStaff, GetContact);
  router.Add("POST", "/contacts-enhanced/{contact_id}/enable-portal", Guard::kStaff, EnablePortal);
}

}  // namespace redrive::workshop
