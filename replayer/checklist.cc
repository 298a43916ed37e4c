#include "replayer/checklist.h"

#include <algorithm>

#include "replayer/threshold_meter.h"

namespace redrive {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr std::uint64_t kLimitPerMinute = 20;
// "~20/min": a fifth more or less.
constexpr std::uint64_t kLimitSlack = kLimitPerMinute / 5;
constexpr std::size_t kViolationsTold = 6;

void Fail(ChecklistBox* box, std::string reason) {
  box->state = BoxState::kFailed;
  box->reasons.push_back(std::move(reason));
}

// A failed box stays failed, whatever could not be measured besides.
void NotMeasured(ChecklistBox* box, std::string reason, bool inconclusive = false) {
  if (box->state == BoxState::kTicked) box->state = BoxState::kNotMeasured;
  box->inconclusive = box->inconclusive || inconclusive;
  box->open.push_back(std::move(reason));
}

std::string Milliseconds(std::int64_t nanoseconds) {
  return ThresholdValueText(Threshold{}, nanoseconds);
}

std::string PerSecond(std::int64_t millionths) {
  Threshold rate;
  rate.metric = Metric::kRequests;
  rate.aggregate = Aggregate::kRate;
  return ThresholdValueText(rate, millionths);
}

std::string FiguresLine(const ScenarioFigures& figures) {
  std::string text = figures.scenario + ": " + std::to_string(figures.users) + " users, " +
                     std::to_string(figures.run_time_ns / 1'000'000'000) + " s, " +
                     std::to_string(figures.requests) + " requests (" +
                     PerSecond(figures.requests_per_second) + "), p50 " +
                     Milliseconds(figures.p50_ns) + ", p95 " + Milliseconds(figures.p95_ns) +
                     ", p99 " + Milliseconds(figures.p99_ns) + ", max " +
                     Milliseconds(figures.max_ns) + ", failures " +
                     std::to_string(figures.failures) + ", 429s " + std::to_string(figures.limited);
  if (figures.tickets_per_second > 0) {
    text += ", tickets " + PerSecond(figures.tickets_per_second);
  }
  return text;
}

// The checkers' verdicts on one run. Unknown is never green.
void JudgeChecks(const ChecklistRun& run, ChecklistBox* box) {
  std::size_t passed = 0;
  std::size_t violated = 0;
  for (const Verdict& verdict : run.checks.verdicts) {
    passed += verdict.kind == VerdictKind::kPass ? 1 : 0;
    if (verdict.kind == VerdictKind::kUnknown) {
      NotMeasured(box,
                  run.figures.scenario + ": unknown: " + verdict.name +
                      (verdict.notes.empty() ? "" : " (" + verdict.notes.front() + ")"),
                  true);
    }
    if (verdict.kind != VerdictKind::kViolation) continue;
    box->violated = true;
    box->state = BoxState::kFailed;
    if (++violated > kViolationsTold) continue;
    const std::string first = verdict.violations.empty() ? "" : ": " + verdict.violations[0].what;
    box->reasons.push_back(run.figures.scenario + ": " + std::to_string(verdict.violations_total) +
                           " × “" + verdict.name + "” violated" + first);
  }
  if (violated > kViolationsTold) {
    box->reasons.push_back(run.figures.scenario + ": … and " +
                           std::to_string(violated - kViolationsTold) + " more checks violated");
  }
  for (const std::string& why : run.unjudged) {
    NotMeasured(box, run.figures.scenario + ": " + why);
  }
  if (violated > 0) box->rerun.push_back(run.rerun_command);
  if (!run.checks.verdicts.empty()) {
    box->figures.push_back(run.figures.scenario + ": " + std::to_string(passed) + " of " +
                           std::to_string(run.checks.verdicts.size()) + " checks pass");
  }
}

void JudgeRows(const ChecklistRun& run, const std::vector<GuideMetric>& metrics,
               ChecklistBox* box) {
  bool failed = false;
  for (const GuideRow& row : run.guide) {
    if (std::find(metrics.begin(), metrics.end(), row.metric) == metrics.end()) continue;
    const std::string zone =
        row.zone == Zone::kNone ? "" : ", " + std::string(ZoneName(row.zone)) + " zone";
    if (row.verdict == LimitVerdict::kFail) {
      Fail(box, run.figures.scenario + ": " + row.name + " " + row.measured + ", not " + row.limit +
                    zone);
      failed = true;
    } else if (row.verdict == LimitVerdict::kNotMeasured) {
      NotMeasured(box, run.figures.scenario + ": " + row.name + ": " + row.note, row.required);
    } else {
      box->figures.push_back(run.figures.scenario + ": " + row.name + " " + row.measured + " (" +
                             row.limit + zone + (row.note.empty() ? "" : "; " + row.note) + ")");
    }
  }
  const bool known = !box->rerun.empty() && box->rerun.back() == run.rerun_command;
  if (failed && !known) box->rerun.push_back(run.rerun_command);
}

// False: there is nothing to judge.
bool Begin(const ChecklistRun& run, ChecklistBox* box) {
  if (!run.problem.empty()) {
    NotMeasured(box, run.problem, true);
    return false;
  }
  box->figures.push_back(FiguresLine(run.figures));
  return true;
}

ChecklistBox Box(std::string text) {
  ChecklistBox box;
  box.text = std::move(text);
  box.state = BoxState::kTicked;  // until something speaks against it
  return box;
}

// A server that raises under a normal load is not all green, whatever it answered.
void JudgeLog(const ChecklistRun& run, ChecklistBox* box) {
  for (const ProbeReport& report : run.figures.probes) {
    if (report.flag != "--server-log" || report.problem.empty()) continue;
    NotMeasured(box, run.figures.scenario + ": server log: " + report.problem, true);
  }
  if (!run.log) return;
  const LogFigures& log = *run.log;
  box->figures.push_back(run.figures.scenario + ": server log: " + std::to_string(log.tracebacks) +
                         " tracebacks, " + std::to_string(log.answers_5xx) + " answers of 5xx");
  if (log.tracebacks == 0) return;
  Fail(box, run.figures.scenario + ": " + std::to_string(log.tracebacks) +
                " tracebacks in the server's log" +
                (log.first_exception.empty() ? "" : "; the first: " + log.first_exception));
}

ChecklistBox AllGreen(std::string text, const ChecklistRun& run) {
  ChecklistBox box = Box(std::move(text));
  if (!Begin(run, &box)) return box;
  std::vector<GuideMetric> metrics = {GuideMetric::kP95, GuideMetric::kP99,
                                      GuideMetric::kErrorRate};
  const auto memory = std::find_if(run.guide.begin(), run.guide.end(), [](const GuideRow& row) {
    return row.metric == GuideMetric::kMemory;
  });
  // The pod's memory is judged where somebody gave the probe.
  if (memory != run.guide.end() && memory->required) metrics.push_back(GuideMetric::kMemory);
  JudgeRows(run, metrics, &box);
  JudgeLog(run, &box);
  JudgeChecks(run, &box);
  return box;
}

ChecklistBox PeakBurst(const ChecklistInput& input) {
  ChecklistBox box = Box("Run Scenario 3 (Peak Burst, 2min) — error rate < 1%, no deadlocks");
  if (Begin(input.burst, &box)) {
    JudgeRows(input.burst,
              {GuideMetric::kErrorRate, GuideMetric::kDeadlocks, GuideMetric::kTicketThroughput},
              &box);
    JudgeChecks(input.burst, &box);
  }
  if (Begin(input.burst_full, &box)) {
    box.figures.push_back(
        "peak_burst creates staff tickets, whose ids are random: numbering, journal and stock are "
        "proved by peak_burst_full");
    JudgeRows(input.burst_full, {GuideMetric::kErrorRate, GuideMetric::kDeadlocks}, &box);
    JudgeChecks(input.burst_full, &box);
  }
  return box;
}

ChecklistBox Limiting(const ChecklistRun& run) {
  ChecklistBox box = Box("Run Scenario 4 (EFI, verify rate limiting) — 429s appear at ~20/min");
  if (!Begin(run, &box)) return box;
  JudgeRows(run, {GuideMetric::kErrorRate}, &box);
  const LimiterFigures& limiter = run.limiter;
  box.figures.push_back(std::to_string(limiter.limited) + " of " +
                        std::to_string(limiter.requests) + " AI requests got 429; " +
                        std::to_string(limiter.passed_before_first) +
                        " were let through in the minute before the first; at most " +
                        std::to_string(limiter.sent_in_a_minute_max) + " were sent in a minute");
  const std::uint64_t passed = limiter.passed_before_first;
  if (limiter.limited == 0) {
    if (limiter.sent_in_a_minute_max > kLimitPerMinute + kLimitSlack) {
      Fail(&box, "no 429 among " + std::to_string(limiter.sent_in_a_minute_max) +
                     " AI requests of one minute");
      box.rerun.push_back(run.rerun_command);
    } else {
      NotMeasured(&box,
                  "at most " + std::to_string(limiter.sent_in_a_minute_max) +
                      " AI requests were sent in a minute: too few for a limit of 20",
                  true);
    }
  } else if (passed + kLimitSlack < kLimitPerMinute || passed > kLimitPerMinute + kLimitSlack) {
    Fail(&box, "the first 429 came after " + std::to_string(passed) +
                   " requests of a minute, not about 20");
    box.rerun.push_back(run.rerun_command);
  }
  JudgeChecks(run, &box);
  return box;
}

ChecklistBox SlowQueries(const ChecklistRun& run) {
  ChecklistBox box = Box("Check MongoDB slow query log — no query > 100ms in normal ops");
  if (!run.live) {
    NotMeasured(&box, "the embedded workshop has no MongoDB");
    return box;
  }
  if (!run.problem.empty()) {
    NotMeasured(&box, run.problem, true);
    return box;
  }
  JudgeRows(run, {GuideMetric::kSlowQueries}, &box);
  for (const ProbeReport& report : run.figures.probes) {
    for (const std::string& query : report.findings) box.figures.push_back("slow: " + query);
  }
  return box;
}

ChecklistBox Sentry(const std::optional<LogFigures>& log) {
  ChecklistBox box = Box("Verify Sentry captures errors during load test");
  const std::string seen =
      log ? "; the server's log has " + std::to_string(log->tracebacks) + " tracebacks to compare"
          : "";
  NotMeasured(&box, "only Sentry can tell what it captured" + seen);
  return box;
}

ChecklistBox Scheduler(const std::optional<LogFigures>& log, bool live) {
  ChecklistBox box = Box("Confirm APScheduler SLA job does not fail under load");
  if (!log) {
    NotMeasured(&box, live ? "needs the server's log: --server-log FILE"
                           : "the embedded workshop has no scheduler");
    return box;
  }
  box.figures.push_back("server log: " + std::to_string(log->scheduler_runs) +
                        " jobs executed successfully, " + std::to_string(log->scheduler_errors) +
                        " raised an exception or were missed, " + std::to_string(log->tracebacks) +
                        " tracebacks, " + std::to_string(log->answers_5xx) + " answers of 5xx");
  if (log->scheduler_errors > 0) {
    Fail(&box, std::to_string(log->scheduler_errors) + " scheduled jobs failed or were missed");
  } else if (log->scheduler_runs == 0) {
    NotMeasured(&box, "the server's log tells of no scheduled job during the runs");
  }
  return box;
}

ChecklistBox Baseline(const std::string& path) {
  ChecklistBox box = Box("Document baseline numbers for production monitoring");
  if (path.empty()) {
    NotMeasured(&box, "not asked for: --baseline FILE");
  } else {
    box.figures.push_back("written to " + path);
  }
  return box;
}

bool IsLimited(const InvokeRecord& invoke) {
  const std::string& target = invoke.request.target;
  return invoke.phase == Phase::kRun &&
         (target.find("/ai/") != std::string::npos || target.find("/efi/") != std::string::npos);
}

}  // namespace

std::vector<ChecklistBox> JudgeChecklist(const ChecklistInput& input) {
  const bool live = input.normal.live;
  std::vector<ChecklistBox> boxes;
  boxes.push_back(AllGreen("Run Scenario 1 (Normal Operations) — all green", input.normal));
  boxes.push_back(AllGreen("Run Scenario 2 (Finance Load) — all green", input.finance));
  boxes.push_back(PeakBurst(input));
  boxes.push_back(Limiting(input.efi));
  boxes.push_back(SlowQueries(input.normal));
  boxes.push_back(Sentry(input.log));
  boxes.push_back(Scheduler(input.log, live));
  boxes.push_back(Baseline(input.baseline_path));
  return boxes;
}

void SetAsideSurplus(ChecklistRun* run) {
  const auto only_surplus = [](const Verdict& verdict) {
    return verdict.check == "conservation" && verdict.kind == VerdictKind::kViolation &&
           verdict.violations.size() == verdict.violations_total &&
           std::all_of(verdict.violations.begin(), verdict.violations.end(),
                       [](const Violation& violation) { return violation.shape == "surplus"; });
  };
  for (const Verdict& verdict : run->checks.verdicts) {
    if (!only_surplus(verdict)) continue;
    run->unjudged.push_back("“" + verdict.name + "”: the target held more before the run began");
  }
  std::erase_if(run->checks.verdicts, only_surplus);
}

int ExitCodeOf(const std::vector<ChecklistBox>& boxes) {
  int code = 0;
  for (const ChecklistBox& box : boxes) {
    if (box.violated) return 1;
    if (box.state == BoxState::kFailed) code = 4;
    if (box.inconclusive && code == 0) code = 3;
  }
  return code;
}

ScenarioFigures FiguresOf(const Trace& trace, std::uint64_t users, std::int64_t run_time_ns) {
  ScenarioFigures figures;
  figures.scenario = trace.header.spec.scenario_name;
  figures.scenario = figures.scenario.substr(figures.scenario.rfind('/') + 1);
  if (figures.scenario.ends_with(".json")) figures.scenario.resize(figures.scenario.size() - 5);
  figures.plan_digest = trace.header.plan_digest;
  figures.users = users;
  figures.run_time_ns = run_time_ns;
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    if (!trace.returns[i] || !IsMeasured(trace.invokes[i], *trace.returns[i])) continue;
    const RequestSample sample = SampleOf(trace.invokes[i], *trace.returns[i], {});
    times.push_back(std::max<std::int64_t>(0, sample.done_ns - sample.intended_ns));
    figures.failures += sample.failed ? 1 : 0;
    figures.limited += sample.status == 429 ? 1 : 0;
  }
  figures.requests = times.size();
  if (times.empty()) return figures;
  std::sort(times.begin(), times.end());
  const auto rank = [&times](std::size_t percent) {
    return times[std::max<std::size_t>(1, (times.size() * percent + 99) / 100) - 1];
  };
  figures.p50_ns = rank(50);
  figures.p95_ns = rank(95);
  figures.p99_ns = rank(99);
  figures.max_ns = times.back();
  if (run_time_ns > 0) {
    __extension__ using Wide = __int128;
    figures.requests_per_second = static_cast<std::int64_t>(
        static_cast<Wide>(figures.requests) * 1'000'000 * 1'000'000'000 / run_time_ns);
  }
  figures.tickets_per_second = MeasureTickets(trace).created_per_second;
  return figures;
}

LimiterFigures MeasureLimiter(const Trace& trace) {
  LimiterFigures figures;
  std::vector<std::int64_t> sent;
  std::vector<std::int64_t> passed;
  std::optional<std::int64_t> first_limited;
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    if (!IsLimited(trace.invokes[i]) || !trace.returns[i]) continue;
    const std::int64_t at = trace.invokes[i].sent_ns;
    ++figures.requests;
    sent.push_back(at);
    if (trace.returns[i]->response.status != 429) {
      passed.push_back(at);
      continue;
    }
    ++figures.limited;
    first_limited = std::min(first_limited.value_or(at), at);
  }
  std::sort(sent.begin(), sent.end());
  std::size_t begin = 0;
  for (std::size_t end = 0; end < sent.size(); ++end) {
    while (sent[end] - sent[begin] >= kMinuteNs) ++begin;
    figures.sent_in_a_minute_max =
        std::max<std::uint64_t>(figures.sent_in_a_minute_max, end - begin + 1);
  }
  if (!first_limited) return figures;
  figures.passed_before_first = static_cast<std::uint64_t>(
      std::count_if(passed.begin(), passed.end(), [&first_limited](std::int64_t at) {
        return at <= *first_limited && *first_limited - at < kMinuteNs;
      }));
  return figures;
}

}  // namespace redrive
