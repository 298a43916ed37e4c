#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterTickets(Router&) {}

}  // namespace redrive::workshop
