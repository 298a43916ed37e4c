#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterAi(Router&) {}

}  // namespace redrive::workshop
