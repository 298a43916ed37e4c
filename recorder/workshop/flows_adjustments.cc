#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterAdjustments(Router&) {}

}  // namespace redrive::workshop
