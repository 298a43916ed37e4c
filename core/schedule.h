// Schedule: the recorded decisions of one execution, as data. Its one-line text is
// "value/bound value/bound …"; a file also keeps kinds and fingerprints, which make drift loud.
#ifndef REDRIVE_CORE_SCHEDULE_H_
#define REDRIVE_CORE_SCHEDULE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

// Values are part of the trace format: never renumber.
enum class DecisionKind : std::uint8_t { kTask = 0, kDraw = 1 };

// One choice. Zero is always the simplest: for tasks "go on with the one that ran last", for draws
// no delay, no fault, the first value. A schedule of zeros has no preemption.
struct Decision {
  std::uint32_t value = 0;
  std::uint32_t bound = 1;        // 0 <= value < bound; choices with bound 1 are not recorded
  std::uint32_t fingerprint = 0;  // of what was chosen or asked; 0 is unknown (parsed from text)
  DecisionKind kind = DecisionKind::kTask;
  bool operator==(const Decision&) const = default;
};

using Schedule = std::vector<Decision>;

std::string ScheduleToText(const Schedule& schedule);

// Accepts what ScheduleToText writes ("d1/3" is a draw), up to `decisions_max` decisions.
[[nodiscard]] Result<Schedule> ScheduleFromText(std::string_view text,
                                                std::size_t decisions_max = 10'000'000);

}  // namespace redrive

#endif  // REDRIVE_CORE_SCHEDULE_H_
