#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterContacts(Router&) {}

}  // namespace redrive::workshop
