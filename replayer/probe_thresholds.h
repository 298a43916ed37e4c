// Thresholds on what probes of the back end saw.
#ifndef REDRIVE_REPLAYER_PROBE_THRESHOLDS_H_
#define REDRIVE_REPLAYER_PROBE_THRESHOLDS_H_

#include <vector>

#include "recorder/probe/probe_report.h"
#include "replayer/thresholds.h"

namespace redrive {

// Where several probes measured the metric, the worst of them counts. What was seen only in part (a
// probe that lost its source, a query that ran between two looks) can break an upper limit, but
// keeps none: then it is not measured, with the reason. REQUIRES: threshold.probe is set.
ThresholdResult JudgeProbe(const Threshold& threshold, const std::vector<ProbeReport>* probes);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_PROBE_THRESHOLDS_H_
