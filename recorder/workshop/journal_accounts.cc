#include <array>
#include <string>

#include "recorder/workshop/journal.h"

namespace redrive::workshop {
namespace {

constexpr std::array<SystemAccount, 40> kAccounts = {{
    {"1100", "Accounts Receivable", "Asset"},
    {"1200", "Bank Account", "Asset"},
    {"1210", "Cash in Hand", "Asset"},
    {"1220", "Petty Cash", "Asset"},
    {"1300", "Inventory", "Asset"},
    {"1310", "Work in Progress", "Asset"},
    {"1400", "Prepaid Expenses", "Asset"},
    {"1410", "Input CGST", "Asset"},
    {"1420", "Input SGST", "Asset"},
    {"1430", "Input IGST", "Asset"},
    {"1440", "TDS Receivable", "Asset"},
    {"1500", "Fixed Assets", "Asset"},
    {"1510", "Accumulated Depreciation", "Asset"},
    {"1600", "Employee Advances", "Asset"},
    {"2100", "Accounts Payable", "Liability"},
    {"2200", "CGST Payable", "Liability"},
    {"2210", "SGST Payable", "Liability"},
    {"2220", "IGST Payable", "Liability"},
    {"2230", "TDS Payable", "Liability"},
    {"2300", "Customer Advances", "Liability"},
    {"2400", "Salaries Payable", "Liability"},
    {"2410", "PF Payable", "Liability"},
    {"2420", "ESI Payable", "Liability"},
    {"2500", "Loans Payable", "Liability"},
    {"3100", "Owner's Equity", "Equity"},
    {"3200", "Retained Earnings", "Equity"},
    {"3300", "Opening Balance Equity", "Equity"},
    {"4100", "Sales Revenue", "Income"},
    {"4200", "Service Revenue", "Income"},
    {"4300", "Other Income", "Income"},
    {"4400", "Sales Returns", "Income"},
    {"5100", "Cost of Goods Sold", "Expense"},
    {"5200", "Purchases", "Expense"},
    {"6100", "Salaries and Wages", "Expense"},
    {"6200", "Rent", "Expense"},
    {"6300", "Utilities", "Expense"},
    {"6400", "Depreciation", "Expense"},
    {"6500", "Bank Charges", "Expense"},
    {"6600", "Inventory Adjustments", "Expense"},
    {"6900", "General Expenses", "Expense"},
}};

Value AccountDocument(const SystemAccount& account, std::string_view organization_id,
                      std::string_view created_at, const std::string& account_id) {
  return Object("account_id", account_id, "account_name", account.name, "account_code",
                account.code, "account_type", account.type, "description",
                "System account: " + std::string(account.name), "is_system", true, "is_active",
                true, "parent_account_id", nullptr, "organization_id", organization_id,
                "created_at", created_at);
}

}  // namespace

std::span<const SystemAccount> SystemAccounts() { return kAccounts; }

Task<Value> FindAccountByCode(Context& context, std::string_view organization_id,
                              std::string_view account_code) {
  Filter filter = Where("organization_id", organization_id);
  filter.And("account_code", account_code);
  co_return co_await context.db.chart_of_accounts.FindOne(context.env, filter);
}

namespace {

// As Battwheels does it: each account is looked up, then inserted.
Task<std::vector<Value>> EnsureOneByOne(Context& context, std::string_view organization_id) {
  Collection& chart = context.db.chart_of_accounts;
  std::vector<Value> accounts;
  accounts.reserve(kAccounts.size());
  for (const SystemAccount& account : kAccounts) {
    Value found = co_await FindAccountByCode(context, organization_id, account.code);
    if (found.IsNull()) {
      const std::string account_id = context.ids.Lower("acc_");
      found = AccountDocument(account, organization_id, context.Now().Iso(), account_id);
      const InsertResult inserted = co_await chart.InsertOne(context.env, found);
      (void)inserted;  // no unique index on chart_of_accounts: an insert cannot fail
    }
    accounts.push_back(std::move(found));
  }
  co_return accounts;
}

// `found` in the order of kAccounts; null where an account is missing.
std::vector<Value> InOrder(const std::vector<Value>& found) {
  std::vector<Value> accounts;
  for (const SystemAccount& account : kAccounts) {
    Value match;
    for (const Value& candidate : found) {
      if (match.IsNull() && candidate["account_code"] == account.code) match = candidate;
    }
    accounts.push_back(std::move(match));
  }
  return accounts;
}

}  // namespace

Task<std::vector<Value>> EnsureSystemAccounts(Context& context, std::string_view organization_id) {
  if (context.Has(Bug::kAccountsDoubleInitialize)) {
    co_return co_await EnsureOneByOne(context, organization_id);
  }
  // The correct variant: one look, and one bulk of upserts by organisation and code.
  static constexpr std::array<std::string_view, 2> kIdentity = {"organization_id", "account_code"};
  Collection& chart = context.db.chart_of_accounts;
  const Filter own = Where("organization_id", organization_id);
  const std::vector<Value> found = co_await chart.Find(context.env, own);
  std::vector<Value> accounts = InOrder(found);
  std::vector<Value> missing;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (!accounts[i].IsNull()) continue;
    const std::string account_id = context.ids.Lower("acc_");
    missing.push_back(
        AccountDocument(kAccounts[i], organization_id, context.Now().Iso(), account_id));
  }
  if (missing.empty()) co_return accounts;
  co_await chart.InsertMissing(context.env, missing, kIdentity);
  const std::vector<Value> now = co_await chart.Find(context.env, own);
  co_return InOrder(now);
}

void SeedSystemAccounts(Store& db, std::string_view organization_id, std::string_view created_at,
                        Ids& ids) {
  for (const SystemAccount& account : kAccounts) {
    const std::string account_id = ids.Lower("acc_");
    const Value document = AccountDocument(account, organization_id, created_at, account_id);
    const InsertResult inserted = db.chart_of_accounts.InsertNow(document);
    (void)inserted;  // no unique index
  }
}

}  // namespace redrive::workshop
