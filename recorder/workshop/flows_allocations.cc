#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterAllocations(Router&) {}

}  // namespace redrive::workshop
