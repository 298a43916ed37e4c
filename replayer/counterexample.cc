#include "replayer/counterexample.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/hash.h"
#include "replayer/lane_chart.h"
#include "replayer/wrap_text.h"

namespace redrive {
namespace {

std::string Count(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string SizeText(const Counterexample& c) {
  std::string text = Count(c.requests, "request", "requests") + " of " +
                     Count(c.source.lanes.size(), "user", "users") + ", " +
                     Count(c.preemptions, "preemption", "preemptions");
  if (c.origin.requests != 0) {
    text += ", cut from " + Count(c.origin.requests, "request", "requests") + " of " +
            Count(c.origin.users, "user", "users") + " (" + c.origin.scenario + ", seed " +
            std::to_string(c.origin.seed) + ")";
  }
  return text;
}

std::string AnswersText(const Counterexample& c) {
  std::string text;
  for (const std::uint64_t operation : c.violation.operations) {
    if (operation == 0 || operation > c.trace.invokes.size()) continue;
    const InvokeRecord& invoke = c.trace.invokes[operation - 1];
    const auto& reply = c.trace.returns[operation - 1];
    if (!reply) continue;
    std::string line = "#" + std::to_string(operation) + " " + invoke.name + " got " +
                       std::to_string(reply->response.status);
    const std::vector<std::string> values =
        ValuesThatMatter(reply->response.body, c.violation.what);
    for (const std::string& value : values) line += (&value == values.data() ? ": " : ", ") + value;
    if (values.empty()) line += ": " + OneLine(reply->response.body, 200);
    text += WrapText(line, "  ", "    ");
  }
  return text;
}

std::string SetupText(const Counterexample& c) {
  std::string text;
  std::string last;
  for (const CaseRequest& request : c.source.setup) {
    if (request.name == last) continue;
    text += (text.empty() ? "" : ", ") + request.name;
    last = request.name;
  }
  if (text.empty()) return "";
  return WrapText("before: " + Count(c.source.setup.size(), "request", "requests") +
                      " one after the other: " + text,
                  "  ", "    ");
}

nlohmann::ordered_json StepsToJson(const Counterexample& c) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const StepRecord& step : c.trace.steps) {
    if (step.operation == 0 || step.operation > c.trace.invokes.size()) continue;
    if (c.trace.invokes[step.operation - 1].phase != Phase::kRun) continue;
    steps.push_back({{"event", step.sequence},
                     {"operation", step.operation},
                     {"label", step.label},
                     {"mode", step.mode == Mode::kWrite ? "write" : "read"},
                     {"resource", step.resource}});
  }
  return steps;
}

nlohmann::ordered_json AnswersToJson(const Counterexample& c) {
  nlohmann::ordered_json answers = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < c.trace.invokes.size(); ++i) {
    const InvokeRecord& invoke = c.trace.invokes[i];
    if (invoke.phase != Phase::kRun) continue;
    nlohmann::ordered_json answer = {{"operation", invoke.operation},
                                     {"lane", LaneLetter(invoke.user)},
                                     {"name", invoke.name},
                                     {"method", invoke.request.method},
                                     {"target", invoke.request.target},
                                     {"body", invoke.request.body},
                                     {"sent_event", invoke.sequence}};
    const auto& reply = c.trace.returns[i];
    if (reply) {
      answer["answered_event"] = reply->sequence;
      answer["status"] = reply->response.status;
      answer["answer"] = reply->response.body;
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace

std::string CounterexampleToText(const Counterexample& c,
                                 const CounterexampleTextOptions& options) {
  std::string text = WrapText("counterexample [" + std::string(NatureName(c.violation.nature)) +
                                  "]: " + IdentityText(c.identity),
                              "", "  ");
  text += WrapText(SizeText(c), "  ", "    ");
  text += WrapText(GuaranteeText(c), "  ", "    ");
  text += SetupText(c);
  text += "\n" + LaneChart(c.trace, c.violation.window, c.violation.what) + "\n";
  text += WrapText("what: " + c.violation.what, "  ", "    ");
  text += WrapText("why: " + c.violation.why, "  ", "    ");
  text += AnswersText(c);
  for (const OtherFinding& other : c.others) {
    text += WrapText("also met: " + IdentityText(other.identity) + " (" +
                         Count(CountRequests(other.source), "request", "requests") + ", " +
                         Count(other.preemptions, "preemption", "preemptions") + ")",
                     "  ", "    ");
  }
  std::size_t width = 0;
  for (const auto& command : options.commands) width = std::max(width, command.first.size());
  for (const auto& [what, command] : options.commands) {
    text += "  " + what + std::string(width - what.size(), ' ') + "  " + command + "\n";
  }
  if (c.confirm_attempts > 0) {
    text += "reproduced " + std::to_string(c.confirmed) + "/" + std::to_string(c.confirm_attempts) +
            " by exact replay\n";
  }
  return text;
}

std::string CounterexampleToJson(const Counterexample& c) {
  using Json = nlohmann::ordered_json;
  Json window = Json::array();
  for (const WindowStep& step : c.violation.window) {
    window.push_back({{"event", step.sequence},
                      {"operation", step.operation},
                      {"mode", step.mode == Mode::kWrite ? "write" : "read"},
                      {"resource", step.resource},
                      {"label", step.label}});
  }
  Json others = Json::array();
  for (const OtherFinding& other : c.others) {
    others.push_back({{"check", other.identity.check},
                      {"shape", other.identity.shape},
                      {"what", other.what},
                      {"requests", CountRequests(other.source)},
                      {"preemptions", other.preemptions},
                      {"schedule", ScheduleToText(other.schedule)},
                      {"scenario", Json::parse(CaseToScenario(other.source), nullptr, false)}});
  }
  const Json document = {{"check", c.identity.check},
                         {"kind", c.check_kind},
                         {"shape", c.identity.shape},
                         {"nature", NatureName(c.violation.nature)},
                         {"what", c.violation.what},
                         {"why", c.violation.why},
                         {"witnesses", c.violation.operations},
                         {"requests", c.requests},
                         {"preemptions", c.preemptions},
                         {"guarantee",
                          {{"text", GuaranteeText(c)},
                           {"requests_minimal", c.requests_minimal},
                           {"requests_exhaustive", c.requests_exhaustive},
                           {"schedule_exhaustive", c.schedule_exhaustive},
                           {"preemptions_max", c.preemptions_max},
                           {"out_of_budget", c.out_of_budget},
                           {"stopped", c.stopped}}},
                         {"reproduced", c.confirmed},
                         {"replays", c.confirm_attempts},
                         {"cases", c.cases},
                         {"executions", c.executions},
                         {"origin",
                          {{"scenario", c.origin.scenario},
                           {"seed", c.origin.seed},
                           {"requests", c.origin.requests},
                           {"users", c.origin.users}}},
                         {"schedule", ScheduleToText(c.schedule)},
                         {"outcome", ToHex(c.outcome)},
                         {"window", std::move(window)},
                         {"steps", StepsToJson(c)},
                         {"lanes", AnswersToJson(c)},
                         {"others", std::move(others)},
                         {"scenario", Json::parse(CaseToScenario(c.source), nullptr, false)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace redrive
