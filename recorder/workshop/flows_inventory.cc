// Inventory items: the store `inventory` with quantity and reserved_quantity (contract B.3, C.5).
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

constexpr std::string_view kItemNotFound = "Item not found";

Filter ItemOfOrganization(const Context& context) {
  return Where("item_id", context.Path("item_id")).And("organization_id", context.organization());
}

Task<Response> CreateItem(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("name", FieldType::kString),          Required("category", FieldType::kString),
      Required("quantity", FieldType::kInt),         Required("unit_price", FieldType::kNumber),
      Required("min_stock_level", FieldType::kInt),  Optional("sku", FieldType::kString),
      Optional("cost_price", FieldType::kNumber),    Optional("max_stock_level", FieldType::kInt),
      Optional("reorder_quantity", FieldType::kInt), Optional("supplier_id", FieldType::kString),
      Optional("location", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  (void)co_await FindCaller(context);
  const Value& body = context.body;
  Value supplier_name;
  if (body["supplier_id"].Truthy()) {
    const Filter by_id = Where("supplier_id", body["supplier_id"]);
    const Value supplier = co_await context.db.suppliers.FindOne(context.env, by_id);
    supplier_name = supplier["name"];
  }
  const std::string item_id = context.ids.Lower("inv_");
  const Value item = Object(
      "item_id", item_id, "sku", MemberOr(body, "sku"), "name", body["name"], "category",
      body["category"], "quantity", body["quantity"].Int(), "reserved_quantity", 0, "unit_price",
      FloatMember(body, "unit_price"), "cost_price", FloatMember(body, "cost_price"),
      "min_stock_level", body["min_stock_level"].Int(), "max_stock_level",
      MemberOr(body, "max_stock_level"), "reorder_quantity", MemberOr(body, "reorder_quantity"),
      "supplier_id", MemberOr(body, "supplier_id"), "supplier_name", supplier_name, "location",
      MemberOr(body, "location"), "last_restock_date", nullptr, "created_at", context.Now().Iso(),
      "organization_id", context.organization());
  (void)co_await context.db.inventory.InsertOne(context.env, item);
  co_return Ok(item);
}

Task<Response> ListItems(Context& context) {
  Paging paging;
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  (void)co_await FindCaller(context);
  Filter filter = Where("organization_id", context.organization());
  const std::string_view category = context.Query("category");
  if (!category.empty()) filter.And("category", category);
  if (context.Query("low_stock") == "true") {
    filter.If([](const Value& item) {
      return item["quantity"].Number() < item["min_stock_level"].Number();
    });
  }
  const std::int64_t total = co_await context.db.inventory.CountDocuments(context.env, filter);
  FindOptions options;
  paging.ApplyTo(options);
  const std::vector<Value> items = co_await context.db.inventory.Find(context.env, filter, options);
  co_return Ok(PageBody(items, paging, total));
}

Task<Response> GetItem(Context& context) {
  (void)co_await FindCaller(context);
  const Value item =
      co_await context.db.inventory.FindOne(context.env, ItemOfOrganization(context));
  if (item.IsNull()) co_return NotFound(kItemNotFound);
  co_return Ok(item);
}

// A blind $set, as today: it overwrites what allocations reserved meanwhile, by design of the
// route.
Task<Response> UpdateItem(Context& context) {
  static constexpr FieldRule kRules[] = {Optional("name", FieldType::kString),
                                         Optional("category", FieldType::kString),
                                         Optional("sku", FieldType::kString),
                                         Optional("quantity", FieldType::kInt),
                                         Optional("reserved_quantity", FieldType::kInt),
                                         Optional("unit_price", FieldType::kNumber),
                                         Optional("cost_price", FieldType::kNumber),
                                         Optional("min_stock_level", FieldType::kInt),
                                         Optional("max_stock_level", FieldType::kInt),
                                         Optional("reorder_quantity", FieldType::kInt),
                                         Optional("location", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  (void)co_await FindCaller(context);
  const Filter by_id = ItemOfOrganization(context);
  const Value existing = co_await context.db.inventory.FindOne(context.env, by_id);
  if (existing.IsNull()) co_return NotFound(kItemNotFound);
  Update update;
  for (const FieldRule& rule : kRules) {
    const Value& given = context.body[rule.name];
    if (given.IsNull()) continue;
    const bool is_float = rule.type == FieldType::kNumber;
    update.Set(Key::Static(rule.name), is_float ? Value(given.Number()) : given);
  }
  co_await context.db.inventory.UpdateOne(context.env, by_id, update);
  const Value changed = co_await context.db.inventory.FindOne(context.env, by_id);
  co_return Ok(changed);
}

}  // namespace

void RegisterInventory(Router& router) {
  router.Add("POST", "/inventory", Guard::kStaff, CreateItem);
  router.Add("GET", "/inventory", Guard::kStaff, ListItems);
  router.Add("GET", "/inventory/{item_id}", Guard::kStaff, GetItem);
  router.Add("PUT", "/inventory/{item_id}", Guard::kStaff, UpdateItem);
}

}  // namespace redrive::workshop
