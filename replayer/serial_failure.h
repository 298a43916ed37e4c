// The serial-outcome oracle as a failure test, so that what it finds is shrunk like any violation.
#ifndef REDRIVE_REPLAYER_SERIAL_FAILURE_H_
#define REDRIVE_REPLAYER_SERIAL_FAILURE_H_

#include "replayer/failure.h"
#include "replayer/serial_oracle.h"

namespace redrive {

// Identity: check "serial outcome", shape "not serial". Each case learns its own serial orders,
// with its own allowances and those of `options`; a case with too many orders never fails.
FailureTestFactory SerialFailures(SerialOracleOptions options);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SERIAL_FAILURE_H_
