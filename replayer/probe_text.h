// What the probes saw, for people and for the report page.
#ifndef REDRIVE_REPLAYER_PROBE_TEXT_H_
#define REDRIVE_REPLAYER_PROBE_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/probe/probe_report.h"

namespace redrive {

// A line for each probe, below it what it found and how; ends in a newline. "" for none.
std::string ProbesToText(const std::vector<ProbeReport>& reports);

// A JSON array, one object for each probe with all its samples: docs/PROBES.md. No newline.
std::string ProbesToJson(const std::vector<ProbeReport>& reports);

// The file of --probes-json: the samples of one run. Ends in a newline.
std::string ProbeFileJson(std::int64_t started_unix_ns, const std::vector<ProbeReport>& reports);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_PROBE_TEXT_H_
