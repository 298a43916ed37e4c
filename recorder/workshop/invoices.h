// What the flows of invoices-enhanced share.
#ifndef REDRIVE_RECORDER_WORKSHOP_INVOICES_H_
#define REDRIVE_RECORDER_WORKSHOP_INVOICES_H_

#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

// {invoice_id} of the path. Battwheels forgets the organisation on the routes that change an
// invoice (Bug::kTenantIsolation).
Filter ChangedInvoiceFilter(const Context& context);

// mark-sent and void, a piece of RegisterInvoices.
void RegisterInvoiceStates(Router& router);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_INVOICES_H_
