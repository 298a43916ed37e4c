// Virtual time: nanoseconds since the start of the execution. It only moves when the world says so.
#ifndef REDRIVE_CORE_VIRTUAL_TIME_H_
#define REDRIVE_CORE_VIRTUAL_TIME_H_

#include <chrono>
#include <cstdint>

namespace redrive {

using VirtualTime = std::chrono::nanoseconds;

// The calendar instant of virtual time zero unless --epoch says otherwise: 2026-01-05T04:30:00Z, a
// Monday morning in India. Fixed, so that dates in requests never depend on today.
inline constexpr std::int64_t kDefaultEpochSeconds = 1767587400;

}  // namespace redrive

#endif  // REDRIVE_CORE_VIRTUAL_TIME_H_
