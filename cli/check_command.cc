#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/trace_input.h"
#include "cli/verdict_flags.h"
#include "recorder/execute.h"
#include "replayer/report.h"

namespace redrive {
namespace {

// The thresholds of the trace's own scenario, besides those of the command line.
Result<void> PrepareVerdict(const Trace& trace, VerdictFlags* verdict) {
  const std::string where = "scenario in the trace";
  const RunSpec& spec = trace.header.spec;
  if (spec.scenario_json.empty()) return verdict->Prepare({}, where);
  const Result<Scenario> scenario = ParseScenario(spec.scenario_json, where, EnvFromSettings(spec));
  if (scenario.has_error()) return scenario.error();
  return verdict->Prepare(scenario->thresholds, where + ": /thresholds");
}

// The report of the checkers with the numbers beside it.
std::string ToJson(const CheckReport& report, const VerdictFlags::Judged& judged) {
  if (judged.thresholds.empty() && judged.guide.empty()) return ReportToJson(report);
  nlohmann::ordered_json document = nlohmann::ordered_json::parse(ReportToJson(report));
  document["thresholds"] = nlohmann::ordered_json::parse(ThresholdsToJson(judged.thresholds));
  if (!judged.guide.empty()) {
    document["guide"] = nlohmann::ordered_json::parse(GuideTableToJson(judged.guide));
  }
  return document.dump(2) + "\n";
}

}  // namespace

int CheckCommand(const Arguments& arguments) {
  std::string path;
  std::string scenario;
  bool json = false;
  std::uint64_t violations_max = 10;
  VerdictFlags verdict;
  Flags flags("check", "Judges a recorded trace by the checkers of its scenario.",
              "redrive check peak_burst_full-42.redrive");
  flags.AddText("TRACE", &path, "the trace file", true);
  flags.AddText("--checks", &scenario, "take the checks of this scenario instead of the trace's");
  flags.AddSwitch("--json", &json, "print the report as JSON");
  verdict.AddThresholds(flags);
  flags.AddNumber("--max", &violations_max, "violations printed per check (default 10)", 1, 100000);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;

  const Result<Trace> trace = LoadTrace(path);
  if (trace.has_error()) return Fail(trace.error());
  const Result<void> prepared = PrepareVerdict(*trace, &verdict);
  if (prepared.has_error()) return Fail(prepared.error());
  const std::string rerun = RerunCommand(trace->header);
  const Result<CheckReport> report = Judge(*trace, scenario, rerun, violations_max);
  if (report.has_error()) return Fail(report.error());
  const int checked = ExitCode(*report);
  const int code =
      checked == kExitPass && !trace->end ? static_cast<int>(kExitInconclusive) : checked;
  if (json) {
    const Result<VerdictFlags::Judged> judged = verdict.JudgeNumbers(*trace);
    if (judged.has_error()) return Fail(judged.error());
    std::fputs(ToJson(*report, *judged).c_str(), stdout);
    return judged->ExitCode(code);
  }
  std::printf("%s: %s\n\n%s", path.c_str(), EndingText(*trace).c_str(),
              ReportToText(*report).c_str());
  const Result<int> concluded = verdict.Conclude(*trace, *report, rerun, code);
  return concluded.has_value() ? *concluded : Fail(concluded.error());
}

}  // namespace redrive
