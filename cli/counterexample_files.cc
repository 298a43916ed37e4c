#include "cli/counterexample_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "cli/command.h"
#include "cli/settings.h"
#include "recorder/trace_file.h"
#include "replayer/case_edit.h"
#include "replayer/regression.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

Result<void> WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
  return {};
}

Result<void> MakeFolder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::kIo, folder + ": " + failed.message()};
  return {};
}

// "name.json", not "./name.json": what people would type.
std::string PathIn(const std::string& folder, const std::string& name) {
  return folder.empty() || folder == "." ? name : (fs::path(folder) / name).string();
}

std::string ReplayCommand(const CounterexampleFiles& files) {
  return ShellCommand({"replay", files.trace, "--repeat", "20"});
}

}  // namespace

Result<CounterexampleFiles> SaveCounterexample(const Counterexample& counterexample,
                                               const CounterexamplePlaces& places) {
  const Result<void> made = MakeFolder(places.folder);
  if (made.has_error()) return made.error();
  const std::string stem = PathIn(places.folder, places.stem);
  CounterexampleFiles files{.trace = stem + ".min.redrive",
                            .scenario = stem + ".case.json",
                            .script = stem + ".curl.sh",
                            .regression = {},
                            .others = {}};
  Trace trace = counterexample.trace;
  trace.header.spec = WithoutSecrets(trace.header.spec);
  trace.header.redrive_version = VersionText();
  Result<void> written = WriteTrace(trace, files.trace);
  if (written.has_error()) return written.error();
  std::vector<std::pair<std::string, std::string>> texts = {
      {files.scenario, CaseToScenario(counterexample.source)},
      {files.script, CurlScript(counterexample, ReplayCommand(files))}};
  for (const OtherFinding& other : counterexample.others) {
    if (!places.others) break;
    files.others.push_back(stem + ".other-" + std::to_string(files.others.size() + 1) +
                           ".case.json");
    texts.emplace_back(files.others.back(), CaseToScenario(other.source));
  }
  if (!places.regression_folder.empty()) {
    const Result<void> folder = MakeFolder(places.regression_folder);
    if (folder.has_error()) return folder.error();
    const RegressionCase regression = RegressionOf(counterexample);
    files.regression = PathIn(places.regression_folder, regression.name + ".json");
    texts.emplace_back(files.regression, RegressionToJson(regression));
  }
  for (const auto& [path, text] : texts) {
    written = WriteText(path, text);
    if (written.has_error()) return written.error();
  }
  return files;
}

CounterexampleTextOptions CommandsFor(const CounterexampleFiles& files) {
  CounterexampleTextOptions options;
  options.commands = {{"to see it again:", ReplayCommand(files)},
                      {"to judge it again:", ShellCommand({"check", files.trace})},
                      {"to search around it:", ShellCommand({"explore", files.scenario})},
                      {"to try it by hand:", "sh " + files.script + " http://127.0.0.1:8001"}};
  if (!files.regression.empty()) {
    options.commands.emplace_back("to keep it fixed:", ShellCommand({"corpus", files.regression}));
  }
  for (const std::string& other : files.others) {
    options.commands.emplace_back("the other finding:", ShellCommand({"explore", other}));
  }
  return options;
}

std::string CounterexampleStem(const std::string& trace_path, const std::string& check) {
  std::string stem = fs::path(trace_path).filename().string();
  for (const char* ending : {".redrive", ".min"}) {
    if (stem.size() > std::strlen(ending) && stem.ends_with(ending)) {
      stem.resize(stem.size() - std::strlen(ending));
    }
  }
  return check.empty() ? stem : stem + "-" + Slug(check);
}

std::function<void(const std::string&)> ShrinkProgress(bool quiet) {
  if (quiet || isatty(STDERR_FILENO) == 0) return {};
  return
      [](const std::string& what) { std::fprintf(stderr, "\rshrinking, %s\033[K", what.c_str()); };
}

void ClearProgress(bool quiet) {
  if (!quiet && isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
}

}  // namespace redrive
