// The data operations of the money flows, in the order that the contract records (C.2, C.3, C.6).
#include <gtest/gtest.h>

#include "tests/recorder/workshop/money_testing.h"

namespace redrive::workshop {
namespace {

using Labels = std::vector<std::string>;

Labels Operations(const Answer& answer) {
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return FoldJournal(OwnOperations(answer));
}

class MoneyOperationsTest : public testing::Test {
 protected:
  MoneyOperationsTest() { bay_.LogIn(); }
  Bay bay_;
};

TEST_F(MoneyOperationsTest, EnsureEstimate) {
  const std::string path = EnsurePath(MakeTicket(bay_));
  const Labels first = {"users.find_one",
                        "ticket_estimates.find_one",
                        "tickets.find_one",
                        "ticket_estimate_settings.find_one",
                        "ticket_estimate_settings.insert_one",
                        "ticket_estimate_settings.update_one",
                        "ticket_estimates.insert_one",
                        "ticket_estimate_history.insert_one",
                        "ticket_estimates.find_one"};
  EXPECT_EQ(Operations(bay_.Post(path)), first);
  const Labels again = {"users.find_one", "ticket_estimates.find_one",
                        "ticket_estimate_line_items.find"};
  EXPECT_EQ(Operations(bay_.Post(path)), again);
  Labels second = first;
  second.erase(second.begin() + 4);  // the settings are there
  EXPECT_EQ(Operations(bay_.Post(EnsurePath(MakeTicket(bay_)))), second);
}

TEST_F(MoneyOperationsTest, LineItems) {
  const std::string path = EstimatePath(MakeEstimate(bay_), "line-items");
  const std::string part =
      R"({"item_id":"I-1","name":"Relay","qty":1,"unit_price":10,"version":1})";
  const Answer added = bay_.Post(path, part);
  const Labels add = {"users.find_one",
                      "ticket_estimates.find_one",
                      "ticket_estimate_line_items.find_one",
                      "items_enhanced.find_one",
                      "ticket_estimate_line_items.insert_one",
                      "ticket_estimate_line_items.find",
                      "ticket_estimates.update_one",
                      "ticket_estimates.find_one_and_update"};
  const Labels answer = {"ticket_estimate_history.insert_one", "ticket_estimates.find_one",
                         "ticket_estimate_line_items.find",    "warehouses.find_one",
                         "item_stock_locations.find",          "items_enhanced.find"};
  Labels expected = add;
  expected.insert(expected.end(), answer.begin(), answer.end());
  EXPECT_EQ(Operations(added), expected);

  const Value& lines = added.body["estimate"]["line_items"];
  const std::string line = path + "/" + std::string(lines.Items()[0]["line_item_id"].String());
  expected = {"users.find_one",
              "ticket_estimates.find_one",
              "ticket_estimate_line_items.find_one",
              "ticket_estimate_line_items.update_one",
              "ticket_estimate_line_items.find",
              "ticket_estimates.update_one",
              "ticket_estimates.find_one_and_update"};
  expected.insert(expected.end(), answer.begin(), answer.end());
  EXPECT_EQ(Operations(bay_.Send(bay_.Make("PATCH", line, R"({"qty":2,"version":2})"))), expected);
  expected[3] = "ticket_estimate_line_items.delete_one";
  expected.resize(expected.size() - 3);  // no part is left
  EXPECT_EQ(Operations(bay_.Send(bay_.Make("DELETE", line + "?version=3"))), expected);
}

TEST_F(MoneyOperationsTest, ConvertToInvoice) {
  const std::string estimate = MakeApprovedEstimate(bay_);
  const Labels expected = {"users.find_one",
                           "ticket_estimates.find_one",
                           "ticket_estimate_line_items.find",
                           "ticket_estimate_settings.find_one",
                           "ticket_estimate_settings.insert_one",
                           "ticket_estimate_settings.update_one",
                           "ticket_invoices.insert_one",
                           "ticket_estimates.update_one",
                           "ticket_estimate_history.insert_one",
                           "tickets.update_one",
                           "journal",
                           "ticket_estimates.find_one",
                           "ticket_estimate_line_items.find"};
  EXPECT_EQ(Operations(bay_.Post(EstimatePath(estimate, "convert-to-invoice"))), expected);
}

TEST_F(MoneyOperationsTest, TicketInvoicePayment) {
  const std::string path = "/api/v1/ticket-invoices/" + MakeTicketInvoice(bay_) + "/payments";
  const Answer answer = bay_.Post(path, R"({"amount":10})");
  const Labels expected = {"ticket_invoices.find_one", "invoice_payments.insert_one",
                           "ticket_invoices.update_one", "journal_entries.insert_one"};
  EXPECT_EQ(OwnOperations(answer), expected);
}

TEST_F(MoneyOperationsTest, CreateInvoice) {
  const std::string customer = MakeCustomer(bay_);
  const Labels expected = {"period_locks.find_one",       "contacts.find_one",
                           "invoice_settings.find_one",   "invoice_settings.insert_one",
                           "invoice_settings.update_one", "organization_settings.find_one",
                           "invoices.insert_one",         "invoice_line_items.insert_one",
                           "invoice_history.insert_one",  "audit_log.insert_one"};
  EXPECT_EQ(Operations(bay_.Post("/api/v1/invoices-enhanced", InvoiceBody(customer))), expected);
}

TEST_F(MoneyOperationsTest, MarkSentAndVoid) {
  const std::string invoice = MakeInvoice(bay_, MakeCustomer(bay_), MakeItem(bay_, 10));
  const Labels sent = {"invoices.find_one",          "invoices.find_one",
                       "invoice_line_items.find",    "items.find_one",
                       "items.update_one",           "inventory_history.insert_one",
                       "invoices.update_one",        "journal",
                       "invoice_history.insert_one", "invoices.aggregate",
                       "contacts.update_one"};
  EXPECT_EQ(Operations(bay_.Post(InvoicePath(invoice, "mark-sent"))), sent);
  Labels voided = sent;
  voided.erase(voided.begin() + 7);  // no reversing entry
  EXPECT_EQ(Operations(bay_.Post(InvoicePath(invoice, "void"))), voided);
}

TEST_F(MoneyOperationsTest, InvoicePayment) {
  const std::string invoice = MakeInvoice(bay_, MakeCustomer(bay_));
  const Labels expected = {"invoices.find_one",   "invoice_payments.insert_one",
                           "invoices.update_one", "invoice_history.insert_one",
                           "invoices.aggregate",  "contacts.update_one",
                           "invoices.find_one",   "audit_log.insert_one"};
  EXPECT_EQ(Operations(bay_.Post(InvoicePath(invoice, "payments"), R"({"amount":1})")), expected);
}

TEST_F(MoneyOperationsTest, PaymentReceived) {
  const std::string customer = MakeCustomer(bay_);
  const std::string invoice = MakeInvoice(bay_, customer);
  const Answer answer = bay_.Post(
      "/api/v1/payments-received",
      R"({"customer_id":")" + customer + R"(","amount":36,"invoice_id":")" + invoice + R"("})");
  Labels labels = OwnOperations(answer);
  const Labels expected = {"contacts.find_one",
                           "period_locks.find_one",
                           "payment_settings.find_one",
                           "payment_settings.insert_one",
                           "payment_settings.update_one",
                           "invoices.find_one",
                           "payments_received.insert_one",
                           "invoices.find_one",
                           "payments_received.find",
                           "invoices.update_one",
                           "invoices.find",
                           "customer_credits.find",
                           "contacts.update_one",
                           "payment_history.insert_one",
                           "invoices.find_one"};
  ASSERT_GT(labels.size(), expected.size());
  EXPECT_EQ(labels.back(), "chart_of_accounts.update_one");  // the journal came last
  labels.resize(expected.size());
  EXPECT_EQ(labels, expected);
}

}  // namespace
}  // namespace redrive::workshop
