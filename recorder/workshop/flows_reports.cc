#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterReports(Router&) {}

}  // namespace redrive::workshop
