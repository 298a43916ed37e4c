#include "recorder/workshop/balance.h"

#include <string>
#include <vector>

#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

bool Closed(const Value& status) {
  return status == "void" || status == "cancelled" || status == "paid";
}

void SetBalance(Value& invoice, const InvoiceKind& kind, Decimal paid) {
  const Decimal balance = BalanceAfter(invoice, paid);
  invoice.Set("amount_paid", paid);
  invoice.Set("balance_due", AtLeastZero(balance));
  if (paid > Decimal()) {
    invoice.Set(kind.paid_status_field, PaidStatus(balance));
  } else {
    const Value before = invoice["status_before_payment"];
    invoice.Set(kind.paid_status_field, before);
  }
}

}  // namespace

const InvoiceKind kGstInvoice{&Store::invoices, "status", "updated_time", true};
const InvoiceKind kTicketInvoice{&Store::ticket_invoices, "payment_status", "updated_at", false};

Decimal BalanceAfter(const Value& invoice, Decimal paid) {
  return invoice["grand_total"].Number() - paid - invoice["credits_applied"].Number() -
         invoice["write_off_amount"].Number();
}

std::string_view PaidStatus(Decimal balance) {
  return balance <= Decimal() ? "paid" : "partially_paid";
}

Update PaymentFields(const Context& context, const InvoiceKind& kind, const Value& invoice,
                     const Value& payment) {
  const std::string now = context.Now().Iso();
  const Decimal paid = invoice["amount_paid"].Number() + payment["amount"].Number();
  const Decimal balance = BalanceAfter(invoice, paid);
  Update update;
  update.Set("amount_paid", paid)
      .Set("balance_due", AtLeastZero(balance))
      .Set(kind.paid_status_field, PaidStatus(balance));
  if (kind.counts_payments) {
    update.Set("payment_count", invoice["payment_count"].Int() + 1)
        .Set("last_payment_date", payment["payment_date"]);
  }
  update.Set(kind.updated_field, now);
  if (balance <= Decimal()) update.Set("paid_date", now);
  return update;
}

Task<Value> TakePayment(Context& context, const InvoiceKind& kind, const Filter& invoice,
                        const Value& payment) {
  const std::string now = context.Now().Iso();
  const Decimal amount = payment["amount"].Number();
  Filter payable = invoice;
  payable.If([&kind, amount](const Value& document) {
    return !Closed(document["status"]) && !Closed(document[kind.paid_status_field.text()]) &&
           document["balance_due"].Number() >= amount;
  });
  const Update take = Update().Apply([&](Value& document) {
    const Value status = document[kind.paid_status_field.text()];
    if (!document.Has("status_before_payment")) document.Set("status_before_payment", status);
    SetBalance(document, kind, document["amount_paid"].Number() + amount);
    document.Mutable("payments").Push(payment);
    if (kind.counts_payments) {
      document.Set("payment_count", document["payment_count"].Int() + 1);
      document.Set("last_payment_date", payment["payment_date"]);
    }
    document.Set(kind.updated_field, now);
    if (document[kind.paid_status_field.text()] == "paid") document.Set("paid_date", now);
  });
  co_return co_await (context.db.*kind.invoices).FindOneAndUpdate(context.env, payable, take);
}

Task<void> ReturnPayment(Context& context, const InvoiceKind& kind, const Filter& invoice,
                         const Value& payment) {
  const Update give_back = Update().Apply([&](Value& document) {
    SetBalance(document, kind, document["amount_paid"].Number() - payment["amount"].Number());
    Value kept = Value::EmptyArray();
    for (const Value& other : document["payments"].Items()) {
      if (!(other["payment_id"] == payment["payment_id"])) kept.Push(other);
    }
    document.Set("payments", std::move(kept));
    if (kind.counts_payments) {
      document.Set("payment_count", document["payment_count"].Int() - 1);
    }
    document.Set("paid_date", nullptr);
  });
  co_await (context.db.*kind.invoices).UpdateOne(context.env, invoice, give_back);
}

Value WithoutPayments(Value invoice) {
  invoice.Remove("payments");
  invoice.Remove("status_before_payment");
  return invoice;
}

Task<Response> AnswerPayments(Context& context, const Value& invoice, bool kept_with_invoice) {
  Value payments = Value::EmptyArray();
  if (kept_with_invoice) {
    const Value& kept = invoice["payments"];
    if (kept.IsArray()) payments = kept;
  } else {
    const Filter of_invoice = Where("invoice_id", invoice["invoice_id"]);
    const FindOptions newest = FindOptions().Descending("payment_date").Limit(100);
    const std::vector<Value> found =
        co_await context.db.invoice_payments.Find(context.env, of_invoice, newest);
    payments = Value::ArrayOf(found);
  }
  const Value& paid = invoice["amount_paid"];
  co_return Ok(Object("code", 0, "payments", std::move(payments), "total_paid",
                      paid.IsNull() ? Value(0) : paid, "balance_due", invoice["balance_due"]));
}

}  // namespace redrive::workshop
