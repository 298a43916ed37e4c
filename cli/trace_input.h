// What the commands that read traces share: the trace, its checkers and the line that repeats it.
#ifndef REDRIVE_CLI_TRACE_INPUT_H_
#define REDRIVE_CLI_TRACE_INPUT_H_

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "recorder/trace_records.h"
#include "replayer/checker.h"

namespace redrive {

// Reads the trace and says on stderr what a cut recording lacks.
[[nodiscard]] Result<Trace> LoadTrace(const std::string& path);

// Judges `trace` by the checks of its own scenario, or of `scenario` (a file or a shipped name) if
// that is not empty. `rerun_command` stands behind every violation.
[[nodiscard]] Result<CheckReport> Judge(const Trace& trace, const std::string& scenario,
                                        const std::string& rerun_command,
                                        std::size_t violations_max);

// The `redrive run …` line that makes this trace again.
std::string RerunCommand(const TraceHeader& header);

// "42 requests: 40 ok, 2 fail, 0 info" with the ending, one line.
std::string EndingText(const Trace& trace);

}  // namespace redrive

#endif  // REDRIVE_CLI_TRACE_INPUT_H_
