// A hash of a Value's content, field by field, equal on every machine.
#ifndef REDRIVE_RECORDER_WORKSHOP_VALUE_HASH_H_
#define REDRIVE_RECORDER_WORKSHOP_VALUE_HASH_H_

#include <cstdint>

#include "recorder/workshop/value.h"

namespace redrive::workshop {

// Equal for values whose JSON texts are equal up to the order of members, different (but for one
// chance in 2^64) for others: 1 and 1.0 differ, as they do in an answer. The order of members does
// not count: JSON gives it no meaning (RFC 8259, 4), and two updates that each add a field of their
// own leave the same document in either order.
[[nodiscard]] std::uint64_t HashValue(const Value& value);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_VALUE_HASH_H_
