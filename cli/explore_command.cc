// redrive explore: searches the interleavings of a small scenario, or of requests of a trace.
// redrive merge: joins the reports of a campaign's parts.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>

#include "cli/command.h"
#include "cli/corpora.h"
#include "cli/counterexample_files.h"
#include "cli/exit_code.h"
#include "cli/explore_input.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "cli/shard.h"
#include "cli/stop.h"
#include "recorder/trace_file.h"
#include "replayer/campaign.h"
#include "replayer/case_judge.h"
#include "replayer/serial_failure.h"

namespace redrive {
namespace {

constexpr std::size_t kReportBytesMax = 1U << 30;

struct ExploreFlags {
  ExploreInput input;
  std::string strategy = "auto";
  std::string budget;
  std::uint64_t jobs = 1;
  std::vector<std::string> allowed;
  bool no_oracle = false;
  bool all = false;
  std::string shard;
  std::string report_path;
  std::string out = ".";
  bool json = false;
  bool no_shrink = false;
  bool quiet = false;
};

void AddFlags(ExploreFlags& explore, Flags& flags) {
  flags.AddText("INPUT", &explore.input.name, "a scenario (file or shipped name) or a trace", true);
  flags.AddNumber("-s,--seed", &explore.input.seed,
                  "of the search and of a scenario's run (default 42)");
  flags.AddNumber("-u,--users", &explore.input.users, "virtual users of a scenario's run", 1,
                  1'000);
  flags.AddText("--workshop", &explore.input.workshop,
                "as-is, fixed, or a comma list of planted bugs");
  flags.AddText("--strategy", &explore.strategy,
                "auto (default), random, urw, surw, pct:D, pos, bounded:N, dfs, dpor");
  flags.AddText("--budget", &explore.budget,
                "executions per case, or a time such as 30s for all (default 20000)");
  flags.AddNumber("-j,--jobs", &explore.jobs, "threads (default 1)", 1, 256);
  flags.AddText(
      "--pick", &explore.input.pick,
      "auto: each pair of requests that conflict; all: everything as one case; or request "
      "numbers such as 91,95 (default: all of up to 6 requests, else auto)");
  flags.AddText("--window", &explore.input.window,
                "only requests in flight between events, as 120..180");
  flags.AddNumber("--requests", &explore.input.requests, "requests per picked case (default 2)", 2,
                  6);
  flags.AddText(
      "--before", &explore.input.before,
      "what comes before the picked requests: all that had ended (default), setup, needed");
  flags.AddList("--allow", &explore.allowed,
                "PLACE=REASON: a difference from every serial order that is legal");
  flags.AddSwitch("--no-oracle", &explore.no_oracle, "judge by the scenario's checks only");
  flags.AddSwitch("--all", &explore.all, "go on behind the first finding of a case");
  flags.AddText(
      "--shard", &explore.shard,
      "I/N: part I (from 0) of N of the campaign; auto or auto/N: from the environment of "
      "MPI, Slurm or a Kubernetes indexed job");
  flags.AddText("--report", &explore.report_path, "write the report as JSON, for redrive merge");
  flags.AddText("--out", &explore.out, "folder for the traces of what was found (default .)");
  flags.AddSwitch("--json", &explore.json, "print the report as JSON");
  flags.AddSwitch("--no-shrink", &explore.no_shrink, "do not make the first finding small");
  flags.AddSwitch("-q,--quiet", &explore.quiet, "no progress");
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
  search.seed = explore.input.seed;
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
  Arguments words = {"explore", explore.input.name};
  const auto add = [&words](const std::string& flag, const std::string& value) {
    if (!value.empty()) words.push_back(flag + "=" + value);
  };
  add("--seed", std::to_string(explore.input.seed));
  if (explore.input.users != 0) add("--users", std::to_string(explore.input.users));
  add("--workshop", explore.input.workshop);
  if (explore.strategy != "auto") add("--strategy", explore.strategy);
  add("--budget", explore.budget);
  add("--pick", explore.input.pick);
  add("--window", explore.input.window);
  if (explore.input.requests != 2) add("--requests", std::to_string(explore.input.requests));
  add("--before", explore.input.before);
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
    std::fprintf(stderr,
                 "\rcase %zu/%zu: %s, %llu executions (%.0f/s), %llu classes, %llu steps deep, "
                 "%llu findings\033[K",
                 std::min(ended_ + 1, cases_), cases_, last_.strategy.c_str(),
                 static_cast<unsigned long long>(executions),
                 seconds > 0 ? static_cast<double>(executions) / seconds : 0.0,
                 static_cast<unsigned long long>(last_.classes),
                 static_cast<unsigned long long>(last_.depth),
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

// The first finding of the campaign, made small and told.
void ShrinkFirst(const ExploreFlags& explore, const SerialOracleOptions& oracle,
                 const std::vector<CampaignInput>& inputs, const CampaignReport& report) {
  const auto found =
      std::find_if(report.cases.begin(), report.cases.end(),
                   [](const CampaignCase& one) { return !one.report.findings.empty(); });
  if (found == report.cases.end()) return;
  const ExploreFinding& finding = found->report.findings.front();
  ShrinkOptions options;
  options.executions_max = 100'000;
  options.stop = StopFlag();
  options.on_progress = ShrinkProgress(explore.quiet);
  if (finding.oracle == kSerialOracleName) options.failures = SerialFailures(oracle);
  const Result<Counterexample> small =
      ShrinkCase(inputs[found->number].source, finding.schedule,
                 FailureIdentity{finding.oracle, finding.shape}, options);
  ClearProgress(explore.quiet);
  if (small.has_error()) {
    std::printf("\nnot shrunk: %s\n", small.error().message.c_str());
    return;
  }
  CounterexamplePlaces places;
  places.folder = explore.out;
  places.stem =
      inputs[found->number].source.name + "-explored-" + std::to_string(found->number + 1);
  places.others = false;
  const Result<CounterexampleFiles> files = SaveCounterexample(*small, places);
  if (files.has_error()) {
    std::fprintf(stderr, "warning: %s\n", files.error().message.c_str());
    return;
  }
  std::printf("\n%s\n", CounterexampleToText(*small, CommandsFor(*files)).c_str());
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
  const Result<Trace> trace = LoadInput(explore.input);
  if (trace.has_error()) return Fail(trace.error());
  const auto inputs = PickInputs(explore.input, *trace);
  if (inputs.has_error()) return Fail(inputs.error());
  if (!explore.json) {
    std::printf("%zu %s to search (%s, seed %llu, workshop %s)\n\n", inputs->size(),
                inputs->size() == 1 ? "case" : "cases", explore.input.name.c_str(),
                static_cast<unsigned long long>(explore.input.seed),
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
  if (!explore.no_shrink) ShrinkFirst(explore, options->explore.oracle, *inputs, *report);
  std::printf("to re-run: %s\n", report->command.c_str());
  return code;
}

}  // namespace

int ExploreCommand(const Arguments& arguments) {
  ExploreFlags explore;
  Flags flags(
      "explore",
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
