// Inventory, items, reports and AI: shapes and refusals.
#include "tests/recorder/workshop/stock_testing.h"

namespace redrive::workshop {
namespace {

TEST(InventoryTest, CreateListGetAndChange) {
  Bay bay;
  bay.LogIn();
  const Answer made =
      bay.Post("/api/v1/inventory", R"({"name":"BMS board","category":"electronics","quantity":10,)"
                                    R"("unit_price":1500,"min_stock_level":2})");
  const std::string id(made.body["item_id"].String());
  EXPECT_EQ(made.response.body,
            R"({"item_id":")" + id +
                R"(","sku":null,"name":"BMS board","category":"electronics","quantity":10,)"
                R"("reserved_quantity":0,"unit_price":1500.0,"cost_price":null,)"
                R"("min_stock_level":2,"max_stock_level":null,"reorder_quantity":null,)"
                R"("supplier_id":null,"supplier_name":null,"location":null,)"
                R"("last_restock_date":null,"created_at":"2026-01-05T04:30:00.000000+00:00",)"
                R"("organization_id":"org_71f0aa01b2c4"})");
  EXPECT_EQ(bay.Get("/api/v1/inventory/" + id).response.body, made.response.body);
  EXPECT_EQ(bay.Get("/api/v1/inventory").response.body,
            R"({"data":[)" + made.response.body +
                R"(],"pagination":{"page":1,"limit":25,"total_count":1,"total_pages":1,)"
                R"("has_next":false,"has_prev":false}})");
  EXPECT_EQ(bay.Get("/api/inventory?page=2&limit=1").body.AtPath("pagination.has_prev").Bool(),
            true);
  const Answer changed = bay.Put("/api/v1/inventory/" + id, R"({"quantity":7,"unit_price":2})");
  EXPECT_EQ(changed.body["quantity"].Int(), 7);
  EXPECT_NE(changed.response.body.find(R"("unit_price":2.0,)"), std::string::npos);
}

TEST(InventoryTest, Refusals) {
  Bay bay;
  bay.LogIn();
  const Answer limit = bay.Get("/api/v1/inventory?limit=101");
  EXPECT_EQ(limit.status(), 400);
  EXPECT_EQ(limit.response.body, R"({"detail":"Limit cannot exceed 100 per page"})");
  EXPECT_EQ(bay.Get("/api/v1/inventory?page=0").status(), 422);
  EXPECT_EQ(bay.Get("/api/v1/inventory?page=99999999999999999999").status(), 422);
  EXPECT_EQ(bay.Get("/api/v1/inventory?page=x").status(), 422);
  EXPECT_EQ(bay.Get("/api/v1/inventory/inv_none").response.body, R"({"detail":"Item not found"})");
  EXPECT_EQ(bay.Put("/api/v1/inventory/inv_none", R"({"quantity":1})").status(), 404);
  EXPECT_EQ(bay.Put("/api/v1/inventory/inv_none", R"({"quantity":"many"})").status(), 422);
  EXPECT_EQ(bay.Post("/api/v1/inventory", R"({"name":"x"})").status(), 422);
  EXPECT_EQ(bay.Post("/api/v1/inventory", "{").status(), 422);
  bay.set_token("");
  EXPECT_EQ(bay.Get("/api/v1/inventory").status(), 401);
  EXPECT_EQ(bay.Post("/api/v1/inventory", "{}").status(), 403);
}

TEST(ItemsTest, OpeningStockLiesInThePrimaryWarehouse) {
  Bay bay;
  bay.LogIn();
  const StockedItem stocked = NewStockedItem(bay);
  EXPECT_EQ(stocked.item_id.substr(0, 2), "I-");
  EXPECT_EQ(stocked.warehouse_id.substr(0, 3), "WH-");
  const Answer stock =
      bay.Get("/api/v1/inventory-enhanced/stock?warehouse_id=" + stocked.warehouse_id);
  EXPECT_EQ(stock.body.AtPath("stock.0.available_stock").Number(), Decimal(50));
  EXPECT_EQ(bay.Get("/api/v1/items-enhanced/" + stocked.item_id)
                .body.AtPath("item.purchase_rate")
                .Number(),
            Decimal(40));
  EXPECT_EQ(bay.Get("/api/v1/items-enhanced/warehouses").body["warehouses"].size(), 1U);
  EXPECT_EQ(bay.Get("/api/v1/items-enhanced/I-NONE").status(), 404);
  EXPECT_EQ(bay.Get("/api/v1/items-enhanced/I-NONE/stock-locations").status(), 404);
  EXPECT_EQ(bay.Post("/api/v1/items-enhanced", R"({"SKU":"x"})").status(), 422);
  EXPECT_EQ(bay.Post("/api/v1/items-enhanced/", R"({"name":"plain names serve too"})").status(),
            200);
}

TEST(ReportsTest, AreComputedFromTheStore) {
  Bay bay;
  bay.LogIn();
  NewInventoryItem(bay, 10);
  const Value invoice =
      Object("invoice_id", "INV-1", "invoice_number", "INV-00001", "organization_id",
             kSeededOrganizationId, "customer_id", "c", "status", "sent", "due_date", "2025-11-30",
             "balance_due", Decimal(236));
  ASSERT_EQ(bay.db().invoices.InsertNow(invoice), InsertResult::kInserted);
  EXPECT_EQ(bay.Get("/api/v1/reports/balance-sheet?as_of_date=2026-01-05").response.body,
            R"({"code":0,"report":"balance_sheet","as_of_date":"2026-01-05","assets":)"
            R"({"accounts_receivable":236.0,"bank_balance":0.0,"inventory_value":15000.0,)"
            R"("total":15236.0},"liabilities":{"accounts_payable":0.0,"total":0.0},)"
            R"("equity":{"retained_earnings":15236.0,"total":15236.0}})");
  const Answer aging = bay.Get("/api/v1/reports/ar-aging?as_of_date=2026-01-05");
  EXPECT_EQ(aging.body.AtPath("aging_data.31_60").Number(), Decimal(236));
  EXPECT_EQ(aging.body.AtPath("invoices.0.days_overdue").Int(), 36);
  EXPECT_EQ(bay.Get("/api/v1/reports/profit-loss?start_date=2026-01-01&end_date=2026-01-31")
                .response.body,
            R"({"code":0,"report":"profit_and_loss","period":{"start_date":"2026-01-01",)"
            R"("end_date":"2026-01-31"},"total_income":0.0,"total_cogs":0.0,"gross_profit":0.0,)"
            R"("expenses_breakdown":{},"total_expenses":0.0,"net_profit":0.0,"margins":)"
            R"({"gross_margin_percent":0.0,"net_margin_percent":0.0}})");
  const Answer dashboard = bay.Get("/api/v1/finance/dashboard");
  EXPECT_EQ(dashboard.body.AtPath("dashboard.cash_position.accounts_receivable.value").Number(),
            Decimal(236));
  const Answer summary = bay.Get("/api/finance-dashboard/summary");
  EXPECT_EQ(summary.body.AtPath("summary.cash_position.accounts_receivable.count").Int(), 1);
}

TEST(AiTest, DiagnoseListsAccountsOfAllOrganizationsOnlyAsIs) {
  for (const bool isolated : {false, true}) {
    Bay bay(BugSet::All().Set(Bug::kTenantIsolation, !isolated));
    bay.LogIn();
    const Value foreign = Object("account_id", "acc_b", "organization_id", "org_b");
    ASSERT_EQ(bay.db().chart_of_accounts.InsertNow(foreign), InsertResult::kInserted);
    const Answer answer = bay.Post("/api/v1/ai/diagnose", R"({"symptoms":["no start"]})");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body.size(), isolated ? 0U : 1U);
  }
}

TEST(AiTest, EfiIsRateLimitedFromThe21stRequestOn) {
  Bay bay(BugSet::All(), /*rate_limits=*/true);
  bay.LogIn();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(bay.Get("/api/efi/reports?page=1&limit=5").status(), 200);
  EXPECT_EQ(bay.Get("/api/efi/reports").status(), 429);
  EXPECT_EQ(bay.Post("/api/ai/diagnose", "{}").status(), 429);
}

}  // namespace
}  // namespace redrive::workshop
