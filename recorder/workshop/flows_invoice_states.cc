// mark-sent and void of invoices, with their effect on stock. Contract C.6.
#include <string>
#include <vector>

#include "recorder/workshop/invoices.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

// The direction in which an invoice moves stock.
enum class Stock : std::uint8_t { kDeduct, kRestore };

// items.find_one, items.update_one (fixed: find_one_and_update), inventory_history.insert_one per
// line with a known item.
Task<void> MoveStockOfLine(Context& context, const Value& invoice, const Value& line,
                           Stock direction) {
  Store& db = context.db;
  const Filter of_item =
      Where("item_id", line["item_id"]).And("organization_id", invoice["organization_id"]);
  const Value item = co_await db.items.FindOne(context.env, of_item);
  if (item.IsNull()) co_return;
  const Decimal quantity = line["quantity"].Number();
  const Decimal change = direction == Stock::kDeduct ? -quantity : quantity;
  Decimal before = item["stock_on_hand"].Number();
  Decimal after = before + change;
  Update update;
  if (context.Has(Bug::kMarkSentLostStock)) {
    update.Set("stock_on_hand", after).Set("quantity", after).Set("total_stock", after);
    co_await db.items.UpdateOne(context.env, of_item, update);
  } else {
    update.Apply([change](Value& stored) {
      const Decimal now = stored["stock_on_hand"].Number() + change;
      stored.Set("stock_on_hand", now).Set("quantity", now).Set("total_stock", now);
    });
    const Value moved = co_await db.items.FindOneAndUpdate(context.env, of_item, update);
    after = moved["stock_on_hand"].Number();
    before = after - change;
  }
  const std::string history_id = context.ids.Upper("IH-");
  const Value entry =
      Object("history_id", history_id, "item_id", line["item_id"], "organization_id",
             invoice["organization_id"], "action",
             direction == Stock::kDeduct ? "invoice_sent" : "invoice_void", "quantity_change",
             change, "stock_before", before, "stock_after", after, "reference_id",
             invoice["invoice_id"], "timestamp", context.Now().Iso());
  (void)co_await db.inventory_history.InsertOne(context.env, entry);
}

// invoices.find_one, invoice_line_items.find, then each line.
Task<void> MoveStock(Context& context, Stock direction) {
  Store& db = context.db;
  const Filter of_invoice = Where("invoice_id", context.Path("invoice_id"));
  const Value invoice = co_await db.invoices.FindOne(context.env, of_invoice);
  const std::vector<Value> lines = co_await db.invoice_line_items.Find(context.env, of_invoice);
  for (const Value& line : lines) {
    if (!line["item_id"].Truthy()) continue;
    co_await MoveStockOfLine(context, invoice, line, direction);
  }
}

Task<void> PostSale(Context& context, const Value& invoice) {
  SalesPosting sale;
  sale.organization_id = invoice["organization_id"].String();
  sale.created_by = context.identity.user_id;
  sale.document_id = invoice["invoice_id"].String();
  sale.document_type = "invoice";
  sale.document_number = invoice["invoice_number"].String();
  sale.customer_name = invoice["customer_name"].String();
  sale.date = invoice["invoice_date"].String();
  sale.grand_total = invoice["grand_total"].Number();
  sale.cgst = invoice["cgst_total"].Number();
  sale.sgst = invoice["sgst_total"].Number();
  sale.igst = invoice["igst_total"].Number();
  // Shipping and adjustment are revenue too; so the entry balances to the paisa.
  sale.taxable = sale.grand_total - sale.cgst - sale.sgst - sale.igst;
  // What the journal refuses (a locked period, a second entry) is swallowed: the invoice is sent.
  (void)co_await PostSalesEntry(context, sale);
}

Task<void> AddInvoiceHistory(Context& context, std::string_view action, std::string details) {
  HistoryEntry entry{.id_prefix = "HIST-", .owner_field = "invoice_id"};
  entry.owner = context.Path("invoice_id");
  entry.action = action;
  entry.details = std::move(details);
  co_await AddHistory(context, context.db.invoice_history, entry);
}

std::optional<Response> RefuseMarkSent(const Value& invoice) {
  if (invoice.IsNull()) return NotFound("Invoice not found");
  if (!(invoice["status"] == "draft")) {
    return BadRequest("Only draft invoices can be marked as sent");
  }
  return std::nullopt;
}

Update SentFields(const Context& context) {
  const std::string now = context.Now().Iso();
  return Update()
      .Set("status", "sent")
      .Set("is_sent", true)
      .Set("sent_date", now)
      .Set("stock_deducted", true)
      .Set("stock_deducted_at", now)
      .Set("updated_time", now);
}

Task<Response> MarkSent(Context& context) {
  Store& db = context.db;
  const Filter filter = ChangedInvoiceFilter(context);
  const Update sent = SentFields(context);
  const Value before = co_await db.invoices.FindOne(context.env, filter);
  if (auto refused = RefuseMarkSent(before)) co_return *std::move(refused);
  const bool racy = context.Has(Bug::kMarkSentTwice);
  if (!racy) {
    // The claim says at once that stock is deducted, so that a void that overtakes gives it back.
    Filter draft = filter;
    draft.And("status", "draft");
    const Value claimed = co_await db.invoices.FindOneAndUpdate(context.env, draft, sent);
    if (claimed.IsNull()) co_return BadRequest("Only draft invoices can be marked as sent");
  }
  co_await MoveStock(context, Stock::kDeduct);
  if (racy) co_await db.invoices.UpdateOne(context.env, filter, sent);
  co_await PostSale(context, before);
  co_await AddInvoiceHistory(context, "sent", "Invoice marked as sent manually");
  co_await UpdateContactBalance(context, before["customer_id"].String());
  co_return Ok(Object("code", 0, "message", "Invoice marked as sent"));
}

std::optional<Response> RefuseVoid(const Value& invoice) {
  if (invoice.IsNull()) return NotFound("Invoice not found");
  if (invoice["status"] == "void") return BadRequest("Invoice is already void");
  return std::nullopt;
}

Update VoidFields(const Context& context, std::string_view reason) {
  const std::string now = context.Now().Iso();
  return Update()
      .Set("status", "void")
      .Set("voided_date", now)
      .Set("void_reason", reason)
      .Set("balance_due", 0)
      .Set("updated_time", now);
}

Task<Response> VoidInvoice(Context& context) {
  Store& db = context.db;
  const std::string_view reason = context.Query("reason");
  const Filter filter = ChangedInvoiceFilter(context);
  const Update voided = VoidFields(context, reason);
  Value before = co_await db.invoices.FindOne(context.env, filter);
  if (auto refused = RefuseVoid(before)) co_return *std::move(refused);
  const bool racy = context.Has(Bug::kMarkSentTwice);
  if (!racy) {
    Filter alive = filter;
    alive.And("status", Op::kNe, "void");
    before = co_await db.invoices.FindOneAndUpdate(context.env, alive, voided, Which::kBefore);
    if (before.IsNull()) co_return BadRequest("Invoice is already void");
  }
  if (before["stock_deducted"].Bool()) co_await MoveStock(context, Stock::kRestore);
  if (racy) co_await db.invoices.UpdateOne(context.env, filter, voided);
  const std::string why(reason.empty() ? "Not specified" : reason);
  co_await AddInvoiceHistory(context, "voided", "Invoice voided. Reason: " + why);
  co_await UpdateContactBalance(context, before["customer_id"].String());
  co_return Ok(Object("code", 0, "message", "Invoice voided"));
}

}  // namespace

void RegisterInvoiceStates(Router& router) {
  router.Add("POST", "/invoices-enhanced/{invoice_id}/mark-sent", Guard::kStaff, MarkSent);
  router.Add("POST", "/invoices-enhanced/{invoice_id}/void", Guard::kStaff, VoidInvoice);
}

}  // namespace redrive::workshop
