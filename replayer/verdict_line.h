// The one line of a run: speed and correctness side by side.
//     p95 312 ms OK · errors 0.2 % OK · 3 × duplicate: ticket ids are unique FAIL
#ifndef REDRIVE_REPLAYER_VERDICT_LINE_H_
#define REDRIVE_REPLAYER_VERDICT_LINE_H_

#include <string>
#include <vector>

#include "recorder/trace_records.h"
#include "replayer/checker.h"
#include "replayer/guide_thresholds.h"
#include "replayer/thresholds.h"

namespace redrive {

// Without a threshold of its own, the p95 and the errors of the run stand there unjudged.
// No newline.
std::string VerdictLine(const Trace& trace, const std::vector<ThresholdResult>& thresholds,
                        const std::vector<GuideRow>& guide, const CheckReport& checks);

// The same for a run whose trace is too large to be looked at.
std::string VerdictLine(const Statistics& statistics, VirtualTime duration,
                        const std::vector<ThresholdResult>& thresholds, const CheckReport& checks);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_VERDICT_LINE_H_
