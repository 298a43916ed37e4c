// redrive shrink: the smallest case of a failing trace, told and kept.
#include <cstdio>

#include "cli/command.h"
#include "cli/counterexample_files.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "cli/stop.h"
#include "cli/trace_input.h"
#include "replayer/report.h"

namespace redrive {
namespace {

struct ShrinkFlags {
  std::string path;
  std::string check;
  std::string out = ".";
  std::string regression;
  std::uint64_t budget = ShrinkOptions().executions_max;
  std::uint64_t preemptions = ShrinkOptions().preemptions_max;
  bool json = false;
  bool quiet = false;
};

void AddFlags(ShrinkFlags& shrink, Flags& flags) {
  flags.AddText("TRACE", &shrink.path, "the trace file of a run that violates a check", true);
  flags.AddText("--check", &shrink.check,
                "the name or kind of the check to shrink (default: the first violated one)");
  flags.AddText("--out", &shrink.out, "folder for NAME.min.redrive, .case.json and .curl.sh (.)");
  flags.AddText("--regression", &shrink.regression,
                "also write a regression case into this folder, as corpora/regressions");
  flags.AddNumber("--budget", &shrink.budget, "executions in all (default 300000)", 1,
                  1'000'000'000);
  flags.AddNumber("--preemptions", &shrink.preemptions, "the most that are searched (default 2)", 0,
                  16);
  flags.AddSwitch("--json", &shrink.json, "print the counterexample as JSON");
  flags.AddSwitch("-q,--quiet", &shrink.quiet, "no progress");
}

// Says why there is nothing to shrink, if there is not. A check that is not there is left to
// Shrink.
Result<int> NothingToShrink(const ShrinkFlags& shrink, const Trace& trace) {
  const Result<CheckReport> report = Judge(trace, "", "", 1);
  if (report.has_error()) return report.error();
  bool known = shrink.check.empty();
  VerdictKind kind = report->overall();
  if (!known) kind = VerdictKind::kPass;
  for (const Verdict& verdict : report->verdicts) {
    if (shrink.check.empty()) break;
    if (verdict.name != shrink.check && verdict.check != shrink.check) continue;
    known = true;
    const bool worse = kind == VerdictKind::kPass || verdict.kind == VerdictKind::kViolation;
    if (worse) kind = verdict.kind;
  }
  if (!known || kind == VerdictKind::kViolation) return -1;
  const std::string which = shrink.check.empty() ? "no check" : "'" + shrink.check + "'";
  std::printf("nothing to shrink: %s is %sviolated in this trace\n", which.c_str(),
              shrink.check.empty() ? "" : "not ");
  if (kind == VerdictKind::kPass) return static_cast<int>(kExitPass);
  std::printf("a check says unknown: redrive check %s tells why\n", shrink.path.c_str());
  return static_cast<int>(kExitInconclusive);
}

int ShrinkTrace(const ShrinkFlags& shrink, const Trace& trace) {
  ShrinkOptions options;
  options.check = shrink.check;
  options.executions_max = shrink.budget;
  options.preemptions_max = shrink.preemptions;
  options.stop = StopFlag();
  options.on_progress = ShrinkProgress(shrink.quiet);
  CatchStopSignals();
  const Result<Counterexample> counterexample = Shrink(trace, options);
  ClearProgress(shrink.quiet);
  if (counterexample.has_error()) return Fail(counterexample.error());
  const Result<CounterexampleFiles> files =
      SaveCounterexample(*counterexample, {.folder = shrink.out,
                                           .stem = CounterexampleStem(shrink.path, shrink.check),
                                           .regression_folder = shrink.regression});
  if (files.has_error()) return Fail(files.error());
  if (shrink.json) {
    std::fputs(CounterexampleToJson(*counterexample).c_str(), stdout);
  } else {
    std::fputs(CounterexampleToText(*counterexample, CommandsFor(*files)).c_str(), stdout);
  }
  // What does not come back each time is not explained yet.
  const bool sure = counterexample->confirmed == counterexample->confirm_attempts;
  return sure ? kExitViolation : kExitInconclusive;
}

}  // namespace

int ShrinkCommand(const Arguments& arguments) {
  ShrinkFlags shrink;
  Flags flags("shrink",
              "Cuts a failing run to the requests, the schedule and the values that matter, and "
              "tells why it fails.",
              "redrive shrink peak_burst_full-42.redrive --regression corpora/regressions");
  AddFlags(shrink, flags);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  Result<Trace> trace = LoadTrace(shrink.path);
  if (trace.has_error()) return Fail(trace.error());
  const Result<int> nothing = NothingToShrink(shrink, *trace);
  if (nothing.has_error()) return Fail(nothing.error());
  if (*nothing >= 0) return *nothing;
  const Result<void> restored = RestoreSecrets(&trace->header.spec);
  if (restored.has_error()) return Fail(restored.error());
  if (trace->header.target_kind != TargetKind::kWorkshop) {
    std::fprintf(stderr, "note: this run was live (%s): its requests are tried on the workshop\n",
                 trace->header.target.c_str());
  }
  return ShrinkTrace(shrink, *trace);
}

}  // namespace redrive
