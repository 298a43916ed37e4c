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

Task<std::vector<Value>> EnsureSystemAccounts(Context& context, std::string_view organization_id) {
  Collection& chart = context.db.chart_of_accounts;
  std::vector<Value> accounts;
  accounts.reserve(kAccounts.size());
  for (const SystemAccount& account : kAccounts) {
    Value found = co_await FindAccountByCode(context, organization_id, account.code);
    if (found.IsNull()) {
      const std::string account_id = context.ids.Lower("acc_");
      found = AccountDocument(account, organization_id, context.Now().Iso(), account_id);
      if (context.Has(Bug::kAccountsDoubleInitialize)) {
        const InsertResult inserted = co_await chart.InsertOne(context.env, found);
        (void)inserted;  // no unique index on chart_of_accounts: an insert cannot fail
      } else {
        // Stands for an upsert under a unique index on (organization_id, account_code).
        Filter same = Where("organization_id", organization_id);
        same.And("account_code", account.code);
        Update update;
        for (const Member& member : found.Members()) {
          const bool in_filter = member.key == "organization_id" || member.key == "account_code";
          if (!in_filter) update.SetOnInsert(member.key, member.value);
        }
        found =
            co_await chart.FindOneAndUpdate(context.env, same, update, Which::kAfter, Upsert::kYes);
      }
    }
    accounts.push_back(std::move(found));
  }
  co_return accounts;
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
