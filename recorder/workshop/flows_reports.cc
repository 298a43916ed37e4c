// Financial reports and dashboards (contract B.3). The three reports read the fields that today's
// queries name; invoices of invoices-enhanced lack `total`, so income is mostly zero. They are no
// oracles, and the scenarios do not use them as such.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

Filter OfOrganization(const Context& context) {
  return Where("organization_id", context.organization());
}

std::string QueryDate(const Context& context, std::string_view name, std::string otherwise) {
  const std::string_view asked = context.Query(name);
  return asked.empty() ? std::move(otherwise) : std::string(asked);
}

Decimal PercentOf(Decimal part, Decimal whole) {
  if (whole == Decimal(0)) return 0;
  return (part * Decimal(100) / whole).RoundedToCents();
}

Task<Response> ProfitLoss(Context& context) {
  Store& db = context.db;
  const std::string start = QueryDate(context, "start_date", MonthStart(context.Now()));
  const std::string end = QueryDate(context, "end_date", context.Now().DateText());
  const auto within = [&](Key field) {
    return OfOrganization(context).And(field, Op::kGe, start).And(field, Op::kLe, end);
  };
  const Filter invoices = within("date");
  const Filter bills = within("bill_date");
  const Filter expenses = within("expense_date");
  const Decimal income = co_await db.invoices.Sum(context.env, invoices, "total");
  const Decimal cogs = co_await db.bills.Sum(context.env, bills, "total");
  const std::vector<Value> spent = co_await db.expenses.Find(context.env, expenses);
  std::map<std::string, Decimal> by_category;
  Decimal total_expenses;
  for (const Value& expense : spent) {
    by_category[std::string(expense["category"].String("Other"))] += expense["amount"].Number();
    total_expenses += expense["amount"].Number();
  }
  Value breakdown = Value::EmptyObject();
  for (const auto& [category, amount] : by_category) breakdown.Add(Key::Copy(category), amount);
  const Decimal gross = income - cogs;
  const Decimal net = gross - total_expenses;
  co_return Ok(Object("code", 0, "report", "profit_and_loss", "period",
                      Object("start_date", start, "end_date", end), "total_income", income,
                      "total_cogs", cogs, "gross_profit", gross, "expenses_breakdown",
                      std::move(breakdown), "total_expenses", total_expenses, "net_profit", net,
                      "margins",
                      Object("gross_margin_percent", PercentOf(gross, income), "net_margin_percent",
                             PercentOf(net, income))));
}

Filter OpenInvoices(const Context& context) {
  return OfOrganization(context)
      .And("status", Op::kIn, Array("sent", "overdue", "partially_paid"))
      .And("balance_due", Op::kGt, 0);
}

Task<Decimal> InventoryValue(Context& context) {
  const std::vector<Value> items =
      co_await context.db.inventory.Find(context.env, OfOrganization(context));
  Decimal value;
  for (const Value& item : items) value += item["quantity"].Number() * item["unit_price"].Number();
  co_return value;
}

Task<Response> BalanceSheet(Context& context) {
  Store& db = context.db;
  const std::string as_of = QueryDate(context, "as_of_date", context.Now().DateText());
  const Decimal receivable =
      co_await db.invoices.Sum(context.env, OpenInvoices(context), "balance_due");
  const Decimal bank =
      co_await db.bank_accounts.Sum(context.env, OfOrganization(context), "current_balance");
  const Decimal inventory = co_await InventoryValue(context);
  const Decimal payable =
      co_await db.bills.Sum(context.env, OfOrganization(context), "balance_due");
  const Decimal assets = receivable + bank + inventory;
  const Decimal equity = assets - payable;
  co_return Ok(Object("code", 0, "report", "balance_sheet", "as_of_date", as_of, "assets",
                      Object("accounts_receivable", receivable, "bank_balance", bank,
                             "inventory_value", inventory, "total", assets),
                      "liabilities", Object("accounts_payable", payable, "total", payable),
                      "equity", Object("retained_earnings", equity, "total", equity)));
}

// The bucket of an invoice that is `days` late.
std::size_t BucketOf(std::int64_t days) {
  if (days <= 0) return 0;
  if (days <= 30) return 1;
  if (days <= 60) return 2;
  return days <= 90 ? 3 : 4;
}

Task<Response> ArAging(Context& context) {
  const std::string as_of = QueryDate(context, "as_of_date", context.Now().DateText());
  const std::vector<Value> open =
      co_await context.db.invoices.Find(context.env, OpenInvoices(context));
  const std::int64_t today = DaysFromDate(ParseDate(as_of).value_or(context.Now().date()));
  std::array<Decimal, 5> buckets;
  Decimal total;
  Value invoices = Value::EmptyArray(open.size());
  for (const Value& invoice : open) {
    const std::optional<Date> due = ParseDate(invoice["due_date"].String());
    const std::int64_t days = due ? today - DaysFromDate(*due) : 0;
    const Decimal balance = invoice["balance_due"].Number();
    buckets[BucketOf(days)] += balance;
    total += balance;
    invoices.Push(Object("invoice_id", invoice["invoice_id"], "invoice_number",
                         invoice["invoice_number"], "customer_name", invoice["customer_name"],
                         "due_date", invoice["due_date"], "balance_due", balance, "days_overdue",
                         std::max<std::int64_t>(days, 0)));
  }
  co_return Ok(Object("code", 0, "report", "ar_aging", "as_of_date", as_of, "aging_data",
                      Object("current", buckets[0], "1_30", buckets[1], "31_60", buckets[2],
                             "61_90", buckets[3], "over_90", buckets[4]),
                      "total_ar", total, "invoices", std::move(invoices)));
}

struct CashPosition {
  Decimal bank;
  std::vector<Value> accounts;
  Decimal receivable;
  std::int64_t receivable_count = 0;
  Decimal payable;
  std::int64_t payable_count = 0;
};

Task<CashPosition> ReadCash(Context& context) {
  Store& db = context.db;
  CashPosition cash;
  cash.accounts = co_await db.bank_accounts.Find(context.env, OfOrganization(context));
  for (const Value& account : cash.accounts) cash.bank += account["current_balance"].Number();
  const Filter open = OpenInvoices(context);
  cash.receivable = co_await db.invoices.Sum(context.env, open, "balance_due");
  cash.receivable_count = co_await db.invoices.CountDocuments(context.env, open);
  const Filter unpaid = OfOrganization(context).And("balance_due", Op::kGt, 0);
  cash.payable = co_await db.bills.Sum(context.env, unpaid, "balance_due");
  cash.payable_count = co_await db.bills.CountDocuments(context.env, unpaid);
  co_return cash;
}

Value CashBody(const Context& context, const CashPosition& cash) {
  return Object("total_bank_balance",
                Object("value", cash.bank, "num_accounts", cash.accounts.size(), "last_updated",
                       context.Now().Iso()),
                "accounts_receivable",
                Object("value", cash.receivable, "count", cash.receivable_count),
                "accounts_payable", Object("value", cash.payable, "count", cash.payable_count));
}

Value CountAndTotal(std::span<const Value> documents, std::string_view field) {
  Decimal total;
  for (const Value& document : documents) total += document[field].Number();
  return Object("count", documents.size(), "total", total, "items", Value::ArrayOf(documents));
}

Task<Response> FinanceDashboard(Context& context) {
  Store& db = context.db;
  const CashPosition cash = co_await ReadCash(context);
  const std::string today = context.Now().DateText();
  const Filter month =
      OfOrganization(context).And("payment_date", Op::kGe, MonthStart(context.Now()));
  const Decimal inflow = co_await db.payments_received.Sum(context.env, month, "amount");
  const Filter overdue =
      OfOrganization(context).And("balance_due", Op::kGt, 0).And("due_date", Op::kLt, today);
  const Filter upcoming =
      OfOrganization(context).And("balance_due", Op::kGt, 0).And("due_date", Op::kGe, today);
  const Filter pending = OfOrganization(context).And("status", "pending");
  const std::vector<Value> overdue_bills = co_await db.bills.Find(context.env, overdue);
  const std::vector<Value> upcoming_bills = co_await db.bills.Find(context.env, upcoming);
  const std::vector<Value> expenses = co_await db.expenses.Find(context.env, pending);
  const Value chart =
      Object("month", today.substr(0, 7), "inflow", inflow, "outflow", Decimal(0), "net", inflow);
  co_return Ok(Object(
      "code", 0, "dashboard",
      Object("cash_position", CashBody(context, cash), "cash_flow_chart", chart, "bank_accounts",
             Object("count", cash.accounts.size(), "accounts", Value::ArrayOf(cash.accounts)),
             "overdue_bills", CountAndTotal(overdue_bills, "balance_due"), "pending_expenses",
             CountAndTotal(expenses, "amount"), "upcoming_bills",
             CountAndTotal(upcoming_bills, "balance_due"), "generated_at", context.Now().Iso())));
}

// The path that the guide's users ask. Battwheels has no such route; the workshop answers it from
// the same data, so that the guide's scenario can run to its end.
Task<Response> FinanceSummary(Context& context) {
  const CashPosition cash = co_await ReadCash(context);
  const Decimal inventory = co_await InventoryValue(context);
  co_return Ok(Object("code", 0, "summary",
                      Object("cash_position", CashBody(context, cash), "inventory_value", inventory,
                             "generated_at", context.Now().Iso())));
}

}  // namespace

void RegisterReports(Router& router) {
  router.Add("GET", "/reports/profit-loss", Guard::kStaff, ProfitLoss, Gate::kStarterFeature);
  router.Add("GET", "/reports/balance-sheet", Guard::kStaff, BalanceSheet);
  router.Add("GET", "/reports/ar-aging", Guard::kStaff, ArAging);
  router.Add("GET", "/finance/dashboard", Guard::kStaff, FinanceDashboard);
  router.Add("GET", "/finance-dashboard/summary", Guard::kStaff, FinanceSummary);
}

}  // namespace redrive::workshop
