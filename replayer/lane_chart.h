// LaneChart: the virtual users of a small trace side by side, time downwards.
#ifndef REDRIVE_REPLAYER_LANE_CHART_H_
#define REDRIVE_REPLAYER_LANE_CHART_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/trace_records.h"
#include "replayer/checker.h"

namespace redrive {

// "A" for user 0, "B" for user 1, … "A1" behind "Z".
std::string LaneLetter(std::uint32_t user);

// One column per virtual user, one row per event: what is sent, read, written and answered. A
// bracket on the left spans the steps of `window`, which are marked. Long runs of other steps are
// counted only. At most 100 columns wide; more users than fit beside each other share one column.
// Answers show the values that `what` speaks of, or how they begin.
std::string LaneChart(const Trace& trace, const std::vector<WindowStep>& window,
                      const std::string& what);

// The values of a JSON answer that the sentence `what` names: "/ticket/ticket_id = TKT-000001".
std::vector<std::string> ValuesThatMatter(const std::string& body, const std::string& what);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_LANE_CHART_H_
