#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterInvoices(Router&) {}

}  // namespace redrive::workshop
