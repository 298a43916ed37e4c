// Shrinking of a failing plan and its schedule: rapidcheck's descent to a local minimum, with a new
// search for a schedule where the old one does not fit the smaller plan any more.
#ifndef REDRIVE_REPLAYER_PROPERTY_SMALLEST_H_
#define REDRIVE_REPLAYER_PROPERTY_SMALLEST_H_

#include <cstdint>

#include "core/rng.h"
#include "replayer/property.h"
#include "replayer/property_runner.h"

namespace redrive::par {

// What is known to fail.
struct Failing {
  Signature signature;
  Plan plan;
  Choices choices;
};

// The smallest failure that still has the signature, with trace and case. With options.shrink off
// it is the given one. Errors: kDiverged.
// REQUIRES: `failing` fails so.
[[nodiscard]] Result<PropertyFailure> Smallest(const Model& model, const PropertyOptions& options,
                                               const Checkers& checkers, const Failing& failing,
                                               Rng rng);

// The n-th schedule that is tried for a plan.
Choices DrawSchedule(const Rng& rng, std::uint64_t number, std::uint64_t decisions);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_SMALLEST_H_
