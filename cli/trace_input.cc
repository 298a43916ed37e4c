#include "cli/trace_input.h"

#include <cstdio>

#include "cli/corpora.h"
#include "cli/spec_flags.h"
#include "recorder/trace_file.h"

namespace redrive {

Result<Trace> LoadTrace(const std::string& path) {
  Result<Trace> trace = ReadTrace(path);
  if (trace.has_value() && !trace->note.empty()) {
    std::fprintf(stderr, "note: %s\n", trace->note.c_str());
  }
  return trace;
}

Result<CheckReport> Judge(const Trace& trace, const std::string& scenario,
                          const std::string& rerun_command, std::size_t violations_max) {
  std::string text = trace.header.spec.scenario_json;
  std::string where = "scenario in the trace";
  if (!scenario.empty()) {
    Result<ScenarioFile> file = LoadScenarioFile(scenario);
    if (file.has_error()) return file.error();
    text = std::move(file->text);
    where = file->path;
  }
  const auto checkers = ParseScenarioChecks(text, where);
  if (checkers.has_error()) return checkers.error();
  CheckOptions options;
  options.violations_max = violations_max;
  options.rerun_command = rerun_command;
  return CheckAll(trace, *checkers, options);
}

std::string RerunCommand(const TraceHeader& header) {
  const bool live = header.target_kind == TargetKind::kLive;
  return RunCommandLine(header.spec, live ? header.target : std::string());
}

std::string EndingText(const Trace& trace) {
  if (!trace.end) return trace.note;
  const EndRecord& end = *trace.end;
  std::string text = std::to_string(end.started) + " requests: " + std::to_string(end.ok) +
                     " ok, " + std::to_string(end.fail) + " fail, " + std::to_string(end.info) +
                     " info; ending: " + std::string(EndingName(end.ending));
  if (end.arrivals_dropped.value_or(0) != 0) {
    text += "; " + std::to_string(*end.arrivals_dropped) +
            " arrivals were dropped: all users were busy";
  }
  if (end.dropped != 0) text += "; " + std::to_string(end.dropped) + " records were lost";
  return text;
}

}  // namespace redrive
