#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterDashboard(Router&) {}

}  // namespace redrive::workshop
