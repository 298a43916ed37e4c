// redrive corpus: runs a folder of regression cases.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "cli/command.h"
#include "cli/corpora.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/settings.h"
#include "cli/stop.h"
#include "replayer/regression_report.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCaseBytesMax = 4U << 20;
constexpr std::size_t kCasesMax = 10'000;

struct CorpusFlags {
  std::string place = "corpora/regressions";
  std::uint64_t budget = RegressionOptions().executions_max;
  std::string workshop;
  std::string junit;
  bool accept = false;
  bool json = false;
};

void AddFlags(CorpusFlags& corpus, Flags& flags) {
  flags.AddText("DIR", &corpus.place,
                "a folder of regression cases, or one of them (default corpora/regressions)");
  flags.AddNumber("--budget", &corpus.budget,
                  "executions around each recorded schedule (default 500; 0: none)", 0,
                  100'000'000);
  flags.AddText("--workshop", &corpus.workshop,
                "as-is, fixed, or a comma list of planted bugs, instead of what each case says");
  flags.AddSwitch("--accept", &corpus.accept,
                  "expect a pass from now on where an expected violation is gone");
  flags.AddText("--junit", &corpus.junit, "also write the result as JUnit XML to this file");
  flags.AddSwitch("--json", &corpus.json, "print the result as JSON");
}

// The cases, sorted by name. A folder without any is an error: a CI job that tests nothing must not
// be green.
Result<std::vector<std::string>> FindCases(const std::string& place) {
  std::error_code failed;
  if (fs::is_regular_file(place, failed)) return std::vector<std::string>{place};
  std::vector<std::string> files;
  fs::directory_iterator folder(place, failed);
  if (failed) {
    return Error{ErrorCode::kIo, place + ": " + failed.message() +
                                     ": expected a folder of regression cases, as written by "
                                     "redrive shrink TRACE --regression DIR"};
  }
  for (const auto& entry : folder) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  if (files.empty()) return Error{ErrorCode::kInvalid, place + ": no regression case (*.json)"};
  if (files.size() > kCasesMax) {
    return Error{ErrorCode::kLimit, place + ": more than 10000 regression cases"};
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
  return {};
}

// Values for ${env(NAME)} in its scenario.
Result<void> TakeSettings(const std::string& file, RegressionCase* regression) {
  RunSpec spec;
  spec.scenario_json = regression->scenario_json;
  const Result<void> taken = TakeEnvironment(file, &spec);
  if (taken.has_error()) return taken.error();
  regression->settings = spec.settings;
  return {};
}

CorpusEntry RunFile(const std::string& file, const RegressionOptions& options) {
  CorpusEntry entry;
  entry.file = file;
  const auto broken = [&entry](const Error& error) {
    entry.result.status = RegressionStatus::kCannotRun;
    entry.result.text = error.message;
    return entry;
  };
  const Result<std::string> text = ReadWholeFile(file, kCaseBytesMax);
  if (text.has_error()) return broken(text.error());
  Result<RegressionCase> regression = RegressionFromJson(*text, file);
  if (regression.has_error()) return broken(regression.error());
  const Result<void> settings = TakeSettings(file, &*regression);
  if (settings.has_error()) return broken(settings.error());
  entry.regression = std::move(*regression);
  entry.result = RunRegression(entry.regression, options);
  return entry;
}

int Run(const CorpusFlags& corpus, const std::vector<std::string>& files) {
  RegressionOptions options;
  options.executions_max = corpus.budget;
  options.stop = StopFlag();
  options.workshop = corpus.workshop;
  CatchStopSignals();
  std::vector<CorpusEntry> entries;
  for (const std::string& file : files) {
    entries.push_back(RunFile(file, options));
    CorpusEntry& entry = entries.back();
    if (!corpus.accept || entry.result.status != RegressionStatus::kGone) continue;
    RegressionCase fixed = entry.regression;
    fixed.expect = Expectation::kPass;
    const Result<void> written = WriteFile(file, RegressionToJson(fixed));
    if (written.has_error()) return Fail(written.error());
    entry.accepted = true;
  }
  if (!corpus.junit.empty()) {
    const Result<void> written = WriteFile(corpus.junit, CorpusToJUnit(entries));
    if (written.has_error()) return Fail(written.error());
  }
  std::fputs((corpus.json ? CorpusToJson(entries) : CorpusToText(entries)).c_str(), stdout);
  return CorpusExitCode(entries);
}

}  // namespace

int CorpusCommand(const Arguments& arguments) {
  CorpusFlags corpus;
  Flags flags("corpus",
              "Runs regression cases: each under its recorded schedule and around it. Fails when "
              "one that should pass violates, or an expected violation is gone.",
              "redrive corpus corpora/regressions --junit corpus.xml");
  AddFlags(corpus, flags);
  const Result<bool> go_on = flags.Parse(arguments);
  if (go_on.has_error()) return Fail(go_on.error());
  if (!*go_on) return kExitPass;
  const Result<std::vector<std::string>> files = FindCases(corpus.place);
  if (files.has_error()) return Fail(files.error());
  return Run(corpus, *files);
}

}  // namespace redrive
