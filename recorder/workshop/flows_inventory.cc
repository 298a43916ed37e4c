#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterInventory(Router&) {}

}  // namespace redrive::workshop
