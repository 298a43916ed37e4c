// redrive checklist: runs the scenarios of the load-testing guide in its order, and judges its
// "Before Beta Launch" list by what they measured.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/command.h"
#include "cli/corpora.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/live_flags.h"
#include "cli/settings.h"
#include "cli/sinks.h"
#include "cli/stop.h"
#include "cli/trace_input.h"
#include "cli/verdict_flags.h"
#include "recorder/execute.h"
#include "recorder/net/live_run.h"
#include "replayer/checklist.h"

namespace redrive {
namespace {

using Head = std::vector<std::pair<std::string, std::string>>;

struct ChecklistFlags {
  std::string folder = "battwheels";
  LiveFlags live;
  VerdictFlags verdict;
  std::uint64_t seed = 42;
  std::string workshop;
  std::uint64_t scale_milli = 1000;
  bool json = false;
  bool github = false;
  std::string junit_path;
  std::string baseline_path;
  std::string traces_folder;
};

// One scenario as the guide runs it. A minute's limit needs more than a minute to show, and users
// need their ramp: below `run_time_min` no scale goes.
struct GuideScenario {
  const char* name;
  std::uint32_t users;
  std::uint64_t spawn_rate_milli;
  std::chrono::seconds run_time;
  std::chrono::seconds run_time_min;
  bool expect_429;
};

constexpr GuideScenario kNormal = {"normal_operations",      50,   5'000, std::chrono::seconds(300),
                                   std::chrono::seconds(15), false};
constexpr GuideScenario kFinance = {
    "finance", 20, 2'000, std::chrono::seconds(300), std::chrono::seconds(15), false};
constexpr GuideScenario kBurst = {
    "peak_burst", 100, 20'000, std::chrono::seconds(120), std::chrono::seconds(10), true};
// Of Redrive, not of the guide: its own size, which its audit can still read back as a whole.
constexpr GuideScenario kBurstFull = {
    "peak_burst_full", 50, 25'000, std::chrono::seconds(30), std::chrono::seconds(10), true};
constexpr GuideScenario kEfi = {
    "efi", 10, 1'000, std::chrono::seconds(300), std::chrono::seconds(90), true};

void AddFlags(ChecklistFlags& checklist, Flags& flags) {
  flags.AddText("FOLDER", &checklist.folder,
                "where the scenarios lie (default battwheels, the shipped ones)");
  flags.AddNumber("-s,--seed", &checklist.seed, "the number everything follows from (default 42)");
  checklist.live.AddTo(flags);
  checklist.live.AddThreads(flags);
  flags.AddText("--workshop", &checklist.workshop,
                "as-is (default), fixed, or a comma list of planted bugs");
  flags.AddMilli("--scale", &checklist.scale_milli,
                 "run times times this, users stay: 0.1 for a short look (default 1)");
  checklist.verdict.AddProbes(flags, VerdictFlags::ProbeFile::kNone);
  flags.AddSwitch("--json", &checklist.json, "print the list as JSON");
  flags.AddText("--junit", &checklist.junit_path, "also write JUnit XML to this file");
  flags.AddSwitch("--github", &checklist.github, "also print GitHub annotations");
  flags.AddText("--baseline", &checklist.baseline_path, "write the baseline numbers to this file");
  flags.AddText("--traces", &checklist.traces_folder, "keep the trace of each run in this folder");
}

std::string ScenarioPath(const std::string& folder, const char* name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return folder + "/" + name + ".json";
  return folder + "/" + name;
}

Result<RunSpec> MakeSpec(const ChecklistFlags& checklist, const GuideScenario& guide) {
  RunSpec spec;
  spec.scenario_name = ScenarioPath(checklist.folder, guide.name);
  Result<ScenarioFile> file = LoadScenarioFile(spec.scenario_name);
  if (file.has_error()) return file.error();
  spec.scenario_json = std::move(file->text);
  spec.seed = checklist.seed;
  spec.users = guide.users;
  spec.spawn_rate_milli = guide.spawn_rate_milli;
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(guide.run_time).count();
  const std::int64_t scaled = whole * static_cast<std::int64_t>(checklist.scale_milli) / 1000;
  const VirtualTime run_time = std::chrono::milliseconds(scaled);
  spec.run_time_ns = std::max(run_time, VirtualTime(guide.run_time_min)).count();
  spec.workshop = checklist.workshop;
  const Result<void> taken = TakeEnvironment(file->path, &spec);
  if (taken.has_error()) return taken.error();
  return spec;
}

void Announce(const RunSpec& spec) {
  std::fprintf(stderr, "%s: %u users, %lld s\n", spec.scenario_name.c_str(), spec.users,
               static_cast<long long>(spec.run_time_ns / 1'000'000'000));
}

Result<RunOutcome> Drive(ChecklistFlags& checklist, const RunSpec& spec, TraceSink* sink,
                         TraceWriter* writer) {
  if (checklist.live.host().empty()) {
    ExecuteOptions options;
    options.sink = sink;
    options.limits.stop = StopFlag();
    return ExecuteSimulation(spec, options);
  }
  LiveOptions options = checklist.live.MakeOptions();
  options.sink = sink;
  options.stop = StopFlag();
  options.on_tick = [writer] {
    if (writer != nullptr) writer->FlushIfDue();
  };
  const std::unique_ptr<Probing> probing = checklist.verdict.WatchBackEnd();
  Result<LiveOutcome> live = ExecuteLive(spec, options);
  if (live.has_error()) return live.error();
  return std::move(live->run);
}

// Why a run that was started has nothing to say; "" when it has.
std::string ProblemOf(const GuideScenario& guide, const RunOutcome& outcome) {
  const std::string name = std::string(guide.name) + ": ";
  if (!outcome.setup_error.empty()) return name + outcome.setup_error;
  if (outcome.counts.started > 0 && outcome.counts.accepted == 0) {
    return name + "no request was accepted";
  }
  // A deadlock is a finding, which the row of the deadlocks tells.
  if (outcome.ending == Ending::kDone || outcome.ending == Ending::kDeadlock) return "";
  return name + "the run was cut short: " + std::string(EndingName(outcome.ending));
}

// Errors are those of the command's input; what the target did is in the result.
Result<ChecklistRun> RunScenario(ChecklistFlags& checklist, const GuideScenario& guide) {
  ChecklistRun run;
  run.live = !checklist.live.host().empty();
  if (StopFlag()->load()) {
    run.problem = std::string(guide.name) + ": not run, the command was interrupted";
    return run;
  }
  const Result<RunSpec> spec = MakeSpec(checklist, guide);
  if (spec.has_error()) return spec.error();
  Announce(*spec);
  std::unique_ptr<TraceWriter> writer;
  if (!checklist.traces_folder.empty()) {
    Result<std::unique_ptr<TraceWriter>> opened =
        TraceWriter::Open(checklist.traces_folder + "/" + guide.name + ".redrive");
    if (opened.has_error()) return opened.error();
    writer = std::move(*opened);
  }
  RunSink sink(writer.get());
  const Result<RunOutcome> outcome = Drive(checklist, *spec, &sink, writer.get());
  if (outcome.has_error()) return outcome.error();
  const Trace& trace = sink.trace();
  run.figures = FiguresOf(trace, spec->users, spec->run_time_ns);
  run.rerun_command = RerunCommand(trace.header);
  run.problem = ProblemOf(guide, *outcome);
  Result<CheckReport> report = Judge(trace, "", run.rerun_command, 3);
  if (report.has_error()) return report.error();
  run.checks = std::move(*report);
  if (run.live) SetAsideSurplus(&run);
  ServerFigures server;
  if (run.live) server = checklist.verdict.Figures();
  ThresholdOptions options;
  if (guide.expect_429) options.expected_statuses.push_back(429);
  run.guide = JudgeByGuide(trace, options, server);
  run.log = std::move(server.log);
  run.figures.probes = std::move(server.probes);
  run.limiter = MeasureLimiter(trace);
  return run;
}

Result<void> WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
}

Result<ChecklistInput> RunAll(ChecklistFlags& checklist) {
  ChecklistInput input;
  const std::pair<const GuideScenario*, ChecklistRun*> runs[] = {{&kNormal, &input.normal},
                                                                 {&kFinance, &input.finance},
                                                                 {&kBurst, &input.burst},
                                                                 {&kBurstFull, &input.burst_full},
                                                                 {&kEfi, &input.efi}};
  for (const auto& [guide, run] : runs) {
    Result<ChecklistRun> done = RunScenario(checklist, *guide);
    if (done.has_error()) return done.error();
    *run = std::move(*done);
  }
  for (const auto& [guide, run] : runs) {
    if (!run->log) continue;
    if (!input.log) input.log.emplace();
    input.log->Add(*run->log);
  }
  return input;
}

std::vector<ScenarioFigures> FiguresOfAll(const ChecklistInput& input) {
  std::vector<ScenarioFigures> figures;
  for (const ChecklistRun* run :
       {&input.normal, &input.finance, &input.burst, &input.burst_full, &input.efi}) {
    if (run->problem.empty()) figures.push_back(run->figures);
  }
  return figures;
}

int Print(const ChecklistFlags& checklist, const Head& head, const ChecklistInput& input) {
  const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
  if (!checklist.junit_path.empty()) {
    const Result<void> written = WriteText(checklist.junit_path, ChecklistToJunit(boxes));
    if (written.has_error()) return Fail(written.error());
  }
  if (checklist.json) {
    std::fputs(ChecklistToJson(head, boxes, FiguresOfAll(input)).c_str(), stdout);
  } else {
    std::fputs(ChecklistToText(boxes).c_str(), stdout);
  }
  // Beside JSON, annotations go where they do not spoil it: GitHub reads both streams.
  if (checklist.github) {
    std::fflush(stdout);
    std::fputs(ChecklistToGithub(boxes).c_str(), checklist.json ? stderr : stdout);
  }
  return ExitCodeOf(boxes);
}

int Run(ChecklistFlags& checklist) {
  const bool simulated = checklist.live.host().empty();
  const Result<void> probes = checklist.verdict.OpenProbes(simulated);
  if (probes.has_error()) return Fail(probes.error());
  CatchStopSignals();
  Result<ChecklistInput> input = RunAll(checklist);
  if (input.has_error()) return Fail(input.error());
  const std::string workshop = checklist.workshop.empty() ? "as-is" : checklist.workshop;
  const Head head = {{"target", simulated ? "workshop " + workshop : checklist.live.host()},
                     {"seed", std::to_string(checklist.seed)},
                     {"redrive", VersionText()}};
  if (!checklist.baseline_path.empty() && !StopFlag()->load()) {
    const Result<void> written =
        WriteText(checklist.baseline_path, BaselineToJson(head, FiguresOfAll(*input)));
    if (written.has_error()) return Fail(written.error());
    input->baseline_path = checklist.baseline_path;
  }
  return Print(checklist, head, *input);
}

}  // namespace

int ChecklistCommand(const Arguments& arguments) {
  ChecklistFlags checklist;
  Flags flags("checklist",
              "Runs the four scenarios of Battwheels' load-testing guide, with the burst that has "
              "what the guide claims for the third, and judges the guide's list before a launch.",
              "redrive checklist --host http://127.0.0.1:8001 --scale 0.1 --junit checklist.xml");
  AddFlags(checklist, flags);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  if (checklist.workshop.empty()) checklist.live.TakeEnvironment();
  if (!checklist.live.host().empty()) {
    const Result<void> allowed = checklist.live.CheckTarget();
    if (allowed.has_error()) return Fail(allowed.error());
  }
  return Run(checklist);
}

}  // namespace redrive
