// Thresholds on the back end: the grammar, the verdicts, and that nothing unseen passes.
#include "replayer/probe_thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "replayer/guide_thresholds.h"
#include "replayer/probe_text.h"
#include "tests/replayer/threshold_testing.h"

namespace redrive {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

ProbeReport Postgres() {
  ProbeReport report;
  report.source = "postgresql://app@h/db";
  report.flag = "--probe-postgres";
  report.samples = 3;
  for (int i = 0; i <= 2; ++i) {
    report.Series("pg_deadlocks").Add(i * kSecond, (i == 2 ? 1 : 0) * kMillion);
    report.Series("pg_connections").Add(i * kSecond, (10 + i) * kMillion);
    report.Series("pg_slow_queries").Add(i * kSecond, 0);
  }
  report.Series("pg_longest_query").Add(2 * kSecond, 80 * kMillion);
  report.Series("pg_cache_hits").Add(2 * kSecond, 995'000);
  return report;
}

ProbeReport Memory(std::int64_t megabytes) {
  ProbeReport report;
  report.source = "process 7";
  report.flag = "--probe-pid";
  for (int i = 0; i < 100; ++i) {
    report.Series("server_memory").Add(i * kSecond / 10, (megabytes + i / 50) * kMillion);
  }
  AddMemoryGrowth(&report);
  return report;
}

ThresholdResult Judge(const std::string& text, const std::vector<ProbeReport>& probes) {
  const Result<Threshold> threshold = ParseThreshold(text);
  EXPECT_TRUE(threshold.has_value()) << threshold.error().message;
  const Trace none;
  const ThresholdOptions options{.expected_statuses = {}, .probes = &probes};
  return EvaluateThresholds({*threshold}, none, options).at(0);
}

TEST(ProbeThresholdsTest, ValuesAndVerdicts) {
  const std::vector<ProbeReport> probes = {Postgres(), Memory(400)};
  const std::tuple<const char*, LimitVerdict, const char*> cases[] = {
      {"pg_deadlocks: count==0", LimitVerdict::kFail, "1"},
      {"pg_deadlocks: count<2", LimitVerdict::kOk, "1"},
      {"pg_deadlocks: rate<0.4", LimitVerdict::kFail, "0.5/s"},
      {"pg_connections: max<=12", LimitVerdict::kOk, "12"},
      {"pg_connections: min>10", LimitVerdict::kFail, "10"},
      {"pg_connections: avg<11.1", LimitVerdict::kOk, "11"},
      {"pg_connections: p(50)<11", LimitVerdict::kFail, "11"},
      {"pg_connections: value>11", LimitVerdict::kOk, "12"},
      {"pg_slow_queries: count<1", LimitVerdict::kOk, "0"},
      {"pg_longest_query: value<100", LimitVerdict::kOk, "80 ms"},
      {"pg_longest_query: value<0.05s", LimitVerdict::kFail, "80 ms"},
      {"pg_cache_hits: value>99%", LimitVerdict::kOk, "99.5 %"},
      {"server_memory: max<401MB", LimitVerdict::kFail, "401 MB"},
      {"server_memory: med<512MB", LimitVerdict::kOk, "400 MB"},
      {"server_memory: max<1GiB", LimitVerdict::kOk, "401 MB"},
      {"server_memory_growth: value<500kB", LimitVerdict::kFail, "1 MB"}};
  for (const auto& [text, verdict, value] : cases) {
    const ThresholdResult result = Judge(text, probes);
    EXPECT_EQ(result.verdict, verdict) << text << ": " << result.note;
    EXPECT_EQ(ThresholdValueText(result.threshold, result.value), value) << text;
  }
}

TEST(ProbeThresholdsTest, WhatWasNotSeenDoesNotPass) {
  const ThresholdResult none = Judge("pg_deadlocks: count==0", {});
  EXPECT_EQ(none.verdict, LimitVerdict::kNotMeasured);
  EXPECT_THAT(none.note, HasSubstr("--probe-postgres URI"));
  EXPECT_EQ(Judge("pg_deadlocks: count==0", {Memory(1)}).note, none.note);

  ProbeReport dead;
  dead.source = "postgresql://app@h/db";
  dead.flag = "--probe-postgres";
  dead.problem = "connection refused";
  const ThresholdResult refused = Judge("pg_deadlocks: count==0", {dead});
  EXPECT_EQ(refused.verdict, LimitVerdict::kNotMeasured);
  EXPECT_THAT(refused.note, HasSubstr("postgresql://app@h/db: connection refused"));
  // One of two databases was not seen: the other's zero says nothing of it, but its deadlock does.
  EXPECT_EQ(Judge("pg_slow_queries: count==0", {Postgres(), dead}).verdict,
            LimitVerdict::kNotMeasured);
  EXPECT_EQ(Judge("pg_deadlocks: count==0", {dead, Postgres()}).verdict, LimitVerdict::kFail);

  ProbeReport lost = Postgres();
  lost.problem = "the end of the run was not seen";
  EXPECT_EQ(Judge("pg_deadlocks: count==0", {lost}).verdict, LimitVerdict::kFail);  // seen is seen
  EXPECT_EQ(Judge("pg_deadlocks: count<2", {lost}).verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(Judge("pg_connections: min>1", {lost}).verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(Judge("pg_connections: max<5", {lost}).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judge("pg_deadlocks: count>0", {lost}).verdict, LimitVerdict::kNotMeasured);

  ProbeReport sampled = Postgres();
  sampled.Series("pg_slow_queries").at_least = "queries between two looks were missed";
  const ThresholdResult maybe = Judge("pg_slow_queries: count<1", {sampled});
  EXPECT_EQ(maybe.verdict, LimitVerdict::kNotMeasured);
  EXPECT_THAT(maybe.note, HasSubstr("0 seen, but not all: queries between two looks"));
  sampled.Series("pg_slow_queries").Add(3 * kSecond, 4 * kMillion);
  sampled.findings = {"312 ms: SELECT ?"};
  const ThresholdResult slow = Judge("pg_slow_queries: count<1", {sampled});
  EXPECT_EQ(slow.verdict, LimitVerdict::kFail);
  EXPECT_THAT(slow.note, HasSubstr("312 ms: SELECT ?"));
}

TEST(ProbeThresholdsTest, MetricsOfPrometheusByName) {
  ProbeReport report;
  report.source = "http://h/metrics#jobs{queue=\"a\"}";
  report.flag = "--probe-prometheus";
  const std::int64_t values[] = {5, 9, 2, 4};  // set back to zero between the second and third
  for (int i = 0; i < 4; ++i) {
    report.Series("prometheus", "jobs{queue=\"a\"}").Add(i * kSecond, values[i] * kMillion);
  }
  EXPECT_EQ(Judge("prometheus{name:jobs}: max<9", {report}).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judge("prometheus{name:jobs}: value==4", {report}).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judge("prometheus{name:jobs}: count==8", {report}).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judge("prometheus{name:rows}: max<9", {report}).verdict, LimitVerdict::kNotMeasured);
}

TEST(ProbeThresholdsTest, ErrorsOfTheGrammar) {
  const std::pair<const char*, const char*> cases[] = {
      {"pg_deadlock: count<1", "did you mean pg_deadlocks?"},
      {"pg_deadlocks: max<1", "pg_deadlocks has count and rate"},
      {"pg_connections: count<1", "pg_connections has value, p(N), avg, min, med and max"},
      {"pg_longest_query: max<1", "pg_longest_query has value only"},
      {"server_memory: max<512", "expected a size such as 512MB"},
      {"server_memory: max<512Mb", "expected a size such as 512MB"},
      {"pg_cache_hits: value>2", "expected a share"},
      {"pg_deadlocks{status:200}: count<1", "pg_deadlocks has no tags"},
      {"prometheus: max<1", "prometheus{name:queue_length}"},
      {"pg_connections: max(10s)<5", "pg_connections has no windows"},
      {"pg_deadlocks: count<1 abortOnFail", "judged at the end of the run"},
      {"http_reqs: value<1", "value is for probes"}};
  for (const auto& [text, message] : cases) {
    const Result<Threshold> threshold = ParseThreshold(text);
    ASSERT_TRUE(threshold.has_error()) << text;
    EXPECT_THAT(threshold.error().message, HasSubstr(message));
  }
}

GuideRow RowOf(GuideMetric metric, std::vector<ProbeReport> probes) {
  Trace trace = TraceOf({{.done_ms = 5}});
  trace.header.target_kind = TargetKind::kLive;
  return JudgeByGuide(trace, {}, MakeServerFigures(std::move(probes)))
      .at(static_cast<std::size_t>(metric));
}

TEST(ProbeGuideTest, DeadlocksSlowQueriesAndMemory) {
  const GuideRow deadlock = RowOf(GuideMetric::kDeadlocks, {Postgres()});
  EXPECT_EQ(deadlock.verdict, LimitVerdict::kFail);
  EXPECT_EQ(deadlock.measured, "1");
  EXPECT_THAT(deadlock.advice, testing::Contains(HasSubstr("add indexes")));
  EXPECT_TRUE(deadlock.required);
  const GuideRow none = RowOf(GuideMetric::kDeadlocks, {Memory(1)});
  EXPECT_EQ(none.verdict, LimitVerdict::kNotMeasured);
  EXPECT_FALSE(none.required);
  EXPECT_THAT(none.note, HasSubstr("--probe-mongodb URI"));
  EXPECT_EQ(RowOf(GuideMetric::kSlowQueries, {Postgres()}).verdict, LimitVerdict::kOk);
  // Another limit than the guide's says less, or more.
  ProbeReport other = Postgres();
  other.slow_ms = 500;
  EXPECT_EQ(RowOf(GuideMetric::kSlowQueries, {other}).verdict, LimitVerdict::kNotMeasured);
  other.slow_ms = 50;
  EXPECT_EQ(RowOf(GuideMetric::kSlowQueries, {other}).verdict, LimitVerdict::kOk);
  other.Series("pg_slow_queries").Add(9, kMillion);
  EXPECT_EQ(RowOf(GuideMetric::kSlowQueries, {other}).verdict, LimitVerdict::kNotMeasured);
  other.slow_ms = 100;
  EXPECT_EQ(RowOf(GuideMetric::kSlowQueries, {other}).verdict, LimitVerdict::kFail);

  ProbeReport mongo;  // a server without lock counters
  mongo.source = "mongodb://h/db";
  mongo.flag = "--probe-mongodb";
  mongo.notes = {"serverStatus has no lock counters: deadlocks not measured"};
  EXPECT_EQ(RowOf(GuideMetric::kDeadlocks, {mongo}).verdict, LimitVerdict::kNotMeasured);
  EXPECT_THAT(RowOf(GuideMetric::kDeadlocks, {mongo}).note, HasSubstr("no lock counters"));

  EXPECT_EQ(RowOf(GuideMetric::kMemory, {Memory(100), Memory(600)}).verdict, LimitVerdict::kFail);
  const GuideRow memory = RowOf(GuideMetric::kMemory, {Memory(400)});
  EXPECT_EQ(memory.verdict, LimitVerdict::kOk);
  EXPECT_THAT(memory.note, HasSubstr("max 401 MB; grew by 1 MB"));
  ProbeReport lost = Memory(1);
  lost.problem = "the end of the run was not seen";
  const GuideRow partly = RowOf(GuideMetric::kMemory, {lost, Memory(400)});
  EXPECT_EQ(partly.verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(partly.note, "the end of the run was not seen");
}

TEST(ProbeTextTest, TextAndJson) {
  ProbeReport report = Postgres();
  report.Series("pg_slow_queries").at_least = "missed";
  report.findings = {"a", "b", "c", "d"};
  report.notes = {"how"};
  const std::string text = ProbesToText({report});
  EXPECT_THAT(text, HasSubstr("probe postgresql://app@h/db: pg_deadlocks 1 · pg_connections median "
                              "11, max 12 · pg_slow_queries 0 or more"));
  EXPECT_THAT(text, HasSubstr("  slow: c\n  … and 1 more"));
  const auto json = nlohmann::json::parse(ProbeFileJson(5 * kSecond, {report}));
  EXPECT_EQ(json["started_unix_ms"], 5'000);
  const auto& series = json["probes"][0]["series"];
  ASSERT_EQ(series.size(), 5U);
  EXPECT_EQ(series[0]["metric"], "pg_deadlocks");
  EXPECT_EQ(series[0]["points_ms_value"], nlohmann::json::parse("[[0,0.0],[1000,0.0],[2000,1.0]]"));
  EXPECT_EQ(series[2]["at_least_because"], "missed");
  EXPECT_EQ(json["probes"][0]["findings"].size(), 4U);
  EXPECT_EQ(ProbesToText({}), "");
}

}  // namespace
}  // namespace redrive
