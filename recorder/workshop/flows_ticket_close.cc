#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterTicketClose(Router&) {}

}  // namespace redrive::workshop
