// Credit notes: the control of the numbered series (an atomic counter and a unique index: numbers
// never repeat), with a race on the amount. Contract C.10.
#include <optional>
#include <string>
#include <vector>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/journal.h"
#include "recorder/workshop/money.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

constexpr std::size_t kLinesMax = 1'000;

Value CreditLine(const Value& item, bool igst) {
  const Decimal quantity = BodyNumber(item, "quantity", 1);
  const Decimal price = BodyNumber(item, "rate");
  const Decimal tax_rate = BodyNumber(item, "tax_rate", 18);
  const Decimal amount = (quantity * price).RoundedToCents();
  const Decimal tax = Percent(amount, tax_rate).RoundedToCents();
  const Decimal cgst = (tax / Decimal(2)).RoundedToCents();
  return Object("name", item["name"], "description", BodyText(item, "description"), "hsn_sac",
                BodyText(item, "hsn_sac"), "quantity", quantity, "rate", price, "tax_rate",
                tax_rate, "amount", amount, "tax_amount", tax, "total", amount + tax, "cgst_amount",
                igst ? Value(0) : Value(cgst), "sgst_amount", igst ? Value(0) : Value(tax - cgst),
                "igst_amount", igst ? Value(tax) : Value(0));
}

Decimal SumOf(const Value& lines, std::string_view field) {
  Decimal sum;
  for (const Value& line : lines.Items()) sum += line[field].Number();
  return sum;
}

// Everything but id and number.
Value NewCreditNote(const Context& context, const Value& invoice) {
  const Value& body = context.body;
  const bool igst = invoice["igst_total"].Number() > Decimal();
  Value lines = Value::EmptyArray();
  for (const Value& item : body["line_items"].Items()) lines.Push(CreditLine(item, igst));
  const Decimal subtotal = SumOf(lines, "amount");
  const Decimal tax = SumOf(lines, "tax_amount");
  const bool paid = invoice["status"] == "paid" || invoice["balance_due"].Number() <= Decimal();
  const std::string now = context.Now().Iso();
  Value note =
      Object("credit_note_id", nullptr, "credit_note_number", nullptr, "organization_id",
             context.organization(), "original_invoice_id", invoice["invoice_id"],
             "original_invoice_number", invoice["invoice_number"], "customer_name",
             invoice["customer_name"], "customer_id", invoice["customer_id"], "customer_gstin",
             invoice["customer_gstin"], "reason", body["reason"], "notes", BodyText(body, "notes"));
  AppendMembers(note, "subtotal", subtotal, "cgst_amount", SumOf(lines, "cgst_amount"),
                "sgst_amount", SumOf(lines, "sgst_amount"), "igst_amount",
                SumOf(lines, "igst_amount"), "gst_amount", tax, "gst_treatment",
                igst ? "igst" : "cgst_sgst", "total", subtotal + tax, "line_items",
                std::move(lines), "status", "issued", "invoice_was_paid", paid, "place_of_supply",
                invoice["place_of_supply"], "created_at", now, "updated_at", now, "created_by",
                context.identity.user_id);
  return note;
}

std::optional<Response> RefuseTotal(const Value& invoice, Decimal total, Decimal credited) {
  const Decimal whole = invoice["grand_total"].Number();
  if (total > whole) {
    return BadRequest("Credit note total (" + ToText(total) + ") exceeds original invoice total (" +
                      ToText(whole) + ")");
  }
  const Decimal remaining = (whole - credited).RoundedToCents();
  if (total > remaining) {
    return BadRequest("Credit note total (" + ToText(total) +
                      ") exceeds remaining creditable amount (" + ToText(remaining) +
                      "). Already credited: " + ToText(credited));
  }
  return std::nullopt;
}

// What the invoice remembers of its credit notes.
Task<void> NoteOnInvoice(Context& context, const Filter& of_invoice, const Value& note,
                         bool counted) {
  const Value entry =
      Object("credit_note_id", note["credit_note_id"], "credit_note_number",
             note["credit_note_number"], "amount", note["total"], "date", note["created_at"]);
  Update update = Update().Push("credit_notes", entry);
  if (!counted) update.Inc("total_credits_applied", note["total"]);
  co_await context.db.invoices.UpdateOne(context.env, of_invoice, update);
}

// The correct variant: the amount is taken from what may still be credited in one conditional
// update. False when too little is left.
Task<bool> TakeCredit(Context& context, const Filter& of_invoice, Decimal total) {
  Filter creditable = of_invoice;
  creditable.If([total](const Value& invoice) {
    return invoice["total_credits_applied"].Number() + total <= invoice["grand_total"].Number();
  });
  const Update take = Update().Inc("total_credits_applied", total);
  const Value after = co_await context.db.invoices.FindOneAndUpdate(context.env, creditable, take);
  co_return !after.IsNull();
}

Task<std::string> NextCreditNumber(Context& context) {
  const std::string id = "credit_note_" + std::string(context.organization());
  const Filter filter = Where("sequence_id", id).And("organization_id", context.organization());
  const Update next = Update().Inc("seq", 1);
  const Value after = co_await context.db.sequences.FindOneAndUpdate(context.env, filter, next,
                                                                     Which::kAfter, Upsert::kYes);
  co_return Numbered("CN-", after["seq"].Int(), 5);
}

JournalLine Line(const char* code, Decimal debit, Decimal credit, std::string description) {
  JournalLine line;
  line.account_code = code;
  line.debit = debit;
  line.credit = credit;
  line.description = std::move(description);
  return line;
}

// {posted, message, entry_id}
Task<Value> PostCreditNote(Context& context, const Value& note) {
  const std::string number(note["credit_note_number"].String());
  const std::string invoice_number(note["original_invoice_number"].String());
  JournalDraft draft;
  draft.organization_id = context.organization();
  draft.created_by = context.identity.user_id;
  draft.entry_date = context.Now().DateText();
  draft.description = "Credit Note " + number + " against " + invoice_number;
  draft.entry_type = "SALES";
  draft.source_document_id = note["credit_note_id"];
  draft.source_document_type = "credit_note";
  const std::string prefix = "CN " + number + " - ";
  draft.lines.push_back(Line("4100", note["subtotal"].Number(), Decimal(),
                             prefix + "Revenue reversal for " + invoice_number));
  struct Tax {
    const char* field;
    const char* code;
    const char* name;
  };
  static constexpr Tax kTaxes[] = {{"cgst_amount", "2210", "CGST"},
                                   {"sgst_amount", "2220", "SGST"},
                                   {"igst_amount", "2230", "IGST"}};
  for (const Tax& tax : kTaxes) {
    const Decimal amount = note[std::string_view(tax.field)].Number();
    if (amount <= Decimal()) continue;
    draft.lines.push_back(Line(tax.code, amount, Decimal(), prefix + tax.name + " reversal"));
  }
  const bool paid = note["invoice_was_paid"].Bool();
  draft.lines.push_back(Line(paid ? "2410" : "1100", Decimal(), note["total"].Number(),
                             prefix + (paid ? "Refund payable" : "AR reversal")));
  const PostResult result = co_await PostJournalEntry(context, draft);
  const bool posted =
      result.status == PostStatus::kPosted || result.status == PostStatus::kExisting;
  if (!posted) co_return Object("posted", false, "message", result.message);
  co_return Object("posted", true, "message", "Journal entry created successfully", "entry_id",
                   result.entry["entry_id"]);
}

Task<void> WriteAudit(Context& context, const Value& note) {
  const std::string log_id = context.ids.Lower("aud_");
  const Value entry =
      Object("log_id", log_id, "organization_id", context.organization(), "action", "CREATE",
             "entity_type", "credit_note", "entity_id", note["credit_note_id"], "user_id",
             context.identity.user_id, "timestamp", context.Now().Iso());
  (void)co_await context.db.audit_log.InsertOne(context.env, entry);
}

Task<Response> CreateCreditNote(Context& context) {
  static constexpr FieldRule kLine[] = {
      Required("name", FieldType::kString), Defaulted("quantity", FieldType::kNumber),
      Defaulted("rate", FieldType::kNumber), Defaulted("tax_rate", FieldType::kNumber)};
  static constexpr FieldRule kRules[] = {
      Required("original_invoice_id", FieldType::kString), Required("reason", FieldType::kString),
      Required("line_items", FieldType::kObjectList).Length(0, kLinesMax).Of(kLine)};
  if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
  Store& db = context.db;
  const bool racy = context.Has(Bug::kPaymentOverAllocation);
  const std::string today = context.Now().DateText();
  const std::string locked = co_await PeriodLockMessage(context, context.organization(), today);
  if (!locked.empty()) co_return Detail(423, locked);
  const Filter of_invoice = Where("invoice_id", context.body["original_invoice_id"])
                                .And("organization_id", context.organization());
  const Value invoice = co_await db.invoices.FindOne(context.env, of_invoice);
  if (invoice.IsNull()) co_return NotFound("Invoice not found");
  if (invoice["status"] == "draft") {
    co_return BadRequest("Cannot raise a credit note against a DRAFT invoice");
  }
  Value note = NewCreditNote(context, invoice);
  const Decimal total = note["total"].Number();
  const Filter earlier = Where("original_invoice_id", invoice["invoice_id"])
                             .And("organization_id", context.organization())
                             .And("status", Op::kNe, "cancelled");
  const std::vector<Value> notes = co_await db.credit_notes.Find(context.env, earlier);
  const Decimal credited = SumOf(Value::ArrayOf(notes), "total");
  if (auto refused = RefuseTotal(invoice, total, credited)) co_return *std::move(refused);
  if (!racy) {
    const bool taken = co_await TakeCredit(context, of_invoice, total);
    if (!taken) {
      const Value now = co_await db.invoices.FindOne(context.env, of_invoice);
      auto refused = RefuseTotal(now, total, now["total_credits_applied"].Number());
      REDRIVE_CHECK(refused.has_value());  // What is credited only grows.
      co_return *std::move(refused);
    }
  }
  const std::string number = co_await NextCreditNumber(context);
  const std::string id = context.ids.Lower("cn_");
  note.Set("credit_note_id", id);
  note.Set("credit_note_number", number);
  const InsertResult inserted = co_await db.credit_notes.InsertOne(context.env, note);
  if (inserted == InsertResult::kDuplicateKey) co_return CrashedInTenantGuard();
  const Value journal = co_await PostCreditNote(context, note);
  co_await NoteOnInvoice(context, of_invoice, note, !racy);
  co_await WriteAudit(context, note);
  co_return Ok(Object("status", "success", "credit_note", note, "journal_entry", journal));
}

Task<Response> ListCreditNotes(Context& context) {
  Filter filter = Where("organization_id", context.organization());
  if (!context.Query("status").empty()) filter.And("status", context.Query("status"));
  if (!context.Query("invoice_id").empty()) {
    filter.And("original_invoice_id", context.Query("invoice_id"));
  }
  const FindOptions newest = FindOptions().Descending("created_at").Limit(500);
  const std::vector<Value> notes =
      co_await context.db.credit_notes.Find(context.env, filter, newest);
  co_return Ok(Object("credit_notes", Value::ArrayOf(notes), "total", notes.size()));
}

Task<Response> GetCreditNote(Context& context) {
  const Filter filter = Where("credit_note_id", context.Path("credit_note_id"))
                            .And("organization_id", context.organization());
  const Value note = co_await context.db.credit_notes.FindOne(context.env, filter);
  if (note.IsNull()) co_return NotFound("Credit note not found");
  co_return Ok(note);
}

}  // namespace

void RegisterCreditNotes(Router& router) {
  router.AddBoth("POST", "/credit-notes", Guard::kStaff, CreateCreditNote);
  router.AddBoth("GET", "/credit-notes", Guard::kStaff, ListCreditNotes);
  router.Add("GET", "/credit-notes/{credit_note_id}", Guard::kStaff, GetCreditNote);
}

}  // namespace redrive::workshop
