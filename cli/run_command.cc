// redrive run: seeded users against the workshop or a live service; records, checks, explains.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/counterexample_files.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/live_flags.h"
#include "cli/locust_arguments.h"
#include "cli/locust_flags.h"
#include "cli/locust_output.h"
#include "cli/run_files.h"
#include "cli/settings.h"
#include "cli/spec_flags.h"
#include "cli/stop.h"
#include "cli/text.h"
#include "cli/trace_input.h"
#include "cli/verdict_flags.h"
#include "core/hash.h"
#include "recorder/execute.h"
#include "recorder/net/live_run.h"
#include "replayer/replay_exact.h"
#include "replayer/report.h"
#include "replayer/shrink.h"
#include "replayer/wrap_text.h"

namespace redrive {
namespace {

struct RunFlags {
  SpecFlags spec;
  LiveFlags live;
  LocustFlags locust;
  VerdictFlags verdict;
  std::string trace_path;
  bool no_trace = false;
  bool quiet = false;
  bool no_shrink = false;
  std::uint64_t confirm = 20;
  std::uint64_t violations_max = 3;
};

void AddFlags(RunFlags& run, Flags& flags) {
  run.spec.AddTo(flags);
  run.live.AddTo(flags);
  run.live.AddThreads(flags);
  run.verdict.AddThresholds(flags);
  run.verdict.AddProbes(flags, VerdictFlags::ProbeFile::kOffered);
  flags.AddText("--trace", &run.trace_path,
                "the file to record to (default SCENARIO-SEED.redrive)");
  flags.AddSwitch("--no-trace", &run.no_trace, "record to no file");
  flags.AddNumber("--confirm", &run.confirm,
                  "exact replays of a simulated run with violations (default 20; 0: none)", 0,
                  1'000'000);
  flags.AddNumber("--max", &run.violations_max, "violations printed per check (default 3)", 1,
                  100'000);
  flags.AddSwitch("--no-shrink", &run.no_shrink,
                  "do not cut the first violation of a simulated run to its smallest case");
  flags.AddSwitch("-q,--quiet", &run.quiet, "no progress");
  run.locust.AddTo(flags);
}

std::string DefaultTracePath(const RunSpec& spec) {
  std::string stem = spec.scenario_name;
  stem = stem.substr(stem.rfind('/') + 1);
  if (stem.ends_with(".json")) stem.resize(stem.size() - 5);
  return stem + "-" + std::to_string(spec.seed) + ".redrive";
}

std::function<void(const Progress&)> ProgressPrinter(bool quiet) {
  if (quiet || isatty(STDERR_FILENO) == 0) return {};
  return [](const Progress& progress) {
    const auto seconds = [](VirtualTime time) {
      return static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(time).count());
    };
    const std::string dropped =
        progress.dropped == 0 ? "" : ", " + std::to_string(progress.dropped) + " dropped";
    std::fprintf(stderr, "\r%llds: %u users, %llu requests, %llu failures%s \033[K",
                 seconds(progress.now), progress.users,
                 static_cast<unsigned long long>(progress.started),
                 static_cast<unsigned long long>(progress.failures), dropped.c_str());
  };
}

// What the run will really use.
std::string WorkshopName(const RunSpec& spec, const Scenario& scenario) {
  if (!spec.workshop.empty()) return spec.workshop;
  return scenario.workshop.bugs.empty() ? "as-is" : scenario.workshop.bugs;
}

void PrintPlanLine(const RunSpec& spec, const Plan& plan, const std::string& target) {
  std::printf("plan digest %s: %s, %llu requests planned (%s, seed %llu, %s)\n",
              ToHex(plan.digest()).c_str(), UsersText(plan).c_str(),
              static_cast<unsigned long long>(plan.requests()), spec.scenario_name.c_str(),
              static_cast<unsigned long long>(spec.seed), target.c_str());
  std::fflush(stdout);
}

void PrintOutcome(const RunOutcome& outcome) {
  std::printf("\n%s", StatisticsTable(outcome.statistics, outcome.duration).c_str());
  const std::string failures = FailuresTable(outcome.statistics);
  if (!failures.empty()) std::printf("\n%s", failures.c_str());
  for (const auto& [what, count] : outcome.skipped) {
    std::printf("not sent, %llu times: %s\n", static_cast<unsigned long long>(count), what.c_str());
  }
}

// Replays the recorded execution: what was found once is only worth telling if it comes back.
Result<std::string> Confirm(const Trace& trace, const RunSpec& spec, std::uint64_t times) {
  Trace complete = trace;
  complete.header.spec = spec;  // with its secrets
  ExactReplayOptions options;
  options.repeat = times;
  options.stop = StopFlag();
  const Result<ExactReplayReport> report = ReplayExactly(complete, options);
  if (report.has_error()) return report.error();
  return "reproduced " + std::to_string(report->identical) + "/" + std::to_string(times);
}

// The first violated check, made small and told; the others are named. Files only beside a trace.
void ShrinkFirst(const Trace& trace, const RunSpec& spec, const CheckReport& report,
                 const RunFlags& run, const std::string& trace_path) {
  Trace complete = trace;
  complete.header.spec = spec;  // with its secrets
  ShrinkOptions options;
  options.executions_max = 100'000;  // redrive shrink takes more
  options.whole_run_max = 200;
  options.stop = StopFlag();
  options.on_progress = ShrinkProgress(run.quiet);
  const Result<Counterexample> counterexample = Shrink(complete, options);
  ClearProgress(run.quiet);
  if (counterexample.has_error()) {
    std::printf("\nnot shrunk: %s\n", counterexample.error().message.c_str());
    return;
  }
  CounterexampleTextOptions text;
  if (!run.no_trace) {
    const std::size_t slash = trace_path.rfind('/');
    const Result<CounterexampleFiles> files = SaveCounterexample(
        *counterexample,
        {.folder = slash == std::string::npos ? "." : trace_path.substr(0, slash + 1),
         .stem = CounterexampleStem(trace_path, ""),
         .others = false,
         .regression_folder = {}});
    if (files.has_value()) {
      text = CommandsFor(*files);
    } else {
      std::fprintf(stderr, "warning: %s\n", files.error().message.c_str());
    }
  }
  std::printf("\n%s", CounterexampleToText(*counterexample, text).c_str());
  std::string others;
  for (const Verdict& verdict : report.verdicts) {
    if (verdict.kind != VerdictKind::kViolation) continue;
    if (verdict.name == counterexample->identity.check) continue;
    others += (others.empty() ? "" : "; ") + verdict.name;
  }
  if (others.empty()) return;
  std::printf("%s", WrapText("also violated: " + others + " (redrive shrink " +
                                 (run.no_trace ? "TRACE" : trace_path) + " --check NAME)",
                             "", "  ")
                        .c_str());
}

int Verdicts(const Trace& trace, const RunSpec& spec, const RunFlags& run, bool simulated,
             const RunOutcome& outcome, const std::string& trace_path) {
  if (!outcome.setup_error.empty()) {  // nothing ran that could be judged
    std::fflush(stdout);
    std::fprintf(stderr, "error: %s\n", outcome.setup_error.c_str());
    return kExitInconclusive;
  }
  const std::string rerun = RerunCommand(trace.header);
  const Result<CheckReport> report = Judge(trace, "", rerun, run.violations_max);
  if (report.has_error()) return Fail(report.error());
  std::printf("\n%s", ReportToText(*report).c_str());
  int code = ExitCode(*report);
  if (code == kExitViolation && simulated && run.confirm > 0) {
    const Result<std::string> confirmed = Confirm(trace, spec, run.confirm);
    if (confirmed.has_error()) return Fail(confirmed.error());
    std::printf("%s\n", confirmed->c_str());
  }
  if (code == kExitViolation && simulated && !run.no_shrink) {
    ShrinkFirst(trace, spec, *report, run, trace_path);
  }
  if (outcome.counts.started > 0 && outcome.counts.accepted == 0) {
    std::printf("no request was accepted: nothing was tested\n");
    if (code == kExitPass) code = kExitInconclusive;
  }
  const bool whole = outcome.ending == Ending::kDone;
  if (!whole) {
    std::printf("ending: %s%s%s\n", std::string(EndingName(outcome.ending)).c_str(),
                outcome.divergence.empty() ? "" : ": ", outcome.divergence.c_str());
    if (code == kExitPass) code = kExitInconclusive;
  }
  const Result<int> concluded = run.verdict.Conclude(trace, *report, rerun, code);
  return concluded.has_value() ? *concluded : Fail(concluded.error());
}

// The part between the plan line and the verdicts. What only a live run tells goes to
// `live_outcome`. `locust` may be null.
Result<RunOutcome> Drive(const RunSpec& spec, RunFlags& run, RunFiles& files, LocustOutput* locust,
                         std::optional<LiveOutcome>* live_outcome) {
  TraceSink* first = files.collects() ? &files.sink() : nullptr;
  if (locust != nullptr) first = &locust->sink();
  if (run.live.host().empty()) {
    ExecuteOptions options;
    options.sink = first;
    options.limits.stop = StopFlag();
    options.on_progress = ProgressPrinter(run.quiet || run.locust.periodic_table(true));
    return ExecuteSimulation(spec, options);
  }
  LiveOptions options = run.live.MakeOptions();
  run.locust.Apply(&options);
  files.Attach(&options);
  const std::unique_ptr<TraceSink> watch =
      run.verdict.watches() ? run.verdict.Watch(first) : nullptr;
  options.sink = watch != nullptr ? watch.get() : first;
  options.stop = StopFlag();
  options.on_progress = ProgressPrinter(run.quiet || run.locust.periodic_table(false));
  options.on_tick = [locust] {
    if (locust != nullptr) locust->Tick();
  };
  const std::unique_ptr<Probing> probing = run.verdict.WatchBackEnd();
  Result<LiveOutcome> live = ExecuteLive(spec, options);
  if (live.has_error()) return live.error();
  *live_outcome = std::move(*live);
  return (*live_outcome)->run;
}

// The files and tables in Locust's form; empty when none was asked for.
Result<std::unique_ptr<LocustOutput>> OpenLocust(const RunFlags& run, const Plan& plan,
                                                 RunFiles& files) {
  if (!run.locust.wants_output()) return std::unique_ptr<LocustOutput>();
  return LocustOutput::Open(run.locust, plan, run.live.host().empty(), files.sink());
}

// Ends them, and applies Locust's exit rule to `code`.
int FinishLocust(const RunFlags& run, LocustOutput* locust, StdoutForJson& json, int code) {
  if (locust == nullptr) return code;
  const Result<void> finished = locust->Finish(json);
  if (finished.has_error()) {
    std::fprintf(stderr, "error: %s\n", finished.error().message.c_str());
    return code == kExitPass ? static_cast<int>(kExitInconclusive) : code;
  }
  return run.locust.ExitCode(code, locust->failures());
}

Result<void> PrepareVerdict(RunFlags& run, const Scenario& scenario, bool simulated) {
  const Result<void> prepared =
      run.verdict.Prepare(scenario.thresholds, run.spec.scenario_path() + ": /thresholds");
  return prepared.has_error() ? prepared : run.verdict.OpenProbes(simulated);
}

int Run(RunFlags& run, RunSpec spec) {
  StdoutForJson json(run.locust.json);
  const bool simulated = run.live.host().empty();
  const Result<Scenario> scenario =
      ParseScenario(spec.scenario_json, run.spec.scenario_path(), EnvFromSettings(spec));
  if (scenario.has_error()) return Fail(scenario.error());
  const auto checks = ParseScenarioChecks(spec.scenario_json, run.spec.scenario_path());
  if (checks.has_error()) return Fail(checks.error());
  const Result<void> limits = PrepareVerdict(run, *scenario, simulated);
  if (limits.has_error()) return Fail(limits.error());
  const Result<Plan> plan = Plan::Make(*scenario, spec);
  if (plan.has_error()) return Fail(plan.error());
  const std::string target =
      simulated ? "workshop " + WorkshopName(spec, *scenario) : run.live.host();
  PrintPlanLine(spec, *plan, target);

  const std::string path = run.trace_path.empty() ? DefaultTracePath(spec) : run.trace_path;
  RunFiles::Options files_options;
  if (!run.no_trace) files_options.path = path;
  files_options.simulated = simulated;
  files_options.needed = !checks->empty() || run.verdict.NeedsTrace();
  const Result<std::unique_ptr<RunFiles>> files = RunFiles::Open(files_options);
  if (files.has_error()) return Fail(files.error());
  CatchStopSignals();
  const Result<std::unique_ptr<LocustOutput>> locust = OpenLocust(run, *plan, **files);
  if (locust.has_error()) return Fail(locust.error());
  std::optional<LiveOutcome> live;
  const Result<RunOutcome> outcome = Drive(spec, run, **files, locust->get(), &live);
  if (isatty(STDERR_FILENO) != 0 && !run.quiet) std::fputs("\r\033[K", stderr);
  if (outcome.has_error()) return Fail(outcome.error());
  const Result<void> closed = (*files)->Close(live ? &live->end : nullptr);
  if (closed.has_error()) return Fail(closed.error());
  const Trace& trace = (*files)->trace();

  PrintOutcome(*outcome);
  std::printf("\n%s\n", EndingText(trace).c_str());
  if (live) {
    std::printf("%s\n%s\n", LatenessText(live->lateness).c_str(),
                ConnectionsText(live->connections).c_str());
  }
  if (simulated) {
    std::printf("digest %s, unseed %s\n", ToHex(outcome->digest).c_str(),
                ToHex(outcome->unseed).c_str());
  }
  if (!(*files)->whole()) {
    run.verdict.JudgeBy(outcome->statistics, outcome->duration, outcome->counts.dropped);
  }
  int code = Verdicts(trace, spec, run, simulated, *outcome, path);
  if (!(*files)->whole() && files_options.needed) {
    std::printf("not judged by single requests: %s\n", (*files)->why_not().c_str());
    if (code == kExitPass) code = kExitInconclusive;
  }
  if (!run.no_trace) std::printf("trace: %s\n", path.c_str());
  if ((*files)->lost() && code == kExitPass) code = kExitInconclusive;
  return FinishLocust(run, locust->get(), json, code);
}

// --list and --show-task-ratio.
int Answer(const RunFlags& run, const RunSpec& spec) {
  if (run.locust.list && !run.spec.scenario_given()) {
    std::fputs(UserListText(ShippedClasses()).c_str(), stdout);
    return kExitPass;
  }
  const Result<Scenario> scenario =
      ParseScenario(spec.scenario_json, run.spec.scenario_path(), EnvFromSettings(spec));
  if (scenario.has_error()) return Fail(scenario.error());
  std::fputs(run.locust.Answer(*scenario, spec).c_str(), stdout);
  return kExitPass;
}

// Parses the command line with what lies below it: Locust's settings files and environment.
Result<bool> ParseArguments(const Arguments& arguments, RunFlags& run, Flags& flags) {
  const Result<LocustArguments> read = ReadLocustArguments(flags, arguments, ProcessSurroundings());
  if (read.has_error()) return read.error();
  const Result<bool> go_on = flags.Parse(read->words);
  if (go_on.has_error() || !*go_on) return go_on;
  for (const std::string& note : read->notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  const Result<void> good = run.locust.Check();
  if (good.has_error()) return good.error();
  return true;
}

}  // namespace

int RunCommand(const Arguments& arguments) {
  RunFlags run;
  Flags flags("run",
              "Runs seeded virtual users against the embedded workshop, or a live service with "
              "--host; records and judges what happened.",
              "redrive run peak_burst_full --seed 42 --host http://127.0.0.1:8001\n\n"
              "Locust's other flags are taken too, or refused with a reason: docs/LOCUST.md");
  AddFlags(run, flags);
  const Result<bool> go_on = ParseArguments(arguments, run, flags);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  if (run.locust.version) {
    std::puts(VersionText().c_str());
    return kExitPass;
  }
  if (!run.spec.workshop_given()) run.live.TakeEnvironment();
  if (!run.live.host().empty()) {
    const Result<void> allowed = run.live.CheckTarget();
    if (allowed.has_error()) return Fail(allowed.error());
  }
  Result<RunSpec> spec = run.spec.MakeSpec();
  if (spec.has_error()) return Fail(spec.error());
  const Result<void> taken = TakeEnvironment(run.spec.scenario_path(), &*spec);
  if (taken.has_error()) return Fail(taken.error());
  const Result<void> changed = ChangeClasses(run.locust.changes(), &*spec);
  if (changed.has_error()) return Fail(changed.error());
  if (run.locust.only_asks()) return Answer(run, *spec);
  return Run(run, std::move(*spec));
}

}  // namespace redrive
