// Small services of the money flows: amounts, numbered series, tax codes.
#ifndef REDRIVE_RECORDER_WORKSHOP_MONEY_H_
#define REDRIVE_RECORDER_WORKSHOP_MONEY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "recorder/workshop/context.h"

namespace redrive::workshop {

inline Decimal Percent(Decimal amount, Decimal rate) { return amount * rate / Decimal(100); }

// Python's max(0, x): the integer 0 unless x is greater.
Value AtLeastZero(Decimal amount);
// As f"{x:,.2f}": "1,234.50".
std::string Grouped(Decimal amount);

// A number member of a body: Python's float, so an int becomes "2.0"; `otherwise` when absent.
Decimal BodyNumber(const Value& body, std::string_view name, Decimal otherwise = Decimal());
// A text member of a body, or `otherwise` when absent or null.
Value BodyText(const Value& body, std::string_view name, std::string_view otherwise = {});

// How many documents the pages before `page` (from 1) hold.
std::size_t PageStart(std::int64_t page, std::int64_t per_page);

// A numbered series whose next number is kept in a settings document {type, prefix, next_number}.
struct NumberSeries {
  Collection Store::* settings;
  std::string_view type;                                     // static
  std::string_view prefix;                                   // static
  bool per_organization;                                     // otherwise one series for all
  enum class Advance : std::uint8_t { kInc, kSet } advance;  // how the second operation writes
  Bug bug;
};
extern const NumberSeries kEstimateNumbers;
extern const NumberSeries kTicketInvoiceNumbers;
extern const NumberSeries kInvoiceNumbers;
extern const NumberSeries kPaymentNumbers;

// "TKT-EST-00001". With the series' bug: find_one, [insert_one of the default], update_one;
// without: one find_one_and_update.
Task<std::string> NextNumber(Context& context, const NumberSeries& series);
// The settings document, as stored or as it will be made.
Task<Value> NumberSettings(Context& context, const NumberSeries& series);

// A goods code (HSN: 4, 6 or 8 digits) or a service code (SAC: 99 and 4 digits).
bool IsTaxCode(std::string_view code);
// The 422 answer that lists the items whose `code_field` is no tax code; nothing when all are
// right.
std::optional<Response> CheckTaxCodes(std::span<const Value> items, Key code_field);

// A document's history entry: `collection`.insert_one.
struct HistoryEntry {
  std::string_view id_prefix;  // "HIST-"
  Key owner_field;             // "invoice_id"
  std::string_view owner = {};
  std::string_view action = {};
  std::string details = {};
};
Task<void> AddHistory(Context& context, Collection& collection, const HistoryEntry& entry);

// Recounts what the contact's documents say, and sets the result: recount, contacts.update_one. The
// correct variant reads the contact first, and counts again when somebody else has set meanwhile.
using Recount = Task<Update> (*)(Context& context, std::string_view contact_id);
Task<void> SetRecounted(Context& context, std::string_view contact_id, Recount recount);

// The same of what the customer owes: invoices.aggregate.
Task<void> UpdateContactBalance(Context& context, std::string_view customer_id);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_MONEY_H_
