#include "recorder/workshop/money.h"

#include <algorithm>
#include <array>
#include <span>

#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

constexpr int kNumberDigits = 5;

Filter SettingsFilter(const Context& context, const NumberSeries& series) {
  Filter filter;
  if (series.per_organization) filter.And("organization_id", context.organization());
  filter.And("type", series.type);
  return filter;
}

Value DefaultSettings(const Context& context, const NumberSeries& series) {
  Value settings = Value::EmptyObject();
  if (series.per_organization) settings.Add("organization_id", context.organization());
  settings.Add("type", series.type);
  settings.Add("prefix", series.prefix);
  settings.Add("next_number", 1);
  settings.Add("padding", kNumberDigits);
  return settings;
}

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const NumberSeries kEstimateNumbers{
    &Store::ticket_estimate_settings, "numbering", "TKT-EST-", true, NumberSeries::Advance::kInc,
    Bug::kEstimateNumberReadThenInc};
const NumberSeries kTicketInvoiceNumbers{&Store::ticket_estimate_settings,
                                         "invoice_numbering",
                                         "TKT-INV-",
                                         true,
                                         NumberSeries::Advance::kInc,
                                         Bug::kTicketInvoiceNumberReadThenInc};
const NumberSeries kInvoiceNumbers{
    &Store::invoice_settings,      "numbering", "INV-", false, NumberSeries::Advance::kInc,
    Bug::kInvoiceNumberReadThenInc};
const NumberSeries kPaymentNumbers{
    &Store::payment_settings,      "numbering", "PMT-", false, NumberSeries::Advance::kSet,
    Bug::kPaymentNumberReadThenSet};

Task<std::string> NextNumber(Context& context, const NumberSeries& series) {
  Collection& collection = context.db.*series.settings;
  const Filter filter = SettingsFilter(context, series);
  const Value fresh = DefaultSettings(context, series);

  if (!context.Has(series.bug)) {
    const Update take = Update().Apply([&fresh](Value& settings) {
      if (!settings.Has("next_number")) settings = fresh;
      settings.Set("next_number", settings["next_number"].Int() + 1);
    });
    const Value after = co_await collection.FindOneAndUpdate(context.env, filter, take,
                                                             Which::kAfter, Upsert::kYes);
    co_return Numbered(series.prefix, after["next_number"].Int() - 1, kNumberDigits);
  }

  Value settings = co_await collection.FindOne(context.env, filter);
  if (settings.IsNull()) {
    settings = fresh;
    (void)co_await collection.InsertOne(context.env, fresh);
  }
  const std::int64_t number = settings["next_number"].Int(1);
  Update advance;
  if (series.advance == NumberSeries::Advance::kInc) {
    advance.Inc("next_number", 1);
  } else {
    advance.Set("next_number", number + 1);
  }
  co_await collection.UpdateOne(context.env, filter, advance);
  co_return Numbered(series.prefix, number, kNumberDigits);
}

Task<Value> NumberSettings(Context& context, const NumberSeries& series) {
  const Filter filter = SettingsFilter(context, series);
  Value settings = co_await (context.db.*series.settings).FindOne(context.env, filter);
  if (settings.IsNull()) settings = DefaultSettings(context, series);
  co_return settings;
}

Value AtLeastZero(Decimal amount) { return amount > Decimal() ? Value(amount) : Value(0); }

std::string Grouped(Decimal amount) {
  const std::int64_t scaled = amount.RoundedToCents().scaled();
  const std::uint64_t size =
      scaled < 0 ? ~static_cast<std::uint64_t>(scaled) + 1 : static_cast<std::uint64_t>(scaled);
  const std::uint64_t cents = size / (Decimal::kOne / 100);
  std::string whole = std::to_string(cents / 100);
  for (std::size_t at = whole.size(); at > 3; at -= 3) whole.insert(at - 3, 1, ',');
  std::string text = scaled < 0 ? "-" : "";
  text += whole;
  text += '.';
  text += static_cast<char>('0' + cents / 10 % 10);
  text += static_cast<char>('0' + cents % 10);
  return text;
}

Decimal BodyNumber(const Value& body, std::string_view name, Decimal otherwise) {
  return body[name].Number(otherwise);
}

Value BodyText(const Value& body, std::string_view name, std::string_view otherwise) {
  const Value& member = body[name];
  return member.IsString() ? member : Value(otherwise);
}

std::size_t PageStart(std::int64_t page, std::int64_t per_page) {
  constexpr std::int64_t kPagesMax = 1'000'000'000;
  return static_cast<std::size_t>(std::clamp<std::int64_t>(page - 1, 0, kPagesMax) * per_page);
}

bool IsTaxCode(std::string_view code) {
  const bool goods = code.size() == 4 || code.size() == 6 || code.size() == 8;
  return goods && AllDigits(code);  // A service code is six digits too.
}

std::optional<Response> CheckTaxCodes(std::span<const Value> items, Key code_field) {
  Value errors = Value::EmptyArray();
  std::int64_t line = 0;
  for (const Value& item : items) {
    ++line;
    const Value& code = item[code_field.text()];
    if (IsTaxCode(code.String())) continue;
    const bool missing = code.String().empty();
    const std::string label = "Line " + std::to_string(line) + ": ";
    errors.Push(Object("line", line, "name", item["name"], "code", code.String(), "error",
                       label + (missing ? "HSN/SAC code is required"
                                        : "HSN must be 4, 6 or 8 digits, SAC 6 digits from 99")));
  }
  if (errors.empty()) return std::nullopt;
  return Detail(422, Object("message", "HSN/SAC validation failed", "errors", std::move(errors)));
}

Task<void> AddHistory(Context& context, Collection& collection, const HistoryEntry& entry) {
  const std::string history_id = context.ids.Upper(entry.id_prefix);
  const Value document =
      Object("history_id", history_id, entry.owner_field, entry.owner, "action", entry.action,
             "details", entry.details, "user_id", "", "timestamp", context.Now().Iso());
  (void)co_await collection.InsertOne(context.env, document);
}

Task<void> SetRecounted(Context& context, std::string_view contact_id, Recount recount) {
  constexpr int kAttemptsMax = 100;
  constexpr Key kVersion("balance_version");
  Collection& contacts = context.db.contacts;
  const Filter contact = Where("contact_id", contact_id);
  if (context.Has(Bug::kContactBalanceRecount)) {
    const Update update = co_await recount(context, contact_id);
    co_await contacts.UpdateOne(context.env, contact, update);
    co_return;
  }
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Value before = co_await contacts.FindOne(context.env, contact);
    if (before.IsNull()) co_return;
    const std::int64_t version = before[kVersion.text()].Int();
    Update update = co_await recount(context, contact_id);
    update.Set(kVersion, version + 1);
    Filter unchanged = Where("contact_id", contact_id);
    unchanged.If([version](const Value& now) { return now["balance_version"].Int() == version; });
    const UpdateResult result = co_await contacts.UpdateOne(context.env, unchanged, update);
    if (result.matched > 0) co_return;
  }
}

namespace {

Task<Update> RecountOwed(Context& context, std::string_view customer_id) {
  const Filter owed =
      Where("customer_id", customer_id).And("status", Op::kNotIn, Array("draft", "void"));
  const Decimal outstanding = co_await context.db.invoices.Sum(context.env, owed, "balance_due");
  co_return Update()
      .Set("outstanding_receivable", outstanding)
      .Set("updated_time", context.Now().Iso());
}

}  // namespace

Task<void> UpdateContactBalance(Context& context, std::string_view customer_id) {
  co_await SetRecounted(context, customer_id, RecountOwed);
}

}  // namespace redrive::workshop
