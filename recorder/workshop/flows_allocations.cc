// Allocations, variant A: /allocations (contract C.5). Variant B is in flows_inventory_allocations.
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kAllocationNotFound = "Allocation not found";

// What responses show: the organisation is stored only.
Value Shown(Value allocation) {
  allocation.Remove("organization_id");
  return allocation;
}

Task<void> InsertLedger(Context& context, const Value& allocation) {
  const std::string entry_id = context.ids.Lower("led_");
  const Value entry = Object(
      "entry_id", entry_id, "organization_id", context.organization(), "account",
      "Cost of Goods Sold", "debit", allocation["total_price"], "credit", Decimal(0), "description",
      "Material allocation: " + std::string(allocation["item_name"].String()), "reference_type",
      "allocation", "reference_id", allocation["allocation_id"], "ticket_id",
      allocation["ticket_id"], "created_by", context.identity.user_id, "date", context.Now().Iso());
  (void)co_await context.db.ledger.InsertOne(context.env, entry);
}

Task<void> AddPartsCost(Context& context, const Value& allocation, Decimal amount) {
  Update update;
  update.Inc("parts_cost", amount);
  const Filter by_id = Where("ticket_id", allocation["ticket_id"]);
  co_await context.db.tickets.UpdateOne(context.env, by_id, update);
}

Value NewAllocation(Context& context, const Value& item) {
  const std::int64_t quantity = context.body["quantity"].Int();
  const Decimal unit_price = item["unit_price"].Number();
  return Object("allocation_id", context.ids.Lower("mat_"), "ticket_id", context.body["ticket_id"],
                "item_id", item["item_id"], "item_name", item["name"], "quantity", quantity,
                "unit_price", unit_price, "total_price", unit_price * Decimal(quantity), "status",
                "allocated", "allocated_by", context.identity.user_id, "allocated_at",
                context.Now().Iso(), "used_at", nullptr, "organization_id", context.organization());
}

Response Insufficient(const Value& item) {
  return BadRequest("Insufficient stock. Available: " + std::to_string(AvailableOf(item).whole()));
}

Task<Response> Allocate(Context& context) {
  static constexpr FieldRule kRules[] = {Required("ticket_id", FieldType::kString),
                                         Required("item_id", FieldType::kString),
                                         Required("quantity", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const bool unguarded = context.Has(Bug::kAllocationCheckThenReserve);
  Store& db = context.db;
  const Value& body = context.body;
  (void)co_await FindCaller(context);
  const Filter ticket_filter =
      Where("ticket_id", body["ticket_id"]).And("organization_id", context.organization());
  const Value ticket = co_await db.tickets.FindOne(context.env, ticket_filter);
  if (ticket.IsNull()) co_return NotFound("Ticket not found");
  const Filter item_filter =
      Where("item_id", body["item_id"]).And("organization_id", context.organization());
  const Value item = co_await db.inventory.FindOne(context.env, item_filter);
  if (item.IsNull()) co_return NotFound("Item not found");
  const Decimal quantity(body["quantity"].Int());
  // As today the sign is not checked: -5 reserves minus five.
  if (!unguarded && quantity <= Decimal(0)) co_return BadRequest("Quantity must be positive");
  if (AvailableOf(item) < quantity) co_return Insufficient(item);
  Update reserve;
  reserve.Inc("reserved_quantity", body["quantity"].Int());
  const Value allocation = NewAllocation(context, item);
  if (unguarded) {
    (void)co_await db.allocations.InsertOne(context.env, allocation);
    co_await db.inventory.UpdateOne(context.env, Where("item_id", body["item_id"]), reserve);
  } else {
    Filter available = ItemWithAvailable(body["item_id"].String(), quantity);
    available.And("organization_id", context.organization());
    const Value reserved = co_await db.inventory.FindOneAndUpdate(context.env, available, reserve);
    if (reserved.IsNull()) {
      const Value now = co_await db.inventory.FindOne(context.env, item_filter);
      co_return Insufficient(now);
    }
    (void)co_await db.allocations.InsertOne(context.env, allocation);
  }
  co_await AddPartsCost(context, allocation, allocation["total_price"].Number());
  co_await InsertLedger(context, allocation);
  co_return Ok(Shown(allocation));
}

Filter ById(const Context& context) {
  Filter filter = Where("allocation_id", context.Path("allocation_id"));
  if (!context.Has(Bug::kTenantIsolation)) filter.And("organization_id", context.organization());
  return filter;
}

// Moves an allocation to `status` and returns it as it was before, or the refusal. Unguarded it
// takes any allocation; guarded, one conditional update lets exactly one request through.
struct Moved {
  Value allocation;
  std::optional<Response> refused;
};
Task<Moved> MoveTo(Context& context, Update update, std::string_view status, bool unguarded) {
  Collection& allocations = context.db.allocations;
  Moved moved;
  update.Set("status", status);
  const Filter by_id = ById(context);
  if (unguarded) {
    moved.allocation = co_await allocations.FindOne(context.env, by_id);
    if (moved.allocation.IsNull()) {
      moved.refused = NotFound(kAllocationNotFound);
    } else {
      co_await allocations.UpdateOne(context.env, by_id, update);
    }
    co_return moved;
  }
  Filter open = by_id;
  open.And("status", "allocated");
  moved.allocation =
      co_await allocations.FindOneAndUpdate(context.env, open, update, Which::kBefore);
  if (!moved.allocation.IsNull()) co_return moved;
  const Value existing = co_await allocations.FindOne(context.env, by_id);
  moved.refused =
      existing.IsNull()
          ? NotFound(kAllocationNotFound)
          : BadRequest("Allocation is already " + std::string(existing["status"].String()));
  co_return moved;
}

Task<Response> UseAllocation(Context& context) {
  Update update;
  update.Set("used_at", context.Now().Iso());
  const Moved moved =
      co_await MoveTo(context, update, "used", context.Has(Bug::kAllocationDoubleUse));
  if (moved.refused) co_return *moved.refused;
  const std::int64_t quantity = moved.allocation["quantity"].Int();
  Update deduct;
  deduct.Inc("quantity", -quantity).Inc("reserved_quantity", -quantity);
  const Filter item = Where("item_id", moved.allocation["item_id"]);
  co_await context.db.inventory.UpdateOne(context.env, item, deduct);
  co_return Ok(Object("message", "Allocation marked as used"));
}

Task<Response> ReturnAllocation(Context& context) {
  const Moved moved =
      co_await MoveTo(context, Update(), "returned", context.Has(Bug::kAllocationDoubleReturn));
  if (moved.refused) co_return *moved.refused;
  const std::int64_t quantity = moved.allocation["quantity"].Int();
  Update release;
  release.Inc("reserved_quantity", -quantity);
  const Filter item = Where("item_id", moved.allocation["item_id"]);
  co_await context.db.inventory.UpdateOne(context.env, item, release);
  co_await AddPartsCost(context, moved.allocation, -moved.allocation["total_price"].Number());
  co_return Ok(Object("message", "Materials returned to inventory"));
}

Task<Response> ListAllocations(Context& context) {
  Filter filter = Where("organization_id", context.organization());
  const std::string_view ticket_id = context.Query("ticket_id");
  if (!ticket_id.empty()) filter.And("ticket_id", ticket_id);
  FindOptions options;
  options.Limit(1'000);
  const std::vector<Value> found =
      co_await context.db.allocations.Find(context.env, filter, options);
  Value body = Value::EmptyArray(found.size());
  for (const Value& allocation : found) body.Push(Shown(allocation));
  co_return Ok(body);
}

Task<Response> ListLedger(Context& context) {
  FindOptions options;
  options.Descending("date").Limit(1'000);
  const Filter filter = Where("organization_id", context.organization());
  const std::vector<Value> entries = co_await context.db.ledger.Find(context.env, filter, options);
  co_return Ok(Value::ArrayOf(entries));
}

}  // namespace

void RegisterAllocations(Router& router) {
  router.Add("POST", "/allocations", Guard::kStaff, Allocate);
  router.Add("GET", "/allocations", Guard::kStaff, ListAllocations);
  router.Add("PUT", "/allocations/{allocation_id}/use", Guard::kStaff, UseAllocation);
  router.Add("PUT", "/allocations/{allocation_id}/return", Guard::kStaff, ReturnAllocation);
  router.Add("GET", "/ledger", Guard::kStaff, ListLedger);
  RegisterInventoryAllocations(router);
}

}  // namespace redrive::workshop
