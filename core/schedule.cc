#include "core/schedule.h"

#include <charconv>

namespace redrive {

std::string ScheduleToText(const Schedule& schedule) {
  std::string text;
  for (const Decision& decision : schedule) {
    if (!text.empty()) text += ' ';
    if (decision.kind == DecisionKind::kDraw) text += 'd';
    text += std::to_string(decision.value) + '/' + std::to_string(decision.bound);
  }
  return text;
}

Result<Schedule> ScheduleFromText(std::string_view text, std::size_t decisions_max) {
  Schedule schedule;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto fail = [&](const char* where) {
    return Error{ErrorCode::kInvalid, "schedule, column " +
                                          std::to_string(where - text.data() + 1) +
                                          ": expected value/bound with value < bound, as in 1/3"};
  };
  while (true) {
    while (at != end && *at == ' ') ++at;
    if (at == end) return schedule;
    const char* const start = at;
    Decision decision;
    if (*at == 'd') {
      decision.kind = DecisionKind::kDraw;
      ++at;
    }
    const auto value = std::from_chars(at, end, decision.value);
    if (value.ec != std::errc{} || value.ptr == end || *value.ptr != '/') return fail(start);
    const auto bound = std::from_chars(value.ptr + 1, end, decision.bound);
    if (bound.ec != std::errc{} || decision.value >= decision.bound) return fail(start);
    at = bound.ptr;
    if (at != end && *at != ' ') return fail(start);
    if (schedule.size() == decisions_max) {
      return Error{ErrorCode::kLimit,
                   "schedule: more than " + std::to_string(decisions_max) + " decisions"};
    }
    schedule.push_back(decision);
  }
}

}  // namespace redrive
