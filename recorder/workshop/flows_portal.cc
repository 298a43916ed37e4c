#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterPortal(Router&) {}

}  // namespace redrive::workshop
