// Line items of ticket estimates, with their optimistic version. Contract C.2.
#include <algorithm>
#include <string>

#include "recorder/workshop/estimates.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

// The answer to an edit that the lock or the version forbids; nothing when it may go on.
std::optional<Response> RefuseEdit(const Context& context, const Value& estimate,
                                   std::int64_t version) {
  if (estimate.IsNull()) return NotFound(EstimateMissing(context));
  if (estimate["locked_at"].Truthy()) {
    const std::string text = "Estimate is locked: " + std::string(estimate["lock_reason"].String());
    return Detail(423, Object("message", text, "locked_at", estimate["locked_at"], "locked_by",
                              estimate["locked_by_name"]));
  }
  if (estimate["version"].Int(1) != version) {
    return Detail(409, Object("message", "Estimate was modified by another user. Please refresh.",
                              "current_estimate", WithoutLines(estimate)));
  }
  return std::nullopt;
}

Value LineTotal(const Value& line) {
  const Decimal amount = line["qty"].Number(1) * line["unit_price"].Number();
  const Decimal net = amount - line["discount"].Number();
  return (net + Percent(net, line["tax_rate"].Number())).RoundedToCents();
}

std::string LineMissing(const Context& context) {
  return "Line item " + std::string(context.Path("line_item_id")) + " not found";
}

const Value* FindLine(const Value& lines, std::string_view line_item_id) {
  for (const Value& line : lines.Items()) {
    if (line["line_item_id"] == line_item_id) return &line;
  }
  return nullptr;
}

std::int64_t NextSortIndex(const Value& lines) {
  std::int64_t last = 0;
  for (const Value& line : lines.Items()) last = std::max(last, line["sort_index"].Int());
  return last + 1;
}

// As Battwheels does it: the sum is read, then written, then the version moves, each on its own.
Task<void> RecountInSteps(Context& context, std::string_view estimate_id) {
  Store& db = context.db;
  const Filter of_estimate = Where("estimate_id", estimate_id);
  const std::vector<Value> lines =
      co_await db.ticket_estimate_line_items.Find(context.env, of_estimate);
  Update totals = Update().SetAll(EstimateTotals(Value::ArrayOf(lines)));
  totals.Set("updated_at", context.Now().Iso());
  co_await db.ticket_estimates.UpdateOne(context.env, of_estimate, totals);
  const Update next_version = Update().Inc("version", 1);
  (void)co_await db.ticket_estimates.FindOneAndUpdate(context.env, of_estimate, next_version);
}

// The correct variant: version, lines and totals change together or not at all. `change` edits the
// array of lines. Null when the version has moved or the estimate was locked.
template <typename Change>
Task<Value> EditAtOnce(Context& context, std::int64_t version, Change change) {
  const std::string now = context.Now().Iso();
  const Filter expected = EstimateFilter(context).And("version", version).And("locked_at", nullptr);
  const Update edit = Update().Inc("version", 1).Apply([&now, &change](Value& estimate) {
    Value& lines = estimate.Mutable("line_items");
    if (lines.IsNull()) lines = Value::EmptyArray();
    change(lines);
    const Value totals = EstimateTotals(lines);
    for (const Member& total : totals.Members()) estimate.Set(total.key, total.value);
    estimate.Set("updated_at", now);
  });
  co_return co_await context.db.ticket_estimates.FindOneAndUpdate(context.env, expected, edit);
}

// Why EditAtOnce refused.
Task<Response> AnswerStale(Context& context, std::int64_t version) {
  const Filter filter = EstimateFilter(context);
  const Value current = co_await context.db.ticket_estimates.FindOne(context.env, filter);
  std::optional<Response> refused = RefuseEdit(context, current, version);
  REDRIVE_CHECK(refused.has_value());  // The version never moves back, and locks move it too.
  co_return *std::move(refused);
}

// History, then the estimate as it is: `edited` when the edit was atomic, read again otherwise.
Task<Response> AnswerEdited(Context& context, const Value& user, const EstimateChange& change,
                            Value edited) {
  const std::string_view estimate_id = context.Path("estimate_id");
  co_await AddEstimateHistory(context, estimate_id, user, change);
  Value estimate;
  if (edited.IsNull()) {
    estimate = co_await ReadEstimate(context, estimate_id);
  } else {
    const Value lines = edited["line_items"];
    estimate = co_await WithStock(context, edited, lines);
  }
  co_return Ok(Object("code", 0, "estimate", std::move(estimate)));
}

Value NewLine(Context& context) {
  const Value& body = context.body;
  const std::string now = context.Now().Iso();
  const std::string line_item_id = context.ids.Lower("eli_");
  Value line =
      Object("line_item_id", line_item_id, "estimate_id", context.Path("estimate_id"), "type",
             BodyText(body, "type", "part"), "item_id", body["item_id"], "name", body["name"],
             "description", BodyText(body, "description"), "qty", BodyNumber(body, "qty", 1),
             "unit", BodyText(body, "unit", "pcs"), "unit_price", BodyNumber(body, "unit_price"),
             "discount", BodyNumber(body, "discount"), "tax_id", body["tax_id"], "tax_rate",
             BodyNumber(body, "tax_rate"), "hsn_code", BodyText(body, "hsn_code"));
  AppendMembers(line, "line_total", LineTotal(line), "sort_index", 1, "inventory_reserved", false,
                "created_at", now, "updated_at", now);
  return line;
}

Task<Response> AddLine(Context& context) {
  static constexpr FieldRule kRules[] = {
      Defaulted("type", FieldType::kString).OneOf("part|labour|fee"),
      Optional("item_id", FieldType::kString),
      Required("name", FieldType::kString).Length(1),
      Defaulted("description", FieldType::kString),
      Defaulted("qty", FieldType::kNumber).Above(0),
      Defaulted("unit_price", FieldType::kNumber).AtLeast(0),
      Defaulted("discount", FieldType::kNumber).AtLeast(0),
      Optional("tax_id", FieldType::kString),
      Defaulted("tax_rate", FieldType::kNumber).Between(0, 100),
      Defaulted("hsn_code", FieldType::kString),
      Defaulted("unit", FieldType::kString),
      Required("version", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool in_steps = context.Has(Bug::kLineItemVersionRace);
  const std::int64_t version = context.body["version"].Int();
  const Value user = co_await FindCaller(context);
  const Filter filter = EstimateFilter(context);
  const Value before = co_await db.ticket_estimates.FindOne(context.env, filter);
  if (auto refused = RefuseEdit(context, before, version)) co_return *std::move(refused);

  Value line = NewLine(context);
  if (in_steps) {
    const Filter of_estimate = Where("estimate_id", context.Path("estimate_id"));
    const FindOptions last = FindOptions().Descending("sort_index");
    const Value max =
        co_await db.ticket_estimate_line_items.FindOne(context.env, of_estimate, last);
    line.Set("sort_index", max["sort_index"].Int() + 1);
  }
  if (line["type"] == "part" && line["item_id"].Truthy()) {
    const Filter of_item =
        Where("item_id", line["item_id"]).And("organization_id", context.organization());
    (void)co_await db.items_enhanced.FindOne(context.env, of_item);
  }
  Value edited;
  if (!in_steps) {
    edited = co_await EditAtOnce(context, version, [&line](Value& lines) {
      line.Set("sort_index", NextSortIndex(lines));
      lines.Push(line);
    });
    if (edited.IsNull()) co_return co_await AnswerStale(context, version);
  }
  (void)co_await db.ticket_estimate_line_items.InsertOne(context.env, line);
  if (in_steps) co_await RecountInSteps(context, context.Path("estimate_id"));

  const std::string description =
      "Added " + std::string(line["type"].String()) + ": " + std::string(line["name"].String());
  const EstimateChange change{"line_item_added", description};
  co_return co_await AnswerEdited(context, user, change, edited);
}

// The members of the body that a PATCH may change.
Value LineChanges(const Context& context) {
  Value changes = Value::EmptyObject();
  const Value& body = context.body;
  if (body["name"].IsString()) changes.Set("name", body["name"]);
  if (body["description"].IsString()) changes.Set("description", body["description"]);
  if (body["qty"].IsNumber()) changes.Set("qty", body["qty"].Number());
  if (body["unit_price"].IsNumber()) changes.Set("unit_price", body["unit_price"].Number());
  if (body["discount"].IsNumber()) changes.Set("discount", body["discount"].Number());
  if (body["tax_id"].IsString()) changes.Set("tax_id", body["tax_id"]);
  if (body["tax_rate"].IsNumber()) changes.Set("tax_rate", body["tax_rate"].Number());
  changes.Set("updated_at", context.Now().Iso());
  return changes;
}

// The line that an edit is about: from the collection, or from inside the estimate.
Task<Value> LineToEdit(Context& context, const Value& estimate) {
  const std::string_view id = context.Path("line_item_id");
  if (!context.Has(Bug::kLineItemVersionRace)) {
    const Value* line = FindLine(estimate["line_items"], id);
    co_return line == nullptr ? Value() : *line;
  }
  const Filter filter = Where("line_item_id", id).And("estimate_id", context.Path("estimate_id"));
  co_return co_await context.db.ticket_estimate_line_items.FindOne(context.env, filter);
}

Task<Response> ChangeLine(Context& context) {
  static constexpr FieldRule kRules[] = {
      Optional("name", FieldType::kString),     Optional("description", FieldType::kString),
      Optional("qty", FieldType::kNumber),      Optional("unit_price", FieldType::kNumber),
      Optional("discount", FieldType::kNumber), Optional("tax_id", FieldType::kString),
      Optional("tax_rate", FieldType::kNumber), Required("version", FieldType::kInt)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool in_steps = context.Has(Bug::kLineItemVersionRace);
  const std::int64_t version = context.body["version"].Int();
  const Value user = co_await FindCaller(context);
  const Filter filter = EstimateFilter(context);
  const Value before = co_await db.ticket_estimates.FindOne(context.env, filter);
  if (auto refused = RefuseEdit(context, before, version)) co_return *std::move(refused);
  const Value existing = co_await LineToEdit(context, before);
  if (existing.IsNull()) co_return NotFound(LineMissing(context));

  Value changes = LineChanges(context);
  Value line = existing;
  for (const Member& change : changes.Members()) line.Set(change.key, change.value);
  changes.Set("line_total", LineTotal(line));
  line.Set("line_total", changes["line_total"]);
  Value edited;
  if (!in_steps) {
    edited = co_await EditAtOnce(context, version, [&line](Value& lines) {
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines.Items()[i]["line_item_id"] == line["line_item_id"]) lines.MutableItem(i) = line;
      }
    });
    if (edited.IsNull()) co_return co_await AnswerStale(context, version);
  }
  const Filter of_line = Where("line_item_id", context.Path("line_item_id"));
  const Update set = Update().SetAll(changes);
  co_await db.ticket_estimate_line_items.UpdateOne(context.env, of_line, set);
  if (in_steps) co_await RecountInSteps(context, context.Path("estimate_id"));

  const std::string description = "Updated line item: " + std::string(existing["name"].String());
  const EstimateChange change{"line_item_updated", description};
  co_return co_await AnswerEdited(context, user, change, edited);
}

Task<Response> DeleteLine(Context& context) {
  static constexpr FieldRule kQuery[] = {Required("version", FieldType::kInt)};
  if (auto refused = CheckQuery(context, kQuery)) co_return *std::move(refused);
  Store& db = context.db;
  const bool in_steps = context.Has(Bug::kLineItemVersionRace);
  const std::int64_t version = QueryInt(context, "version", 0);
  const Value user = co_await FindCaller(context);
  const Filter filter = EstimateFilter(context);
  const Value before = co_await db.ticket_estimates.FindOne(context.env, filter);
  if (auto refused = RefuseEdit(context, before, version)) co_return *std::move(refused);
  const Value existing = co_await LineToEdit(context, before);
  if (existing.IsNull()) co_return NotFound(LineMissing(context));

  Value edited;
  if (!in_steps) {
    edited = co_await EditAtOnce(context, version, [&existing](Value& lines) {
      Value kept = Value::EmptyArray();
      for (const Value& line : lines.Items()) {
        if (!(line["line_item_id"] == existing["line_item_id"])) kept.Push(line);
      }
      lines = std::move(kept);
    });
    if (edited.IsNull()) co_return co_await AnswerStale(context, version);
  }
  const Filter of_line = Where("line_item_id", context.Path("line_item_id"))
                             .And("estimate_id", context.Path("estimate_id"));
  co_await db.ticket_estimate_line_items.DeleteOne(context.env, of_line);
  if (in_steps) co_await RecountInSteps(context, context.Path("estimate_id"));

  const std::string description = "Removed line item: " + std::string(existing["name"].String());
  const EstimateChange change{"line_item_deleted", description};
  co_return co_await AnswerEdited(context, user, change, edited);
}

}  // namespace

void RegisterEstimateLines(Router& router) {
  router.Add("POST", "/ticket-estimates/{estimate_id}/line-items", Guard::kStaff, AddLine);
  router.Add("PATCH", "/ticket-estimates/{estimate_id}/line-items/{line_item_id}", Guard::kStaff,
             ChangeLine);
  router.Add("DELETE", "/ticket-estimates/{estimate_id}/line-items/{line_item_id}", Guard::kStaff,
             DeleteLine);
}

}  // namespace redrive::workshop
