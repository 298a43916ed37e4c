// What the money flows answer: whole texts, statuses, error texts. The same as-is and fixed.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "recorder/workshop/gst.h"
#include "recorder/workshop/money.h"
#include "tests/recorder/workshop/money_testing.h"

namespace redrive::workshop {
namespace {

constexpr const char* kNow = R"("2026-01-05T04:30:00.000000+00:00")";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

// Random ids by name, the instant as NOW.
std::string Masked(std::string text, const std::vector<std::pair<std::string, std::string>>& ids) {
  for (const auto& [id, name] : ids) text = Replaced(std::move(text), id, name);
  return Replaced(std::move(text), kNow, "NOW");
}

class MoneyShapesTest : public testing::TestWithParam<bool> {
 protected:
  MoneyShapesTest() : bay_(GetParam() ? BugSet::All() : BugSet::None()) { bay_.LogIn(); }
  void ExpectError(const Answer& answer, int status, const std::string& detail) {
    EXPECT_EQ(answer.status(), status);
    EXPECT_EQ(answer.response.body, R"({"detail":")" + detail + R"("})");
  }
  Bay bay_;
};

TEST_P(MoneyShapesTest, EstimateWithLine) {
  const std::string ticket = MakeTicket(bay_);
  const Answer created = bay_.Post(EnsurePath(ticket));
  const std::string estimate(created.body["estimate"]["estimate_id"].String());
  EXPECT_EQ(estimate.size(), std::string("est_0123456789ab").size());
  const std::string head =
      R"({"code":0,"estimate":{"estimate_id":"EST","estimate_number":"TKT-EST-00001",)"
      R"("organization_id":"org_71f0aa01b2c4","ticket_id":"TKT","work_order_id":null,)"
      R"("customer_id":"user_0ad31b5c77e9","customer_name":null,"customer_email":null,)"
      R"("contact_number":null,"vehicle_id":null,"vehicle_number":null,"vehicle_make":null,)"
      R"("vehicle_model":null,"assigned_technician_id":null,"assigned_technician_name":null,)"
      R"("status":"draft",)";
  const std::string tail =
      R"("currency":"INR","notes":"","terms":"","subject":"Estimate for Ticket #TKT",)"
      R"("lock_reason":null,"locked_at":null,"locked_by":null,"zoho_estimate_id":null,)"
      R"("zoho_sync_status":"not_synced","zoho_last_synced_at":null,"version":)";
  const std::string stamps =
      R"(,"created_at":NOW,"updated_at":NOW,"created_by":"user_0ad31b5c77e9",)"
      R"("created_by_name":"Admin User","line_items":)";
  EXPECT_EQ(Masked(created.response.body, {{ticket, "TKT"}, {estimate, "EST"}}),
            head + R"("subtotal":0.0,"tax_total":0.0,"discount_total":0.0,"grand_total":0.0,)" +
                tail + "1" + stamps + "[]}}");

  const Answer lined = bay_.Post(EstimatePath(estimate, "line-items"), LineBody(1));
  const std::string line(lined.body["estimate"]["line_items"].Items()[0]["line_item_id"].String());
  EXPECT_EQ(Masked(lined.response.body, {{ticket, "TKT"}, {estimate, "EST"}, {line, "ELI"}}),
            head +
                R"("subtotal":1000.0,"tax_total":180.0,"discount_total":0.0,)"
                R"("grand_total":1180.0,)" +
                tail + "2" + stamps +
                R"([{"line_item_id":"ELI","estimate_id":"EST","type":"part","item_id":null,)"
                R"("name":"Cell pack","description":"","qty":2.0,"unit":"pcs",)"
                R"("unit_price":500.0,"discount":0.0,"tax_id":null,"tax_rate":18.0,)"
                R"("hsn_code":"8507","line_total":1180.0,"sort_index":1,)"
                R"("inventory_reserved":false,"created_at":NOW,"updated_at":NOW}]}})");
  const Answer again = bay_.Post(EnsurePath(ticket));
  EXPECT_EQ(again.response.body, lined.response.body);
  const Answer list = bay_.Get("/api/v1/ticket-estimates");
  EXPECT_EQ(ToJson(list.body["page_context"]), R"({"page":1,"per_page":20,"total":1})");
  EXPECT_FALSE(list.body["estimates"].Items()[0].Has("line_items"));
}

TEST_P(MoneyShapesTest, EstimateErrors) {
  ExpectError(bay_.Post(EnsurePath("tkt_x")), 404, "Ticket tkt_x not found");
  ExpectError(bay_.Get("/api/v1/tickets/tkt_x/estimate"), 404, "No estimate found for this ticket");
  ExpectError(bay_.Post(EstimatePath("est_x", "line-items"), LineBody(1)), 404,
              "Estimate est_x not found");
  ExpectError(bay_.Post(EstimatePath("est_x", "approve")), 400, "Estimate est_x not found");
  const std::string id = MakeEstimate(bay_);
  ExpectError(bay_.Post(EstimatePath(id, "convert-to-invoice")), 400,
              "Only approved estimates can be converted to invoices");
  ExpectError(bay_.Post(EstimatePath(id, "unlock")), 400, "Estimate is not locked");
  ExpectError(bay_.Send(bay_.Make("DELETE", EstimatePath(id, "line-items/eli_x?version=1"))), 404,
              "Line item eli_x not found");

  EXPECT_EQ(bay_.Post(EstimatePath(id, "line-items"), LineBody(1)).status(), 200);
  const Answer stale = bay_.Post(EstimatePath(id, "line-items"), LineBody(1));
  EXPECT_EQ(stale.status(), 409);
  const Value& detail = stale.body["detail"];
  EXPECT_EQ(detail["message"], "Estimate was modified by another user. Please refresh.");
  EXPECT_EQ(detail["current_estimate"]["version"].Int(), 2);
  EXPECT_FALSE(detail["current_estimate"].Has("line_items"));
  EXPECT_EQ(bay_.Post(EstimatePath(id, "line-items"), R"({"name":"x"})").status(), 422);
  EXPECT_EQ(
      bay_.Post(EstimatePath(id, "line-items"), R"({"name":"x","qty":0,"version":2})").status(),
      422);

  EXPECT_EQ(bay_.Post(EstimatePath(id, "lock"), R"({"reason":"Signed"})").status(), 200);
  const Answer locked = bay_.Post(EstimatePath(id, "line-items"), LineBody(3));
  EXPECT_EQ(locked.status(), 423);
  EXPECT_EQ(Masked(locked.response.body, {}),
            R"({"detail":{"message":"Estimate is locked: Signed","locked_at":NOW,)"
            R"("locked_by":"Admin User"}})");
  ExpectError(bay_.Post(EstimatePath(id, "approve")), 400, "Cannot approve locked estimate");
}

TEST_P(MoneyShapesTest, ConvertNeedsTaxCodes) {
  const std::string id = MakeEstimate(bay_);
  bay_.Post(EstimatePath(id, "line-items"), R"({"type":"fee","name":"Towing","version":1})");
  bay_.Post(EstimatePath(id, "line-items"), R"({"name":"Relay","unit_price":9,"version":2})");
  bay_.Post(EstimatePath(id, "approve"));
  const Answer refused = bay_.Post(EstimatePath(id, "convert-to-invoice"));
  EXPECT_EQ(refused.status(), 422);
  EXPECT_EQ(refused.body["detail"]["message"], "HSN/SAC validation failed");
  EXPECT_EQ(refused.body["detail"]["errors"].size(), 1U);
  EXPECT_EQ(bay_.db().ticket_invoices.size(), 0U);
}

TEST_P(MoneyShapesTest, TicketInvoiceAndItsPayments) {
  const std::string estimate = MakeApprovedEstimate(bay_);
  const Answer converted = bay_.Post(EstimatePath(estimate, "convert-to-invoice"));
  EXPECT_EQ(converted.body["message"], "Invoice TKT-INV-00001 created from estimate");
  EXPECT_EQ(converted.body["estimate"]["status"], "converted");
  const Value& invoice = converted.body["invoice"];
  EXPECT_EQ(converted.body["estimate"]["converted_to_invoice"], invoice["invoice_id"]);
  EXPECT_EQ(ToJson(invoice["balance_due"]), "1180.0");
  EXPECT_EQ(invoice["due_date"], "2026-02-01");
  ExpectError(bay_.Post(EstimatePath(estimate, "convert-to-invoice")), 400,
              "Only approved estimates can be converted to invoices");
  const Value ticket = bay_.db().tickets.FindOneNow(Where("ticket_id", invoice["ticket_id"]));
  EXPECT_EQ(ticket["status"], "invoiced");
  EXPECT_EQ(ticket["invoice_id"], invoice["invoice_id"]);

  const std::string path = "/api/v1/ticket-invoices/" + std::string(invoice["invoice_id"].String());
  const Answer paid = bay_.Post(path + "/payments", R"({"amount":1000,"payment_mode":"upi"})");
  const std::string payment(paid.body["payment"]["payment_id"].String());
  const std::string entry(paid.body["journal_entry_id"].String());
  EXPECT_EQ(Masked(paid.response.body, {{payment, "PAY"},
                                        {std::string(invoice["invoice_id"].String()), "INV"},
                                        {entry, "JE"}}),
            R"({"code":0,"message":"Payment recorded","payment":{"payment_id":"PAY",)"
            R"("invoice_id":"INV","organization_id":"org_71f0aa01b2c4",)"
            R"("customer_id":"user_0ad31b5c77e9","invoice_number":"TKT-INV-00001",)"
            R"("amount":1000.0,"payment_mode":"upi","reference_number":"",)"
            R"("payment_date":"2026-01-05","notes":"","source":"ticket_invoice",)"
            R"("created_time":NOW},"new_balance":180.0,"new_status":"partially_paid",)"
            R"("journal_entry_id":"JE"})");
  ExpectError(bay_.Post(path + "/payments", R"({"amount":180.5})"), 400,
              "Payment amount (180.5) exceeds balance due (180.0)");
  const Answer rest = bay_.Post(path + "/payments", R"({"amount":180})");
  EXPECT_EQ(ToJson(rest.body["new_balance"]), "0");  // Python's max(0, 0.0)
  EXPECT_EQ(rest.body["new_status"], "paid");
  ExpectError(bay_.Post(path + "/payments", R"({"amount":1})"), 400,
              "Invoice is already fully paid");
  const Answer payments = bay_.Get(path + "/payments");
  EXPECT_EQ(payments.body["payments"].size(), 2U);
  EXPECT_EQ(ToJson(payments.body["total_paid"]), "1180.0");
  EXPECT_EQ(ToJson(payments.body["balance_due"]), "0");
  EXPECT_FALSE(bay_.Get(path).body["invoice"].Has("payments"));
  ExpectError(bay_.Get("/api/v1/ticket-invoices/inv_x"), 404, "Ticket invoice not found");
}

TEST_P(MoneyShapesTest, InvoiceLifeAndErrors) {
  const std::string customer = MakeCustomer(bay_);
  const std::string item = MakeItem(bay_, 48);
  const Answer created = bay_.Post("/api/v1/invoices-enhanced/", InvoiceBody(customer, item));
  EXPECT_EQ(created.body["message"], "Invoice created");
  const Value& invoice = created.body["invoice"];
  EXPECT_EQ(invoice["invoice_number"], "INV-00001");
  EXPECT_EQ(ToJson(invoice["grand_total"]), "236.0");
  EXPECT_EQ(ToJson(invoice["cgst_total"]), "18.0");
  EXPECT_EQ(ToJson(invoice["amount_paid"]), "0");
  EXPECT_EQ(invoice["due_date"], "2026-02-04");
  const std::string id(invoice["invoice_id"].String());
  EXPECT_EQ(bay_.Post(InvoicePath(id, "mark-sent")).response.body,
            R"({"code":0,"message":"Invoice marked as sent"})");
  EXPECT_EQ(StockOf(bay_, item), Decimal(46));
  ExpectError(bay_.Post(InvoicePath(id, "mark-sent")), 400,
              "Only draft invoices can be marked as sent");
  ExpectError(bay_.Post(InvoicePath(id, "payments"), R"({"amount":1000})"), 400,
              "Payment amount (1000.0) exceeds balance due (236.0)");
  const Answer paid = bay_.Post(InvoicePath(id, "payments"), R"({"amount":36})");
  EXPECT_EQ(ToJson(paid.body["new_balance"]), "200.0");
  EXPECT_EQ(bay_.Post(InvoicePath(id, "void?reason=Typo")).status(), 200);
  EXPECT_EQ(StockOf(bay_, item), Decimal(48));
  ExpectError(bay_.Post(InvoicePath(id, "void")), 400, "Invoice is already void");
  ExpectError(bay_.Post(InvoicePath(id, "payments"), R"({"amount":1})"), 400,
              "Cannot record payment for void invoice");
  ExpectError(bay_.Post("/api/v1/invoices-enhanced", InvoiceBody("CON-X")), 404,
              "Customer not found");
  ExpectError(bay_.Get("/api/v1/invoices-enhanced?limit=101"), 400,
              "Limit cannot exceed 100 per page");
  const Answer listed = bay_.Get("/api/v1/invoices-enhanced?status=void");
  EXPECT_EQ(ToJson(listed.body["pagination"]),
            R"({"page":1,"limit":25,"total_count":1,"total_pages":1,"has_next":false,)"
            R"("has_prev":false,"next_cursor":null})");
  const Answer settings = bay_.Get("/api/v1/invoices-enhanced/settings");
  EXPECT_EQ(settings.body["settings"]["numbering"]["next_number"].Int(), 2);
}

TEST_P(MoneyShapesTest, PaymentsReceived) {
  const std::string customer = MakeCustomer(bay_);
  const std::string invoice = MakeInvoice(bay_, customer);
  const std::string body = R"({"customer_id":")" + customer + R"(","invoice_id":")" + invoice;
  ExpectError(bay_.Post("/api/v1/payments-received", body + R"(","amount":500})"), 400,
              "Allocation amount ₹500.0 exceeds balance due ₹236.0 for invoice INV-00001");
  const Answer paid = bay_.Post("/api/v1/payments-received/", body + R"(","amount":236})");
  EXPECT_EQ(paid.body["message"], "Payment recorded successfully");
  EXPECT_EQ(paid.body["payment"]["payment_number"], "PMT-00002");  // the refused one took 1
  EXPECT_TRUE(paid.body["overpayment_credited"].IsNull());
  const Value after = bay_.db().invoices.FindOneNow(Where("invoice_id", invoice));
  EXPECT_EQ(after["status"], "paid");
  EXPECT_EQ(after["balance_due"].Number(), Decimal());
  const Answer retainer =
      bay_.Post("/api/v1/payments-received",
                R"({"customer_id":")" + customer + R"(","amount":100,"is_retainer":true})");
  EXPECT_EQ(ToJson(retainer.body["overpayment_credited"]), "100.0");
  EXPECT_EQ(bay_.db().customer_credits.size(), 2U);  // Battwheels credits a retainer twice
  const Answer list = bay_.Get("/api/v1/payments-received");
  EXPECT_EQ(list.body["total"].Int(), 2);
}

TEST_P(MoneyShapesTest, LockedPeriodRefuses) {
  const std::string customer = MakeCustomer(bay_);
  const Value lock = Object("lock_id", "plock_1", "organization_id", kSeededOrganizationId,
                            "period_month", 1, "period_year", 2026, "status", "locked");
  EXPECT_EQ(bay_.db().period_locks.InsertNow(lock), InsertResult::kInserted);
  const Answer refused = bay_.Post("/api/v1/invoices-enhanced", InvoiceBody(customer));
  EXPECT_EQ(refused.status(), 423) << refused.response.body;
  EXPECT_EQ(refused.body["detail"].String().substr(0, 40),
            "Financial period January 2026 is locked.");
}

INSTANTIATE_TEST_SUITE_P(Bugs, MoneyShapesTest, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "AsIs" : "Fixed");
});

TEST(MoneyTest, GstBetweenStatesInclusiveAndDiscounted) {
  const Value item = Object("name", "x", "quantity", 1, "rate", 118, "tax_rate", 18);
  const Value inside = GstLine(item, {.between_states = false, .inclusive = true});
  EXPECT_EQ(ToJson(inside["taxable_amount"]), "100.0");
  EXPECT_EQ(ToJson(inside["sgst_amount"]), "9.0");
  EXPECT_EQ(ToJson(inside["igst_rate"]), "0");
  const Value across = GstLine(item, {.between_states = true, .inclusive = false});
  EXPECT_EQ(ToJson(across["igst_amount"]), "21.24");
  EXPECT_EQ(ToJson(across["cgst_amount"]), "0");
  const Value totals = GstTotals(Array(across), Object("discount_value", 10, "adjustment", 1));
  EXPECT_EQ(ToJson(totals["invoice_discount"]), "11.8");
  EXPECT_EQ(ToJson(totals["grand_total"]), "128.44");  // 118 + 21.24 - 11.8 + 1
}

TEST(MoneyTest, GroupedAmountsAndTaxCodes) {
  EXPECT_EQ(Grouped(Decimal(1234567)), "1,234,567.00");
  EXPECT_EQ(Grouped(Decimal::FromHundredths(-100050)), "-1,000.50");
  EXPECT_EQ(Grouped(Decimal::FromHundredths(5)), "0.05");
  EXPECT_TRUE(IsTaxCode("8507"));
  EXPECT_TRUE(IsTaxCode("998714"));
  EXPECT_FALSE(IsTaxCode(""));
  EXPECT_FALSE(IsTaxCode("85071"));
  EXPECT_FALSE(IsTaxCode("85o7"));
}

}  // namespace
}  // namespace redrive::workshop
