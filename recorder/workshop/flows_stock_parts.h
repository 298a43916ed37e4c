// Parts of the stock flows in files of their own; the flows of flows.h call them.
#ifndef REDRIVE_RECORDER_WORKSHOP_FLOWS_STOCK_PARTS_H_
#define REDRIVE_RECORDER_WORKSHOP_FLOWS_STOCK_PARTS_H_

#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

void RegisterInventoryAllocations(Router& router);  // variant B
void RegisterEnhancedAdjustments(Router& router);   // /inventory-enhanced/adjustments
void RegisterCompleteWork(Router& router);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_FLOWS_STOCK_PARTS_H_
