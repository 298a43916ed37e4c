// Set-up of the money flows: each returns the id of what it made.
#ifndef REDRIVE_TESTS_RECORDER_WORKSHOP_MONEY_TESTING_H_
#define REDRIVE_TESTS_RECORDER_WORKSHOP_MONEY_TESTING_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {

inline std::string MakeTicket(Bay& bay, std::string_view title = "Battery drains") {
  const Answer answer = bay.Post("/api/v1/tickets", R"({"title":")" + std::string(title) + R"("})");
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body["ticket_id"].String());
}

inline std::string EnsurePath(const std::string& ticket_id) {
  return "/api/v1/tickets/" + ticket_id + "/estimate/ensure";
}

inline std::string MakeEstimate(Bay& bay) {
  const Answer answer = bay.Post(EnsurePath(MakeTicket(bay)));
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body["estimate"]["estimate_id"].String());
}

inline std::string EstimatePath(const std::string& estimate_id, std::string_view rest) {
  return "/api/v1/ticket-estimates/" + estimate_id + "/" + std::string(rest);
}

// A part of 2 x 500 at 18 %: 1180 in all.
inline std::string LineBody(std::int64_t version, std::string_view name = "Cell pack") {
  return R"({"type":"part","name":")" + std::string(name) +
         R"(","qty":2,"unit_price":500,"tax_rate":18,"hsn_code":"8507","version":)" +
         std::to_string(version) + "}";
}

inline std::string MakeApprovedEstimate(Bay& bay) {
  const std::string estimate_id = MakeEstimate(bay);
  const Answer line = bay.Post(EstimatePath(estimate_id, "line-items"), LineBody(1));
  EXPECT_EQ(line.status(), 200) << line.response.body;
  const Answer approved = bay.Post(EstimatePath(estimate_id, "approve"));
  EXPECT_EQ(approved.status(), 200) << approved.response.body;
  return estimate_id;
}

inline std::string MakeTicketInvoice(Bay& bay) {
  const std::string estimate_id = MakeApprovedEstimate(bay);
  const Answer answer = bay.Post(EstimatePath(estimate_id, "convert-to-invoice"));
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body["invoice"]["invoice_id"].String());
}

// Straight into the store: contacts and items belong to other flows.
inline std::string MakeCustomer(Bay& bay, std::string_view contact_id = "CON-0000000000A1") {
  const Value contact =
      Object("contact_id", contact_id, "organization_id", kSeededOrganizationId, "name",
             "Asha Motors", "email", "asha@example.in", "contact_type", "customer");
  EXPECT_EQ(bay.db().contacts.InsertNow(contact), InsertResult::kInserted);
  return std::string(contact_id);
}

inline std::string MakeItem(Bay& bay, std::int64_t stock) {
  const Value item =
      Object("item_id", "I-0000000000B2", "organization_id", kSeededOrganizationId, "name",
             "Controller", "stock_on_hand", stock, "quantity", stock, "total_stock", stock);
  EXPECT_EQ(bay.db().items.InsertNow(item), InsertResult::kInserted);
  return "I-0000000000B2";
}
inline Decimal StockOf(Bay& bay, const std::string& item_id) {
  return bay.db().items.FindOneNow(Where("item_id", item_id))["stock_on_hand"].Number();
}

// 2 x 100 at 18 %: 236 in all.
inline std::string InvoiceBody(const std::string& customer_id, const std::string& item_id = "") {
  const std::string item = item_id.empty() ? "" : R"("item_id":")" + item_id + R"(",)";
  return R"({"customer_id":")" + customer_id + R"(","line_items":[{)" + item +
         R"("name":"Controller","hsn_sac_code":"8708","quantity":2,"rate":100}]})";
}

inline std::string MakeInvoice(Bay& bay, const std::string& customer_id,
                               const std::string& item_id = "") {
  const Answer answer = bay.Post("/api/v1/invoices-enhanced", InvoiceBody(customer_id, item_id));
  EXPECT_EQ(answer.status(), 200) << answer.response.body;
  return std::string(answer.body["invoice"]["invoice_id"].String());
}

inline std::string InvoicePath(const std::string& invoice_id, std::string_view rest) {
  return "/api/v1/invoices-enhanced/" + invoice_id + "/" + std::string(rest);
}

// Without the operations of the guards before the handler and of the journal.
inline std::vector<std::string> OwnOperations(const Answer& answer) {
  std::vector<std::string> labels;
  for (const std::string& label : answer.labels) {
    const bool guard = label == "organization_users.find_one" ||
                       label == "organizations.find_one" || label == "subscriptions.find_one" ||
                       label == "rate_limit.hit";
    if (!guard && label.find('.') != std::string::npos) labels.push_back(label);
  }
  return labels;
}

// Where the journal was at work: its run of operations becomes one "journal".
inline std::vector<std::string> FoldJournal(const std::vector<std::string>& labels) {
  std::vector<std::string> folded;
  bool inside = false;
  for (const std::string& label : labels) {
    const bool journal =
        label.starts_with("chart_of_accounts.") || label.starts_with("journal_") ||
        (inside && (label == "audit_log.insert_one" || label == "period_locks.find_one"));
    if (journal && !inside) folded.push_back("journal");
    if (!journal) folded.push_back(label);
    inside = journal;
  }
  return folded;
}

inline std::size_t CountOk(const std::vector<Answer>& answers) {
  std::size_t ok = 0;
  for (const Answer& answer : answers) ok += answer.status() == 200 ? 1 : 0;
  return ok;
}

}  // namespace redrive::workshop

#endif  // REDRIVE_TESTS_RECORDER_WORKSHOP_MONEY_TESTING_H_
