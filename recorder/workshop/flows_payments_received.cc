// Payments received: one payment, allocated to any number of invoices. Contract C.6.
#include "recorder/workshop/payments_received.h"

#include <optional>
#include <string>
#include <vector>

#include "recorder/workshop/balance.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::size_t kAllocationsMax = 100;

// [{invoice_id, amount}] with positive amounts: as given, or the whole payment to invoice_id.
Value AllocationsOf(const Value& body) {
  Value allocations = Value::EmptyArray();
  for (const Value& given : body["allocations"].Items()) {
    const Decimal amount = given["amount"].Number().RoundedToCents();
    if (amount <= Decimal()) continue;
    allocations.Push(Object("invoice_id", given["invoice_id"], "amount", amount));
  }
  if (allocations.empty() && body["invoice_id"].Truthy()) {
    const Decimal amount = body["amount"].Number().RoundedToCents();
    allocations.Push(Object("invoice_id", body["invoice_id"], "amount", amount));
  }
  return allocations;
}

Decimal Allocated(const Value& allocations) {
  Decimal sum;
  for (const Value& allocation : allocations.Items()) sum += allocation["amount"].Number();
  return sum;
}

std::optional<Response> RefuseAllocation(const Value& allocation, const Value& invoice) {
  if (invoice.IsNull()) {
    return BadRequest("Invoice " + std::string(allocation["invoice_id"].String()) + " not found");
  }
  const Decimal amount = allocation["amount"].Number();
  const Decimal balance = invoice["balance_due"].Number();
  if (amount <= balance + Decimal::FromHundredths(1)) return std::nullopt;
  return BadRequest("Allocation amount ₹" + ToText(amount) + " exceeds balance due ₹" +
                    ToText(balance) + " for invoice " +
                    std::string(invoice["invoice_number"].String()));
}

Filter InvoiceOf(const Value& allocation) { return Where("invoice_id", allocation["invoice_id"]); }

// What TakePayment needs to know of an allocation.
Value PaymentOf(const Value& document, const Value& allocation) {
  return Object("payment_id", document["payment_id"], "invoice_id", allocation["invoice_id"],
                "amount", allocation["amount"], "payment_mode", document["payment_mode"],
                "payment_date", document["payment_date"], "source", "payments_received",
                "created_time", document["created_at"]);
}

// As Battwheels does it: each balance is read and compared; what comes between is not seen.
Task<std::optional<Response>> CheckBalances(Context& context, const Value& allocations) {
  for (const Value& allocation : allocations.Items()) {
    const Filter filter = InvoiceOf(allocation);
    const Value invoice = co_await context.db.invoices.FindOne(context.env, filter);
    std::optional<Response> refused = RefuseAllocation(allocation, invoice);
    if (refused) co_return refused;
  }
  co_return std::nullopt;
}

// The correct variant: each balance is taken in one conditional update; when one refuses, those
// taken before are given back.
Task<std::optional<Response>> TakeBalances(Context& context, const Value& document) {
  Store& db = context.db;
  const Value& allocations = document["allocations"];
  for (std::size_t i = 0; i < allocations.size(); ++i) {
    const Value& allocation = allocations.Items()[i];
    const Filter filter = InvoiceOf(allocation);
    const Value payment = PaymentOf(document, allocation);
    const Value after = co_await TakePayment(context, kGstInvoice, filter, payment);
    if (!after.IsNull()) continue;
    const Value invoice = co_await db.invoices.FindOne(context.env, filter);
    for (std::size_t taken = i; taken > 0; --taken) {
      const Value& earlier = allocations.Items()[taken - 1];
      const Filter of_earlier = InvoiceOf(earlier);
      const Value payment_back = PaymentOf(document, earlier);
      co_await ReturnPayment(context, kGstInvoice, of_earlier, payment_back);
    }
    std::optional<Response> refused = RefuseAllocation(allocation, invoice);
    if (!refused) {
      refused = BadRequest("Cannot record payment for " + std::string(invoice["status"].String()) +
                           " invoice");
    }
    co_return refused;
  }
  co_return std::nullopt;
}

// Recomputes an invoice from all payments received for it, and sets the result.
Task<void> RecountInvoice(Context& context, std::string_view organization_id,
                          std::string_view invoice_id) {
  Store& db = context.db;
  const Filter by_id = Where("invoice_id", invoice_id);
  const Value invoice = co_await db.invoices.FindOne(context.env, by_id);
  if (invoice.IsNull()) co_return;
  const auto pays_it = [invoice_id](const Value& payment) {
    for (const Value& allocation : payment["allocations"].Items()) {
      if (allocation["invoice_id"] == invoice_id) return true;
    }
    return false;
  };
  const Filter of_invoice =
      Where("organization_id", organization_id).And("status", Op::kNe, "refunded").If(pays_it);
  const std::vector<Value> payments = co_await db.payments_received.Find(context.env, of_invoice);
  Decimal paid;
  for (const Value& payment : payments) {
    for (const Value& allocation : payment["allocations"].Items()) {
      if (allocation["invoice_id"] == invoice_id) paid += allocation["amount"].Number();
    }
  }
  const Decimal balance =
      (invoice["grand_total"].Number() - paid - invoice["write_off_amount"].Number())
          .RoundedToCents();
  const Update update = Update()
                            .Set("amount_paid", paid.RoundedToCents())
                            .Set("balance_due", balance)
                            .Set("status", PaidStatus(balance))
                            .Set("last_payment_date", context.Now().Iso());
  co_await db.invoices.UpdateOne(context.env, by_id, update);
}

Task<void> AddCredit(Context& context, const Value& payment, std::string_view source,
                     Decimal amount) {
  const std::string credit_id = context.ids.Upper("CRD-", 8);
  const Value credit =
      Object("credit_id", credit_id, "customer_id", payment["customer_id"], "customer_name",
             payment["customer_name"], "source_type", source, "source_id", payment["payment_id"],
             "source_number", payment["payment_number"], "amount", amount, "original_amount",
             amount, "status", "available", "organization_id", payment["organization_id"],
             "created_at", context.Now().Iso());
  (void)co_await context.db.customer_credits.InsertOne(context.env, credit);
}

// A retainer is credited twice, by two conditions that both hold, as in Battwheels.
Task<void> AddCredits(Context& context, const Value& payment, Decimal overpaid) {
  if (overpaid > Decimal()) co_await AddCredit(context, payment, "overpayment", overpaid);
  if (!context.body["is_retainer"].Bool()) co_return;
  if (payment["amount_allocated"].Number() != Decimal()) co_return;
  const Decimal net = payment["amount"].Number() - payment["bank_charges"].Number();
  co_await AddCredit(context, payment, "retainer", net);
}

// invoices.find, customer_credits.find.
Task<Update> RecountReceivable(Context& context, std::string_view customer_id) {
  Store& db = context.db;
  const Filter open = Where("customer_id", customer_id)
                          .And("organization_id", context.organization())
                          .And("status", Op::kNotIn, Array("void", "draft"));
  const std::vector<Value> invoices = co_await db.invoices.Find(context.env, open);
  const Filter available = Where("customer_id", customer_id).And("status", "available");
  const std::vector<Value> credits = co_await db.customer_credits.Find(context.env, available);
  Decimal owed;
  for (const Value& invoice : invoices) owed += invoice["balance_due"].Number();
  Decimal unused;
  for (const Value& credit : credits) unused += credit["amount"].Number();
  co_return Update()
      .Set("receivable_balance", owed.RoundedToCents())
      .Set("unused_credits", unused.RoundedToCents())
      .Set("balance_updated_at", context.Now().Iso());
}

Task<void> PostReceived(Context& context, const Value& payment) {
  Store& db = context.db;
  std::string document_number(payment["payment_number"].String());
  if (!payment["allocations"].empty()) {
    const Filter filter = InvoiceOf(payment["allocations"].Items()[0]);
    const Value invoice = co_await db.invoices.FindOne(context.env, filter);
    document_number += " for " + std::string(invoice["invoice_number"].String());
  }
  ReceiptPosting receipt;
  receipt.organization_id = payment["organization_id"].String();
  receipt.created_by = context.identity.user_id;
  receipt.document_id = payment["payment_id"].String();
  receipt.document_type = "payment_received";
  receipt.document_number = std::move(document_number);
  receipt.customer_name = payment["customer_name"].String();
  receipt.date = payment["payment_date"].String();
  receipt.payment_mode = payment["payment_mode"].String();
  receipt.amount = payment["amount"].Number();
  // What the journal refuses is swallowed: the payment is recorded.
  (void)co_await PostReceiptEntry(context, receipt);
}

Value NewPayment(const Context& context, const Value& customer, const Value& allocations) {
  const Value& body = context.body;
  const Decimal allocated = Allocated(allocations);
  const Decimal overpaid =
      BodyNumber(body, "amount") - allocated - BodyNumber(body, "bank_charges");
  const bool tax = body["tax_deducted"].Bool();
  Value date = BodyText(body, "payment_date");
  if (!date.Truthy()) date = context.Now().DateText();
  const std::string now = context.Now().Iso();
  Value payment = Object(
      "payment_id", nullptr, "payment_number", nullptr, "customer_id", body["customer_id"],
      "customer_name", BodyText(customer, "name"), "payment_date", date, "amount",
      BodyNumber(body, "amount").RoundedToCents(), "payment_mode",
      BodyText(body, "payment_mode", "cash"), "deposit_to_account",
      BodyText(body, "deposit_to_account", "Undeposited Funds"), "reference_number",
      BodyText(body, "reference_number"), "bank_charges",
      BodyNumber(body, "bank_charges").RoundedToCents(), "tax_deducted", tax, "tax_account",
      tax ? BodyText(body, "tax_account") : Value(""), "tax_amount",
      tax ? Value(BodyNumber(body, "tax_amount").RoundedToCents()) : Value(0), "notes",
      BodyText(body, "notes"), "allocations", allocations, "amount_allocated",
      allocated.RoundedToCents(), "overpayment_amount", AtLeastZero(overpaid.RoundedToCents()),
      "is_retainer", body["is_retainer"].Bool() || allocations.empty());
  AppendMembers(payment, "status", "recorded", "organization_id", customer["organization_id"],
                "created_at", now, "updated_at", now);
  return payment;
}

Task<Response> RecordPayment(Context& context) {
  static constexpr FieldRule kAllocation[] = {Required("invoice_id", FieldType::kString),
                                              Defaulted("amount", FieldType::kNumber)};
  static constexpr FieldRule kRules[] = {
      Required("customer_id", FieldType::kString),
      Required("amount", FieldType::kNumber),
      Optional("invoice_id", FieldType::kString),
      Defaulted("allocations", FieldType::kObjectList).Length(0, kAllocationsMax).Of(kAllocation),
      Defaulted("payment_date", FieldType::kString),
      Defaulted("payment_mode", FieldType::kString),
      Defaulted("bank_charges", FieldType::kNumber),
      Defaulted("is_retainer", FieldType::kBool),
      Defaulted("reference_number", FieldType::kString),
      Defaulted("notes", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool racy = context.Has(Bug::kPaymentOverAllocation);
  const Filter of_customer = Where("contact_id", context.body["customer_id"])
                                 .And("organization_id", context.organization());
  const Value customer = co_await db.contacts.FindOne(context.env, of_customer);
  if (customer.IsNull()) co_return NotFound("Customer not found");
  const Value allocations = AllocationsOf(context.body);
  Value payment = NewPayment(context, customer, allocations);
  const std::string locked =
      co_await PeriodLockMessage(context, context.organization(), payment["payment_date"].String());
  if (!locked.empty()) co_return Detail(423, locked);

  const std::string payment_id = context.ids.Upper("PAY-", 8);
  const std::string number = co_await NextNumber(context, kPaymentNumbers);
  payment.Set("payment_id", payment_id);
  payment.Set("payment_number", number);
  // The number is gone, whatever follows: a legal gap.
  std::optional<Response> refused;
  if (racy) {
    refused = co_await CheckBalances(context, allocations);
  } else {
    refused = co_await TakeBalances(context, payment);
  }
  if (refused) co_return *std::move(refused);
  (void)co_await db.payments_received.InsertOne(context.env, payment);
  if (racy) {
    for (const Value& allocation : allocations.Items()) {
      co_await RecountInvoice(context, payment["organization_id"].String(),
                              allocation["invoice_id"].String());
    }
  }
  const Decimal overpaid = payment["overpayment_amount"].Number();
  co_await AddCredits(context, payment, overpaid);
  co_await SetRecounted(context, payment["customer_id"].String(), RecountReceivable);
  HistoryEntry entry{.id_prefix = "PH-", .owner_field = "payment_id"};
  entry.owner = payment_id;
  entry.action = "created";
  entry.details = "Payment " + number + " recorded for ₹" + Grouped(payment["amount"].Number());
  co_await AddHistory(context, db.payment_history, entry);
  co_await PostReceived(context, payment);
  const Value credited = overpaid > Decimal() ? Value(overpaid) : Value();
  co_return Ok(Object("code", 0, "message", "Payment recorded successfully", "payment",
                      std::move(payment), "overpayment_credited", credited));
}

Task<Response> ListPaymentsReceived(Context& context) {
  static constexpr FieldRule kQuery[] = {Defaulted("page", FieldType::kInt).AtLeast(1),
                                         Defaulted("per_page", FieldType::kInt).Between(1, 200)};
  if (auto refused = CheckQuery(context, kQuery)) co_return *std::move(refused);
  Store& db = context.db;
  const std::int64_t page = QueryInt(context, "page", 1);
  const std::int64_t per_page = QueryInt(context, "per_page", 50);
  Filter filter = Where("organization_id", context.organization());
  if (!context.Query("customer_id").empty()) {
    filter.And("customer_id", context.Query("customer_id"));
  }
  if (!context.Query("status").empty()) filter.And("status", context.Query("status"));
  const std::int64_t total = co_await db.payments_received.CountDocuments(context.env, filter);
  const FindOptions newest = FindOptions()
                                 .Descending("payment_date")
                                 .Skip(PageStart(page, per_page))
                                 .Limit(static_cast<std::size_t>(per_page));
  std::vector<Value> payments = co_await db.payments_received.Find(context.env, filter, newest);
  for (Value& payment : payments) {
    Value numbers = Value::EmptyArray();
    const Value allocations = payment["allocations"];
    for (const Value& allocation : allocations.Items()) {
      const Filter of_invoice = InvoiceOf(allocation);
      const Value invoice = co_await db.invoices.FindOne(context.env, of_invoice);
      if (!invoice.IsNull()) numbers.Push(invoice["invoice_number"]);
    }
    payment.Set("invoice_numbers", std::move(numbers));
  }
  co_return Ok(Object("code", 0, "payments", Value::ArrayOf(payments), "total", total, "page", page,
                      "per_page", per_page, "total_pages", (total + per_page - 1) / per_page));
}

Task<Response> GetPaymentReceived(Context& context) {
  const Filter filter = Where("payment_id", context.Path("payment_id"))
                            .And("organization_id", context.organization());
  const Value payment = co_await context.db.payments_received.FindOne(context.env, filter);
  if (payment.IsNull()) co_return NotFound("Payment not found");
  co_return Ok(Object("code", 0, "payment", payment));
}

Task<Response> GetPaymentSettings(Context& context) {
  const Value numbering = co_await NumberSettings(context, kPaymentNumbers);
  co_return Ok(Object("code", 0, "settings", Object("numbering", numbering)));
}

}  // namespace

void RegisterPaymentsReceived(Router& router) {
  router.AddBoth("POST", "/payments-received", Guard::kStaff, RecordPayment);
  router.AddBoth("GET", "/payments-received", Guard::kStaff, ListPaymentsReceived);
  router.Add("GET", "/payments-received/settings", Guard::kStaff, GetPaymentSettings);
  router.Add("GET", "/payments-received/{payment_id}", Guard::kStaff, GetPaymentReceived);
}

}  // namespace redrive::workshop
