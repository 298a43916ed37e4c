#include "recorder/workshop/flows.h"

namespace redrive::workshop {

void RegisterJournal(Router&) {}

}  // namespace redrive::workshop
