#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterPayments(Router&) {}

}  // namespace redrive::workshop
