#include "replayer/case_judge.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/hash.h"
#include "replayer/history.h"
#include "replayer/judgement.h"

namespace redrive {
namespace {

constexpr std::size_t kDifferencesMax = 12;
constexpr std::size_t kViolationsMax = 1'000;  // per check, looked through for one of the lanes

std::string Shown(const std::string& value) {
  constexpr std::size_t kMax = 60;
  if (value.empty()) return "nothing";
  return value.size() <= kMax ? value : value.substr(0, kMax) + "…";
}

// The document of a place: "tickets/TKT-000001 /title" is of "tickets/TKT-000001".
std::string_view DocumentOf(std::string_view place) { return place.substr(0, place.find(" /")); }

// A line for each difference, but one for a document that is there on one side only.
std::vector<std::string> DifferenceLines(const std::vector<FactDifference>& differences,
                                         const std::string& order) {
  std::map<std::string_view, std::vector<const FactDifference*>> documents;
  std::vector<std::string_view> in_order;
  for (const FactDifference& difference : differences) {
    auto& list = documents[DocumentOf(difference.place)];
    if (list.empty()) in_order.push_back(DocumentOf(difference.place));
    list.push_back(&difference);
  }
  std::vector<std::string> lines;
  for (const std::string_view document : in_order) {
    const auto& list = documents[document];
    const auto all = [&](auto side) {
      return list.size() > 2 && std::all_of(list.begin(), list.end(), [&](const auto* difference) {
               return side(*difference).empty();
             });
    };
    if (all([](const FactDifference& d) -> const std::string& { return d.here; })) {
      lines.push_back(std::string(document) + ": here unchanged or absent, in order " + order +
                      " written");
    } else if (all([](const FactDifference& d) -> const std::string& { return d.there; })) {
      lines.push_back(std::string(document) + ": here written, in order " + order +
                      " unchanged or absent");
    } else {
      for (const FactDifference* difference : list) {
        lines.push_back(difference->place + ": here " + Shown(difference->here) + ", in order " +
                        order + " " + Shown(difference->there));
      }
    }
  }
  if (lines.size() <= kDifferencesMax) return lines;
  const std::size_t more = lines.size() - kDifferencesMax;
  lines.resize(kDifferencesMax);
  lines.push_back("… and " + std::to_string(more) + " more");
  return lines;
}

// The letter under which a request of the trace is known, by its virtual user.
std::string Letter(const InvokeRecord& invoke) {
  return invoke.user < 26 ? std::string(1, static_cast<char>('A' + invoke.user))
                          : std::to_string(invoke.user + 1);
}

// How two of the requests stepped on each other, from the recorded data operations.
std::string WindowSentence(const Trace& trace) {
  const History history(trace);
  std::vector<const InvokeRecord*> requests;
  for (const InvokeRecord& invoke : trace.invokes) {
    if (invoke.phase == Phase::kRun) requests.push_back(&invoke);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    for (std::size_t j = i + 1; j < requests.size(); ++j) {
      const std::vector<WindowStep> window =
          FindWindow(history, requests[i]->operation, requests[j]->operation, "");
      if (window.empty()) continue;
      std::string text = "The window: ";
      for (const WindowStep& step : window) {
        if (&step != &window.front()) text += ", then ";
        text += Letter(trace.invokes[step.operation - 1]) +
                (step.mode == Mode::kWrite ? " writes " : " reads ") + step.resource + " (" +
                step.label + ")";
      }
      return text + ".";
    }
  }
  return "No pair of data operations that read stale data was found: the order of writes made it.";
}

}  // namespace

Result<std::unique_ptr<CaseJudge>> CaseJudge::Make(CaseRunner& runner, SerialOracle* oracle) {
  std::unique_ptr<CaseJudge> judge(new CaseJudge(runner, oracle));
  auto checkers = ParseScenarioChecks(runner.spec().scenario_json, runner.spec().scenario_name);
  if (checkers.has_error()) return checkers.error();
  judge->checkers_ = std::move(*checkers);
  return judge;
}

void CaseJudge::LearnUnknown(const std::vector<Schedule>& schedules) {
  const auto serial = MakeStrategy("serial", 0);
  REDRIVE_CHECK(serial.has_value());
  for (const Schedule& schedule : schedules) {
    const auto execution = runner_.Execute(**serial, 0, schedule);
    if (execution && execution->ending == Ending::kDone) (void)Judge(*execution);
  }
  silent_.merge(unknown_);
  unknown_.clear();
}

const std::vector<CaseFailure>& CaseJudge::Judge(const CaseExecution& execution) {
  const std::pair<std::uint64_t, std::uint64_t> key(execution.outcome, execution.order);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_[key] = Examine(execution);
}

std::vector<CaseFailure> CaseJudge::Examine(const CaseExecution& execution) {
  std::vector<CaseFailure> failures;
  const Schedule schedule = runner_.schedule();
  const bool serial = oracle_ == nullptr || oracle_->Accepts(execution);
  if (serial && checkers_.empty()) return failures;
  const Result<Trace> trace = runner_.Record(schedule);
  REDRIVE_CHECK(trace.has_value());  // the whole engine takes the same steps
  CheckOptions options;
  options.violations_max = kViolationsMax;
  const CheckReport report = CheckAll(*trace, checkers_, options);
  const auto of_lanes = [&](const Violation& violation) {
    return std::any_of(violation.operations.begin(), violation.operations.end(),
                       [&](std::uint64_t operation) {
                         return trace->invokes[operation - 1].phase != Phase::kSetup;
                       });
  };
  for (const Verdict& verdict : report.verdicts) {
    // A check that had nothing to look at does not belong to this case.
    const bool undecided = verdict.kind == VerdictKind::kUnknown && verdict.examined > 0;
    if (undecided && !verdict.notes.empty() && !silent_.contains(verdict.name)) {
      unknown_.try_emplace(verdict.name, verdict.notes.front());
    }
    const auto found = std::find_if(verdict.violations.begin(), verdict.violations.end(), of_lanes);
    if (found == verdict.violations.end()) continue;
    failures.push_back({verdict.name, found->shape, found->what, found->why, {}});
  }
  if (!serial) failures.push_back(NotSerial(schedule, *trace));
  return failures;
}

CaseFailure CaseJudge::NotSerial(const Schedule& schedule, const Trace& trace) const {
  CaseFailure failure{std::string(kSerialOracleName), "not serial", {}, {}, {}};
  const SerialExplanation nearest = oracle_->Explain(schedule);
  const std::string order = OrderText(nearest.order);
  failure.what = "No order of the requests one after the other gives these answers and documents";
  if (!nearest.differences.empty()) {
    const FactDifference& first = nearest.differences.front();
    failure.what += ": in the nearest one (" + order + ") " + first.place + " is " +
                    Shown(first.there) + ", here it is " + Shown(first.here);
  }
  failure.what += ".";
  failure.why = WindowSentence(trace);
  failure.differences = DifferenceLines(nearest.differences, order);
  return failure;
}

}  // namespace redrive
