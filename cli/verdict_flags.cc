#include "cli/verdict_flags.h"

#include <algorithm>
#include <cstdio>

#include "cli/command.h"
#include "cli/stop.h"
#include "replayer/probe_text.h"
#include "replayer/verdict_line.h"

namespace redrive {
namespace {

Result<int> ParseStatus(const std::string& text) {
  const bool digits = text.size() == 3 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || text[0] < '1' || text[0] > '5') {
    return Error{ErrorCode::kInvalid,
                 "--expect-status '" + text + "': expected a status from 100 to 599, as in 429"};
  }
  return std::stoi(text);
}

// "--fail=…" as a shell would take it.
std::string Quoted(const std::string& flag, const std::string& value) {
  return ShellCommand({flag + "=" + value}).substr(std::string("redrive").size());
}

}  // namespace

void VerdictFlags::AddThresholds(Flags& flags) {
  flags.AddList("--fail", &fail_,
                "a threshold, in k6's grammar: 'p(95)<500', 'rate<1%', 'POST tickets: p(99)<2s', "
                "'p(95, 10s)<800 abortOnFail'; may be repeated (docs/THRESHOLDS.md)");
  flags.AddText("--thresholds", &preset_,
                "battwheels: the table of the load-testing guide, with zones and advice");
  flags.AddList("--expect-status", &expect_,
                "answers with this status are no failures for thresholds: 429; may be repeated");
}

void VerdictFlags::AddProbes(Flags& flags, ProbeFile file) {
  probes_.AddTo(flags);
  if (file == ProbeFile::kOffered) probes_.AddFileTo(flags);
}

Result<void> VerdictFlags::Prepare(const std::vector<std::string>& scenario_thresholds,
                                   const std::string& where) {
  if (!preset_.empty() && preset_ != "battwheels") {
    return Error{ErrorCode::kInvalid, "--thresholds '" + preset_ +
                                          "': expected battwheels, the only preset; single "
                                          "thresholds go into --fail"};
  }
  expected_statuses_.clear();
  for (const std::string& text : expect_) {
    const Result<int> status = ParseStatus(text);
    if (status.has_error()) return status.error();
    expected_statuses_.push_back(*status);
  }
  Result<std::vector<Threshold>> own = ParseThresholds(fail_, "--fail");
  if (own.has_error()) return own.error();
  Result<std::vector<Threshold>> given = ParseThresholds(scenario_thresholds, where);
  if (given.has_error()) return given.error();
  thresholds_ = std::move(*given);
  thresholds_.insert(thresholds_.end(), own->begin(), own->end());
  return {};
}

bool VerdictFlags::watches() const {
  return std::any_of(thresholds_.begin(), thresholds_.end(),
                     [](const Threshold& threshold) { return threshold.abort_on_fail; });
}

std::unique_ptr<TraceSink> VerdictFlags::Watch(TraceSink* next) {
  return std::make_unique<ThresholdWatch>(thresholds_, expected_statuses_, next,
                                          [this](const Threshold& threshold) {
                                            broken_ = threshold.text;
                                            RequestStop();
                                          });
}

bool VerdictFlags::NeedsTrace() const {
  return !preset_.empty() ||
         std::any_of(thresholds_.begin(), thresholds_.end(), [this](const Threshold& threshold) {
           return !WhyTraceNeeded(threshold, options()).empty();
         });
}

Result<VerdictFlags::Judged> VerdictFlags::JudgeNumbers(const Trace& trace) const {
  ServerFigures server = Figures();
  Judged judged;
  judged.thresholds = statistics_ == nullptr
                          ? EvaluateThresholds(thresholds_, trace, options())
                          : EvaluateThresholds(thresholds_, *statistics_, duration_, options());
  if (!preset_.empty()) {
    ThresholdOptions guide = options();
    guide.expected_statuses.push_back(429);  // "429s are expected under rate limiting"
    judged.guide = JudgeByGuide(trace, guide, server);
  }
  judged.server = std::move(server);
  return judged;
}

int VerdictFlags::Judged::ExitCode(int code) const {
  return ExitCodeWith(guide, ExitCodeWith(thresholds, code));
}

Result<int> VerdictFlags::Conclude(const Trace& trace, const CheckReport& checks,
                                   const std::string& rerun, int code) const {
  const Result<Judged> judged = JudgeNumbers(trace);
  if (judged.has_error()) return judged.error();
  const Result<void> written = probes_.WriteJson();
  if (written.has_error()) return written.error();
  if (!judged->thresholds.empty()) {
    std::printf("\n%s", ThresholdsToText(judged->thresholds).c_str());
  }
  if (!judged->guide.empty()) std::printf("\n%s", GuideTable(judged->guide).c_str());
  std::fputs(ProbesToText(judged->server.probes).c_str(), stdout);
  const std::string log = LogText(judged->server);
  if (!log.empty()) std::printf("%s\n", log.c_str());
  if (!broken_.empty()) std::printf("ended early: %s (abortOnFail)\n", broken_.c_str());
  const int with_numbers = judged->ExitCode(code);
  if (with_numbers == 4) {
    std::string line = rerun;
    for (const std::string& text : fail_) line += Quoted("--fail", text);
    for (const std::string& text : expect_) line += Quoted("--expect-status", text);
    if (!preset_.empty()) line += Quoted("--thresholds", preset_);
    std::printf("to re-run: %s\n", line.c_str());
  }
  const std::string line = statistics_ == nullptr
                               ? VerdictLine(trace, judged->thresholds, judged->guide, checks)
                               : VerdictLine(*statistics_, duration_, judged->thresholds, checks);
  std::printf("verdict: %s\n", line.c_str());
  return with_numbers;
}

std::string LogText(const ServerFigures& server) {
  if (!server.log) return "";
  const LogFigures& log = *server.log;
  std::string text = "server log: " + std::to_string(log.tracebacks) + " tracebacks, " +
                     std::to_string(log.answers_5xx) + " answers of 5xx in " +
                     std::to_string(log.bytes) + " new bytes";
  if (!log.first_exception.empty()) text += "; first: " + log.first_exception;
  if (!log.note.empty()) text += " (" + log.note + ")";
  return text;
}

}  // namespace redrive
