#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterAuth(Router&) {}

}  // namespace redrive::workshop
