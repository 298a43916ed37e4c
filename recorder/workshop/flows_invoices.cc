// Invoices (invoices-enhanced): create, list, read, settings. Contract C.6.
#include "recorder/workshop/invoices.h"

#include <optional>
#include <string>
#include <vector>

#include "recorder/workshop/balance.h"
#include "recorder/workshop/flows.h"
#include "recorder/workshop/gst.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kHomeState = "DL";
constexpr std::size_t kLineItemsMax = 1'000;

constexpr FieldRule kLineRules[] = {Optional("item_id", FieldType::kString),
                                    Required("name", FieldType::kString).Length(1, 200),
                                    Defaulted("description", FieldType::kString),
                                    Defaulted("hsn_sac_code", FieldType::kString),
                                    Defaulted("quantity", FieldType::kNumber).Above(0),
                                    Defaulted("unit", FieldType::kString),
                                    Required("rate", FieldType::kNumber).AtLeast(0),
                                    Defaulted("discount_type", FieldType::kString),
                                    Defaulted("discount_value", FieldType::kNumber),
                                    Defaulted("tax_type", FieldType::kString),
                                    Defaulted("tax_rate", FieldType::kNumber),
                                    Defaulted("account_id", FieldType::kString)};

constexpr FieldRule kInvoiceRules[] = {
    Required("customer_id", FieldType::kString).Length(1),
    Defaulted("reference_number", FieldType::kString),
    Defaulted("invoice_date", FieldType::kString),
    Defaulted("due_date", FieldType::kString),
    Defaulted("payment_terms", FieldType::kInt).Between(0, 3'650),
    Defaulted("line_items", FieldType::kObjectList).Length(0, kLineItemsMax).Of(kLineRules),
    Defaulted("discount_type", FieldType::kString),
    Defaulted("discount_value", FieldType::kNumber),
    Defaulted("shipping_charge", FieldType::kNumber),
    Defaulted("adjustment", FieldType::kNumber),
    Defaulted("place_of_supply", FieldType::kString),
    Defaulted("is_inclusive_tax", FieldType::kBool)};

std::string DueDate(const Context& context, std::string_view invoice_date) {
  const Value& given = context.body["due_date"];
  if (given.Truthy()) return std::string(given.String());
  const std::optional<Date> date = ParseDate(invoice_date);
  if (!date) return std::string(invoice_date);
  const std::int64_t days = DaysFromDate(*date) + context.body["payment_terms"].Int(30);
  return DateText(DateFromDays(days));
}

std::string InvoiceDate(const Context& context) {
  const Value& given = context.body["invoice_date"];
  return given.Truthy() ? std::string(given.String()) : context.Now().DateText();
}

Value InvoiceLines(Context& context, std::string_view invoice_id, const GstRule& rule) {
  Value lines = Value::EmptyArray();
  for (const Value& item : context.body["line_items"].Items()) {
    Value line = GstLine(item, rule);
    const std::string line_item_id = context.ids.Upper("LI-");
    line.Add("line_item_id", line_item_id);
    line.Add("invoice_id", invoice_id);
    lines.Push(std::move(line));
  }
  return lines;
}

// All but the lines.
Value NewInvoice(const Context& context, const Value& customer, const Value& place,
                 const Value& totals) {
  const Value& body = context.body;
  const std::string now = context.Now().Iso();
  const std::string date = InvoiceDate(context);
  const Value inclusive = body["is_inclusive_tax"].Bool();
  Value invoice = Object(
      "invoice_id", nullptr, "invoice_number", nullptr, "customer_id", body["customer_id"],
      "customer_name", BodyText(customer, "name"), "customer_email", BodyText(customer, "email"),
      "customer_phone", BodyText(customer, "phone"), "customer_gstin", BodyText(customer, "gstin"),
      "billing_address", nullptr, "shipping_address", nullptr, "reference_number",
      BodyText(body, "reference_number"), "salesorder_id", body["salesorder_id"], "estimate_id",
      body["estimate_id"], "invoice_date", date, "due_date", DueDate(context, date),
      "payment_terms", body["payment_terms"].Int(30), "place_of_supply", place, "is_inclusive_tax",
      inclusive, "reverse_charge", body["reverse_charge"].Bool(), "discount_type",
      BodyText(body, "discount_type", "percentage"), "discount_value",
      BodyNumber(body, "discount_value"));
  for (const Member& total : totals.Members()) invoice.Add(total.key, total.value);
  AppendMembers(invoice, "amount_paid", 0, "credits_applied", 0, "write_off_amount", 0, "status",
                "draft", "customer_notes", BodyText(body, "customer_notes"), "terms_conditions",
                BodyText(body, "terms_conditions"), "payment_count", 0, "last_payment_date",
                nullptr, "is_sent", false, "sent_date", nullptr, "viewed_date", nullptr,
                "paid_date", nullptr, "voided_date", nullptr, "organization_id",
                context.organization(), "created_time", now, "updated_time", now);
  return invoice;
}

Task<void> WriteAudit(Context& context, std::string_view action, const Value& invoice) {
  const std::string log_id = context.ids.Lower("aud_");
  const Value entry = Object("log_id", log_id, "organization_id", context.organization(), "action",
                             action, "entity_type", "invoice", "entity_id", invoice["invoice_id"],
                             "user_id", context.identity.user_id, "timestamp", context.Now().Iso());
  (void)co_await context.db.audit_log.InsertOne(context.env, entry);
}

// Lines, history and audit of a new invoice.
Task<void> StoreInvoiceParts(Context& context, const Value& invoice, const Value& lines) {
  Store& db = context.db;
  for (const Value& line : lines.Items()) {
    (void)co_await db.invoice_line_items.InsertOne(context.env, line);
  }
  HistoryEntry entry{.id_prefix = "HIST-", .owner_field = "invoice_id"};
  entry.owner = invoice["invoice_id"].String();
  entry.action = "created";
  entry.details = "Invoice " + std::string(invoice["invoice_number"].String()) + " created";
  co_await AddHistory(context, db.invoice_history, entry);
  co_await WriteAudit(context, "CREATE", invoice);
}

Task<Response> CreateInvoice(Context& context) {
  if (auto refused = CheckBody(context, kInvoiceRules)) co_return *std::move(refused);
  Store& db = context.db;
  if (auto refused = CheckTaxCodes(context.body["line_items"].Items(), "hsn_sac_code")) {
    co_return *std::move(refused);
  }
  std::optional<Response> refused = co_await CheckRecordLimit(context, db.invoices, "invoices");
  if (refused) co_return *std::move(refused);
  const std::string locked =
      co_await PeriodLockMessage(context, context.organization(), InvoiceDate(context));
  if (!locked.empty()) co_return Detail(423, locked);
  const Filter of_customer = Where("contact_id", context.body["customer_id"])
                                 .And("organization_id", context.organization());
  const Value customer = co_await db.contacts.FindOne(context.env, of_customer);
  if (customer.IsNull()) co_return NotFound("Customer not found");
  if (customer["contact_type"] == "vendor") {
    co_return BadRequest("Cannot create invoice for vendor-only contact");
  }

  const std::string invoice_id = context.ids.Upper("INV-");
  const std::string number = co_await NextNumber(context, kInvoiceNumbers);
  const Filter of_settings = Where("organization_id", context.organization());
  const Value settings = co_await db.organization_settings.FindOne(context.env, of_settings);
  const Value home = BodyText(settings, "state_code", kHomeState);
  Value place = BodyText(context.body, "place_of_supply");
  if (!place.Truthy()) place = BodyText(customer, "place_of_supply");
  GstRule rule;
  rule.between_states = place.Truthy() && !(place == home);
  rule.inclusive = context.body["is_inclusive_tax"].Bool();
  const Value lines = InvoiceLines(context, invoice_id, rule);
  Value invoice = NewInvoice(context, customer, place, GstTotals(lines, context.body));
  invoice.Set("invoice_id", invoice_id);
  invoice.Set("invoice_number", number);
  refused = co_await ClaimRecord(context, db.invoices, "invoices");
  if (refused) co_return *std::move(refused);
  (void)co_await db.invoices.InsertOne(context.env, invoice);
  co_await StoreInvoiceParts(context, invoice, lines);
  invoice.Set("line_items", lines);
  co_return Ok(Object("code", 0, "message", "Invoice created", "invoice", std::move(invoice)));
}

Task<Response> ListInvoices(Context& context) {
  static constexpr FieldRule kQuery[] = {Defaulted("page", FieldType::kInt).AtLeast(1),
                                         Defaulted("limit", FieldType::kInt).AtLeast(1)};
  if (auto refused = CheckQuery(context, kQuery)) co_return *std::move(refused);
  const std::int64_t page = QueryInt(context, "page", 1);
  const std::int64_t limit = QueryInt(context, "limit", 25);
  if (limit > 100) co_return BadRequest("Limit cannot exceed 100 per page");
  Store& db = context.db;
  Filter filter = Where("organization_id", context.organization());
  if (!context.Query("status").empty()) {
    filter.And("status", context.Query("status"));
  } else {
    filter.And("status", Op::kNe, "void");
  }
  if (!context.Query("customer_id").empty()) {
    filter.And("customer_id", context.Query("customer_id"));
  }
  const std::int64_t total = co_await db.invoices.CountDocuments(context.env, filter);
  const FindOptions newest = FindOptions()
                                 .Descending("invoice_date")
                                 .Descending("invoice_id")
                                 .Skip(PageStart(page, limit))
                                 .Limit(static_cast<std::size_t>(limit));
  const std::vector<Value> found = co_await db.invoices.Find(context.env, filter, newest);
  Value data = Value::EmptyArray(found.size());
  for (const Value& invoice : found) data.Push(WithoutPayments(invoice));
  Value pagination = Pagination(page, limit, total);
  pagination.Add("next_cursor", nullptr);
  co_return Ok(Object("data", std::move(data), "pagination", std::move(pagination)));
}

Task<Response> GetInvoice(Context& context) {
  Store& db = context.db;
  const Filter by_id = Where("invoice_id", context.Path("invoice_id"))
                           .And("organization_id", context.organization());
  const Value stored = co_await db.invoices.FindOne(context.env, by_id);
  if (stored.IsNull()) co_return NotFound("Invoice not found");
  const Filter of_invoice = Where("invoice_id", context.Path("invoice_id"));
  const FindOptions some = FindOptions().Limit(kLineItemsMax);
  const std::vector<Value> lines =
      co_await db.invoice_line_items.Find(context.env, of_invoice, some);
  const FindOptions latest = FindOptions().Descending("payment_date").Limit(50);
  const std::vector<Value> payments =
      co_await db.invoice_payments.Find(context.env, of_invoice, latest);
  const FindOptions newest = FindOptions().Descending("timestamp").Limit(20);
  const std::vector<Value> history =
      co_await db.invoice_history.Find(context.env, of_invoice, newest);
  Value invoice = WithoutPayments(stored);
  invoice.Set("line_items", Value::ArrayOf(lines));
  const Value& kept = stored["payments"];
  invoice.Set("payments", kept.IsArray() ? kept : Value::ArrayOf(payments));
  invoice.Set("history", Value::ArrayOf(history));
  co_return Ok(Object("code", 0, "invoice", std::move(invoice)));
}

Task<Response> GetInvoiceSettings(Context& context) {
  const Value numbering = co_await NumberSettings(context, kInvoiceNumbers);
  const Filter of_defaults = Where("type", "defaults");
  Value defaults = co_await context.db.invoice_settings.FindOne(context.env, of_defaults);
  if (defaults.IsNull()) {
    defaults =
        Object("type", "defaults", "payment_terms", 30, "default_tax_rate", 18, "gst_treatment",
               "registered", "auto_generate_number", true, "enable_recurring", true,
               "enable_partial_payments", true, "default_template", "");
  }
  const Value settings = Object("numbering", numbering, "defaults", defaults);
  co_return Ok(Object("code", 0, "settings", settings));
}

}  // namespace

Filter ChangedInvoiceFilter(const Context& context) {
  Filter filter = Where("invoice_id", context.Path("invoice_id"));
  if (!context.Has(Bug::kTenantIsolation)) {
    filter.And("organization_id", context.organization());
  }
  return filter;
}

void RegisterInvoices(Router& router) {
  router.AddBoth("POST", "/invoices-enhanced", Guard::kStaff, CreateInvoice);
  router.AddBoth("GET", "/invoices-enhanced", Guard::kStaff, ListInvoices);
  router.Add("GET", "/invoices-enhanced/settings", Guard::kStaff, GetInvoiceSettings);
  router.Add("GET", "/invoices-enhanced/{invoice_id}", Guard::kStaff, GetInvoice);
  RegisterInvoiceStates(router);
}

}  // namespace redrive::workshop
