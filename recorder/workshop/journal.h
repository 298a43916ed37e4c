// Journal: the double-entry service that every posting flow shares (contract C.4). Its operations
// run inside the caller's request, in the order that was recorded on Battwheels OS.
#ifndef REDRIVE_RECORDER_WORKSHOP_JOURNAL_H_
#define REDRIVE_RECORDER_WORKSHOP_JOURNAL_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "recorder/workshop/context.h"

namespace redrive::workshop {

// The 40 accounts that each organisation has.
struct SystemAccount {
  std::string_view code;  // "1100"
  std::string_view name;
  std::string_view type;  // Asset, Liability, Equity, Income, Expense
};
std::span<const SystemAccount> SystemAccounts();

// One side of an entry. The account is named by id or, for system accounts, by code.
struct JournalLine {
  std::string account_id;
  std::string account_code;  // read when account_id is empty
  Decimal debit;
  Decimal credit;
  std::string description;
};

struct JournalDraft {
  std::string entry_id;  // empty: a new one
  std::string organization_id;
  std::string created_by;
  std::string entry_date;  // "YYYY-MM-DD"
  std::string description;
  std::string entry_type = "JOURNAL";
  Value source_document_id;    // null: none
  Value source_document_type;  // null: none
  bool is_posted = true;
  std::vector<JournalLine> lines;
};

enum class PostStatus : std::uint8_t {
  kPosted,
  kExisting,  // the source document already has an entry, which is in `entry`
  kNotBalanced,
  kAccountNotFound,
  kPeriodLocked,
  kDuplicateKey,  // the unique index refused the insert (journal_duplicate_source)
};
struct PostResult {
  PostStatus status = PostStatus::kPosted;
  Value entry;          // as a response shows it; null unless kPosted or kExisting
  std::string message;  // what a refusal says
};

// Which accounts the service looks up: a fresh service asks for all 40, the journal routes' one
// remembers an organisation's accounts after its first use.
enum class ServiceCache : std::uint8_t { kFresh, kRemembered };

// period_locks.find_one, 40 x chart_of_accounts.find_one, [journal_entries.find_one], per line
// chart_of_accounts.find_one, journal_entries.count_documents, journal_entries.insert_one,
// audit_log.insert_one, journal_audit_log.insert_one, per line chart_of_accounts.update_one.
Task<PostResult> PostJournalEntry(Context& context, const JournalDraft& draft,
                                  ServiceCache cache = ServiceCache::kFresh);

// 40 x chart_of_accounts.find_one and an insert_one for each that is missing. Returns the accounts
// in the order of SystemAccounts().
Task<std::vector<Value>> EnsureSystemAccounts(Context& context, std::string_view organization_id);

// chart_of_accounts.find_one{organization_id,account_code}; null when absent.
Task<Value> FindAccountByCode(Context& context, std::string_view organization_id,
                              std::string_view account_code);

// The message of a locked period, or "": one period_locks.find_one. `date` is "YYYY-MM-DD".
Task<std::string> PeriodLockMessage(Context& context, std::string_view organization_id,
                                    std::string_view date);

// The entry of a sale: Dr receivable, Cr sales and taxes. Zero taxes have no line. As
// PostJournalEntry, behind another 40 + 5 account look-ups.
struct SalesPosting {
  std::string organization_id;
  std::string created_by;
  std::string document_id;  // the source, of type "invoice" or "ticket_invoice"
  std::string document_type;
  std::string document_number;
  std::string customer_name;
  std::string date;     // "YYYY-MM-DD"
  Decimal grand_total;  // the sum of the others, to be exact
  Decimal taxable;
  Decimal cgst;
  Decimal sgst;
  Decimal igst;
};
Task<PostResult> PostSalesEntry(Context& context, const SalesPosting& posting);

// The entry of money received: Dr cash or bank, Cr receivable.
struct ReceiptPosting {
  std::string organization_id;
  std::string created_by;
  std::string document_id;  // the source
  std::string document_type;
  std::string document_number;
  std::string customer_name;
  std::string date;
  std::string payment_mode;  // "cash" goes to Cash, all others to Bank
  Decimal amount;
};
Task<PostResult> PostReceiptEntry(Context& context, const ReceiptPosting& posting);

// For seeding, without yield points: the system accounts of an organisation that has none.
void SeedSystemAccounts(Store& db, std::string_view organization_id, std::string_view created_at,
                        Ids& ids);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_JOURNAL_H_
