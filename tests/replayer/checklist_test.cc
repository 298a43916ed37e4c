// The checklist's judgement box by box, and its four faces: text, JSON, JUnit, GitHub.
#include "replayer/checklist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/replayer/threshold_testing.h"
#include "tests/replayer/xml_testing.h"

namespace redrive {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// `count` AI requests, one every `gap_ms`; those from number `limit` on are refused.
Trace AiRequests(int count, std::int64_t gap_ms, int limit) {
  std::vector<TimedRequest> requests;
  for (int i = 0; i < count; ++i) {
    const std::int64_t at = i * gap_ms;
    requests.push_back({.intended_ms = at,
                        .sent_ms = at,
                        .done_ms = at + 5,
                        .status = i < limit ? 200 : 429,
                        .target = "/api/ai/diagnose"});
  }
  return TraceOf(requests);
}

ChecklistRun RunOf(const std::string& name, const Trace& trace) {
  ChecklistRun run;
  run.figures = FiguresOf(trace, 10, 60'000'000'000);
  run.figures.scenario = name;
  run.guide = JudgeByGuide(trace, {.expected_statuses = {429}}, {});
  run.limiter = MeasureLimiter(trace);
  run.rerun_command = "redrive run " + name;
  return run;
}

ChecklistInput Healthy() {
  const Trace trace = StepsOfOne(100);
  ChecklistInput input;
  input.normal = RunOf("normal_operations", trace);
  input.finance = RunOf("finance", trace);
  std::vector<TimedRequest> tickets;
  for (int i = 0; i < 100; ++i) {
    tickets.push_back({.method = "POST", .intended_ms = i * 20, .done_ms = i * 20 + 5});
  }
  input.burst = RunOf("peak_burst", TraceOf(tickets));
  input.burst_full = RunOf("peak_burst_full", trace);
  input.efi = RunOf("efi", AiRequests(40, 1000, 20));
  return input;
}

void Violate(ChecklistRun* run, std::string name) {
  Verdict verdict;
  verdict.name = std::move(name);
  verdict.kind = VerdictKind::kViolation;
  verdict.violations_total = 3;
  verdict.violations.emplace_back().what = "#1 and #2 got TKT-000001.";
  run->checks.verdicts.push_back(verdict);
}

TEST(ChecklistTest, HealthyRunsTickWhatCanBeMeasured) {
  const std::vector<ChecklistBox> boxes = JudgeChecklist(Healthy());
  ASSERT_EQ(boxes.size(), 8U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(boxes[i].state, BoxState::kTicked) << ChecklistToText({boxes[i]});
  }
  for (std::size_t i = 4; i < 8; ++i) {
    EXPECT_EQ(boxes[i].state, BoxState::kNotMeasured) << boxes[i].text;
    EXPECT_FALSE(boxes[i].open.empty());
  }
  EXPECT_EQ(ExitCodeOf(boxes), 0);
}

TEST(ChecklistTest, SlowIsNotGreen) {
  ChecklistInput input = Healthy();
  input.finance = RunOf("finance", TraceOf({{.done_ms = 700}}));
  const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
  EXPECT_EQ(boxes[1].state, BoxState::kFailed);
  EXPECT_THAT(boxes[1].reasons, ElementsAre("finance: 95th percentile response time 700 ms, not "
                                            "< 500ms, yellow zone"));
  EXPECT_THAT(boxes[1].rerun, ElementsAre("redrive run finance"));
  EXPECT_EQ(ExitCodeOf(boxes), 4);
}

TEST(ChecklistTest, ARaceInEitherBurstFailsTheThirdBox) {
  for (ChecklistRun ChecklistInput::* burst :
       {&ChecklistInput::burst, &ChecklistInput::burst_full}) {
    ChecklistInput input = Healthy();
    Violate(&(input.*burst), "ticket numbers are unique");
    const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
    EXPECT_EQ(boxes[2].state, BoxState::kFailed);
    EXPECT_THAT(boxes[2].reasons.front(), HasSubstr("3 × “ticket numbers are unique” violated"));
    EXPECT_EQ(ExitCodeOf(boxes), 1);
  }
}

TEST(ChecklistTest, UnknownAndMissingRunsAreNeverTicked) {
  ChecklistInput input = Healthy();
  input.normal.checks.verdicts.emplace_back().kind = VerdictKind::kUnknown;
  input.finance.problem = "finance: setup: POST /login: status 500";
  const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
  EXPECT_EQ(boxes[0].state, BoxState::kNotMeasured);
  EXPECT_EQ(boxes[1].state, BoxState::kNotMeasured);
  EXPECT_EQ(ExitCodeOf(boxes), 3);
}

TEST(ChecklistTest, DeadlocksOfALiveTargetStayOpen) {
  ChecklistInput input = Healthy();
  Trace trace = StepsOfOne(100);
  trace.header.target_kind = TargetKind::kLive;
  input.burst_full = RunOf("peak_burst_full", trace);
  const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
  EXPECT_EQ(boxes[2].state, BoxState::kNotMeasured);
  EXPECT_THAT(boxes[2].open, Contains(HasSubstr("no probe: --probe-postgres URI")));
  EXPECT_EQ(ExitCodeOf(boxes), 0);
}

// A live run that the probes of a database, a process and a log watched.
ChecklistRun Watched(const std::string& name, std::vector<ProbeReport> reports) {
  Trace trace = StepsOfOne(100);
  trace.header.target_kind = TargetKind::kLive;
  ChecklistRun run = RunOf(name, trace);
  ServerFigures server = MakeServerFigures(std::move(reports));
  run.guide = JudgeByGuide(trace, {}, server);
  run.live = true;
  run.log = std::move(server.log);
  run.figures.probes = std::move(server.probes);
  return run;
}

ProbeReport MongoReport(std::int64_t deadlocks, std::int64_t slow) {
  ProbeReport report;
  report.source = "mongodb://app@db/battwheels";
  report.flag = "--probe-mongodb";
  report.Series("mongo_deadlocks").Add(1, deadlocks * 1'000'000);
  report.Series("mongo_slow_queries").Add(1, slow * 1'000'000);
  if (slow > 0) report.findings = {"312 ms: query battwheels.invoices {find: ?}"};
  return report;
}

TEST(ChecklistTest, DeadlocksOfADatabaseTickOrFailTheThirdBox) {
  ChecklistInput input = Healthy();
  input.burst_full = Watched("peak_burst_full", {MongoReport(0, 0)});
  EXPECT_EQ(JudgeChecklist(input)[2].state, BoxState::kTicked);
  input.burst_full = Watched("peak_burst_full", {MongoReport(2, 0)});
  const ChecklistBox box = JudgeChecklist(input)[2];
  EXPECT_EQ(box.state, BoxState::kFailed);
  EXPECT_THAT(box.reasons, ElementsAre("peak_burst_full: Database deadlocks 2, not 0"));
  EXPECT_EQ(ExitCodeOf({box}), 4);
  ProbeReport dead;
  dead.flag = "--probe-mongodb";
  dead.source = "mongodb://app@db/battwheels";
  dead.problem = "No suitable servers found";
  input.burst_full = Watched("peak_burst_full", {dead});
  const ChecklistBox open = JudgeChecklist(input)[2];
  EXPECT_EQ(open.state, BoxState::kNotMeasured);
  EXPECT_THAT(open.open, Contains(HasSubstr("No suitable servers found")));
  EXPECT_EQ(ExitCodeOf({open}), 3);  // it was asked for
}

TEST(ChecklistTest, SlowQueriesAreThoseOfNormalOperations) {
  ChecklistInput input = Healthy();
  input.normal = Watched("normal_operations", {MongoReport(0, 0)});
  EXPECT_EQ(JudgeChecklist(input)[4].state, BoxState::kTicked);
  input.normal = Watched("normal_operations", {MongoReport(0, 3)});
  const ChecklistBox slow = JudgeChecklist(input)[4];
  EXPECT_EQ(slow.state, BoxState::kFailed);
  EXPECT_THAT(slow.reasons, ElementsAre("normal_operations: Slow queries 3, not none > 100ms"));
  EXPECT_THAT(slow.figures, Contains("slow: 312 ms: query battwheels.invoices {find: ?}"));
  ProbeReport off = MongoReport(0, 0);
  off.Series("mongo_slow_queries").at_least = "the profiler is off";
  input.normal = Watched("normal_operations", {off});
  const ChecklistBox open = JudgeChecklist(input)[4];
  EXPECT_EQ(open.state, BoxState::kNotMeasured);
  EXPECT_THAT(open.open, Contains(HasSubstr("the profiler is off")));
  EXPECT_EQ(ExitCodeOf({open}), 0);  // that is MongoDB's setting, not a fault of the run
}

TEST(ChecklistTest, TracebacksUnderANormalLoadAreNotGreen) {
  ChecklistInput input = Healthy();
  ProbeReport log;
  log.flag = "--server-log";
  log.log = LogFigures{.bytes = 10, .answers_5xx = 1};
  input.normal = Watched("normal_operations", {log});
  EXPECT_EQ(JudgeChecklist(input)[0].state, BoxState::kTicked);
  log.log->tracebacks = 1;
  log.log->first_exception = "KeyError: 'x'";
  input.normal = Watched("normal_operations", {log});
  const ChecklistBox box = JudgeChecklist(input)[0];
  EXPECT_EQ(box.state, BoxState::kFailed);
  EXPECT_THAT(box.reasons, ElementsAre("normal_operations: 1 tracebacks in the server's log; the "
                                       "first: KeyError: 'x'"));
}

TEST(ChecklistTest, WhatALiveTargetHeldBeforeIsNoFinding) {
  for (const char* shape : {"surplus", "lost"}) {
    ChecklistInput input = Healthy();
    Violate(&input.burst_full, "the list counts every ticket");
    Verdict& verdict = input.burst_full.checks.verdicts.front();
    verdict.check = "conservation";
    verdict.violations_total = 1;
    verdict.violations.front().shape = shape;
    SetAsideSurplus(&input.burst_full);
    const ChecklistBox box = JudgeChecklist(input)[2];
    const bool surplus = std::string(shape) == "surplus";
    EXPECT_EQ(box.state, surplus ? BoxState::kNotMeasured : BoxState::kFailed) << shape;
    EXPECT_EQ(box.violated, !surplus);
  }
}

TEST(ChecklistTest, TheLimiterIsMeasuredByTheMinute) {
  const LimiterFigures figures = MeasureLimiter(AiRequests(100, 1000, 20));
  EXPECT_EQ(figures.requests, 100U);
  EXPECT_EQ(figures.limited, 80U);
  EXPECT_EQ(figures.passed_before_first, 20U);
  EXPECT_EQ(figures.sent_in_a_minute_max, 60U);
  const auto state = [](const Trace& trace) {
    ChecklistInput input = Healthy();
    input.efi = RunOf("efi", trace);
    return JudgeChecklist(input)[3].state;
  };
  EXPECT_EQ(state(AiRequests(100, 1000, 16)), BoxState::kTicked);
  EXPECT_EQ(state(AiRequests(100, 1000, 24)), BoxState::kTicked);
  EXPECT_EQ(state(AiRequests(100, 1000, 15)), BoxState::kFailed);
  EXPECT_EQ(state(AiRequests(100, 1000, 25)), BoxState::kFailed);
  EXPECT_EQ(state(AiRequests(100, 1000, 100)), BoxState::kFailed);       // no limiter at all
  EXPECT_EQ(state(AiRequests(100, 3000, 100)), BoxState::kNotMeasured);  // 20 a minute: too few
}

TEST(ChecklistTest, TheSchedulerIsConfirmedByTheLogOnly) {
  ChecklistInput input = Healthy();
  input.normal.live = true;
  EXPECT_THAT(JudgeChecklist(input)[6].open, Contains(HasSubstr("--server-log")));
  input.log.emplace();
  EXPECT_EQ(JudgeChecklist(input)[6].state, BoxState::kNotMeasured);  // no job ran
  input.log->scheduler_runs = 2;
  EXPECT_EQ(JudgeChecklist(input)[6].state, BoxState::kTicked);
  input.log->scheduler_errors = 1;
  EXPECT_EQ(JudgeChecklist(input)[6].state, BoxState::kFailed);
}

TEST(ChecklistTest, JunitIsReadBack) {
  ChecklistInput input = Healthy();
  Violate(&input.burst_full, "a < b & \"c\"\x01\xff\n]]>");
  const std::vector<ChecklistBox> boxes = JudgeChecklist(input);
  const std::optional<XmlElement> root = ParseXml(ChecklistToJunit(boxes));
  ASSERT_TRUE(root.has_value()) << ChecklistToJunit(boxes);
  EXPECT_EQ(root->name, "testsuites");
  ASSERT_EQ(root->children.size(), 1U);
  const XmlElement& suite = root->children[0];
  EXPECT_EQ(suite.attributes.at("tests"), "8");
  EXPECT_EQ(suite.attributes.at("failures"), "1");
  EXPECT_EQ(suite.attributes.at("skipped"), "4");
  ASSERT_EQ(suite.children.size(), 8U);
  EXPECT_EQ(suite.children[2].attributes.at("name"), boxes[2].text);
  const XmlElement& failure = suite.children[2].children.at(0);
  EXPECT_EQ(failure.name, "failure");
  EXPECT_EQ(failure.attributes.at("type"), "violation");
  EXPECT_THAT(failure.text, HasSubstr("a < b & \"c\"??\n]]>"));
  EXPECT_THAT(failure.text, HasSubstr("to re-run: redrive run peak_burst_full"));
  EXPECT_EQ(suite.children[4].children.at(0).name, "skipped");
}

TEST(ChecklistTest, GithubAnnotationsAreOneLineEach) {
  ChecklistInput input = Healthy();
  Violate(&input.burst, "100 %\nof");
  Violate(&input.burst, "second");
  const std::string text = ChecklistToGithub(JudgeChecklist(input));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
  EXPECT_THAT(text, HasSubstr("::error title=Run Scenario 3 (Peak Burst%2C 2min) — error rate < "
                              "1%25%2C no deadlocks::peak_burst: 3 × “100 %25%0Aof” violated"));
  EXPECT_THAT(text, HasSubstr("%0Apeak_burst: 3 × “second”"));
}

TEST(ChecklistTest, JsonAndBaseline) {
  const ChecklistInput input = Healthy();
  const std::vector<ScenarioFigures> figures = {input.normal.figures};
  const auto json = nlohmann::json::parse(
      ChecklistToJson({{"target", "workshop as-is"}}, JudgeChecklist(input), figures));
  EXPECT_EQ(json["target"], "workshop as-is");
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["boxes"][0]["state"], "ticked");
  EXPECT_EQ(json["boxes"][4]["state"], "not measured");
  const auto baseline = nlohmann::json::parse(BaselineToJson({}, figures));
  EXPECT_EQ(baseline["scenarios"][0]["p95_ms"], 96.0);
  EXPECT_EQ(baseline["scenarios"][0]["requests"], 100);
}

}  // namespace
}  // namespace redrive
