// The chart of accounts: initialise, list, balance and ledger of one account (contract C.4).
#include <map>
#include <string>
#include <utility>

#include "recorder/workshop/flows_journal_parts.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

Task<Response> InitializeSystem(Context& context) {
  const std::vector<Value> accounts =
      co_await EnsureSystemAccounts(context, context.organization());
  co_return Ok(Object("code", 0, "message",
                      "System accounts initialized: " + std::to_string(accounts.size())));
}

Task<std::vector<Value>> ReadChart(Context& context) {
  FindOptions options;
  options.Ascending("account_code");
  const Filter filter = Where("organization_id", context.organization()).And("is_active", true);
  co_return co_await context.db.chart_of_accounts.Find(context.env, filter, options);
}

Task<Response> Chart(Context& context) {
  const std::vector<Value> accounts = co_await ReadChart(context);
  Value grouped = Value::EmptyObject();
  for (const std::string_view type : {"Asset", "Liability", "Equity", "Income", "Expense"}) {
    Value of_type = Value::EmptyArray();
    for (const Value& account : accounts) {
      if (account["account_type"] == type) of_type.Push(account);
    }
    grouped.Add(Key::Static(type), std::move(of_type));
  }
  co_return Ok(Object("code", 0, "accounts", Value::ArrayOf(accounts), "grouped",
                      std::move(grouped), "total", accounts.size()));
}

Task<Response> AccountingChart(Context& context) {
  const std::vector<Value> accounts = co_await ReadChart(context);
  co_return Ok(Object("code", 0, "chart_of_accounts", Value::ArrayOf(accounts)));
}

// Posted entries up to `end` (inclusive; "" is all), oldest first.
Task<std::vector<Value>> PostedUntil(Context& context, std::string_view end) {
  FindOptions options;
  options.Ascending("entry_date").Ascending("created_at");
  Filter filter = Where("organization_id", context.organization()).And("is_posted", true);
  if (!end.empty()) filter.And("entry_date", Op::kLe, end);
  co_return co_await context.db.journal_entries.Find(context.env, filter, options);
}

Task<Response> Balance(Context& context) {
  const std::string_view account_id = context.Path("account_id");
  const std::vector<Value> entries = co_await PostedUntil(context, context.Query("as_of_date"));
  Decimal debit;
  Decimal credit;
  for (const Value& entry : entries) {
    for (const Value& line : entry["lines"].Items()) {
      if (!(line["account_id"] == account_id)) continue;
      debit += line["debit_amount"].Number();
      credit += line["credit_amount"].Number();
    }
  }
  co_return Ok(Object("code", 0, "account_id", account_id, "total_debit", debit, "total_credit",
                      credit, "net_balance", debit - credit));
}

struct LedgerSums {
  Decimal opening;
  Decimal running;
  Decimal debit;
  Decimal credit;
};

// Adds one line to the sums; shows it in `rows` unless it lies before `start`.
void AddLedgerLine(const Value& entry, const Value& line, bool is_opening, LedgerSums& sums,
                   Value& rows) {
  const Decimal debit = line["debit_amount"].Number();
  const Decimal credit = line["credit_amount"].Number();
  sums.running += debit - credit;
  if (is_opening) {
    sums.opening = sums.running;
    return;
  }
  sums.debit += debit;
  sums.credit += credit;
  rows.Push(Object("entry_id", entry["entry_id"], "entry_date", entry["entry_date"],
                   "reference_number", entry["reference_number"], "description",
                   entry["description"], "line_description", line["description"], "debit_amount",
                   debit, "credit_amount", credit, "running_balance", sums.running));
}

Task<Response> Ledger(Context& context) {
  const std::string_view account_id = context.Path("account_id");
  const std::string_view start = context.Query("start_date");
  const std::string_view end = context.Query("end_date");
  const Filter by_id =
      Where("account_id", account_id).And("organization_id", context.organization());
  const Value account = co_await context.db.chart_of_accounts.FindOne(context.env, by_id);
  if (account.IsNull()) co_return NotFound("Account not found");
  const std::vector<Value> entries = co_await PostedUntil(context, end);
  LedgerSums sums;
  Value rows = Value::EmptyArray();
  for (const Value& entry : entries) {
    const bool is_opening = !start.empty() && entry["entry_date"].String() < start;
    for (const Value& line : entry["lines"].Items()) {
      if (line["account_id"] == account_id) AddLedgerLine(entry, line, is_opening, sums, rows);
    }
  }
  const Value period = Object("start_date", start.empty() ? Value() : Value(start), "end_date",
                              end.empty() ? Value() : Value(end));
  co_return Ok(Object("code", 0, "account_id", account_id, "account_name", account["account_name"],
                      "account_code", account["account_code"], "account_type",
                      account["account_type"], "period", period, "opening_balance", sums.opening,
                      "closing_balance", sums.running, "total_debit", sums.debit, "total_credit",
                      sums.credit, "entries", std::move(rows)));
}

}  // namespace

void RegisterJournalAccounts(Router& router) {
  constexpr Gate kGate = Gate::kProfessionalFeature;
  router.Add("POST", "/journal-entries/accounts/initialize-system", Guard::kStaff, InitializeSystem,
             kGate);
  router.Add("GET", "/journal-entries/accounts/chart", Guard::kStaff, Chart, kGate);
  router.Add("GET", "/journal-entries/accounts/{account_id}/balance", Guard::kStaff, Balance,
             kGate);
  router.Add("GET", "/journal-entries/accounts/{account_id}/ledger", Guard::kStaff, Ledger, kGate);
  router.Add("GET", "/accounting/chart-of-accounts", Guard::kStaff, AccountingChart);
}

}  // namespace redrive::workshop
