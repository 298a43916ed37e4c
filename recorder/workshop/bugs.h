// Planted bugs: the defects of Battwheels OS that the workshop copies, each with a switch. A bug
// that is on behaves as Battwheels does today; off, the handler runs a correct variant.
#ifndef REDRIVE_RECORDER_WORKSHOP_BUGS_H_
#define REDRIVE_RECORDER_WORKSHOP_BUGS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace redrive::workshop {

// Names and texts are in bugs.cc, in the same order.
enum class Bug : std::uint8_t {
  kPortalTicketCountPlusOne,
  kEstimateDoubleEnsure,
  kEstimateNumberReadThenInc,
  kLineItemVersionRace,
  kInvoiceDoubleConvert,
  kTicketInvoiceNumberReadThenInc,
  kTicketInvoicePaymentLostUpdate,
  kInvoiceNumberReadThenInc,
  kMarkSentLostStock,
  kMarkSentTwice,
  kPaymentLostUpdate,
  kPaymentNumberReadThenSet,
  kPaymentOverAllocation,
  kAllocationCheckThenReserve,
  kAllocationDoubleUse,
  kAllocationDoubleReturn,
  kAdjustmentLostUpdate,
  kCompleteWorkLostUpdate,
  kDoubleStartWork,
  kDoubleClose,
  kDoubleReverse,
  kJournalReferenceCountPlusOne,
  kJournalDuplicateSource,
  kAccountsDoubleInitialize,
  kContactNumberReadThenInc,
  kRecordLimitRace,
  kTenantIsolation,
  kContactBalanceRecount,
  kCount,
};

struct BugInfo {
  std::string_view name;         // "double_close", as in --workshop
  std::string_view description;  // one line
};

// Every bug, in the order of the enum.
std::span<const BugInfo> AllBugs();
const BugInfo& InfoOf(Bug bug);

class BugSet {
 public:
  static BugSet None() { return {}; }  // "fixed"
  static BugSet All();                 // "as-is"
  // "as-is", "fixed", or names joined by commas; the error lists the nearest name.
  [[nodiscard]] static Result<BugSet> Parse(std::string_view text);

  [[nodiscard]] bool Has(Bug bug) const { return (bits_ >> static_cast<unsigned>(bug) & 1U) != 0; }
  BugSet& Set(Bug bug, bool on) {
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(bug);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
    return *this;
  }
  // The spelling that Parse reads.
  [[nodiscard]] std::string Text() const;
  bool operator==(const BugSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_BUGS_H_
