// Allocations, variant B: /inventory/allocations (contract C.5). One collection with variant A, but
// documents of another shape and no organisation in them.
#include <string>
#include <utility>

#include "recorder/workshop/flows_stock_parts.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/stock.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kAllocationNotFound = "Allocation not found";

Filter ById(const Context& context) {
  Filter filter = Where("allocation_id", context.Path("allocation_id"));
  if (!context.Has(Bug::kTenantIsolation)) filter.And("organization_id", context.organization());
  return filter;
}

Value Shown(Value allocation) {
  allocation.Remove("organization_id");
  return allocation;
}

Value NewAllocation(Context& context, const Value& item) {
  const std::string now = context.Now().Iso();
  Value allocation =
      Object("allocation_id", context.ids.Lower("alloc_"), "ticket_id", context.body["ticket_id"],
             "item_id", item["item_id"], "item_name", item["name"], "quantity_allocated",
             context.body["quantity"].Int(), "quantity_used", 0, "quantity_returned", 0,
             "unit_price", item["unit_price"].Number(), "status", "allocated", "allocated_by",
             context.identity.user_id, "allocated_at", now, "created_at", now);
  if (!context.Has(Bug::kTenantIsolation)) {
    allocation.Add("organization_id", context.organization());
  }
  return allocation;
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
  Filter by_item = Where("item_id", context.body["item_id"]);
  if (!context.Has(Bug::kTenantIsolation)) by_item.And("organization_id", context.organization());
  const Value item = co_await db.inventory.FindOne(context.env, by_item);
  if (item.IsNull()) co_return NotFound("Item not found");
  const Decimal quantity(context.body["quantity"].Int());
  if (!unguarded && quantity <= Decimal(0)) co_return BadRequest("Quantity must be positive");
  if (AvailableOf(item) < quantity) co_return Insufficient(item);
  Update reserve;
  reserve.Inc("reserved_quantity", context.body["quantity"].Int());
  const Value allocation = NewAllocation(context, item);
  if (unguarded) {
    (void)co_await db.allocations.InsertOne(context.env, allocation);
    co_await db.inventory.UpdateOne(context.env, by_item, reserve);
  } else {
    const Filter available = ItemWithAvailable(context.body["item_id"].String(), quantity);
    const Value reserved = co_await db.inventory.FindOneAndUpdate(context.env, available, reserve);
    if (reserved.IsNull()) {
      const Value now = co_await db.inventory.FindOne(context.env, by_item);
      co_return Insufficient(now);
    }
    (void)co_await db.allocations.InsertOne(context.env, allocation);
  }
  const Filter by_id = Where("allocation_id", allocation["allocation_id"]);
  const Value stored = co_await db.allocations.FindOne(context.env, by_id);
  co_return Ok(Shown(stored));
}

// What is left of an allocation, as use and return see it.
std::int64_t Unused(const Value& allocation, bool ignore_returned) {
  const std::int64_t used =
      allocation["quantity_allocated"].Int() - allocation["quantity_used"].Int();
  return ignore_returned ? used : used - allocation["quantity_returned"].Int();
}

struct Taken {
  Value allocation;  // as it was read, or before the update
  std::optional<Response> refused;
};

struct Taking {
  Key field;                 // of the body and of the allocation
  std::string_view refusal;  // "Cannot use more than allocated. Available: "
  bool ignore_returned;      // what use does today
};

// Guarded: checks and counts in one atomic update.
Task<Taken> TakeGuarded(Context& context, const Taking& taking, std::int64_t quantity) {
  Taken taken;
  Update count;
  count.Inc(taking.field, quantity);
  Filter enough = ById(context);
  enough.If([quantity](const Value& document) { return Unused(document, false) >= quantity; });
  if (quantity <= 0) {
    taken.refused = BadRequest("Quantity must be positive");
    co_return taken;
  }
  taken.allocation =
      co_await context.db.allocations.FindOneAndUpdate(context.env, enough, count, Which::kBefore);
  if (!taken.allocation.IsNull()) co_return taken;
  const Value existing = co_await context.db.allocations.FindOne(context.env, ById(context));
  taken.refused =
      existing.IsNull()
          ? NotFound(kAllocationNotFound)
          : BadRequest(std::string(taking.refusal) + std::to_string(Unused(existing, false)));
  co_return taken;
}

// As today: checks what was read; the caller counts later.
Task<Taken> TakeUnguarded(Context& context, const Taking& taking, std::int64_t quantity) {
  Taken taken;
  taken.allocation = co_await context.db.allocations.FindOne(context.env, ById(context));
  if (taken.allocation.IsNull()) {
    taken.refused = NotFound(kAllocationNotFound);
    co_return taken;
  }
  const std::int64_t unused = Unused(taken.allocation, taking.ignore_returned);
  if (unused < quantity) {
    taken.refused = BadRequest(std::string(taking.refusal) + std::to_string(unused));
  }
  co_return taken;
}

// The cost entry of a use: written directly, with literals for accounts, so that each movement has
// one and the trial balance shows two rows of its own.
Task<void> InsertUseEntry(Context& context, const Value& item, const std::string& movement_id,
                          Decimal cost) {
  const auto line = [&](std::string_view account, Decimal debit, Decimal credit) {
    return Object("line_id", context.ids.Lower("jel_"), "account_id", account, "account_name",
                  account, "account_code", "", "account_type",
                  account == "INVENTORY" ? "Asset" : "Expense", "debit_amount", debit,
                  "credit_amount", credit, "description",
                  "Parts used: " + std::string(item["name"].String()));
  };
  Value lines = Value::EmptyArray(2);
  lines.Push(line("COST_OF_GOODS_SOLD", cost, Decimal(0)));
  lines.Push(line("INVENTORY", Decimal(0), cost));
  const std::string entry_id = context.ids.Lower("je_");
  const Value entry =
      Object("entry_id", entry_id, "entry_date", context.Now().DateText(), "reference_number",
             "COGS-" + movement_id, "description", "COGS for stock movement " + movement_id,
             "organization_id", item["organization_id"], "created_by", context.identity.user_id,
             "entry_type", "JOURNAL", "source_document_id", movement_id, "source_document_type",
             "stock_movement", "reference_id", movement_id, "reference_type", "stock_movement",
             "is_posted", true, "is_reversed", false, "reversed_entry_id", "", "lines",
             std::move(lines), "total_debit", cost, "total_credit", cost, "created_at",
             context.Now().Iso(), "updated_at", "");
  (void)co_await context.db.journal_entries.InsertOne(context.env, entry);
}

Task<Response> UseAllocation(Context& context) {
  static constexpr FieldRule kRules[] = {Required("quantity_used", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const bool unguarded = context.Has(Bug::kAllocationDoubleUse);
  const std::int64_t quantity = context.body["quantity_used"].Int();
  const Taking taking{.field = "quantity_used",
                      .refusal = "Cannot use more than allocated. Available: ",
                      .ignore_returned = true};
  Store& db = context.db;
  Taken taken;
  if (unguarded) {
    taken = co_await TakeUnguarded(context, taking, quantity);
  } else {
    taken = co_await TakeGuarded(context, taking, quantity);
  }
  if (taken.refused) co_return *taken.refused;
  const Filter by_item = Where("item_id", taken.allocation["item_id"]);
  const Value item = co_await db.inventory.FindOne(context.env, by_item);
  if (unguarded) {
    Update count;
    count.Inc("quantity_used", quantity);
    co_await db.allocations.UpdateOne(context.env, ById(context), count);
  }
  Update deduct;
  deduct.Inc("quantity", -quantity).Inc("reserved_quantity", -quantity);
  co_await db.inventory.UpdateOne(context.env, by_item, deduct);
  const std::string movement_id = context.ids.Lower("mov_");
  const Value movement =
      Object("movement_id", movement_id, "item_id", taken.allocation["item_id"], "movement_type",
             "allocation_use", "quantity", -quantity, "reference_type", "allocation",
             "reference_id", taken.allocation["allocation_id"], "created_by",
             context.identity.user_id, "created_at", context.Now().Iso());
  (void)co_await db.stock_movements.InsertOne(context.env, movement);
  const Value& cost_price = item["cost_price"].IsNull() ? item["unit_price"] : item["cost_price"];
  co_await InsertUseEntry(context, item, movement_id, cost_price.Number() * Decimal(quantity));
  const Value stored = co_await db.allocations.FindOne(context.env, ById(context));
  co_return Ok(Shown(stored));
}

Task<Response> ReturnAllocation(Context& context) {
  static constexpr FieldRule kRules[] = {Required("quantity_returned", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  const bool unguarded = context.Has(Bug::kAllocationDoubleReturn);
  const std::int64_t quantity = context.body["quantity_returned"].Int();
  const Taking taking{.field = "quantity_returned",
                      .refusal = "Cannot return more than unused. Unused: ",
                      .ignore_returned = false};
  Store& db = context.db;
  Taken taken;
  if (unguarded) {
    taken = co_await TakeUnguarded(context, taking, quantity);
  } else {
    taken = co_await TakeGuarded(context, taking, quantity);
  }
  if (taken.refused) co_return *taken.refused;
  if (unguarded) {
    Update count;
    count.Inc("quantity_returned", quantity);
    co_await db.allocations.UpdateOne(context.env, ById(context), count);
  }
  Update release;
  release.Inc("reserved_quantity", -quantity);
  const Filter by_item = Where("item_id", taken.allocation["item_id"]);
  co_await db.inventory.UpdateOne(context.env, by_item, release);
  const Value stored = co_await db.allocations.FindOne(context.env, ById(context));
  co_return Ok(Shown(stored));
}

Task<Response> ListAllocations(Context& context) {
  Filter filter;
  const std::string_view ticket_id = context.Query("ticket_id");
  if (!ticket_id.empty()) filter.And("ticket_id", ticket_id);
  if (!context.Has(Bug::kTenantIsolation)) filter.And("organization_id", context.organization());
  FindOptions options;
  options.Limit(1'000);
  const std::vector<Value> found =
      co_await context.db.allocations.Find(context.env, filter, options);
  Value body = Value::EmptyArray(found.size());
  for (const Value& allocation : found) body.Push(Shown(allocation));
  co_return Ok(body);
}

}  // namespace

void RegisterInventoryAllocations(Router& router) {
  router.Add("POST", "/inventory/allocations", Guard::kStaff, Allocate);
  router.Add("GET", "/inventory/allocations/list", Guard::kStaff, ListAllocations);
  router.Add("PUT", "/inventory/allocations/{allocation_id}/use", Guard::kStaff, UseAllocation);
  router.Add("PUT", "/inventory/allocations/{allocation_id}/return", Guard::kStaff,
             ReturnAllocation);
}

}  // namespace redrive::workshop
