// Thresholds: the grammar with its errors, and values that were worked out by hand.
#include "replayer/thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "replayer/threshold_meter.h"
#include "tests/replayer/threshold_testing.h"

namespace redrive {
namespace {

using testing::HasSubstr;

Threshold Parsed(const std::string& text) {
  const Result<Threshold> threshold = ParseThreshold(text);
  EXPECT_TRUE(threshold.has_value()) << (threshold ? "" : threshold.error().message);
  return threshold ? *threshold : Threshold{};
}

std::string ErrorOf(const std::string& text) {
  const Result<Threshold> threshold = ParseThreshold(text);
  return threshold.has_error() ? threshold.error().message : "";
}

ThresholdResult Judged(const std::string& text, const Trace& trace,
                       const ThresholdOptions& options = {}) {
  return EvaluateThresholds({Parsed(text)}, trace, options).front();
}

constexpr std::int64_t kMs = 1'000'000;  // millionths of a millisecond

TEST(ThresholdGrammarTest, K6sForms) {
  const Threshold p = Parsed("p(95)<500");
  EXPECT_EQ(p.metric, Metric::kResponseTime);
  EXPECT_EQ(p.aggregate, Aggregate::kPercentile);
  EXPECT_EQ(p.percentile_milli, 95'000U);
  EXPECT_EQ(p.comparison, Comparison::kLess);
  EXPECT_EQ(p.bound, 500 * kMs);

  EXPECT_EQ(Parsed("p(99.9) <= 1.5s").percentile_milli, 99'900U);
  EXPECT_EQ(Parsed("p(99.9) <= 1.5s").bound, 1500 * kMs);
  EXPECT_EQ(Parsed("avg<200us").bound, 200'000);
  EXPECT_EQ(Parsed("med < 300ms").aggregate, Aggregate::kMedian);
  EXPECT_EQ(Parsed("max>=1").comparison, Comparison::kGreaterOrEqual);
  EXPECT_EQ(Parsed("min===1").comparison, Comparison::kEqual);
  EXPECT_EQ(Parsed("min!=1").comparison, Comparison::kNotEqual);
  EXPECT_EQ(Parsed("rate<0.01").metric, Metric::kFailed);
  EXPECT_EQ(Parsed("rate<1%").bound, 10'000);
  EXPECT_EQ(Parsed("count>100").metric, Metric::kRequests);
  EXPECT_EQ(Parsed("http_reqs: rate>10").bound, 10'000'000);
  EXPECT_EQ(Parsed("http_req_failed: rate<0.01").metric, Metric::kFailed);
  EXPECT_EQ(Parsed("checks: rate==1").metric, Metric::kChecks);
  EXPECT_EQ(Parsed("service_time p(50)<10").metric, Metric::kServiceTime);
}

TEST(ThresholdGrammarTest, SelectorsWindowsAndAbort) {
  EXPECT_EQ(Parsed("POST tickets: p(99)<2000").selector.name, "POST tickets");
  EXPECT_EQ(Parsed("/api/tickets [POST burst]: p(99)<2s").selector.name,
            "/api/tickets [POST burst]");
  const Threshold tagged =
      Parsed("http_req_duration{name:POST tickets, method:POST,expected_response:true}: p(90)<1");
  EXPECT_EQ(tagged.selector.name, "POST tickets");
  EXPECT_EQ(tagged.selector.method, "POST");
  EXPECT_EQ(tagged.selector.accepted, true);
  EXPECT_EQ(Parsed("http_req_failed{name:\"a, {b}\"}: rate<1").selector.name, "a, {b}");
  EXPECT_EQ(Parsed("answers{status:429}: rate<5%").selector.status, 429);

  const Threshold window = Parsed("p(95, 10s)<800 abortOnFail(1m)");
  EXPECT_EQ(window.window, std::chrono::seconds(10));
  EXPECT_TRUE(window.abort_on_fail);
  EXPECT_EQ(window.abort_delay, std::chrono::minutes(1));
  EXPECT_EQ(Parsed("rate(500ms)<1%").window, std::chrono::milliseconds(500));
  EXPECT_FALSE(Parsed("p(95)<1").abort_on_fail);
}

TEST(ThresholdGrammarTest, ErrorsNameThePlace) {
  EXPECT_EQ(ErrorOf("p(95<500"), "threshold 'p(95<500', column 5: expected ')'");
  EXPECT_THAT(ErrorOf(""), HasSubstr("expected a threshold such as p(95)<500"));
  EXPECT_THAT(ErrorOf("p95<500"), HasSubstr("column 2: expected '(' and a percentile"));
  EXPECT_THAT(ErrorOf("p(101)<1"), HasSubstr("column 3: expected a percentile from 0 to 100"));
  EXPECT_THAT(ErrorOf("p(99.9999)<1"), HasSubstr("at most three decimals"));
  EXPECT_THAT(ErrorOf("p(95)=500"), HasSubstr("column 6: expected <, <=, >, >=, == or !="));
  EXPECT_THAT(ErrorOf("p(95)<"), HasSubstr("column 7: expected a number"));
  EXPECT_THAT(ErrorOf("p(95)<-5"), HasSubstr("column 7: expected a number"));
  EXPECT_THAT(ErrorOf("p(95)<5 please"), HasSubstr("column 9: expected the end, or abortOnFail"));
  EXPECT_THAT(ErrorOf("mean<5"), HasSubstr("column 1: expected p(N), avg, min, med, max"));
  EXPECT_THAT(ErrorOf("http_req_durations: p(95)<5"), HasSubstr("did you mean http_req_duration?"));
  EXPECT_THAT(ErrorOf("http_reqz{name:a}: count<5"), HasSubstr("did you mean http_reqs?"));
  EXPECT_THAT(ErrorOf("http_reqs{nmae:a}: count<5"), HasSubstr("did you mean name?"));
  EXPECT_THAT(ErrorOf("http_reqs{status:42}: count<5"), HasSubstr("from 100 to 599"));
  EXPECT_THAT(ErrorOf("http_reqs{name:a: count<5"), HasSubstr("expected '}'"));
  EXPECT_THAT(ErrorOf("http_req_duration: rate<1"), HasSubstr("has p(N), avg, min, med and max"));
  EXPECT_THAT(ErrorOf("http_reqs: p(95)<1"), HasSubstr("has rate and count only"));
  EXPECT_THAT(ErrorOf("answers: rate<1"), HasSubstr("answers needs a status"));
  EXPECT_THAT(ErrorOf("rate<2"), HasSubstr("expected a share from 0 to 1"));
  EXPECT_THAT(ErrorOf("p(95, 5)<1"), HasSubstr("expected a time such as 10s"));
  EXPECT_THAT(ErrorOf("p(95, 1ms)<1"), HasSubstr("expected a window from 100ms to 24h"));
  EXPECT_THAT(ErrorOf("avg<99999999999999999999"), HasSubstr("at most twelve digits"));
  EXPECT_THAT(ErrorOf(std::string(600, 'x')), HasSubstr("longer than 512 bytes"));
  const auto many = ParseThresholds(std::vector<std::string>(101, "p(95)<1"), "--fail");
  ASSERT_TRUE(many.has_error());
  EXPECT_EQ(many.error().message, "--fail: more than 100 thresholds");
}

// Response times of StepsOfOne(100) are 2, 3, …, 101 ms and service times 1, 2, …, 100 ms.
TEST(ThresholdsTest, PercentilesByHand) {
  const Trace trace = StepsOfOne(100);
  const std::pair<const char*, std::int64_t> cases[] = {{"p(95)<97", 96 * kMs},
                                                        {"p(99)<101", 100 * kMs},
                                                        {"p(99.5)<102", 101 * kMs},
                                                        {"p(0)<3", 2 * kMs},
                                                        {"p(100)<102", 101 * kMs},
                                                        {"med<52", 51 * kMs},
                                                        {"min<3", 2 * kMs},
                                                        {"max<102", 101 * kMs},
                                                        {"avg<52", 51'500'000},
                                                        {"p(1)<3", 2 * kMs},
                                                        {"p(1.001)<4", 3 * kMs},
                                                        {"service_time p(95)<96", 95 * kMs},
                                                        {"service_time avg<51", 50'500'000}};
  for (const auto& [text, value] : cases) {
    const ThresholdResult result = Judged(text, trace);
    EXPECT_EQ(result.verdict, LimitVerdict::kOk) << text;
    EXPECT_EQ(result.value, value) << text;
    EXPECT_EQ(result.samples, 100U) << text;
  }
  EXPECT_EQ(Judged("p(95)<96", trace).verdict, LimitVerdict::kFail);  // 96 is not below 96
  EXPECT_EQ(Judged("p(95)<=96", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("p(95)==96", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("p(95)!=96", trace).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judged("avg<51.5", trace).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judged("avg<51.500001", trace).verdict, LimitVerdict::kOk);
}

TEST(ThresholdsTest, SharesAreComparedExactly) {
  std::vector<TimedRequest> requests(300, TimedRequest{.done_ms = 5});
  for (int i = 0; i < 3; ++i) requests[i].accepted = false;
  for (int i = 0; i < 3; ++i) requests[i].status = i == 2 ? 429 : 500;
  requests.push_back({.done_ms = 900, .accepted = false, .phase = Phase::kSetup});
  requests.push_back({.done_ms = 900, .accepted = false, .phase = Phase::kAudit});
  const Trace trace = TraceOf(requests);
  EXPECT_EQ(Judged("rate<1%", trace).verdict, LimitVerdict::kFail);  // exactly 1 %
  EXPECT_EQ(Judged("rate<=0.01", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("rate<1%", trace, {.expected_statuses = {429}}).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("http_req_failed: count==2", trace, {.expected_statuses = {429}}).verdict,
            LimitVerdict::kOk);
  // 429 has a check of its own, whether it is expected or not.
  EXPECT_EQ(Judged("answers{status:429}: count==1", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("answers{status:429}: rate<0.33%", trace).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judged("http_reqs{status:429}: count==1", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("http_reqs{status:503}: count==0", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("checks: rate==0.99", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("http_req_duration{expected_response:false}: max<6", trace).samples, 3U);
}

TEST(ThresholdsTest, NamesAndWhatNobodySent) {
  const Trace trace = TraceOf({{.method = "POST", .name = "tickets", .done_ms = 30},
                               {.method = "GET", .name = "tickets", .done_ms = 10},
                               {.method = "GET", .name = "POST tickets", .done_ms = 20}});
  EXPECT_EQ(Judged("tickets: max<31", trace).samples, 2U);
  EXPECT_EQ(Judged("POST tickets: max<31", trace).samples, 2U);  // by name, by method and name
  EXPECT_EQ(Judged("http_req_duration{name:tickets,method:POST}: max==30", trace).samples, 1U);
  const ThresholdResult slip = Judged("tickest: max<31", trace);
  EXPECT_EQ(slip.verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(slip.note, "no request is called 'tickest'; did you mean 'tickets'?");
  EXPECT_EQ(Judged("p(95)<1", TraceOf({})).verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(Judged("count<1", TraceOf({})).verdict, LimitVerdict::kNotMeasured);
  EXPECT_EQ(Judged("http_req_duration{status:500}: max<1", trace).verdict,
            LimitVerdict::kNotMeasured);
}

TEST(ThresholdsTest, EveryWindowMustHold) {
  std::vector<TimedRequest> requests;
  for (int second = 0; second < 4; ++second) {
    for (int i = 0; i < 10; ++i) {
      const std::int64_t at = second * 1000 + i * 50;
      requests.push_back(
          {.intended_ms = at, .sent_ms = at, .done_ms = at + (second == 2 ? 90 : 9)});
    }
  }
  requests.push_back({.intended_ms = 8'000, .sent_ms = 8'000, .done_ms = 8'500});
  const Trace trace = TraceOf(requests);
  const ThresholdResult slow = Judged("p(95, 1s)<50", trace);
  EXPECT_EQ(slow.verdict, LimitVerdict::kFail);
  EXPECT_EQ(slow.value, 500 * kMs);
  EXPECT_EQ(slow.note, "in the window of 1 s from 8 s, the worst");
  EXPECT_EQ(Judged("p(50, 1s)<=500", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("p(50)<50", trace).verdict, LimitVerdict::kOk);
  // Numbers of requests: whole windows only, empty ones included.
  const ThresholdResult count = Judged("http_reqs: count(1s)>=10", trace);
  EXPECT_EQ(count.verdict, LimitVerdict::kFail);
  EXPECT_EQ(count.value, 0);
  EXPECT_EQ(Judged("http_reqs: count(2s)<=20", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(Judged("http_reqs: rate(1m)>0", trace).verdict, LimitVerdict::kNotMeasured);
}

TEST(ThresholdsTest, FromStatistics) {
  Statistics statistics;
  for (int i = 1; i <= 100; ++i) {
    const std::int64_t done = i * kMs;
    statistics.Add("POST", "tickets",
                   {.intended_ns = 0, .sent_ns = kMs / 2, .done_ns = done, .accepted = i != 7});
  }
  const auto judged = [&statistics](const char* text, const ThresholdOptions& options = {}) {
    return EvaluateThresholds({Parsed(text)}, statistics, std::chrono::seconds(10), options)
        .front();
  };
  EXPECT_NEAR(static_cast<double>(judged("p(95)<96").value), 95.0 * kMs, 0.1 * kMs);
  EXPECT_EQ(judged("p(95)<96").verdict, LimitVerdict::kOk);
  EXPECT_EQ(judged("POST tickets: max==100").verdict, LimitVerdict::kOk);
  EXPECT_EQ(judged("rate<=1%").verdict, LimitVerdict::kOk);
  EXPECT_EQ(judged("http_reqs: rate==10").verdict, LimitVerdict::kOk);
  EXPECT_EQ(judged("p(95, 1s)<96").note, "windows need a trace");
  EXPECT_EQ(judged("answers{status:429}: rate<1").note, "statuses need a trace");
  EXPECT_EQ(judged("rate<1", {.expected_statuses = {429}}).verdict, LimitVerdict::kNotMeasured);
}

TEST(ThresholdsTest, DroppedRecordsAreNeverGreen) {
  Trace trace = StepsOfOne(10);
  trace.end->dropped = 1;
  EXPECT_EQ(Judged("p(95)<500", trace).verdict, LimitVerdict::kNotMeasured);
}

TEST(ThresholdsTest, DroppedArrivalsAreCountedByTheRunAndNotByAFile) {
  Trace trace;
  EXPECT_EQ(Judged("dropped_iterations: count<1", trace).verdict, LimitVerdict::kNotMeasured);
  trace.end.emplace();  // as it is read from a file
  EXPECT_EQ(Judged("dropped_iterations: count<1", trace).verdict, LimitVerdict::kNotMeasured);
  trace.end->arrivals_dropped = 3;
  EXPECT_EQ(Judged("dropped_iterations: count<3", trace).verdict, LimitVerdict::kFail);
  EXPECT_EQ(Judged("dropped_iterations: count<=3", trace).verdict, LimitVerdict::kOk);
  EXPECT_EQ(ThresholdShortName(Parsed("dropped_iterations: count<=3")), "dropped");
  ThresholdOptions options;
  const auto by_statistics = [&options](const std::string& text) {
    return EvaluateThresholds({Parsed(text)}, Statistics(), std::chrono::seconds(2), options)
        .front();
  };
  EXPECT_EQ(by_statistics("dropped_iterations: rate<2").verdict, LimitVerdict::kNotMeasured);
  options.arrivals_dropped = 3;
  EXPECT_EQ(by_statistics("dropped_iterations: rate<2").verdict, LimitVerdict::kOk);  // 1.5/s
  EXPECT_EQ(by_statistics("dropped_iterations: rate<1.5").verdict, LimitVerdict::kFail);
  EXPECT_THAT(ErrorOf("dropped_iterations: p(95)<1"), HasSubstr("has rate and count only"));
  EXPECT_THAT(ErrorOf("dropped_iterations{name:a}: count<1"), HasSubstr("about the whole run"));
  EXPECT_THAT(ErrorOf("dropped_iterations: count(10s)<1"), HasSubstr("about the whole run"));
  EXPECT_THAT(ErrorOf("dropped_iterations: count<1 abortOnFail"), HasSubstr("whole run"));
}

TEST(ThresholdsTest, TimesFromAHostileFileDoNoHarm) {
  Trace trace = StepsOfOne(3);
  trace.returns[1]->done_ns = std::numeric_limits<std::int64_t>::max();
  trace.invokes[2].intended_ns = std::numeric_limits<std::int64_t>::min();
  for (const char* text : {"p(95, 100ms)<1", "count(100ms)<1", "avg<1", "http_reqs: rate>0"}) {
    EXPECT_NE(Judged(text, trace).verdict, LimitVerdict::kNotMeasured) << text;
  }
}

TEST(ThresholdsTest, ExitCodes) {
  const auto with = [](LimitVerdict verdict, int checkers) {
    std::vector<ThresholdResult> results(2);
    results[0].verdict = LimitVerdict::kOk;
    results[1].verdict = verdict;
    return ExitCodeWith(results, checkers);
  };
  EXPECT_EQ(with(LimitVerdict::kOk, 0), 0);
  EXPECT_EQ(with(LimitVerdict::kFail, 0), 4);
  EXPECT_EQ(with(LimitVerdict::kFail, 3), 4);
  EXPECT_EQ(with(LimitVerdict::kFail, 1), 1);
  EXPECT_EQ(with(LimitVerdict::kNotMeasured, 0), 3);
  EXPECT_EQ(with(LimitVerdict::kNotMeasured, 1), 1);
  EXPECT_EQ(ExitCodeWith(std::vector<ThresholdResult>{}, 0), 0);
}

TEST(ThresholdsTest, JsonHoldsEachThreshold) {
  const auto json = nlohmann::json::parse(ThresholdsToJson(
      EvaluateThresholds({Parsed("p(95)<10"), Parsed("nobody: max<1")}, StepsOfOne(100), {})));
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["verdict"], "FAIL");
  EXPECT_EQ(json[0]["value"], "96 ms");
  EXPECT_EQ(json[1]["verdict"], "not measured");
}

// Feeds a watch with `trace` in order of time and returns how many requests it saw until it broke.
std::size_t RequestsUntilBroken(const std::string& text, const Trace& trace) {
  const std::vector<Threshold> thresholds = {Parsed(text)};
  bool broken = false;
  ThresholdWatch watch(thresholds, {}, nullptr, [&broken](const Threshold&) { broken = true; });
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    watch.OnInvoke(trace.invokes[i]);
    watch.OnReturn(*trace.returns[i]);
    if (broken) return i + 1;
  }
  return 0;
}

TEST(ThresholdWatchTest, BreaksOnceASecondHasShownIt) {
  std::vector<TimedRequest> requests;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t at = i * 100;
    requests.push_back({.intended_ms = at, .sent_ms = at, .done_ms = at + 60});
  }
  const Trace trace = TraceOf(requests);
  EXPECT_EQ(RequestsUntilBroken("p(95)<50 abortOnFail", trace), 11U);  // ends at 1'060 ms
  EXPECT_EQ(RequestsUntilBroken("p(95)<50", trace), 0U);
  EXPECT_EQ(RequestsUntilBroken("p(95)<70 abortOnFail", trace), 0U);
  const std::size_t late = RequestsUntilBroken("p(95)<50 abortOnFail(5s)", trace);
  EXPECT_GE(late, 50U);
  EXPECT_LE(late, 62U);
}

}  // namespace
}  // namespace redrive
