// Stock adjustments of items-enhanced (contract C.9): the chain of stock_before and stock_after in
// the responses is a complete oracle. The guarded ones are in flows_enhanced_adjustments.cc.
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/paging.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

struct Adjusting {
  Filter location;  // of the item in the warehouse
  Value item;
  Value warehouse;
  Decimal change;  // negative to subtract
  Value before;
  Value after;
};

Response Insufficient(const Value& current, Decimal requested) {
  return BadRequest("Insufficient stock. Current: " + NumberText(current) +
                    ", Requested: " + ToText(requested));
}

Value AdjustmentDocument(Context& context, const Adjusting& adjusting) {
  const Value& body = context.body;
  return Object("adjustment_id", context.ids.Upper("ADJ-", 8), "item_id", adjusting.item["item_id"],
                "item_name", adjusting.item["name"], "warehouse_id", body["warehouse_id"],
                "warehouse_name", adjusting.warehouse["name"], "adjustment_type",
                body["adjustment_type"], "quantity", FloatMember(body, "quantity"), "stock_before",
                adjusting.before, "stock_after", adjusting.after, "reason",
                MemberOr(body, "reason", "other"), "notes", MemberOr(body, "notes", ""),
                "reference_number", MemberOr(body, "reference_number", ""), "date",
                MemberOr(body, "date", context.Now().DateText()), "created_by",
                context.identity.user_id, "created_at", context.Now().Iso(), "organization_id",
                context.organization());
}

Value NewLocation(Context& context, const Adjusting& adjusting, const Value& stock) {
  return Object("location_id", context.ids.Upper("LOC-", 8), "item_id", adjusting.item["item_id"],
                "warehouse_id", context.body["warehouse_id"], "warehouse_name",
                adjusting.warehouse["name"], "stock", stock, "organization_id",
                context.organization(), "created_at", context.Now().Iso());
}

// As today: $set of the stock that was computed from an earlier read; then the item's total from
// another read.
Task<Value> AdjustUnguarded(Context& context, Adjusting& adjusting, const Value& location) {
  Store& db = context.db;
  adjusting.before = location.IsNull() ? Value(0) : location["stock"];
  adjusting.after = adjusting.before.Number() + adjusting.change;
  const Value adjustment = AdjustmentDocument(context, adjusting);
  (void)co_await db.item_adjustments.InsertOne(context.env, adjustment);
  if (location.IsNull()) {
    const Value fresh = NewLocation(context, adjusting, adjusting.after);
    (void)co_await db.item_stock_locations.InsertOne(context.env, fresh);
  } else {
    Update update;
    update.Set("stock", adjusting.after).Set("updated_at", context.Now().Iso());
    const Filter by_id = Where("location_id", location["location_id"]);
    co_await db.item_stock_locations.UpdateOne(context.env, by_id, update);
  }
  const Filter all =
      Where("item_id", adjusting.item["item_id"]).And("organization_id", context.organization());
  const std::vector<Value> locations = co_await db.item_stock_locations.Find(context.env, all);
  Decimal total;
  for (const Value& each : locations) total += each["stock"].Number();
  Update update;
  update.Set("stock_on_hand", total).Set("available_stock", total);
  co_await db.items.UpdateOne(context.env, Where("item_id", adjusting.item["item_id"]), update);
  co_return adjustment;
}

// Checks, changes and tells before and after in one atomic update; the item's total follows by
// $inc. Null: not enough stock.
Task<Value> AdjustAtomically(Context& context, Adjusting& adjusting) {
  Store& db = context.db;
  Update change;
  change.Inc("stock", adjusting.change).Set("updated_at", context.Now().Iso());
  Filter filter = adjusting.location;
  const bool subtracts = adjusting.change < Decimal(0);
  if (subtracts) {
    filter.And("stock", Op::kGe, -adjusting.change);
  } else {
    const Value fresh = NewLocation(context, adjusting, Value());
    for (const std::string_view field : {"location_id", "warehouse_name", "created_at"}) {
      change.SetOnInsert(Key::Static(field), fresh[field]);
    }
  }
  const Value after = co_await db.item_stock_locations.FindOneAndUpdate(
      context.env, filter, change, Which::kAfter, subtracts ? Upsert::kNo : Upsert::kYes);
  if (after.IsNull()) co_return Value();
  adjusting.after = after["stock"].Number();
  adjusting.before = after["stock"].Number() - adjusting.change;
  const Value adjustment = AdjustmentDocument(context, adjusting);
  (void)co_await db.item_adjustments.InsertOne(context.env, adjustment);
  Update total;
  total.Inc("stock_on_hand", adjusting.change).Inc("available_stock", adjusting.change);
  co_await db.items.UpdateOne(context.env, Where("item_id", adjusting.item["item_id"]), total);
  co_return adjustment;
}

Task<Response> Adjust(Context& context) {
  static constexpr FieldRule kRules[] = {
      Required("item_id", FieldType::kString),
      Required("warehouse_id", FieldType::kString),
      Required("adjustment_type", FieldType::kString).OneOf("add|subtract"),
      Required("quantity", FieldType::kNumber).Above(0),
      Defaulted("reason", FieldType::kString),
      Optional("notes", FieldType::kString),
      Optional("reference_number", FieldType::kString),
      Optional("date", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const Value& body = context.body;
  Store& db = context.db;
  const Decimal quantity = body["quantity"].Number();
  Adjusting adjusting;
  adjusting.change = body["adjustment_type"] == "add" ? quantity : -quantity;
  adjusting.location = Where("item_id", body["item_id"])
                           .And("warehouse_id", body["warehouse_id"])
                           .And("organization_id", context.organization());
  const Filter item_filter =
      Where("item_id", body["item_id"]).And("organization_id", context.organization());
  adjusting.item = co_await db.items.FindOne(context.env, item_filter);
  if (adjusting.item.IsNull()) co_return NotFound("Item not found");
  const Value location = co_await db.item_stock_locations.FindOne(context.env, adjusting.location);
  const Filter warehouse_filter =
      Where("warehouse_id", body["warehouse_id"]).And("organization_id", context.organization());
  adjusting.warehouse = co_await db.warehouses.FindOne(context.env, warehouse_filter);
  if (adjusting.warehouse.IsNull()) co_return NotFound("Warehouse not found");
  const Value current = location.IsNull() ? Value(0) : location["stock"];
  if (current.Number() + adjusting.change < Decimal(0)) co_return Insufficient(current, quantity);
  Value adjustment;
  if (context.Has(Bug::kAdjustmentLostUpdate)) {
    adjustment = co_await AdjustUnguarded(context, adjusting, location);
  } else {
    adjustment = co_await AdjustAtomically(context, adjusting);
  }
  if (adjustment.IsNull()) {
    const Value now = co_await db.item_stock_locations.FindOne(context.env, adjusting.location);
    co_return Insufficient(now["stock"], quantity);
  }
  co_return Ok(
      Object("code", 0, "message", "Stock adjusted successfully", "adjustment", adjustment));
}

Task<Response> ListAdjustments(Context& context) {
  Paging paging;
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  Filter filter = Where("organization_id", context.organization());
  const std::string_view item_id = context.Query("item_id");
  if (!item_id.empty()) filter.And("item_id", item_id);
  const std::int64_t total =
      co_await context.db.item_adjustments.CountDocuments(context.env, filter);
  FindOptions options;
  options.Descending("created_at");
  paging.ApplyTo(options);
  const std::vector<Value> adjustments =
      co_await context.db.item_adjustments.Find(context.env, filter, options);
  co_return Ok(Object("code", 0, "adjustments", Value::ArrayOf(adjustments), "total", total));
}

}  // namespace

void RegisterAdjustments(Router& router) {
  router.Add("POST", "/items-enhanced/adjustments", Guard::kStaff, Adjust);
  router.Add("GET", "/items-enhanced/adjustments", Guard::kStaff, ListAdjustments);
  RegisterEnhancedAdjustments(router);
}

}  // namespace redrive::workshop
