#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterEstimates(Router&) {}

}  // namespace redrive::workshop
