#include "recorder/workshop/bugs.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/check.h"
#include "core/nearest.h"

namespace redrive::workshop {
namespace {

constexpr auto kBugCount = static_cast<std::size_t>(Bug::kCount);

constexpr std::array<BugInfo, kBugCount> kBugs = {{
    {"portal_ticket_count_plus_one",
     "portal ticket numbers are count + 1: concurrent tickets share a number"},
    {"estimate_double_ensure", "ensuring an estimate looks, then inserts: one ticket gets several"},
    {"estimate_number_read_then_inc",
     "the estimate number is read, then incremented: estimates share a number"},
    {"line_item_version_race",
     "line items compare the version in memory: writes with one version all succeed"},
    {"invoice_double_convert",
     "converting an estimate checks its status, then writes: several invoices and sales entries"},
    {"ticket_invoice_number_read_then_inc",
     "the ticket invoice number is read, then incremented: invoices share a number"},
    {"ticket_invoice_payment_lost_update",
     "a ticket invoice payment writes the balance it computed: payments get lost"},
    {"invoice_number_read_then_inc",
     "the invoice number is read, then incremented: invoices share a number"},
    {"mark_sent_lost_stock",
     "sending an invoice writes the stock it computed: deductions get lost"},
    {"mark_sent_twice", "sending checks the draft status, then writes: one invoice is sent twice"},
    {"payment_lost_update", "an invoice payment writes the balance it computed: payments get lost"},
    {"payment_number_read_then_set",
     "the payment number is read, then set: payments share a number"},
    {"payment_over_allocation",
     "payments received check the balance, then insert: an invoice is paid several times"},
    {"allocation_check_then_reserve",
     "an allocation checks the stock, then reserves: more is reserved than exists"},
    {"allocation_double_use", "using an allocation has no guard: its stock is deducted again"},
    {"allocation_double_return", "returning an allocation has no guard: it is returned again"},
    {"adjustment_lost_update",
     "a stock adjustment writes the stock it computed: adjustments get lost"},
    {"complete_work_lost_update",
     "completing work writes the quantity it computed: used parts get lost"},
    {"double_start_work", "starting work checks the status, then writes: it starts twice"},
    {"double_close", "closing a ticket does not check its status: stock is deducted again"},
    {"double_reverse", "reversing an entry checks, then posts: it is reversed several times"},
    {"journal_reference_count_plus_one",
     "journal references are count + 1: concurrent and back-dated entries share one"},
    {"journal_duplicate_source",
     "posting one source document concurrently answers 500 instead of the existing entry"},
    {"accounts_double_initialize",
     "initialising the chart of accounts looks, then inserts: accounts exist several times"},
    {"contact_number_read_then_inc",
     "the contact number is read, then incremented: contacts share a number"},
    {"record_limit_race", "plan limits count, then insert: concurrent creates pass the limit"},
    {"tenant_isolation", "some updates address documents of other organisations"},
    {"contact_balance_recount",
     "a customer's balance is recounted, then set: an older sum replaces a newer one"},
}};

std::string_view Nearest(std::string_view name) {
  const auto nearest =
      std::min_element(kBugs.begin(), kBugs.end(), [&](const BugInfo& a, const BugInfo& b) {
        return EditDistance(name, a.name) < EditDistance(name, b.name);
      });
  return nearest->name;
}

}  // namespace

std::span<const BugInfo> AllBugs() { return kBugs; }

const BugInfo& InfoOf(Bug bug) {
  REDRIVE_CHECK(bug < Bug::kCount);
  return kBugs[static_cast<std::size_t>(bug)];
}

BugSet BugSet::All() {
  BugSet set;
  for (std::size_t i = 0; i < kBugCount; ++i) set.Set(static_cast<Bug>(i), true);
  return set;
}

Result<BugSet> BugSet::Parse(std::string_view text) {
  if (text == "as-is") return All();
  if (text == "fixed") return None();
  BugSet set;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma).substr(0, 100);
    const auto found = std::find_if(kBugs.begin(), kBugs.end(),
                                    [&](const BugInfo& bug) { return bug.name == name; });
    if (found == kBugs.end()) {
      return Error{ErrorCode::kInvalid, "workshop: no planted bug is named '" + std::string(name) +
                                            "'; did you mean '" + std::string(Nearest(name)) +
                                            "'? (or as-is, or fixed)"};
    }
    set.Set(static_cast<Bug>(found - kBugs.begin()), true);
    if (comma == std::string_view::npos) return set;
    text.remove_prefix(comma + 1);
  }
}

std::string BugSet::Text() const {
  if (*this == All()) return "as-is";
  if (*this == None()) return "fixed";
  std::string text;
  for (std::size_t i = 0; i < kBugCount; ++i) {
    if (!Has(static_cast<Bug>(i))) continue;
    if (!text.empty()) text += ',';
    text += kBugs[i].name;
  }
  return text;
}

}  // namespace redrive::workshop
