// The guide's table: verdicts, zones and advice at their borders.
#include "replayer/guide_thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "replayer/verdict_line.h"
#include "tests/replayer/threshold_testing.h"

namespace redrive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// `count` requests of `time_ms` each, of which `failed` were refused with `status`.
Trace Uniform(int count, std::int64_t time_ms, int failed = 0, int status = 500) {
  std::vector<TimedRequest> requests;
  for (int i = 0; i < count; ++i) {
    TimedRequest request{.done_ms = time_ms};
    if (i < failed) {
      request.status = status;
      request.accepted = false;
    }
    requests.push_back(request);
  }
  Trace trace = TraceOf(requests);
  trace.header.target_kind = TargetKind::kLive;
  return trace;
}

const GuideRow& RowOf(const std::vector<GuideRow>& rows, GuideMetric metric) {
  return rows.at(static_cast<std::size_t>(metric));
}

TEST(GuideThresholdsTest, ZonesOfTheResponseTime) {
  const std::pair<std::int64_t, Zone> cases[] = {
      {499, Zone::kGreen}, {500, Zone::kYellow}, {1500, Zone::kYellow}, {1501, Zone::kRed}};
  for (const auto& [time_ms, zone] : cases) {
    const auto rows = JudgeByGuide(Uniform(10, time_ms), {}, {});
    EXPECT_EQ(RowOf(rows, GuideMetric::kP95).zone, zone) << time_ms;
    EXPECT_EQ(RowOf(rows, GuideMetric::kP95).verdict,
              zone == Zone::kGreen ? LimitVerdict::kOk : LimitVerdict::kFail);
    EXPECT_EQ(OverallZone(rows), zone);
  }
  EXPECT_EQ(RowOf(JudgeByGuide(Uniform(9, 1999), {}, {}), GuideMetric::kP99).verdict,
            LimitVerdict::kOk);
  EXPECT_EQ(RowOf(JudgeByGuide(Uniform(9, 2000), {}, {}), GuideMetric::kP99).verdict,
            LimitVerdict::kFail);
}

TEST(GuideThresholdsTest, ZonesOfTheErrorRate) {
  const std::tuple<int, Zone, LimitVerdict> cases[] = {
      {9, Zone::kGreen, LimitVerdict::kOk},
      {10, Zone::kYellow, LimitVerdict::kFail},  // "< 1%"
      {30, Zone::kYellow, LimitVerdict::kFail},
      {31, Zone::kRed, LimitVerdict::kFail}};
  for (const auto& [failed, zone, verdict] : cases) {
    const GuideRow row =
        RowOf(JudgeByGuide(Uniform(1000, 5, failed), {}, {}), GuideMetric::kErrorRate);
    EXPECT_EQ(row.zone, zone) << failed;
    EXPECT_EQ(row.verdict, verdict) << failed;
  }
  const ThresholdOptions expected{.expected_statuses = {429}};
  const GuideRow limited =
      RowOf(JudgeByGuide(Uniform(100, 5, 50, 429), expected, {}), GuideMetric::kErrorRate);
  EXPECT_EQ(limited.verdict, LimitVerdict::kOk);
  EXPECT_EQ(limited.note, "50 answers were 429");
}

TEST(GuideThresholdsTest, AdviceOnlyForWhatFailed) {
  const std::string slow = GuideTable(JudgeByGuide(Uniform(10, 700), {}, {}));
  EXPECT_THAT(slow, HasSubstr("What to fix: 95th percentile response time < 500ms"));
  EXPECT_THAT(slow, HasSubstr("add compound index on (organization_id, created_at)"));
  EXPECT_THAT(slow, Not(HasSubstr("Triage errors")));
  EXPECT_THAT(GuideTable(JudgeByGuide(Uniform(10, 7), {}, {})), Not(HasSubstr("What to fix")));
  const std::string broken = GuideTable(JudgeByGuide(Uniform(10, 7, 5), {}, {}));
  EXPECT_THAT(broken, HasSubstr("Look for 500 Internal Server Error (bugs)"));
}

TEST(GuideThresholdsTest, DeadlocksAreKnownOfTheSimulationOnly) {
  Trace trace = Uniform(10, 7);
  EXPECT_EQ(RowOf(JudgeByGuide(trace, {}, {}), GuideMetric::kDeadlocks).verdict,
            LimitVerdict::kNotMeasured);
  trace.header.target_kind = TargetKind::kWorkshop;
  EXPECT_EQ(RowOf(JudgeByGuide(trace, {}, {}), GuideMetric::kDeadlocks).verdict, LimitVerdict::kOk);
  trace.end->ending = Ending::kDeadlock;
  EXPECT_EQ(RowOf(JudgeByGuide(trace, {}, {}), GuideMetric::kDeadlocks).verdict,
            LimitVerdict::kFail);
}

TEST(GuideThresholdsTest, MemoryIsTheMedianOfTheProbe) {
  const auto row = [](const MemoryFigures& memory) {
    ServerFigures server;
    server.memory = memory;
    return RowOf(JudgeByGuide(Uniform(10, 7), {}, server), GuideMetric::kMemory);
  };
  const GuideRow spike = row({.samples = 9, .max_bytes = 900'000'000, .median_bytes = 511'999'999});
  EXPECT_EQ(spike.verdict, LimitVerdict::kOk);
  EXPECT_THAT(spike.note, HasSubstr("max 900 MB"));
  const GuideRow full = row({.samples = 9, .max_bytes = 512'000'000, .median_bytes = 512'000'000});
  EXPECT_EQ(full.verdict, LimitVerdict::kFail);
  EXPECT_THAT(full.advice, testing::Contains("Scale horizontally or optimize queries"));
  // A process that died did not stay below the limit.
  const GuideRow dead =
      row({.samples = 9, .max_bytes = 1'000'000, .median_bytes = 1'000'000, .ended = true});
  EXPECT_EQ(dead.verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(ExitCodeWith(std::vector<GuideRow>{dead}, 0), 3);
  const GuideRow none = RowOf(JudgeByGuide(Uniform(10, 7), {}, {}), GuideMetric::kMemory);
  EXPECT_THAT(none.note, HasSubstr("--probe-pid"));
  EXPECT_EQ(ExitCodeWith(std::vector<GuideRow>{none}, 0), 0);
}

Trace Tickets(int count, std::int64_t gap_ms, std::int64_t delay_ms) {
  std::vector<TimedRequest> requests;
  for (int i = 0; i < count; ++i) {
    const std::int64_t at = i * gap_ms;
    requests.push_back({.method = "POST",
                        .intended_ms = at,
                        .sent_ms = at,
                        .done_ms = at + delay_ms * (i + 1),
                        .target = "/api/tickets/?x=1"});
  }
  requests.push_back({.method = "GET", .done_ms = 1});
  requests.push_back({.method = "POST", .done_ms = 1, .target = "/api/tickets/1/close"});
  return TraceOf(requests);
}

TEST(GuideThresholdsTest, TicketThroughput) {
  const auto row = [](const Trace& trace) {
    return RowOf(JudgeByGuide(trace, {}, {}), GuideMetric::kTicketThroughput);
  };
  const GuideRow fast = row(Tickets(101, 50, 0));  // 101 in 5 s
  EXPECT_EQ(fast.verdict, LimitVerdict::kOk);
  EXPECT_EQ(fast.value, 20'200'000);
  // The users ask for 20 a second, the target gets ever later: 101 in 5 s + 10.1 s.
  const GuideRow slow = row(Tickets(101, 50, 100));
  EXPECT_EQ(slow.verdict, LimitVerdict::kFail);
  EXPECT_THAT(slow.advice, ElementsAre("Confirm with MongoDB write concern"));
  // Where nobody asks for ten a second, the target cannot be blamed.
  const GuideRow idle = row(Tickets(11, 1000, 1));
  EXPECT_EQ(idle.verdict, LimitVerdict::kNotMeasured);
  EXPECT_THAT(idle.note, HasSubstr("the users ask for 1/s only"));
  EXPECT_EQ(row(Uniform(10, 5)).note, "the run creates no tickets");
}

TEST(GuideThresholdsTest, JsonHasTheWholeTable) {
  const auto json = nlohmann::json::parse(GuideTableToJson(JudgeByGuide(Uniform(5, 700), {}, {})));
  ASSERT_EQ(json.size(), 7U);
  EXPECT_EQ(json[0]["verdict"], "FAIL");
  EXPECT_EQ(json[0]["zone"], "yellow");
  EXPECT_EQ(json[0]["advice"].size(), 4U);
  EXPECT_EQ(json[3]["verdict"], "not measured");
}

TEST(VerdictLineTest, SpeedAndCorrectnessSideBySide) {
  const Trace trace = Uniform(500, 312, 1);
  const auto thresholds = ParseThresholds({"p(95)<500", "rate<1%"}, "test");
  ASSERT_TRUE(thresholds.has_value());
  CheckReport checks;
  Verdict verdict;
  verdict.name = "ticket numbers are unique";
  verdict.kind = VerdictKind::kViolation;
  verdict.violations_total = 3;
  verdict.violations.emplace_back().shape = "duplicate";
  checks.verdicts.push_back(verdict);
  EXPECT_EQ(VerdictLine(trace, EvaluateThresholds(*thresholds, trace, {}), {}, checks),
            "p95 312 ms OK · errors 0.2 % OK · 3 × duplicate: ticket numbers are unique FAIL");
  // Without a limit nothing is called OK.
  EXPECT_EQ(VerdictLine(trace, {}, {}, {}), "p95 312 ms · errors 0.2 %");
}

}  // namespace
}  // namespace redrive
