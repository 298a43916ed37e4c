#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterTicketInvoices(Router&) {}

}  // namespace redrive::workshop
