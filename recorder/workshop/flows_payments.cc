// Payments of invoices: invoices-enhanced/{id}/payments. Contract C.6.
#include <optional>
#include <string>

#include "recorder/workshop/balance.h"
#include "recorder/workshop/flows.h"
#include "recorder/workshop/invoices.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/payments_received.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

std::optional<Response> RefusePayment(const Value& invoice, Decimal amount) {
  if (invoice.IsNull()) return NotFound("Invoice not found");
  const Value& status = invoice["status"];
  if (status == "void" || status == "paid") {
    return BadRequest("Cannot record payment for " + std::string(status.String()) + " invoice");
  }
  const Decimal balance = invoice["balance_due"].Number();
  if (amount > balance) {
    return BadRequest("Payment amount (" + ToText(amount) + ") exceeds balance due (" +
                      ToText(balance) + ")");
  }
  return std::nullopt;
}

Value NewPayment(Context& context, const Value& invoice) {
  const Value& body = context.body;
  Value date = BodyText(body, "payment_date");
  if (!date.Truthy()) date = context.Now().DateText();
  const std::string payment_id = context.ids.Upper("PAY-");
  return Object("payment_id", payment_id, "invoice_id", invoice["invoice_id"], "customer_id",
                invoice["customer_id"], "invoice_number", invoice["invoice_number"], "amount",
                BodyNumber(body, "amount"), "payment_mode", BodyText(body, "payment_mode", "cash"),
                "reference_number", BodyText(body, "reference_number"), "payment_date", date,
                "bank_charges", BodyNumber(body, "bank_charges"), "notes", BodyText(body, "notes"),
                "deposit_to_account", BodyText(body, "deposit_to_account"), "organization_id",
                invoice["organization_id"], "created_time", context.Now().Iso());
}

// What follows a payment: history, the customer's balance, the audit record. `paid` is the invoice
// as the payment left it, or null: then it is read again, and may show other payments too.
Task<void> AfterPayment(Context& context, const Value& invoice, const Value& payment,
                        const Value& paid) {
  Store& db = context.db;
  HistoryEntry entry{.id_prefix = "HIST-", .owner_field = "invoice_id"};
  entry.owner = invoice["invoice_id"].String();
  entry.action = "payment_received";
  entry.details = "Payment of ₹" + Grouped(payment["amount"].Number()) + " received via " +
                  std::string(payment["payment_mode"].String());
  co_await AddHistory(context, db.invoice_history, entry);
  co_await UpdateContactBalance(context, invoice["customer_id"].String());
  Value before = invoice["balance_due"];
  Value after;
  if (paid.IsNull()) {
    const Filter by_id = Where("invoice_id", invoice["invoice_id"]);
    const Value now = co_await db.invoices.FindOne(context.env, by_id);
    after = now["balance_due"];
  } else {
    after = paid["balance_due"];
    before = after.Number() + payment["amount"].Number();
  }
  const std::string log_id = context.ids.Lower("aud_");
  const Value audit =
      Object("log_id", log_id, "organization_id", context.organization(), "action", "PAYMENT",
             "entity_type", "invoice", "entity_id", invoice["invoice_id"], "user_id",
             context.identity.user_id, "balance_before", before, "balance_after", after,
             "timestamp", context.Now().Iso());
  (void)co_await db.audit_log.InsertOne(context.env, audit);
}

Task<Response> PayInvoice(Context& context) {
  static constexpr FieldRule kRules[] = {Required("amount", FieldType::kNumber).Above(0),
                                         Defaulted("payment_mode", FieldType::kString),
                                         Defaulted("reference_number", FieldType::kString),
                                         Defaulted("payment_date", FieldType::kString),
                                         Defaulted("bank_charges", FieldType::kNumber),
                                         Defaulted("notes", FieldType::kString),
                                         Defaulted("deposit_to_account", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool racy = context.Has(Bug::kPaymentLostUpdate);
  const Decimal amount = BodyNumber(context.body, "amount");
  const Filter filter = ChangedInvoiceFilter(context);
  const Value invoice = co_await db.invoices.FindOne(context.env, filter);
  if (auto refused = RefusePayment(invoice, amount)) co_return *std::move(refused);

  const Value payment = NewPayment(context, invoice);
  Decimal balance = BalanceAfter(invoice, invoice["amount_paid"].Number() + amount);
  Value paid;
  if (!racy) {
    const Value after = co_await TakePayment(context, kGstInvoice, filter, payment);
    if (after.IsNull()) {
      const Value now = co_await db.invoices.FindOne(context.env, filter);
      std::optional<Response> refused = RefusePayment(now, amount);
      if (!refused) refused = Detail(409, "The invoice keeps changing. Please retry.");
      co_return *std::move(refused);
    }
    balance = after["balance_due"].Number();
    paid = after;
  }
  (void)co_await db.invoice_payments.InsertOne(context.env, payment);
  if (racy) {
    const Update update = PaymentFields(context, kGstInvoice, invoice, payment);
    co_await db.invoices.UpdateOne(context.env, filter, update);
  }
  co_await AfterPayment(context, invoice, payment, paid);
  co_return Ok(Object("code", 0, "message", "Payment recorded", "payment", payment, "new_balance",
                      AtLeastZero(balance), "new_status", PaidStatus(balance)));
}

Task<Response> GetInvoicePayments(Context& context) {
  const Filter filter = ChangedInvoiceFilter(context);
  const Value invoice = co_await context.db.invoices.FindOne(context.env, filter);
  if (invoice.IsNull()) co_return NotFound("Invoice not found");
  const bool kept_with_invoice = !context.Has(Bug::kPaymentLostUpdate);
  co_return co_await AnswerPayments(context, invoice, kept_with_invoice);
}

}  // namespace

void RegisterPayments(Router& router) {
  router.Add("POST", "/invoices-enhanced/{invoice_id}/payments", Guard::kStaff, PayInvoice);
  router.Add("GET", "/invoices-enhanced/{invoice_id}/payments", Guard::kStaff, GetInvoicePayments);
  RegisterPaymentsReceived(router);
}

}  // namespace redrive::workshop
