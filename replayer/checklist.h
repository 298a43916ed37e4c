// The guide's "Before Beta Launch — Checklist", judged: which runs stand for which box, what was
// measured, and why a box is open. Texts, JSON, JUnit XML and GitHub annotations of it.
#ifndef REDRIVE_REPLAYER_CHECKLIST_H_
#define REDRIVE_REPLAYER_CHECKLIST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/trace_records.h"
#include "replayer/checker.h"
#include "replayer/guide_thresholds.h"

namespace redrive {

// The figures of one scenario's run: what a baseline keeps. Times are nanoseconds, rates
// millionths.
struct ScenarioFigures {
  std::string scenario;
  std::uint64_t plan_digest = 0;
  std::uint64_t users = 0;
  std::int64_t run_time_ns = 0;
  std::uint64_t requests = 0;  // of the users, that came to their end
  std::uint64_t failures = 0;  // not accepted
  std::uint64_t limited = 0;   // answers of 429
  std::int64_t requests_per_second = 0;
  std::int64_t p50_ns = 0;  // response times
  std::int64_t p95_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t max_ns = 0;
  std::int64_t tickets_per_second = 0;
  std::vector<ProbeReport> probes;  // what they saw during the run
};
ScenarioFigures FiguresOf(const Trace& trace, std::uint64_t users, std::int64_t run_time_ns);

// What the rate limiter of the AI routes did: 429s, and how many requests of the minute before the
// first of them were let through.
struct LimiterFigures {
  std::uint64_t requests = 0;
  std::uint64_t limited = 0;
  std::uint64_t passed_before_first = 0;
  std::uint64_t sent_in_a_minute_max = 0;
};
LimiterFigures MeasureLimiter(const Trace& trace);

// One scenario of the checklist, run and judged. A run that never happened has a problem only.
struct ChecklistRun {
  std::string problem;  // why there is nothing to judge; "" otherwise
  bool live = false;
  ScenarioFigures figures;
  std::vector<GuideRow> guide;
  CheckReport checks;
  LimiterFigures limiter;
  std::string rerun_command;
  std::optional<LogFigures> log;      // what the server wrote during this run
  std::vector<std::string> unjudged;  // checks that this target cannot be judged by, and why
};

// A check of conservation counts from an empty target, and earlier scenarios have left theirs in a
// live one: a surplus is then no finding. Moves such verdicts to `unjudged`; a loss stays one.
void SetAsideSurplus(ChecklistRun* run);

enum class BoxState : std::uint8_t { kTicked, kFailed, kNotMeasured };

struct ChecklistBox {
  std::string text;  // as the guide writes it
  BoxState state = BoxState::kNotMeasured;
  std::vector<std::string> reasons;  // why it failed, one sentence each
  std::vector<std::string> open;     // what was not measured, and why
  std::vector<std::string> figures;  // what was measured, one line each
  std::vector<std::string> rerun;    // the commands that repeat what failed
  bool violated = false;             // a checker found a violation
  bool inconclusive = false;         // what every run can measure could not be
};

// In the guide's order. `burst_full` is the burst that has what the guide claims for its third
// scenario; docs/THRESHOLDS.md says why both are run.
struct ChecklistInput {
  ChecklistRun normal;
  ChecklistRun finance;
  ChecklistRun burst;
  ChecklistRun burst_full;
  ChecklistRun efi;
  std::optional<LogFigures> log;
  std::string baseline_path;  // written already; "" when none was asked for
};
std::vector<ChecklistBox> JudgeChecklist(const ChecklistInput& input);

// 1 when a box failed by a violation, 4 when one failed by a number, 3 when a run could not be
// judged, else 0: a box that needs a probe which no one gave is no failure.
int ExitCodeOf(const std::vector<ChecklistBox>& boxes);

std::string ChecklistToText(const std::vector<ChecklistBox>& boxes);
// `head` are members in front: target, seed, …
std::string ChecklistToJson(const std::vector<std::pair<std::string, std::string>>& head,
                            const std::vector<ChecklistBox>& boxes,
                            const std::vector<ScenarioFigures>& figures);
// JUnit's XML as CI systems read it: a box not measured is skipped.
std::string ChecklistToJunit(const std::vector<ChecklistBox>& boxes);
// One workflow command a line: ::error for failed, ::warning for not measured.
std::string ChecklistToGithub(const std::vector<ChecklistBox>& boxes);

// The baseline numbers for production monitoring.
std::string BaselineToJson(const std::vector<std::pair<std::string, std::string>>& head,
                           const std::vector<ScenarioFigures>& figures);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECKLIST_H_
