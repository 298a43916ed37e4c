#include "recorder/workshop/estimates.h"

#include <string>
#include <vector>

#include "recorder/workshop/money.h"

namespace redrive::workshop {
namespace {

// Adds what `location` or `item` says of a part's stock, unless it is known already.
struct PartStock {
  std::string item_id;
  Value available = 0;
  Value reserved = 0;
  Value total = 0;
  Value reorder_level = 5;
};

PartStock* FindStock(std::vector<PartStock>& stocks, std::string_view item_id) {
  for (PartStock& stock : stocks) {
    if (stock.item_id == item_id) return &stock;
  }
  return nullptr;
}

Value StockInfo(const PartStock& stock) {
  const Decimal available = stock.available.Number();
  const char* status = available <= Decimal()                      ? "out_of_stock"
                       : available <= stock.reorder_level.Number() ? "low_stock"
                                                                   : "in_stock";
  return Object("available_stock", stock.available, "reserved_stock", stock.reserved, "total_stock",
                stock.total, "reorder_level", stock.reorder_level, "status", status);
}

bool IsCataloguePart(const Value& line) {
  return line["type"] == "part" && line["item_id"].Truthy();
}

Task<std::vector<PartStock>> ReadStock(Context& context, const Value& part_ids) {
  Store& db = context.db;
  const Filter primary = Where("organization_id", context.organization()).And("is_primary", true);
  const Value warehouse = co_await db.warehouses.FindOne(context.env, primary);
  const Value warehouse_id = warehouse.IsNull() ? Value("default") : warehouse["warehouse_id"];

  const Filter of_locations = Where("item_id", Op::kIn, part_ids).And("warehouse_id", warehouse_id);
  const std::vector<Value> locations =
      co_await db.item_stock_locations.Find(context.env, of_locations);
  const Filter of_items = Where("item_id", Op::kIn, part_ids);
  const std::vector<Value> items = co_await db.items_enhanced.Find(context.env, of_items);

  std::vector<PartStock> stocks;
  for (const Value& location : locations) {
    const Value& available = location["available_stock"];
    const Value& reserved = location["reserved_stock"];
    PartStock stock;
    stock.item_id = location["item_id"].String();
    if (!available.IsNull()) stock.available = available;
    if (!reserved.IsNull()) stock.reserved = reserved;
    stock.total = stock.available.Number() + stock.reserved.Number();
    stocks.push_back(std::move(stock));
  }
  for (const Value& item : items) {
    PartStock* stock = FindStock(stocks, item["item_id"].String());
    if (stock == nullptr) {
      stock = &stocks.emplace_back();
      stock->item_id = item["item_id"].String();
      stock->available = item["stock_on_hand"].IsNull() ? Value(0) : item["stock_on_hand"];
      stock->total = stock->available;
    }
    if (!item["reorder_level"].IsNull()) stock->reorder_level = item["reorder_level"];
  }
  co_return stocks;
}

}  // namespace

Filter EstimateFilter(const Context& context) {
  return Where("estimate_id", context.Path("estimate_id"))
      .And("organization_id", context.organization());
}

std::string EstimateMissing(const Context& context) {
  return "Estimate " + std::string(context.Path("estimate_id")) + " not found";
}

Task<Value> EstimateLines(Context& context, const Value& estimate) {
  if (!context.Has(Bug::kLineItemVersionRace)) {
    const Value& lines = estimate["line_items"];
    co_return lines.IsNull() ? Value::EmptyArray() : lines;
  }
  const Filter filter = Where("estimate_id", estimate["estimate_id"]);
  const FindOptions by_index = FindOptions().Ascending("sort_index");
  const std::vector<Value> lines =
      co_await context.db.ticket_estimate_line_items.Find(context.env, filter, by_index);
  co_return Value::ArrayOf(lines);
}

Task<Value> WithStock(Context& context, Value estimate, Value lines) {
  Value part_ids = Value::EmptyArray();
  for (const Value& line : lines.Items()) {
    if (IsCataloguePart(line)) part_ids.Push(line["item_id"]);
  }
  if (!part_ids.empty()) {
    std::vector<PartStock> stocks = co_await ReadStock(context, part_ids);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      Value& line = lines.MutableItem(i);
      if (!IsCataloguePart(line)) continue;
      const PartStock* known = FindStock(stocks, line["item_id"].String());
      line.Set("stock_info", StockInfo(known == nullptr ? PartStock() : *known));
    }
  }
  estimate.Set("line_items", std::move(lines));
  co_return estimate;
}

Task<Value> ReadEstimate(Context& context, std::string_view estimate_id) {
  const Filter filter =
      Where("estimate_id", estimate_id).And("organization_id", context.organization());
  const Value estimate = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  if (estimate.IsNull()) co_return Value();
  const Value lines = co_await EstimateLines(context, estimate);
  co_return co_await WithStock(context, estimate, lines);
}

Value WithoutLines(Value estimate) {
  estimate.Remove("line_items");
  return estimate;
}

Value EstimateTotals(const Value& lines) {
  Decimal subtotal;
  Decimal discounts;
  Decimal taxes;
  for (const Value& line : lines.Items()) {
    const Decimal amount = line["qty"].Number(1) * line["unit_price"].Number();
    const Decimal discount = line["discount"].Number();
    subtotal += amount;
    discounts += discount;
    taxes += Percent(amount - discount, line["tax_rate"].Number());
  }
  const Decimal total = subtotal - discounts + taxes;
  return Object("subtotal", subtotal.RoundedToCents(), "tax_total", taxes.RoundedToCents(),
                "discount_total", discounts.RoundedToCents(), "grand_total",
                total.RoundedToCents());
}

Task<void> AddEstimateHistory(Context& context, std::string_view estimate_id, const Value& user,
                              const EstimateChange& change) {
  const std::string history_id = context.ids.Lower("eh_");
  const Value entry =
      Object("history_id", history_id, "estimate_id", estimate_id, "action", change.action,
             "description", change.description, "user_id", user["user_id"], "user_name",
             user["name"], "timestamp", context.Now().Iso());
  (void)co_await context.db.ticket_estimate_history.InsertOne(context.env, entry);
}

}  // namespace redrive::workshop
