// Journal entries: create, list, read, reverse (contract C.4).
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/flows_journal_parts.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/paging.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kAlreadyReversed = "Entry not found or already reversed";

// 422 unless the member is a real date, as the request model's pattern demands.
std::optional<Response> CheckDate(const Context& context, std::string_view name) {
  const Value& date = context.body[name];
  if (ParseDate(date.String())) return std::nullopt;
  constexpr std::string_view kPattern = "^\\d{4}-\\d{2}-\\d{2}$";
  const Value error = Object("type", "string_pattern_mismatch", "loc", Array("body", name), "msg",
                             "String should match pattern '" + std::string(kPattern) + "'", "input",
                             date, "ctx", Object("pattern", kPattern));
  return Json(422, Object("detail", Array(error)));
}

// The answer to a refused posting.
Response RefusalOf(const PostResult& result) {
  if (result.status == PostStatus::kPeriodLocked) return Detail(423, result.message);
  if (result.status == PostStatus::kDuplicateKey) return CrashedInTenantGuard();
  return BadRequest(result.message);
}

bool IsRefused(const PostResult& result) {
  return result.status != PostStatus::kPosted && result.status != PostStatus::kExisting;
}

JournalDraft DraftOfBody(const Context& context) {
  const Value& body = context.body;
  JournalDraft draft;
  draft.organization_id = context.organization();
  draft.entry_date = body["entry_date"].String();
  draft.description = body["description"].String();
  draft.entry_type = body["entry_type"].String("JOURNAL");
  draft.source_document_id = body["source_document_id"];
  draft.source_document_type = body["source_document_type"];
  draft.is_posted = body["is_posted"].IsNull() || body["is_posted"].Bool();
  for (const Value& given : body["lines"].Items()) {
    JournalLine line;
    line.account_id = given["account_id"].String();
    line.debit = given["debit_amount"].Number();
    line.credit = given["credit_amount"].Number();
    line.description = given["description"].String();
    draft.lines.push_back(std::move(line));
  }
  return draft;
}

Task<Response> CreateEntry(Context& context) {
  static constexpr FieldRule kLine[] = {
      Required("account_id", FieldType::kString), Defaulted("debit_amount", FieldType::kNumber),
      Defaulted("credit_amount", FieldType::kNumber), Defaulted("description", FieldType::kString)};
  static constexpr FieldRule kRules[] = {
      Required("entry_date", FieldType::kString),
      Required("description", FieldType::kString).Length(1),
      Required("lines", FieldType::kObjectList).Length(2).Of(kLine),
      Defaulted("entry_type", FieldType::kString),
      Optional("source_document_id", FieldType::kString),
      Optional("source_document_type", FieldType::kString),
      Defaulted("is_posted", FieldType::kBool)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  if (auto refused = CheckDate(context, "entry_date")) co_return *std::move(refused);
  const JournalDraft draft = DraftOfBody(context);
  const std::string locked =
      co_await PeriodLockMessage(context, draft.organization_id, draft.entry_date);
  if (!locked.empty()) co_return Detail(423, locked);
  const PostResult result = co_await PostJournalEntry(context, draft, ServiceCache::kRemembered);
  if (IsRefused(result)) co_return RefusalOf(result);
  const std::string_view message = result.status == PostStatus::kPosted
                                       ? "Journal entry created successfully"
                                       : "Journal entry already exists (idempotent)";
  co_return Ok(Object("code", 0, "message", message, "entry", result.entry));
}

// The same lines with debit and credit swapped.
JournalDraft ReversalOf(const Value& original, const Context& context) {
  JournalDraft draft;
  draft.organization_id = context.organization();
  draft.entry_date = context.body["reversal_date"].String();
  draft.description = "Reversal of " + std::string(original["reference_number"].String());
  const std::string_view reason = context.body["reason"].String();
  if (!reason.empty()) draft.description += ": " + std::string(reason);
  draft.entry_type = original["entry_type"].String("JOURNAL");
  for (const Value& given : original["lines"].Items()) {
    JournalLine line;
    line.account_id = given["account_id"].String();
    line.debit = given["credit_amount"].Number();
    line.credit = given["debit_amount"].Number();
    line.description = "Reversal: " + std::string(given["description"].String());
    draft.lines.push_back(std::move(line));
  }
  return draft;
}

Filter Reversible(const Context& context) {
  return Where("entry_id", context.Path("entry_id"))
      .And("organization_id", context.organization())
      .And("is_posted", true)
      .And("is_reversed", false);
}

Task<Response> FinishReversal(Context& context, const Value& reversal) {
  const std::string log_id = context.ids.Lower("jal_");
  const Value log = Object("log_id", log_id, "organization_id", context.organization(), "entry_id",
                           context.Path("entry_id"), "action", "REVERSE", "reversal_entry_id",
                           reversal["entry_id"], "user_id", "", "timestamp", context.Now().Iso());
  (void)co_await context.db.journal_audit_log.InsertOne(context.env, log);
  co_return Ok(Object("code", 0, "message", "Journal entry reversed successfully", "reversal_entry",
                      reversal));
}

// As today: the entry is checked first and marked last, and the reversal carries the original's
// source, so that a sourced entry is "reversed" by itself.
Task<Response> ReverseUnguarded(Context& context) {
  const Value original =
      co_await context.db.journal_entries.FindOne(context.env, Reversible(context));
  if (original.IsNull()) co_return BadRequest(kAlreadyReversed);
  JournalDraft draft = ReversalOf(original, context);
  draft.source_document_id = original["source_document_id"];
  draft.source_document_type = original["source_document_type"];
  const PostResult result = co_await PostJournalEntry(context, draft, ServiceCache::kRemembered);
  if (IsRefused(result)) co_return RefusalOf(result);
  Update mark;
  mark.Set("is_reversed", true).Set("reversed_entry_id", result.entry["entry_id"]);
  mark.Set("updated_at", context.Now().Iso());
  const Filter by_id = Where("entry_id", context.Path("entry_id"));
  co_await context.db.journal_entries.UpdateOne(context.env, by_id, mark);
  co_return co_await FinishReversal(context, result.entry);
}

// One atomic claim decides who reverses; the claim is given back when nothing could be posted.
Task<Response> ReverseClaimed(Context& context) {
  const std::string reversal_id = context.ids.Lower("je_");
  Update claim;
  claim.Set("is_reversed", true).Set("reversed_entry_id", reversal_id);
  claim.Set("updated_at", context.Now().Iso());
  const Value original = co_await context.db.journal_entries.FindOneAndUpdate(
      context.env, Reversible(context), claim, Which::kBefore);
  if (original.IsNull()) co_return BadRequest(kAlreadyReversed);
  JournalDraft draft = ReversalOf(original, context);
  draft.entry_id = reversal_id;
  draft.source_document_id = original["entry_id"];
  draft.source_document_type = "journal_reversal";
  const PostResult result = co_await PostJournalEntry(context, draft, ServiceCache::kRemembered);
  if (result.status != PostStatus::kPosted) {
    Update release;
    release.Set("is_reversed", false).Set("reversed_entry_id", "");
    const Filter mine =
        Where("entry_id", context.Path("entry_id")).And("reversed_entry_id", reversal_id);
    co_await context.db.journal_entries.UpdateOne(context.env, mine, release);
    co_return IsRefused(result) ? RefusalOf(result) : BadRequest(kAlreadyReversed);
  }
  co_return co_await FinishReversal(context, result.entry);
}

Task<Response> ReverseEntry(Context& context) {
  static constexpr FieldRule kRules[] = {Required("reversal_date", FieldType::kString),
                                         Defaulted("reason", FieldType::kString)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  if (auto refused = CheckDate(context, "reversal_date")) co_return *std::move(refused);
  const std::string locked = co_await PeriodLockMessage(context, context.organization(),
                                                        context.body["reversal_date"].String());
  if (!locked.empty()) co_return Detail(423, locked);
  if (context.Has(Bug::kDoubleReverse)) co_return co_await ReverseUnguarded(context);
  co_return co_await ReverseClaimed(context);
}

bool HasLineOf(const Value& entry, std::string_view account_id) {
  for (const Value& line : entry["lines"].Items()) {
    if (line["account_id"] == account_id) return true;
  }
  return false;
}

Filter ListFilter(const Context& context) {
  Filter filter = Where("organization_id", context.organization());
  const std::string_view start = context.Query("start_date");
  const std::string_view end = context.Query("end_date");
  const std::string_view type = context.Query("entry_type");
  const std::string_view posted = context.Query("is_posted");
  const std::string account_id(context.Query("account_id"));
  if (!start.empty()) filter.And("entry_date", Op::kGe, start);
  if (!end.empty()) filter.And("entry_date", Op::kLe, end);
  if (!type.empty()) filter.And("entry_type", type);
  if (!posted.empty()) filter.And("is_posted", posted == "true" || posted == "1");
  if (!account_id.empty()) {
    filter.If([account_id](const Value& entry) { return HasLineOf(entry, account_id); });
  }
  return filter;
}

Task<Response> ListEntries(Context& context) {
  Paging paging;
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  const Filter filter = ListFilter(context);
  const std::int64_t total =
      co_await context.db.journal_entries.CountDocuments(context.env, filter);
  FindOptions options;
  options.Descending("entry_date").Descending("entry_id");
  paging.ApplyTo(options);
  const std::vector<Value> entries =
      co_await context.db.journal_entries.Find(context.env, filter, options);
  Value body = PageBody(entries, paging, total);
  body.Mutable("pagination").Set("next_cursor", nullptr);
  co_return Ok(body);
}

Task<Response> AccountingEntries(Context& context) {
  FindOptions options;
  options.Descending("entry_date").Descending("entry_id").Limit(100);
  const Filter filter = Where("organization_id", context.organization());
  const std::vector<Value> entries =
      co_await context.db.journal_entries.Find(context.env, filter, options);
  co_return Ok(Object("code", 0, "journal_entries", Value::ArrayOf(entries)));
}

Task<Response> GetEntry(Context& context) {
  const Filter filter =
      Where("entry_id", context.Path("entry_id")).And("organization_id", context.organization());
  const Value entry = co_await context.db.journal_entries.FindOne(context.env, filter);
  if (entry.IsNull()) co_return NotFound("Journal entry not found");
  co_return Ok(Object("code", 0, "entry", entry));
}

}  // namespace

void RegisterJournal(Router& router) {
  constexpr Gate kGate = Gate::kProfessionalFeature;
  router.Add("POST", "/journal-entries", Guard::kStaff, CreateEntry, kGate);
  router.Add("GET", "/journal-entries", Guard::kStaff, ListEntries, kGate);
  router.Add("GET", "/journal-entries/{entry_id}", Guard::kStaff, GetEntry, kGate);
  router.Add("POST", "/journal-entries/{entry_id}/reverse", Guard::kStaff, ReverseEntry, kGate);
  router.Add("GET", "/accounting/journal-entries", Guard::kStaff, AccountingEntries);
  RegisterJournalAccounts(router);
  RegisterTrialBalance(router);
  RegisterPeriodLocks(router);
  RegisterAuditLogs(router);
}

}  // namespace redrive::workshop
