// Ticket invoices: made from an approved estimate, then paid. Contract C.3.
#include <string>

#include "recorder/workshop/balance.h"
#include "recorder/workshop/estimates.h"
#include "recorder/workshop/flows.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr int kClaimsMax = 64;

std::optional<Response> RefuseConversion(const Context& context, const Value& estimate) {
  if (estimate.IsNull()) return BadRequest(EstimateMissing(context));
  if (!(estimate["status"] == "approved")) {
    return BadRequest("Only approved estimates can be converted to invoices");
  }
  if (estimate["converted_to_invoice"].Truthy()) {
    return BadRequest("Estimate has already been converted to an invoice");
  }
  return std::nullopt;
}

std::optional<Response> CheckLines(const Value& lines) {
  std::vector<Value> goods;
  for (const Value& line : lines.Items()) {
    if (!(line["type"] == "fee")) goods.push_back(line);
  }
  return CheckTaxCodes(goods, "hsn_code");
}

Value InvoiceLine(const Value& line) {
  Value copy = Value::EmptyObject(12);
  static constexpr std::string_view kFields[] = {
      "line_item_id", "type",       "item_id",  "name",     "description", "qty",
      "unit",         "unit_price", "discount", "tax_rate", "hsn_code",    "line_total"};
  for (const std::string_view field : kFields) copy.Add(Key::Static(field), line[field]);
  return copy;
}

std::string FirstOfNextMonth(const Context& context) {
  Date date = context.Now().date();
  date.day = 1;
  date.year += date.month == 12 ? 1 : 0;
  date.month = date.month == 12 ? 1 : date.month + 1;
  return DateText(date);
}

Value NewTicketInvoice(const Context& context, const Value& estimate, const Value& lines,
                       const Value& user) {
  Value invoice_lines = Value::EmptyArray(lines.size());
  for (const Value& line : lines.Items()) invoice_lines.Push(InvoiceLine(line));
  const std::string now = context.Now().Iso();
  Value invoice =
      Object("invoice_id", nullptr, "invoice_number", nullptr, "organization_id",
             context.organization(), "source", "ticket_estimate", "source_estimate_id",
             estimate["estimate_id"], "ticket_id", estimate["ticket_id"], "customer_id",
             estimate["customer_id"], "customer_name", estimate["customer_name"], "customer_email",
             estimate["customer_email"], "contact_number", estimate["contact_number"], "vehicle_id",
             estimate["vehicle_id"], "vehicle_number", estimate["vehicle_number"], "vehicle_make",
             estimate["vehicle_make"], "vehicle_model", estimate["vehicle_model"], "line_items",
             std::move(invoice_lines), "subtotal", estimate["subtotal"], "tax_total",
             estimate["tax_total"], "discount_total", estimate["discount_total"], "grand_total",
             estimate["grand_total"], "currency", estimate["currency"]);
  AppendMembers(invoice, "status", "draft", "payment_status", "unpaid", "balance_due",
                estimate["grand_total"], "invoice_date", context.Now().DateText(), "due_date",
                FirstOfNextMonth(context), "created_at", now, "updated_at", now, "created_by",
                user["user_id"], "created_by_name", user["name"]);
  return invoice;
}

Update ConvertedFields(const Context& context, std::string_view invoice_id, const Value& user) {
  const std::string now = context.Now().Iso();
  return Update()
      .Set("status", "converted")
      .Set("converted_to_invoice", invoice_id)
      .Set("converted_at", now)
      .Set("converted_by", user["user_id"])
      .Set("updated_at", now)
      .Inc("version", 1);
}

// The correct variant: the first to move the estimate from approved to converted makes the invoice.
// Returns the estimate as it was converted, with `*lines`, or sets `*refused`.
Task<Value> ClaimConversion(Context& context, std::string_view invoice_id, const Value& user,
                            Value* lines, std::optional<Response>* refused) {
  Store& db = context.db;
  const Filter filter = EstimateFilter(context);
  const Update convert = ConvertedFields(context, invoice_id, user);
  for (int i = 0; i < kClaimsMax; ++i) {
    const Value estimate = co_await db.ticket_estimates.FindOne(context.env, filter);
    *refused = RefuseConversion(context, estimate);
    if (*refused) co_return Value();
    *lines = co_await EstimateLines(context, estimate);
    *refused = CheckLines(*lines);
    if (*refused) co_return Value();
    // The same version: nobody has edited what was just checked.
    const Filter unchanged = EstimateFilter(context)
                                 .And("version", estimate["version"])
                                 .And("status", "approved")
                                 .And("converted_to_invoice", nullptr);
    const Value claimed =
        co_await db.ticket_estimates.FindOneAndUpdate(context.env, unchanged, convert);
    if (!claimed.IsNull()) co_return estimate;
  }
  *refused = Detail(409, "The estimate keeps changing. Please retry.");
  co_return Value();
}

Task<void> PostTicketSale(Context& context, const Value& invoice) {
  const Decimal tax = invoice["tax_total"].Number();
  SalesPosting sale;
  sale.organization_id = context.organization();
  sale.created_by = context.identity.user_id;
  sale.document_id = invoice["invoice_id"].String();
  sale.document_type = "ticket_invoice";
  sale.document_number = invoice["invoice_number"].String();
  sale.customer_name = invoice["customer_name"].String();
  sale.date = invoice["invoice_date"].String();
  sale.grand_total = invoice["grand_total"].Number();
  sale.taxable = sale.grand_total - tax;
  sale.cgst = (tax / Decimal(2)).RoundedToCents();
  sale.sgst = tax - sale.cgst;
  // What the journal refuses (a locked period, a second entry) is swallowed: the invoice exists.
  (void)co_await PostSalesEntry(context, sale);
}

Task<void> MarkTicketInvoiced(Context& context, const Value& estimate, const Value& user,
                              std::string_view invoice_id) {
  const std::string now = context.Now().Iso();
  const Filter of_ticket = Where("ticket_id", estimate["ticket_id"]);
  const Value entry = Object("status", "invoiced", "timestamp", now, "updated_by", user["name"]);
  const Update update = Update()
                            .Set("status", "invoiced")
                            .Set("has_invoice", true)
                            .Set("invoice_id", invoice_id)
                            .Set("updated_at", now)
                            .Push("status_history", entry);
  co_await context.db.tickets.UpdateOne(context.env, of_ticket, update);
}

Task<Response> ConvertToInvoice(Context& context) {
  Store& db = context.db;
  const bool racy = context.Has(Bug::kInvoiceDoubleConvert);
  const Value user = co_await FindCaller(context);
  const std::string invoice_id = context.ids.Lower("inv_");
  const Filter filter = EstimateFilter(context);
  Value estimate;
  Value lines;
  std::optional<Response> refused;
  if (racy) {
    estimate = co_await db.ticket_estimates.FindOne(context.env, filter);
    refused = RefuseConversion(context, estimate);
    if (refused) co_return *std::move(refused);
    lines = co_await EstimateLines(context, estimate);
    refused = CheckLines(lines);
  } else {
    estimate = co_await ClaimConversion(context, invoice_id, user, &lines, &refused);
  }
  if (refused) co_return *std::move(refused);

  const std::string number = co_await NextNumber(context, kTicketInvoiceNumbers);
  Value invoice = NewTicketInvoice(context, estimate, lines, user);
  invoice.Set("invoice_id", invoice_id);
  invoice.Set("invoice_number", number);
  (void)co_await db.ticket_invoices.InsertOne(context.env, invoice);
  if (racy) {
    const Filter by_id = Where("estimate_id", context.Path("estimate_id"));
    const Update converted = ConvertedFields(context, invoice_id, user);
    co_await db.ticket_estimates.UpdateOne(context.env, by_id, converted);
  }
  const std::string description = "Converted to invoice " + number;
  const EstimateChange change{"converted", description};
  co_await AddEstimateHistory(context, context.Path("estimate_id"), user, change);
  co_await MarkTicketInvoiced(context, estimate, user, invoice_id);
  co_await PostTicketSale(context, invoice);
  const Value converted = co_await ReadEstimate(context, context.Path("estimate_id"));
  const std::string message = "Invoice " + number + " created from estimate";
  co_return Ok(
      Object("code", 0, "invoice", std::move(invoice), "estimate", converted, "message", message));
}

Filter TicketInvoiceFilter(const Context& context) {
  return Where("invoice_id", context.Path("invoice_id"))
      .And("organization_id", context.organization());
}

Task<Response> ListTicketInvoices(Context& context) {
  static constexpr FieldRule kQuery[] = {Defaulted("skip", FieldType::kInt).AtLeast(0),
                                         Defaulted("limit", FieldType::kInt).Between(1, 200)};
  if (auto refused = CheckQuery(context, kQuery)) co_return *std::move(refused);
  Store& db = context.db;
  Filter filter = Where("organization_id", context.organization());
  if (!context.Query("status").empty()) filter.And("status", context.Query("status"));
  if (!context.Query("payment_status").empty()) {
    filter.And("payment_status", context.Query("payment_status"));
  }
  const std::int64_t total = co_await db.ticket_invoices.CountDocuments(context.env, filter);
  const FindOptions newest = FindOptions()
                                 .Descending("created_at")
                                 .Skip(static_cast<std::size_t>(QueryInt(context, "skip", 0)))
                                 .Limit(static_cast<std::size_t>(QueryInt(context, "limit", 50)));
  const std::vector<Value> found = co_await db.ticket_invoices.Find(context.env, filter, newest);
  Value invoices = Value::EmptyArray(found.size());
  for (const Value& invoice : found) invoices.Push(WithoutPayments(invoice));
  co_return Ok(Object("code", 0, "total", total, "invoices", std::move(invoices)));
}

Task<Response> GetTicketInvoice(Context& context) {
  const Filter filter = TicketInvoiceFilter(context);
  const Value invoice = co_await context.db.ticket_invoices.FindOne(context.env, filter);
  if (invoice.IsNull()) co_return NotFound("Ticket invoice not found");
  co_return Ok(Object("code", 0, "invoice", WithoutPayments(invoice)));
}

Task<Response> GetTicketInvoicePayments(Context& context) {
  const Filter filter = TicketInvoiceFilter(context);
  const Value invoice = co_await context.db.ticket_invoices.FindOne(context.env, filter);
  if (invoice.IsNull()) co_return NotFound("Ticket invoice not found");
  const bool kept_with_invoice = !context.Has(Bug::kTicketInvoicePaymentLostUpdate);
  co_return co_await AnswerPayments(context, invoice, kept_with_invoice);
}

std::optional<Response> RefusePayment(const Value& invoice, Decimal amount) {
  if (invoice.IsNull()) return NotFound("Ticket invoice not found");
  const Value& status = invoice["status"];
  if (status == "void" || status == "cancelled") {
    return BadRequest("Cannot record payment for " + std::string(status.String()) + " invoice");
  }
  if (invoice["payment_status"] == "paid") return BadRequest("Invoice is already fully paid");
  const Decimal balance = invoice["balance_due"].Number();
  if (amount > balance) {
    return BadRequest("Payment amount (" + ToText(amount) + ") exceeds balance due (" +
                      ToText(balance) + ")");
  }
  return std::nullopt;
}

// Written without the journal's service and in a shape of its own, as Battwheels does.
Task<std::string> PostForeignEntry(Context& context, const Value& payment) {
  const std::string entry_id = context.ids.Upper("JE-");
  const std::string_view mode = payment["payment_mode"].String();
  const bool bank = mode == "upi" || mode == "bank_transfer" || mode == "card" ||
                    mode == "cheque" || mode == "online";
  const Value& amount = payment["amount"];
  const std::string number(payment["invoice_number"].String());
  const Value debit = Object("account", bank ? "Bank" : "Cash", "debit", amount, "credit", 0,
                             "description", "Payment via " + std::string(mode));
  const Value credit = Object("account", "Accounts Receivable", "debit", 0, "credit", amount,
                              "description", "Invoice " + number);
  const Value entry = Object(
      "journal_entry_id", entry_id, "organization_id", context.organization(), "date",
      payment["payment_date"], "reference_type", "ticket_invoice_payment", "reference_id",
      payment["payment_id"], "invoice_id", payment["invoice_id"], "description",
      "Payment received for ticket invoice " + number, "lines", Array(debit, credit), "total_debit",
      amount, "total_credit", amount, "status", "posted", "created_time", context.Now().Iso());
  (void)co_await context.db.journal_entries.InsertOne(context.env, entry);
  co_return entry_id;
}

Value NewTicketPayment(Context& context, const Value& invoice) {
  const Value& body = context.body;
  Value date = BodyText(body, "payment_date");
  if (!date.Truthy()) date = context.Now().DateText();
  const std::string payment_id = context.ids.Upper("PAY-");
  return Object("payment_id", payment_id, "invoice_id", invoice["invoice_id"], "organization_id",
                context.organization(), "customer_id", invoice["customer_id"], "invoice_number",
                invoice["invoice_number"], "amount", BodyNumber(body, "amount"), "payment_mode",
                BodyText(body, "payment_mode", "cash"), "reference_number",
                BodyText(body, "reference_number"), "payment_date", date, "notes",
                BodyText(body, "notes"), "source", "ticket_invoice", "created_time",
                context.Now().Iso());
}

Task<Response> PayTicketInvoice(Context& context) {
  static constexpr FieldRule kRules[] = {Required("amount", FieldType::kNumber).Above(0),
                                         Defaulted("payment_mode", FieldType::kString),
                                         Defaulted("reference_number", FieldType::kString),
                                         Defaulted("payment_date", FieldType::kString),
                                         Defaulted("notes", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool racy = context.Has(Bug::kTicketInvoicePaymentLostUpdate);
  const Decimal amount = BodyNumber(context.body, "amount");
  const Filter filter = TicketInvoiceFilter(context);
  const Value invoice = co_await db.ticket_invoices.FindOne(context.env, filter);
  if (auto refused = RefusePayment(invoice, amount)) co_return *std::move(refused);

  const Value payment = NewTicketPayment(context, invoice);
  Decimal balance = BalanceAfter(invoice, invoice["amount_paid"].Number() + amount);
  if (!racy) {
    const Value after = co_await TakePayment(context, kTicketInvoice, filter, payment);
    if (after.IsNull()) {
      const Value now = co_await db.ticket_invoices.FindOne(context.env, filter);
      std::optional<Response> refused = RefusePayment(now, amount);
      REDRIVE_CHECK(refused.has_value());  // Balances of ticket invoices only go down.
      co_return *std::move(refused);
    }
    balance = after["balance_due"].Number();
  }
  (void)co_await db.invoice_payments.InsertOne(context.env, payment);
  if (racy) {
    const Filter by_id = Where("invoice_id", context.Path("invoice_id"));
    const Update update = PaymentFields(context, kTicketInvoice, invoice, payment);
    co_await db.ticket_invoices.UpdateOne(context.env, by_id, update);
  }
  const std::string entry_id = co_await PostForeignEntry(context, payment);
  co_return Ok(Object("code", 0, "message", "Payment recorded", "payment", payment, "new_balance",
                      AtLeastZero(balance), "new_status", PaidStatus(balance), "journal_entry_id",
                      entry_id));
}

}  // namespace

void RegisterTicketInvoices(Router& router) {
  router.Add("POST", "/ticket-estimates/{estimate_id}/convert-to-invoice", Guard::kStaff,
             ConvertToInvoice);
  router.Add("GET", "/ticket-invoices/", Guard::kStaff, ListTicketInvoices);
  router.Add("GET", "/ticket-invoices/{invoice_id}", Guard::kStaff, GetTicketInvoice);
  router.Add("GET", "/ticket-invoices/{invoice_id}/payments", Guard::kStaff,
             GetTicketInvoicePayments);
  router.Add("POST", "/ticket-invoices/{invoice_id}/payments", Guard::kStaff, PayTicketInvoice);
}

}  // namespace redrive::workshop
