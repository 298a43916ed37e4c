// redrive explore: searches the interleavings of a small scenario, or of requests of a trace.
// redrive merge: joins the reports of a campaign's parts.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>

#include "cli/command.h"
#include "cli/corpora.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "cli/shard.h"
#include "cli/spec_flags.h"
#include "cli/stop.h"
#include "cli/trace_input.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"
#include "replayer/campaign.h"
#include "replayer/pick.h"

namespace redrive {
namespace {

// A scenario with more requests than this is searched pair by pair.
constexpr std::size_t kWholeMax = 6;
constexpr std::size_t kReportBytesMax = 1U << 30;

struct ExploreFlags {
  std::string input;
  std::uint64_t seed = 42;
  std::uint64_t users = 0;
  std::string workshop;
  std::string strategy = "auto";
  std::string budget;
  std::uint64_t jobs = 1;
  std::string pick;
  std::string window;
  std::uint64_t requests = 2;
  std::string before;
  std::vector<std::string> allowed;
  bool no_oracle = false;
  bool all = false;
  std::string shard;
  std::string report_path;
  std::string out = ".";
  bool json = false;
  bool quiet = false;
};

void AddFlags(ExploreFlags& explore, Flags& flags) {
  flags.AddText("INPUT", &explore.input, "a scenario (file or shipped name) or a trace", true);
  flags.AddNumber("-s,--seed", &explore.seed, "of the search and of a scenario's run (default 42)");
  flags.AddNumber("-u,--users", &explore.users, "virtual users of a scenario's run", 1, 1'000);
  flags.AddText("--workshop", &explore.workshop, "as-is, fixed, or a comma list of planted bugs");
  flags.AddText("--strategy", &explore.strategy,
                "auto (default), random, urw, surw, pct:D, pos, bounded:N, dfs, dpor");
  flags.AddText("--budget", &explore.budget,
                "executions per case, or a time such as 30s for all (default 20000)");
  flags.AddNumber("-j,--jobs", &explore.jobs, "threads (default 1)", 1, 256);
  flags.AddText("--pick", &explore.pick,
                "auto: each pair of requests that conflict; all: everything as one case; or request "
                "numbers such as 91,95 (default: all of up to 6 requests, else auto)");
  flags.AddText("--window", &explore.window, "only requests in flight between events, as 120..180");
  flags.AddNumber("--requests", &explore.requests, "requests per picked case (default 2)", 2, 6);
  flags.AddText("--before", &explore.before,
                "what comes before the picked requests: all that had ended (default), setup, needed");
  flags.AddList("--allow", &explore.allowed,
                "PLACE=REASON: a difference from every serial order that is legal");
  flags.AddSwitch("--no-oracle", &explore.no_oracle, "judge by the scenario's checks only");
  flags.AddSwitch("--all", &explore.all, "go on behind the first finding of a case");
  flags.AddText("--shard", &explore.shard,
                "I/N: part I (from 0) of N of the campaign; auto or auto/N: from the environment of "
                "MPI, Slurm or a Kubernetes indexed job");
  flags.AddText("--report", &explore.report_path, "write the report as JSON, for redrive merge");
  flags.AddText("--out", &explore.out, "folder for the traces of what was found (default .)");
  flags.AddSwitch("--json", &explore.json, "print the report as JSON");
  flags.AddSwitch("-q,--quiet", &explore.quiet, "no progress");
}

Result<std::vector<std::uint64_t>> ParseNumbers(const std::string& text, char separator,
                                                const std::string& expected) {
  std::vector<std::uint64_t> numbers;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    const std::string word = text.substr(at, end - at);
    if (word.empty() || word.size() > 18 ||
        word.find_first_not_of("0123456789") != std::string::npos) {
      return Error{ErrorCode::kInvalid, "'" + text + "': expected " + expected};
    }
    numbers.push_back(std::stoull(word));
    at = end + 1;
  }
  return numbers;
}

Result<PickOptions> MakePick(const ExploreFlags& explore) {
  PickOptions pick;
  pick.requests = explore.requests;
  if (explore.window.empty()) return pick;
  const std::string expected = "--window FIRST..LAST, two event numbers such as 120..180";
  const std::size_t dots = explore.window.find("..");
  if (dots == std::string::npos) {
    return Error{ErrorCode::kInvalid, "'" + explore.window + "': expected " + expected};
  }
  std::string both = explore.window;
  both.replace(dots, 2, ".");
  const auto numbers = ParseNumbers(both, '.', expected);
  if (numbers.has_error()) return numbers.error();
  if (numbers->size() != 2 || (*numbers)[0] > (*numbers)[1]) {
    return Error{ErrorCode::kInvalid, "'" + explore.window + "': expected " + expected};
  }
  pick.first_event = (*numbers)[0];
  pick.last_event = (*numbers)[1];
  return pick;
}

bool IsTraceFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char first = 0;
  // A scenario is JSON text; whatever else is a file is for the trace reader to judge.
  while (file.get(first) && (first == ' ' || first == '\n' || first == '\t' || first == '\r')) {
  }
  return file && first != '{' && first != '/';
}

// One run of the scenario: it tells which requests there are and what they touch.
Result<Trace> RunOnce(const ExploreFlags& explore) {
  RunSpec spec;
  Result<ScenarioFile> file = LoadScenarioFile(explore.input);
  if (file.has_error()) return file.error();
  spec.scenario_name = explore.input;
  spec.scenario_json = std::move(file->text);
  spec.seed = explore.seed;
  spec.workshop = explore.workshop;
  spec.users = static_cast<std::uint32_t>(explore.users);
  const Result<void> taken = TakeEnvironment(file->path, &spec);
  if (taken.has_error()) return taken.error();
  TraceCollector collector;
  ExecuteOptions options;
  options.sink = &collector;
  options.limits.stop = StopFlag();
  const Result<RunOutcome> outcome = ExecuteSimulation(spec, options);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->setup_error.empty()) return Error{ErrorCode::kInvalid, outcome->setup_error};
  return std::move(collector.trace);
}

Result<Trace> LoadInput(const ExploreFlags& explore) {
  if (!IsTraceFile(explore.input)) return RunOnce(explore);
  Result<Trace> trace = LoadTrace(explore.input);
  if (trace.has_error()) return trace;
  const Result<void> restored = RestoreSecrets(&trace->header.spec);
  if (restored.has_error()) return restored.error();
  if (!explore.workshop.empty()) trace->header.spec.workshop = explore.workshop;
  return trace;
}

Result<std::vector<PickedGroup>> Groups(const ExploreFlags& explore, const Trace& trace) {
  const Result<PickOptions> pick = MakePick(explore);
  if (pick.has_error()) return pick.error();
  std::vector<std::uint64_t> operations = OperationsInWindow(trace, *pick);
  const bool small = operations.size() <= kWholeMax;
  const std::string mode = !explore.pick.empty() ? explore.pick : small ? "all" : "auto";
  if (mode == "auto") {
    std::vector<PickedGroup> groups = PickConflicts(trace, *pick);
    if (!groups.empty()) return groups;
    return Error{ErrorCode::kInvalid,
                 trace.steps.empty()
                     ? "this trace holds no data operations, so conflicts are not known: name the "
                       "requests with --pick 91,95"
                     : "no two requests of different users conflict here: there is nothing to search"};
  }
  if (mode != "all") {
    auto numbers = ParseNumbers(mode, ',', "--pick auto, all, or request numbers such as 91,95");
    if (numbers.has_error()) return numbers.error();
    operations = std::move(*numbers);
  }
  if (operations.empty()) {
    return Error{ErrorCode::kInvalid, "no request of the users lies in this window"};
  }
  PickedGroup group{operations, {}, {}};
  for (const std::uint64_t operation : operations) {
    if (operation == 0 || operation > trace.invokes.size()) continue;  // CaseFromTrace says so
    const std::string& name = trace.invokes[operation - 1].name;
    group.names += (group.names.empty() ? "" : " × ") + name;
  }
  return std::vector<PickedGroup>{std::move(group)};
}

Result<std::vector<CampaignInput>> Inputs(const ExploreFlags& explore, const Trace& trace) {
  CaseSetup setup = CaseSetup::kAll;
  if (explore.before == "setup") {
    setup = CaseSetup::kSetup;
  } else if (explore.before == "needed") {
    setup = CaseSetup::kNeeded;
  } else if (!explore.before.empty() && explore.before != "all") {
    return Error{ErrorCode::kInvalid,
                 "--before '" + explore.before + "': expected all, setup or needed"};
  }
  const auto groups = Groups(explore, trace);
  if (groups.has_error()) return groups.error();
  std::vector<CampaignInput> inputs;
  for (const PickedGroup& group : *groups) {
    Result<Case> source = CaseFromTrace(trace, group.operations, setup);
    if (source.has_error()) return source.error();
    inputs.push_back({group.names, group.conflict, group.operations, std::move(*source)});
  }
  return inputs;
}

Result<void> SetBudget(const std::string& text, ExploreOptions* options) {
  if (text.empty()) return {};
  if (text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 18) {
    options->budget = std::stoull(text);
    if (options->budget > 0) return {};
  }
  const Result<VirtualTime> time = ParseDuration(text);
  if (time.has_error() || options->budget == 0) {
    return Error{ErrorCode::kInvalid,
                 "--budget '" + text + "': expected a number of executions or a time such as 30s"};
  }
  options->budget = ~std::uint64_t{0} >> 8;
  const auto end = std::chrono::steady_clock::now() + *time;
  options->out_of_time = [end] { return std::chrono::steady_clock::now() >= end; };
  return {};
}

Result<CampaignOptions> MakeOptions(const ExploreFlags& explore) {
  CampaignOptions options;
  ExploreOptions& search = options.explore;
  search.strategy = explore.strategy;
  search.seed = explore.seed;
  search.all = explore.all;
  search.use_oracle = !explore.no_oracle;
  search.stop = StopFlag();
  options.jobs = static_cast<std::uint32_t>(explore.jobs);
  for (const std::string& text : explore.allowed) {
    Result<Allowance> allowance = Allowance::FromText(text);
    if (allowance.has_error()) return allowance.error();
    search.oracle.allowed.push_back(std::move(*allowance));
  }
  const Result<void> budget = SetBudget(explore.budget, &search);
  if (budget.has_error()) return budget.error();
  if (!explore.shard.empty()) {
    const Result<Shard> shard = ParseShard(explore.shard, FromEnvironment);
    if (shard.has_error()) return shard.error();
    search.shard = *shard;
  }
  return options;
}

// What identifies the campaign: the same for all its parts.
std::string CampaignCommand(const ExploreFlags& explore) {
  Arguments words = {"explore", explore.input};
  const auto add = [&words](const std::string& flag, const std::string& value) {
    if (!value.empty()) words.push_back(flag + "=" + value);
  };
  add("--seed", std::to_string(explore.seed));
  if (explore.users != 0) add("--users", std::to_string(explore.users));
  add("--workshop", explore.workshop);
  if (explore.strategy != "auto") add("--strategy", explore.strategy);
  add("--budget", explore.budget);
  add("--pick", explore.pick);
  add("--window", explore.window);
  if (explore.requests != 2) add("--requests", std::to_string(explore.requests));
  add("--before", explore.before);
  for (const std::string& allowance : explore.allowed) add("--allow", allowance);
  if (explore.no_oracle) words.emplace_back("--no-oracle");
  if (explore.all) words.emplace_back("--all");
  return ShellCommand(words);
}

// Progress on a terminal: executions per second, the search at hand, findings.
class ProgressLine {
 public:
  ProgressLine(bool quiet, std::size_t cases)
      : shown_(!quiet && isatty(STDERR_FILENO) != 0), cases_(cases) {}

  void Install(CampaignOptions* options) {
    if (!shown_) return;
    options->explore.on_progress = [this](const ExploreProgress& progress) {
      const std::scoped_lock lock(mutex_);
      last_ = progress;
      Print();
    };
    options->on_case = [this](const CampaignCase& one, std::size_t ended) {
      const std::scoped_lock lock(mutex_);
      executions_ += one.report.executions;
      findings_ += one.report.findings.size();
      ended_ = ended;
      last_ = {};
      Print();
    };
  }
  void Clear() const {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

 private:
  void Print() {
    const auto now = std::chrono::steady_clock::now();
    if (now - printed_ < std::chrono::milliseconds(100)) return;
    printed_ = now;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const std::uint64_t executions = executions_ + last_.executions;
    std::fprintf(stderr, "\rcase %zu/%zu: %s, %llu executions (%.0f/s), %llu findings\033[K",
                 std::min(ended_ + 1, cases_), cases_, last_.strategy.c_str(),
                 static_cast<unsigned long long>(executions),
                 seconds > 0 ? static_cast<double>(executions) / seconds : 0.0,
                 static_cast<unsigned long long>(findings_ + last_.findings));
  }

  bool shown_;
  std::size_t cases_;
  std::size_t ended_ = 0;
  std::uint64_t executions_ = 0;
  std::uint64_t findings_ = 0;
  ExploreProgress last_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point printed_;
  std::mutex mutex_;
};

// Each case that went wrong as a trace that replays exactly; says where it is.
Result<void> WriteTraces(const ExploreFlags& explore, const std::vector<CampaignInput>& inputs,
                         const CampaignReport& report) {
  for (const CampaignCase& one : report.cases) {
    if (one.report.findings.empty()) continue;
    const ExploreFinding& finding = one.report.findings.front();
    const auto runner = CaseRunner::Make(CaseToSpec(inputs[one.number].source));
    if (runner.has_error()) return runner.error();
    Result<Trace> trace = (*runner)->Record(finding.schedule);
    if (trace.has_error()) return trace.error();
    trace->header.redrive_version = VersionText();
    trace->header.spec = WithoutSecrets(trace->header.spec);
    const std::string path = explore.out + "/" + inputs[one.number].source.name + "-explored-" +
                             std::to_string(one.number + 1) + ".redrive";
    const Result<void> written = WriteTrace(*trace, path);
    if (written.has_error()) return written.error();
    std::printf("case %llu: to replay: %s\n", static_cast<unsigned long long>(one.number + 1),
                ShellCommand({"replay", path, "--repeat=20"}).c_str());
  }
  return {};
}

int Print(const CampaignReport& report, bool json, const std::string& path) {
  if (!path.empty()) {
    std::ofstream file(path, std::ios::binary);
    file << CampaignToJson(report);
    file.close();
    if (!file) return Fail(Error{ErrorCode::kIo, path + ": could not be written"});
  }
  std::fputs((json ? CampaignToJson(report) : CampaignToText(report)).c_str(), stdout);
  const int code = ExitCode(report);
  return code == kExitPass && !MissingParts(report).empty() && path.empty()
             ? static_cast<int>(kExitInconclusive)
             : code;
}

int Explore(const ExploreFlags& explore) {
  Result<CampaignOptions> options = MakeOptions(explore);
  if (options.has_error()) return Fail(options.error());
  CatchStopSignals();
  const Result<Trace> trace = LoadInput(explore);
  if (trace.has_error()) return Fail(trace.error());
  const auto inputs = Inputs(explore, *trace);
  if (inputs.has_error()) return Fail(inputs.error());
  if (!explore.json) {
    std::printf("%zu %s to search (%s, seed %llu, workshop %s)\n\n", inputs->size(),
                inputs->size() == 1 ? "case" : "cases", explore.input.c_str(),
                static_cast<unsigned long long>(explore.seed),
                inputs->front().source.workshop.c_str());
    std::fflush(stdout);
  }
  ProgressLine progress(explore.quiet, inputs->size());
  progress.Install(&*options);
  Result<CampaignReport> report = RunCampaign(*inputs, *options);
  progress.Clear();
  if (report.has_error()) return Fail(report.error());
  report->command = CampaignCommand(explore);
  const int code = Print(*report, explore.json, explore.report_path);
  if (explore.json || ExitCode(*report) != kExitViolation) return code;
  const Result<void> written = WriteTraces(explore, *inputs, *report);
  if (written.has_error()) return Fail(written.error());
  std::printf("to re-run: %s\n", report->command.c_str());
  return code;
}

}  // namespace

int ExploreCommand(const Arguments& arguments) {
  ExploreFlags explore;
  Flags flags("explore",
              "Searches the interleavings of a few requests for races, by the serial-outcome oracle "
              "and the scenario's checks, and says how much it has searched.",
              "redrive explore peak_burst_full --jobs 2");
  AddFlags(explore, flags);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  return Explore(explore);
}

int MergeCommand(const Arguments& arguments) {
  std::vector<std::string> paths;
  std::string out;
  bool json = false;
  Flags flags("merge", "Joins the reports of the parts of one campaign (explore --shard --report).",
              "redrive merge part-0.json part-1.json");
  flags.AddList("REPORT", &paths, "what explore --report wrote");
  flags.AddText("--report", &out, "write the joined report as JSON");
  flags.AddSwitch("--json", &json, "print the joined report as JSON");
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  std::vector<CampaignReport> parts;
  for (const std::string& path : paths) {
    const Result<std::string> text = ReadWholeFile(path, kReportBytesMax);
    if (text.has_error()) return Fail(text.error());
    Result<CampaignReport> part = CampaignFromJson(*text, path);
    if (part.has_error()) return Fail(part.error());
    parts.push_back(std::move(*part));
  }
  const Result<CampaignReport> merged = MergeCampaigns(std::move(parts));
  if (merged.has_error()) return Fail(merged.error());
  return Print(*merged, json, out);
}

}  // namespace redrive
