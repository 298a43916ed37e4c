#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterOrganizations(Router&) {}

}  // namespace redrive::workshop
