// Stock adjustments of inventory-enhanced (contract C.9): subtracting is one guarded atomic update,
// the negative control of the races. Its stock_before is read separately, and `set` is a read and
// an increment, as today; both are exact with adjustment_lost_update off.
#include <algorithm>
#include <string>
#include <utility>

#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

struct Change {
  Filter location;
  Update update;
  Decimal quantity;
  std::string_view type;  // add, subtract, set
};

Response Insufficient(Decimal available) {
  return BadRequest("Insufficient stock. Available: " + ToText(available));
}

void SetOnInsert(Context& context, Update& update) {
  const std::string location_id = context.ids.Upper("LOC-", 8);
  update.SetOnInsert("location_id", location_id);
  update.SetOnInsert("reserved_stock", Decimal(0));
  update.SetOnInsert("created_at", context.Now().Iso());
}

// Applies the change; the location before it, an empty object for a new one, or null when it is
// refused.
Task<Value> ApplyExactly(Context& context, Change& change) {
  Collection& locations = context.db.item_stock_locations;
  Filter filter = change.location;
  if (change.type == "subtract") {
    filter.And("available_stock", Op::kGe, change.quantity);
    change.update.Inc("available_stock", -change.quantity);
    co_return co_await locations.FindOneAndUpdate(context.env, filter, change.update,
                                                  Which::kBefore);
  }
  if (change.type == "add") {
    change.update.Inc("available_stock", change.quantity);
  } else {
    change.update.Set("available_stock", change.quantity);
  }
  SetOnInsert(context, change.update);
  const Value before = co_await locations.FindOneAndUpdate(context.env, filter, change.update,
                                                           Which::kBefore, Upsert::kYes);
  co_return before.IsNull() ? Value::EmptyObject() : before;
}

// As today: stock_before comes from a read of its own.
Task<Value> ApplyAsToday(Context& context, Change& change) {
  Collection& locations = context.db.item_stock_locations;
  const Value read = co_await locations.FindOne(context.env, change.location);
  const Decimal before = read["available_stock"].Number();
  if (change.type == "subtract") {
    Filter guarded = change.location;
    guarded.And("available_stock", Op::kGe, change.quantity);
    change.update.Inc("available_stock", -change.quantity);
    const Value done = co_await locations.FindOneAndUpdate(context.env, guarded, change.update);
    co_return done.IsNull() ? Value() : read;
  }
  const Decimal by = change.type == "set" ? change.quantity - before : change.quantity;
  if (read.IsNull()) {
    Value fresh = Object("item_id", context.body["item_id"], "warehouse_id",
                         context.body["warehouse_id"], "organization_id", context.organization());
    const std::string location_id = context.ids.Upper("LOC-", 8);
    fresh.Add("location_id", location_id).Add("available_stock", by);
    fresh.Add("reserved_stock", Decimal(0)).Add("created_at", context.Now().Iso());
    (void)co_await locations.InsertOne(context.env, fresh);
    co_return Value::EmptyObject();
  }
  change.update.Inc("available_stock", by);
  co_await locations.UpdateOne(context.env, Where("location_id", read["location_id"]),
                               change.update);
  co_return read;
}

Decimal After(const Change& change, Decimal before) {
  if (change.type == "set") return change.quantity;
  return change.type == "add" ? before + change.quantity : before - change.quantity;
}

Task<Response> Adjust(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("item_id", FieldType::kString),
      Required("warehouse_id", FieldType::kString),
      Required("adjustment_type", FieldType::kString).OneOf("add|subtract|set"),
      Required("quantity", FieldType::kNumber).AtLeast(0),
      Required("reason", FieldType::kString).Length(1),
      Optional("notes", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Value& body = context.body;
  Store& db = context.db;
  const Filter by_item =
      Where("item_id", body["item_id"]).And("organization_id", context.organization());
  const Value item = co_await db.items.FindOne(context.env, by_item);
  if (item.IsNull()) co_return NotFound("Item not found");
  Change change;
  change.type = body["adjustment_type"].String();
  change.quantity = body["quantity"].Number();
  change.location = Where("item_id", body["item_id"])
                        .And("warehouse_id", body["warehouse_id"])
                        .And("organization_id", context.organization());
  change.update.Set("updated_at", context.Now().Iso());
  Value before;
  if (context.Has(Bug::kAdjustmentLostUpdate)) {
    before = co_await ApplyAsToday(context, change);
  } else {
    before = co_await ApplyExactly(context, change);
  }
  if (before.IsNull()) {
    const Value now = co_await db.item_stock_locations.FindOne(context.env, change.location);
    co_return Insufficient(now["available_stock"].Number());
  }
  const Decimal stock_before = before["available_stock"].Number();
  const Decimal stock_after = After(change, stock_before);
  const std::string adjustment_id = context.ids.Upper("ADJ-", 8);
  const Value adjustment = Object(
      "adjustment_id", adjustment_id, "item_id", body["item_id"], "item_name", item["name"],
      "warehouse_id", body["warehouse_id"], "adjustment_type", body["adjustment_type"], "quantity",
      change.quantity, "stock_before", stock_before, "stock_after", stock_after, "reason",
      body["reason"], "notes", MemberOr(body, "notes", ""), "created_by", context.identity.user_id,
      "created_at", context.Now().Iso(), "organization_id", context.organization());
  (void)co_await db.inventory_adjustments.InsertOne(context.env, adjustment);
  co_return Ok(
      Object("code", 0, "message", "Stock adjusted successfully", "adjustment", adjustment));
}

Task<Response> ListStock(Context& context) {
  Filter filter = Where("organization_id", context.organization());
  const std::string_view warehouse_id = context.Query("warehouse_id");
  if (!warehouse_id.empty()) filter.And("warehouse_id", warehouse_id);
  const std::vector<Value> stock =
      co_await context.db.item_stock_locations.Find(context.env, filter);
  co_return Ok(Object("code", 0, "stock", Value::ArrayOf(stock), "total", stock.size()));
}

}  // namespace

void RegisterEnhancedAdjustments(Router& router) {
  router.Add("POST", "/inventory-enhanced/adjustments", Guard::kStaff, Adjust);
  router.Add("GET", "/inventory-enhanced/stock", Guard::kStaff, ListStock);
}

}  // namespace redrive::workshop
