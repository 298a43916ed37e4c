#include "recorder/workshop/journal.h"

#include <array>
#include <optional>
#include <utility>

#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kPrefixes = {
    {{"SALES", "SLS"},
     {"PURCHASE", "PUR"},
     {"PAYMENT", "PAY"},
     {"RECEIPT", "RCP"},
     {"EXPENSE", "EXP"},
     {"JOURNAL", "GEN"},
     {"PAYROLL", "PAY"},
     {"DEPRECIATION", "DEP"},
     {"OPENING", "OPN"},
     {"ADJUSTMENT", "ADJ"},
     {"CREDIT_NOTE", "CN"}}};

// An unknown type silently becomes JOURNAL, as in the recorded application.
std::pair<std::string_view, std::string_view> TypeAndPrefix(std::string_view entry_type) {
  for (const auto& known : kPrefixes) {
    if (known.first == entry_type) return known;
  }
  return {"JOURNAL", "GEN"};
}

// As f"{x:.2f}".
std::string TwoDecimals(Decimal amount) {
  const std::int64_t cents = amount.RoundedToCents().scaled() / (Decimal::kOne / 100);
  const std::int64_t magnitude = cents < 0 ? -cents : cents;
  std::string text = cents < 0 ? "-" : "";
  text += std::to_string(magnitude / 100);
  return text + "." + Numbered("", magnitude % 100, 2);
}

bool GrowsWithDebit(std::string_view account_type) {
  return account_type == "Asset" || account_type == "Expense";
}

// The remembered accounts are the memory of the application's process, not data. But requests share
// it, so that it is a yield point like data: otherwise steps that are called independent would not
// commute, which the commutation audit of the search notices.
Task<bool> Remembers(Context& context, std::string_view organization_id) {
  const Filter own = Where("organization_id", organization_id);
  const Value known = co_await context.db.journal_account_cache.FindOne(context.env, own);
  co_return !known.IsNull();
}

Task<void> Remember(Context& context, std::string_view organization_id) {
  const Filter own = Where("organization_id", organization_id);
  const Update update = Update().Set("complete", true);
  co_await context.db.journal_account_cache.UpdateOne(context.env, own, update, Upsert::kYes);
}

Filter EntryOfSource(const JournalDraft& draft) {
  return Where("organization_id", draft.organization_id)
      .And("source_document_id", draft.source_document_id)
      .And("source_document_type", draft.source_document_type)
      .And("is_reversed", false);
}

// The number behind "JE-GEN-202601-": count + 1 of this month's entries, or an atomic counter.
Task<std::int64_t> NextReference(Context& context, std::string_view organization_id) {
  const Instant now = context.Now();
  if (context.Has(Bug::kJournalReferenceCountPlusOne)) {
    Filter this_month = Where("organization_id", organization_id);
    this_month.And("entry_date", Op::kGe, MonthStart(now));
    const std::int64_t count =
        co_await context.db.journal_entries.CountDocuments(context.env, this_month);
    co_return count + 1;
  }
  const std::string counter = "journal:" + std::string(organization_id) + ":" + now.YearMonth();
  const Filter by_id = Where("counter_id", counter);
  Update next;
  next.Inc("value", 1);
  const Value after = co_await context.db.counters.FindOneAndUpdate(context.env, by_id, next,
                                                                    Which::kAfter, Upsert::kYes);
  co_return after["value"].Int();
}

struct Totals {
  Decimal debit;
  Decimal credit;
};

Totals TotalsOf(const JournalDraft& draft) {
  Totals totals;
  for (const JournalLine& line : draft.lines) {
    totals.debit += line.debit;
    totals.credit += line.credit;
  }
  return totals;
}

Value EntryDocument(Context& context, const JournalDraft& draft, Value lines, std::int64_t number) {
  const auto [type, prefix] = TypeAndPrefix(draft.entry_type);
  const std::string series = "JE-" + std::string(prefix) + "-" + context.Now().YearMonth() + "-";
  const Totals totals = TotalsOf(draft);
  std::string entry_id = draft.entry_id;
  if (entry_id.empty()) entry_id = context.ids.Lower("je_");
  Value entry =
      Object("entry_id", entry_id, "entry_date", draft.entry_date, "reference_number",
             Numbered(series, number, 5), "description", draft.description, "organization_id",
             draft.organization_id, "created_by", draft.created_by, "entry_type", type);
  entry.Add("source_document_id", draft.source_document_id);
  entry.Add("source_document_type", draft.source_document_type);
  entry.Add("reference_id", draft.source_document_id);
  entry.Add("reference_type", draft.source_document_type);
  entry.Add("is_posted", draft.is_posted).Add("is_reversed", false).Add("reversed_entry_id", "");
  entry.Add("lines", std::move(lines));
  entry.Add("total_debit", totals.debit).Add("total_credit", totals.credit);
  return entry.Add("created_at", context.Now().Iso()).Add("updated_at", "");
}

// The lines with their accounts; empty when one is not found, with its name in `missing`.
Task<Value> ResolveLines(Context& context, const JournalDraft& draft,
                         const std::vector<Value>& system_accounts, std::string& missing) {
  Value lines = Value::EmptyArray(draft.lines.size());
  for (const JournalLine& line : draft.lines) {
    std::string account_id = line.account_id;
    for (const Value& account : system_accounts) {
      if (!account_id.empty()) break;
      if (account["account_code"].String() != line.account_code) continue;
      account_id = account["account_id"].String();
    }
    Filter by_id = Where("organization_id", draft.organization_id);
    by_id.And("account_id", account_id).And("is_active", true);
    const Value account = co_await context.db.chart_of_accounts.FindOne(context.env, by_id);
    if (account.IsNull()) {
      missing = account_id.empty() ? line.account_code : account_id;
      co_return Value();
    }
    const std::string line_id = context.ids.Lower("jel_");
    lines.Push(Object("line_id", line_id, "account_id", account["account_id"], "account_name",
                      account["account_name"], "account_code", account["account_code"],
                      "account_type", account["account_type"], "debit_amount", line.debit,
                      "credit_amount", line.credit, "description", line.description));
  }
  co_return lines;
}

Task<void> WriteAudit(Context& context, const Value& entry) {
  const std::string audit_id = context.ids.Lower("aud_");
  const Value audit =
      Object("log_id", audit_id, "organization_id", entry["organization_id"], "action",
             "journal_entry.created", "resource_type", "journal_entry", "resource_id",
             entry["entry_id"], "user_id", entry["created_by"], "timestamp", context.Now().Iso());
  (void)co_await context.db.audit_log.InsertOne(context.env, audit);
  const std::string log_id = context.ids.Lower("jal_");
  const Value log = Object("log_id", log_id, "organization_id", entry["organization_id"],
                           "entry_id", entry["entry_id"], "action", "CREATE", "user_id",
                           entry["created_by"], "timestamp", context.Now().Iso());
  (void)co_await context.db.journal_audit_log.InsertOne(context.env, log);
}

Task<void> AddToBalances(Context& context, const Value& entry) {
  for (const Value& line : entry["lines"].Items()) {
    Decimal change = line["debit_amount"].Number() - line["credit_amount"].Number();
    if (!GrowsWithDebit(line["account_type"].String())) change = -change;
    Filter by_id = Where("organization_id", entry["organization_id"]);
    by_id.And("account_id", line["account_id"]);
    Update update;
    update.Inc("current_balance", change).Inc("balance", change);
    update.Set("last_balance_update", context.Now().Iso());
    co_await context.db.chart_of_accounts.UpdateOne(context.env, by_id, update);
  }
}

PostResult Refused(PostStatus status, std::string message) {
  PostResult result;
  result.status = status;
  result.message = std::move(message);
  return result;
}

PostResult Found(PostStatus status, Value entry) {
  PostResult result;
  result.status = status;
  result.entry = std::move(entry);
  return result;
}

}  // namespace

Task<PostResult> PostJournalEntry(Context& context, const JournalDraft& draft, ServiceCache cache) {
  std::string locked = co_await PeriodLockMessage(context, draft.organization_id, draft.entry_date);
  if (!locked.empty()) co_return Refused(PostStatus::kPeriodLocked, std::move(locked));
  std::vector<Value> system_accounts;
  const bool remembers = cache == ServiceCache::kRemembered;
  bool known = false;
  if (remembers) known = co_await Remembers(context, draft.organization_id);
  if (!known) system_accounts = co_await EnsureSystemAccounts(context, draft.organization_id);
  if (remembers && !known) co_await Remember(context, draft.organization_id);
  const Totals totals = TotalsOf(draft);
  if (totals.debit != totals.credit) {
    co_return Refused(PostStatus::kNotBalanced,
                      "Entry not balanced: Debit=" + TwoDecimals(totals.debit) +
                          ", Credit=" + TwoDecimals(totals.credit));
  }
  Collection& entries = context.db.journal_entries;
  const bool has_source = draft.source_document_id.Truthy();
  if (has_source) {
    Value existing = co_await entries.FindOne(context.env, EntryOfSource(draft));
    if (!existing.IsNull()) co_return Found(PostStatus::kExisting, std::move(existing));
  }
  std::string missing;
  Value lines = co_await ResolveLines(context, draft, system_accounts, missing);
  if (lines.IsNull()) {
    co_return Refused(PostStatus::kAccountNotFound, "Account not found: " + missing);
  }
  const std::int64_t number = co_await NextReference(context, draft.organization_id);
  Value entry = EntryDocument(context, draft, std::move(lines), number);
  const InsertResult inserted = co_await entries.InsertOne(context.env, entry);
  if (inserted == InsertResult::kDuplicateKey) {
    if (!context.Has(Bug::kJournalDuplicateSource)) {
      Value winner = co_await entries.FindOne(context.env, EntryOfSource(draft));
      if (!winner.IsNull()) co_return Found(PostStatus::kExisting, std::move(winner));
    }
    co_return Refused(PostStatus::kDuplicateKey, "E11000 duplicate key error");
  }
  co_await WriteAudit(context, entry);
  if (draft.is_posted) co_await AddToBalances(context, entry);
  co_return Found(PostStatus::kPosted, std::move(entry));
}

Task<std::string> PeriodLockMessage(Context& context, std::string_view organization_id,
                                    std::string_view date) {
  const std::optional<Date> day = ParseDate(date);
  const std::int64_t year = day ? day->year : 0;
  const int month = day ? day->month : 0;
  Filter filter = Where("organization_id", organization_id);
  filter.And("period_year", year).And("period_month", month);
  const Value lock = co_await context.db.period_locks.FindOne(context.env, filter);
  if (lock.IsNull()) co_return std::string();
  co_return "Financial period " + std::string(MonthName(month)) + " " + std::to_string(year) +
      " is locked. Unlock the period before posting to it.";
}

Task<PostResult> PostSalesEntry(Context& context, const SalesPosting& posting) {
  const std::vector<Value> ensured =
      co_await EnsureSystemAccounts(context, posting.organization_id);
  JournalDraft draft;
  draft.organization_id = posting.organization_id;
  draft.created_by = posting.created_by;
  draft.entry_date = posting.date;
  draft.entry_type = "SALES";
  draft.description = "Sales Invoice " + posting.document_number + " - " + posting.customer_name;
  draft.source_document_id = posting.document_id;
  draft.source_document_type = posting.document_type;
  struct Side {
    std::string_view code;
    Decimal debit;
    Decimal credit;
    std::string_view text;
  };
  const std::array<Side, 5> sides = {{{"1100", posting.grand_total, 0, "Receivable"},
                                      {"4100", 0, posting.taxable, "Sales"},
                                      {"2200", 0, posting.cgst, "CGST"},
                                      {"2210", 0, posting.sgst, "SGST"},
                                      {"2220", 0, posting.igst, "IGST"}}};
  for (const Side& side : sides) {
    const Value account = co_await FindAccountByCode(context, posting.organization_id, side.code);
    if (side.debit == Decimal(0) && side.credit == Decimal(0)) continue;
    JournalLine line;
    line.account_id = account["account_id"].String();
    line.debit = side.debit;
    line.credit = side.credit;
    line.description = std::string(side.text) + " " + posting.document_number;
    draft.lines.push_back(std::move(line));
  }
  co_return co_await PostJournalEntry(context, draft);
}

Task<PostResult> PostReceiptEntry(Context& context, const ReceiptPosting& posting) {
  JournalDraft draft;
  draft.organization_id = posting.organization_id;
  draft.created_by = posting.created_by;
  draft.entry_date = posting.date;
  draft.entry_type = "RECEIPT";
  draft.description = "Payment received " + posting.document_number + " - " + posting.customer_name;
  draft.source_document_id = posting.document_id;
  draft.source_document_type = posting.document_type;
  JournalLine money;
  money.account_code = posting.payment_mode == "cash" ? "1210" : "1200";
  money.debit = posting.amount;
  money.description = draft.description;
  JournalLine receivable;
  receivable.account_code = "1100";
  receivable.credit = posting.amount;
  receivable.description = draft.description;
  draft.lines.push_back(std::move(money));
  draft.lines.push_back(std::move(receivable));
  co_return co_await PostJournalEntry(context, draft);
}

}  // namespace redrive::workshop
