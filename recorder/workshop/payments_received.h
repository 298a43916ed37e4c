// payments-received, a piece of RegisterPayments.
#ifndef REDRIVE_RECORDER_WORKSHOP_PAYMENTS_RECEIVED_H_
#define REDRIVE_RECORDER_WORKSHOP_PAYMENTS_RECEIVED_H_

#include "recorder/workshop/router.h"

namespace redrive::workshop {

void RegisterPaymentsReceived(Router& router);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_PAYMENTS_RECEIVED_H_
