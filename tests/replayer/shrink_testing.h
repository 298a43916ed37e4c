// Failing runs for the tests of shrinking.
#ifndef REDRIVE_TESTS_REPLAYER_SHRINK_TESTING_H_
#define REDRIVE_TESTS_REPLAYER_SHRINK_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/trace_records.h"
#include "replayer/checker.h"

namespace redrive {

std::string ReadSourceFile(const std::string& path);  // below the source tree

RunSpec BurstSpec(std::uint64_t seed);
RunSpec PlantedSpec(const std::string& name);
std::vector<std::string> PlantedNames();

// The checks' report on the trace of its own scenario.
CheckReport ReportOf(const Trace& trace);

// The first execution of the spec's strategy that violates a check.
Trace FailingTrace(const RunSpec& spec);

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_SHRINK_TESTING_H_
