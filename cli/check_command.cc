#include <cstdio>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/trace_input.h"
#include "replayer/report.h"

namespace redrive {

int CheckCommand(const Arguments& arguments) {
  std::string path;
  std::string scenario;
  bool json = false;
  std::uint64_t violations_max = 10;
  Flags flags("check", "Judges a recorded trace by the checkers of its scenario.",
              "redrive check peak_burst_full-42.redrive");
  flags.AddText("TRACE", &path, "the trace file", true);
  flags.AddText("--checks", &scenario, "take the checks of this scenario instead of the trace's");
  flags.AddSwitch("--json", &json, "print the report as JSON");
  flags.AddNumber("--max", &violations_max, "violations printed per check (default 10)", 1, 100000);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;

  const Result<Trace> trace = LoadTrace(path);
  if (trace.has_error()) return Fail(trace.error());
  const Result<CheckReport> report =
      Judge(*trace, scenario, RerunCommand(trace->header), violations_max);
  if (report.has_error()) return Fail(report.error());
  if (json) {
    std::fputs(ReportToJson(*report).c_str(), stdout);
  } else {
    std::printf("%s: %s\n\n%s", path.c_str(), EndingText(*trace).c_str(),
                ReportToText(*report).c_str());
  }
  const int code = ExitCode(*report);
  return code == kExitPass && !trace->end ? static_cast<int>(kExitInconclusive) : code;
}

}  // namespace redrive
