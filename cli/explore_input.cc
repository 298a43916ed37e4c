#include "cli/explore_input.h"

#include <algorithm>
#include <fstream>

#include "cli/corpora.h"
#include "cli/settings.h"
#include "cli/stop.h"
#include "cli/trace_input.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"
#include "replayer/pick.h"

namespace redrive {
namespace {

// A scenario with more requests than this is searched pair by pair.
constexpr std::size_t kWholeMax = 6;

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

Result<PickOptions> MakePick(const ExploreInput& input) {
  PickOptions pick;
  pick.requests = input.requests;
  if (input.window.empty()) return pick;
  const std::string expected = "--window FIRST..LAST, two event numbers such as 120..180";
  const std::size_t dots = input.window.find("..");
  if (dots == std::string::npos) {
    return Error{ErrorCode::kInvalid, "'" + input.window + "': expected " + expected};
  }
  std::string both = input.window;
  both.replace(dots, 2, ".");
  const auto numbers = ParseNumbers(both, '.', expected);
  if (numbers.has_error()) return numbers.error();
  if (numbers->size() != 2 || (*numbers)[0] > (*numbers)[1]) {
    return Error{ErrorCode::kInvalid, "'" + input.window + "': expected " + expected};
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
Result<Trace> RunOnce(const ExploreInput& input) {
  RunSpec spec;
  Result<ScenarioFile> file = LoadScenarioFile(input.name);
  if (file.has_error()) return file.error();
  spec.scenario_name = input.name;
  spec.scenario_json = std::move(file->text);
  spec.seed = input.seed;
  spec.workshop = input.workshop;
  spec.users = static_cast<std::uint32_t>(input.users);
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

Result<std::vector<PickedGroup>> Groups(const ExploreInput& input, const Trace& trace) {
  const Result<PickOptions> pick = MakePick(input);
  if (pick.has_error()) return pick.error();
  std::vector<std::uint64_t> operations = OperationsInWindow(trace, *pick);
  const bool small = operations.size() <= kWholeMax;
  const std::string mode = !input.pick.empty() ? input.pick : small ? "all" : "auto";
  if (mode == "auto") {
    std::vector<PickedGroup> groups = PickConflicts(trace, *pick);
    if (!groups.empty()) return groups;
    return Error{
        ErrorCode::kInvalid,
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

}  // namespace

Result<Trace> LoadInput(const ExploreInput& input) {
  if (!IsTraceFile(input.name)) return RunOnce(input);
  Result<Trace> trace = LoadTrace(input.name);
  if (trace.has_error()) return trace;
  const Result<void> restored = RestoreSecrets(&trace->header.spec);
  if (restored.has_error()) return restored.error();
  if (!input.workshop.empty()) trace->header.spec.workshop = input.workshop;
  return trace;
}

Result<std::vector<CampaignInput>> PickInputs(const ExploreInput& input, const Trace& trace) {
  CaseSetup setup = CaseSetup::kAll;
  if (input.before == "setup") {
    setup = CaseSetup::kSetup;
  } else if (input.before == "needed") {
    setup = CaseSetup::kNeeded;
  } else if (!input.before.empty() && input.before != "all") {
    return Error{ErrorCode::kInvalid,
                 "--before '" + input.before + "': expected all, setup or needed"};
  }
  const auto groups = Groups(input, trace);
  if (groups.has_error()) return groups.error();
  std::vector<CampaignInput> inputs;
  for (const PickedGroup& group : *groups) {
    Result<Case> source = CaseFromTrace(trace, group.operations, setup);
    if (source.has_error()) return source.error();
    inputs.push_back({group.names, group.conflict, group.operations, std::move(*source)});
  }
  return inputs;
}

}  // namespace redrive
