// The balance of an invoice under payments: the correct, atomic variant and its way back.
#ifndef REDRIVE_RECORDER_WORKSHOP_BALANCE_H_
#define REDRIVE_RECORDER_WORKSHOP_BALANCE_H_

#include <string_view>

#include "core/task.h"
#include "recorder/workshop/context.h"

namespace redrive::workshop {

// Where the two kinds of invoices keep what a payment changes.
struct InvoiceKind {
  Collection Store::* invoices;
  Key paid_status_field;  // "status" or "payment_status"
  Key updated_field;      // "updated_time" or "updated_at"
  bool counts_payments;   // payment_count, last_payment_date
};
extern const InvoiceKind kGstInvoice;
extern const InvoiceKind kTicketInvoice;

// grand_total - credits - write-off - `paid`.
Decimal BalanceAfter(const Value& invoice, Decimal paid);
// "paid" or "partially_paid".
std::string_view PaidStatus(Decimal balance);
// The members that Battwheels sets after a payment, as an update that overwrites.
Update PaymentFields(const Context& context, const InvoiceKind& kind, const Value& invoice,
                     const Value& payment);

// Takes the payment's amount from the balance and keeps the payment with the invoice, in one atomic
// operation, provided that the balance allows it and that it is not paid or void. Returns the
// invoice after the change, or null when it was refused.
Task<Value> TakePayment(Context& context, const InvoiceKind& kind, const Filter& invoice,
                        const Value& payment);
// Undoes TakePayment.
Task<void> ReturnPayment(Context& context, const InvoiceKind& kind, const Filter& invoice,
                         const Value& payment);
// What an invoice looks like to a reader: without the payments that TakePayment keeps in it.
Value WithoutPayments(Value invoice);

// {code, payments, total_paid, balance_due}: payments as read, or those kept with the invoice.
Task<Response> AnswerPayments(Context& context, const Value& invoice, bool kept_with_invoice);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_BALANCE_H_
