// Items, warehouses and stock locations: the stores `items` and `item_stock_locations` (C.0, C.9).
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/paging.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

// The request model knows each member by an alias ("Item Name") and by its own name.
const Value& Aliased(const Value& body, std::string_view alias, std::string_view name) {
  const Value& given = body[alias];
  return given.IsNull() ? body[name] : given;
}

Value MissingName(const Context& context) {
  return Object("detail", Array(Object("type", "missing", "loc", Array("body", "Item Name"), "msg",
                                       "Field required", "input", context.body)));
}

Value NewItem(Context& context) {
  const Value& body = context.body;
  const Decimal opening = Aliased(body, "Opening Stock", "opening_stock").Number();
  const Decimal rate = Aliased(body, "Rate", "rate").Number();
  const std::string now = context.Now().Iso();
  Value item =
      Object("item_id", context.ids.Upper("I-"), "name", Aliased(body, "Item Name", "name"), "sku",
             Aliased(body, "SKU", "sku"), "description", MemberOr(body, "description", ""),
             "item_type", MemberOr(body, "Item Type", MemberOr(body, "item_type", "inventory")),
             "rate", rate, "sales_rate", rate, "purchase_rate",
             Aliased(body, "Purchase Rate", "purchase_rate").Number());
  item.Add("unit", MemberOr(body, "unit", "pcs")).Add("hsn_code", MemberOr(body, "hsn_code", ""));
  item.Add("tax_rate", FloatMember(body, "tax_rate", Decimal(18)));
  item.Add("reorder_level", FloatMember(body, "reorder_level", Decimal(0)));
  item.Add("opening_stock", opening).Add("stock_on_hand", opening).Add("available_stock", opening);
  item.Add("quantity", opening).Add("total_stock", opening).Add("reserved_stock", Decimal(0));
  item.Add("status", "active").Add("created_at", now).Add("updated_at", now);
  return item.Add("organization_id", context.organization());
}

Value NewLocation(Context& context, const Value& item, const Value& warehouse) {
  const Value& stock = item["opening_stock"];
  return Object("location_id", context.ids.Upper("LOC-", 8), "item_id", item["item_id"],
                "warehouse_id", warehouse["warehouse_id"], "warehouse_name", warehouse["name"],
                "stock", stock, "available_stock", stock, "reserved_stock", Decimal(0),
                "organization_id", context.organization(), "created_at", context.Now().Iso(),
                "updated_at", context.Now().Iso());
}

Task<Response> CreateItem(Context& context) {
  static constexpr FieldRule kRules[] = {
      Optional("Item Name", FieldType::kString),     Optional("name", FieldType::kString),
      Optional("SKU", FieldType::kString),           Optional("sku", FieldType::kString),
      Optional("Purchase Rate", FieldType::kNumber), Optional("purchase_rate", FieldType::kNumber),
      Optional("Rate", FieldType::kNumber),          Optional("rate", FieldType::kNumber),
      Optional("Opening Stock", FieldType::kNumber), Optional("opening_stock", FieldType::kNumber),
      Optional("Item Type", FieldType::kString),     Optional("item_type", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  if (!Aliased(context.body, "Item Name", "name").Truthy()) {
    co_return Json(422, MissingName(context));
  }
  Store& db = context.db;
  std::optional<Response> limited = co_await CheckRecordLimit(context, db.items, "items");
  if (limited) co_return *std::move(limited);
  limited = co_await ClaimRecord(context, db.items, "items");
  if (limited) co_return *std::move(limited);
  const Value item = NewItem(context);
  (void)co_await db.items.InsertOne(context.env, item);
  if (item["opening_stock"].Number() > Decimal(0)) {
    const Filter primary = Where("organization_id", context.organization()).And("is_primary", true);
    const Value warehouse = co_await db.warehouses.FindOne(context.env, primary);
    if (!warehouse.IsNull()) {
      const Value location = NewLocation(context, item, warehouse);
      (void)co_await db.item_stock_locations.InsertOne(context.env, location);
    }
  }
  co_return Ok(Object("code", 0, "message", "Item created successfully", "item", item));
}

Filter ItemOfOrganization(const Context& context) {
  return Where("item_id", context.Path("item_id")).And("organization_id", context.organization());
}

Task<Response> GetItem(Context& context) {
  const Filter by_id = ItemOfOrganization(context);
  Value item = co_await context.db.items.FindOne(context.env, by_id);
  if (item.IsNull()) co_return NotFound("Item not found");
  const std::vector<Value> locations =
      co_await context.db.item_stock_locations.Find(context.env, by_id);
  FindOptions latest;
  latest.Descending("created_at").Limit(20);
  const std::vector<Value> adjustments =
      co_await context.db.item_adjustments.Find(context.env, by_id, latest);
  item.Set("stock_locations", Value::ArrayOf(locations));
  item.Set("adjustments", Value::ArrayOf(adjustments));
  co_return Ok(Object("code", 0, "item", item));
}

Task<Response> ListItems(Context& context) {
  Paging paging;
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  const Filter filter = Where("organization_id", context.organization());
  const std::int64_t total = co_await context.db.items.CountDocuments(context.env, filter);
  FindOptions options;
  options.Ascending("name");
  paging.ApplyTo(options);
  const std::vector<Value> items = co_await context.db.items.Find(context.env, filter, options);
  co_return Ok(PageBody(items, paging, total));
}

Task<Response> StockLocations(Context& context) {
  const Filter by_id = ItemOfOrganization(context);
  const Value item = co_await context.db.items.FindOne(context.env, by_id);
  if (item.IsNull()) co_return NotFound("Item not found");
  const std::vector<Value> locations =
      co_await context.db.item_stock_locations.Find(context.env, by_id);
  Decimal total;
  for (const Value& location : locations) total += location["stock"].Number();
  co_return Ok(
      Object("code", 0, "stock_locations", Value::ArrayOf(locations), "total_stock", total));
}

Task<Response> CreateWarehouse(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("name", FieldType::kString), Optional("location", FieldType::kString),
      Optional("address", FieldType::kString), Defaulted("is_primary", FieldType::kBool)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const bool is_primary = context.body["is_primary"].Bool();
  if (is_primary) {  // the old primary one steps back
    Update update;
    update.Set("is_primary", false);
    const Filter others = Where("organization_id", context.organization());
    co_await context.db.warehouses.UpdateMany(context.env, others, update);
  }
  const std::string warehouse_id = context.ids.Upper("WH-", 8);
  const Value warehouse = Object("warehouse_id", warehouse_id, "name", context.body["name"],
                                 "location", MemberOr(context.body, "location", ""), "address",
                                 MemberOr(context.body, "address", ""), "is_primary", is_primary,
                                 "is_active", true, "status", "active", "organization_id",
                                 context.organization(), "created_at", context.Now().Iso());
  (void)co_await context.db.warehouses.InsertOne(context.env, warehouse);
  co_return Ok(
      Object("code", 0, "message", "Warehouse created successfully", "warehouse", warehouse));
}

Task<Response> ListWarehouses(Context& context) {
  const Filter filter = Where("organization_id", context.organization());
  const std::vector<Value> warehouses = co_await context.db.warehouses.Find(context.env, filter);
  co_return Ok(Object("code", 0, "warehouses", Value::ArrayOf(warehouses)));
}

Task<Response> IntegrityReport(Context& context) {
  const Filter negative =
      Where("organization_id", context.organization()).And("stock_on_hand", Op::kLt, 0);
  const std::vector<Value> negative_items = co_await context.db.items.Find(context.env, negative);
  Filter mismatched = Where("organization_id", context.organization());
  mismatched.If([](const Value& item) {
    return item["stock_on_hand"].Number() != item["quantity"].Number();
  });
  const std::vector<Value> mismatched_items =
      co_await context.db.items.Find(context.env, mismatched);
  const auto shown = [](std::span<const Value> items) {
    Value list = Value::EmptyArray(items.size());
    for (const Value& item : items) {
      list.Push(Object("item_id", item["item_id"], "name", item["name"], "stock_on_hand",
                       item["stock_on_hand"], "quantity", item["quantity"]));
    }
    return list;
  };
  co_return Ok(Object("code", 0, "negative_stock_items", shown(negative_items), "negative_count",
                      negative_items.size(), "mismatched_quantity_items", shown(mismatched_items),
                      "mismatched_count", mismatched_items.size()));
}

}  // namespace

void RegisterItems(Router& router) {
  router.AddBoth("POST", "/items-enhanced", Guard::kStaff, CreateItem);
  router.AddBoth("GET", "/items-enhanced", Guard::kStaff, ListItems);
  router.Add("POST", "/items-enhanced/warehouses", Guard::kStaff, CreateWarehouse);
  router.Add("GET", "/items-enhanced/warehouses", Guard::kStaff, ListWarehouses);
  router.Add("GET", "/items-enhanced/admin/stock-integrity-report", Guard::kStaff, IntegrityReport);
  router.Add("GET", "/items-enhanced/{item_id}", Guard::kStaff, GetItem);
  router.Add("GET", "/items-enhanced/{item_id}/stock-locations", Guard::kStaff, StockLocations);
}

}  // namespace redrive::workshop
