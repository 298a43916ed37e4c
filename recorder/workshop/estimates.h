// What the flows of ticket estimates share.
//
// With Bug::kLineItemVersionRace an estimate's lines are documents of their own, as in Battwheels;
// without it they are also kept inside the estimate, so that one atomic update changes version,
// lines and totals together. The collection then follows, for those who read only it (ticket
// close).
#ifndef REDRIVE_RECORDER_WORKSHOP_ESTIMATES_H_
#define REDRIVE_RECORDER_WORKSHOP_ESTIMATES_H_

#include <optional>
#include <string_view>

#include "core/task.h"
#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

// {estimate_id, organization_id} of the path and the caller.
Filter EstimateFilter(const Context& context);
// "Estimate est_1 not found".
std::string EstimateMissing(const Context& context);

// The estimate's lines by sort_index: ticket_estimate_line_items.find, or no operation (see above).
Task<Value> EstimateLines(Context& context, const Value& estimate);
// The estimate as answered: with its lines, parts with stock_info (up to 3 reads when there are
// any).
Task<Value> WithStock(Context& context, Value estimate, Value lines);
// ticket_estimates.find_one, its lines, their stock; null when there is none.
Task<Value> ReadEstimate(Context& context, std::string_view estimate_id);
// The estimate without what is kept inside it for atomicity only.
Value WithoutLines(Value estimate);

// subtotal, tax_total, discount_total, grand_total of the lines.
Value EstimateTotals(const Value& lines);

struct EstimateChange {
  std::string_view action;
  std::string_view description;
};
// ticket_estimate_history.insert_one.
Task<void> AddEstimateHistory(Context& context, std::string_view estimate_id, const Value& user,
                              const EstimateChange& change);

// The pieces of RegisterEstimates, each in its file.
void RegisterEstimateLines(Router& router);
void RegisterEstimateStates(Router& router);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_ESTIMATES_H_
