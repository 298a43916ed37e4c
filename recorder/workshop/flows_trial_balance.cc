// Both trial balances (contract C.4): of posted entries, reversed ones included.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "recorder/workshop/flows_journal_parts.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

struct Row {
  std::string account_id;
  Value name;
  Value type;
  Decimal debit;
  Decimal credit;
  [[nodiscard]] Decimal net() const { return debit - credit; }
};

// By account code, then id: two accounts may share a code after a double initialisation.
using Rows = std::map<std::pair<std::string, std::string>, Row>;

std::string AsOf(const Context& context) {
  const std::string_view asked = context.Query("as_of_date");
  return asked.empty() ? context.Now().DateText() : std::string(asked);
}

Task<Rows> SumAccounts(Context& context, std::string_view as_of) {
  const Filter filter = Where("organization_id", context.organization())
                            .And("is_posted", true)
                            .And("entry_date", Op::kLe, as_of);
  const std::vector<Value> entries = co_await context.db.journal_entries.Find(context.env, filter);
  Rows rows;
  for (const Value& entry : entries) {
    for (const Value& line : entry["lines"].Items()) {
      const std::string code(line["account_code"].String());
      const std::string id(line["account_id"].String());
      Row& row = rows[{code, id}];
      row.account_id = id;
      row.name = line["account_name"];
      row.type = line["account_type"];
      row.debit += line["debit_amount"].Number();
      row.credit += line["credit_amount"].Number();
    }
  }
  co_return rows;
}

struct Sides {
  Decimal debit;   // of the accounts with a debit balance
  Decimal credit;  // of the others
};

Sides SidesOf(const Rows& rows) {
  Sides sides;
  for (const auto& [key, row] : rows) {
    sides.debit += std::max(row.net(), Decimal(0));
    sides.credit += std::max(-row.net(), Decimal(0));
  }
  return sides;
}

Decimal Difference(const Sides& sides) {
  const Decimal difference = sides.debit - sides.credit;
  return difference < Decimal(0) ? -difference : difference;
}

Task<Response> JournalTrialBalance(Context& context) {
  const std::string as_of = AsOf(context);
  const Rows rows = co_await SumAccounts(context, as_of);
  Value accounts = Value::EmptyArray(rows.size());
  for (const auto& [key, row] : rows) {
    accounts.Push(Object("account_id", row.account_id, "account_name", row.name, "account_code",
                         key.first, "account_type", row.type, "total_debit", row.debit,
                         "total_credit", row.credit, "debit_balance",
                         std::max(row.net(), Decimal(0)), "credit_balance",
                         std::max(-row.net(), Decimal(0)), "net_balance", row.net()));
  }
  const Sides sides = SidesOf(rows);
  const bool balanced = sides.debit == sides.credit;
  const Value totals = Object("total_debit", sides.debit, "total_credit", sides.credit,
                              "is_balanced", balanced, "difference", Difference(sides));
  co_return Ok(Object("code", 0, "report", "trial_balance", "as_of_date", as_of, "accounts",
                      std::move(accounts), "totals", totals, "status",
                      balanced ? "BALANCED" : "ERROR - UNBALANCED"));
}

Task<Response> ReportsTrialBalance(Context& context) {
  const std::string as_of = AsOf(context);
  const Rows rows = co_await SumAccounts(context, as_of);
  Value accounts = Value::EmptyArray(rows.size());
  for (const auto& [key, row] : rows) {
    const bool debit_normal = row.type == "Asset" || row.type == "Expense";
    accounts.Push(Object("account_name", row.name, "account_code", key.first, "account_type",
                         row.type, "debit", std::max(row.net(), Decimal(0)), "credit",
                         std::max(-row.net(), Decimal(0)), "net_balance", row.net(),
                         "normal_balance", debit_normal ? "debit" : "credit"));
  }
  const Sides sides = SidesOf(rows);
  const Value summary = Object("total_debit", sides.debit, "total_credit", sides.credit,
                               "account_count", rows.size());
  co_return Ok(Object("report", "trial_balance", "as_of_date", as_of, "organization_id",
                      context.organization(), "is_balanced", sides.debit == sides.credit,
                      "difference", Difference(sides), "summary", summary, "accounts",
                      std::move(accounts)));
}

}  // namespace

void RegisterTrialBalance(Router& router) {
  router.Add("GET", "/journal-entries/reports/trial-balance", Guard::kStaff, JournalTrialBalance,
             Gate::kProfessionalFeature);
  router.Add("GET", "/reports/trial-balance", Guard::kStaff, ReportsTrialBalance);
}

}  // namespace redrive::workshop
