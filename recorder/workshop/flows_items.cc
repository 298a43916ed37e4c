#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterItems(Router&) {}

}  // namespace redrive::workshop
