#include "recorder/locust_recorder.h"

#include <gtest/gtest.h>

#include "recorder/execute.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

constexpr const char* kTwoUsers = R"({
  "name": "two", "defaults": {"users": 2, "spawn_rate": 1, "run_time": "10s"},
  "users": [{"name": "U", "wait_time": {"constant": 1},
             "actions": [{"name": "a", "requests": [{"path": "/a"}]}]}]
})";

class NullSink final : public TraceSink {
 public:
  void OnHeader(const TraceHeader&) override { ++records; }
  void OnInvoke(const InvokeRecord&) override { ++records; }
  void OnReturn(const ReturnRecord&) override { ++records; }
  void OnStep(const StepRecord&) override { ++records; }
  void OnEnd(const Schedule&, const EndRecord&) override { ++records; }
  int records = 0;
};

struct Fixture {
  explicit Fixture(bool reset = false, const std::string& pacing = "planned") {
    auto parsed = ParseScenario(kTwoUsers, "two");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
    scenario = std::move(*parsed);
    RunSpec spec;
    spec.pacing = pacing;
    auto made = Plan::Make(scenario, spec);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    plan.emplace(std::move(*made));
    LocustRecorderOptions options;
    options.plan = &*plan;
    options.reset_when_spawned = reset;
    options.on_second = [this](std::int64_t second, std::uint32_t users) {
      seconds.emplace_back(second, users);
    };
    recorder = std::make_unique<LocustRecorder>(options, next);
    TraceHeader header;
    header.started_unix_ns = 1'000 * kSecond;
    recorder->OnHeader(header);
  }
  // One request; milliseconds since the start of the execution.
  void Request(std::uint64_t operation, std::int64_t intended, std::int64_t sent, std::int64_t done,
               Phase phase = Phase::kRun, SendError error = SendError::kNone) {
    InvokeRecord invoke;
    invoke.operation = operation;
    invoke.phase = phase;
    invoke.name = "/a";
    invoke.request.method = "GET";
    invoke.intended_ns = intended * 1'000'000;
    invoke.sent_ns = sent * 1'000'000;
    recorder->OnInvoke(invoke);
    ReturnRecord result;
    result.operation = operation;
    result.done_ns = done * 1'000'000;
    result.error = error;
    result.accepted = error == SendError::kNone;
    result.response.status = 200;
    result.body_bytes = 7;
    recorder->OnReturn(result);
  }

  Scenario scenario;
  std::optional<Plan> plan;
  NullSink next;
  std::unique_ptr<LocustRecorder> recorder;
  std::vector<std::pair<std::int64_t, std::uint32_t>> seconds;
};

TEST(LocustRecorderTest, PlannedCountsFromTheIntendedStartAndClosedFromTheSend) {
  Fixture planned;
  planned.Request(1, 500, 600, 650);
  EXPECT_DOUBLE_EQ(planned.recorder->statistics().total().max_ms, 150);
  EXPECT_EQ(planned.recorder->statistics().total().content_length, 7U);
  Fixture closed(false, "closed");
  closed.Request(1, 500, 600, 650);
  EXPECT_DOUBLE_EQ(closed.recorder->statistics().total().max_ms, 50);
}

TEST(LocustRecorderTest, SetupAuditAndCutOffRequestsStayOut) {
  Fixture fixture;
  fixture.Request(1, 0, 0, 10, Phase::kSetup);
  fixture.Request(2, 500, 500, 520);
  fixture.Request(3, 600, 600, 700, Phase::kRun, SendError::kCancelled);
  fixture.Request(4, 800, 800, 900, Phase::kAudit);
  EXPECT_EQ(fixture.recorder->statistics().total().requests, 1U);
  EXPECT_EQ(fixture.next.records, 9) << "all are handed on";
}

TEST(LocustRecorderTest, SecondsCountFromTheUsersStartAndPassWithoutRequests) {
  Fixture fixture;
  fixture.recorder->AdvanceTo(1'005 * kSecond);
  EXPECT_TRUE(fixture.seconds.empty()) << "no user has started";
  fixture.Request(1, 500, 500, 520);  // user 0 starts at 0.5 s
  EXPECT_EQ(fixture.seconds.size(), 1U);
  fixture.recorder->AdvanceTo(1'003 * kSecond + kSecond / 2);
  const std::vector<std::pair<std::int64_t, std::uint32_t>> expected = {
      {1'000, 1}, {1'001, 2}, {1'002, 2}, {1'003, 2}};
  EXPECT_EQ(fixture.seconds, expected);
}

TEST(LocustRecorderTest, ResetHappensOnceWhenTheLastUserStarts) {
  Fixture fixture(true);
  fixture.Request(1, 0, 0, 20);
  EXPECT_EQ(fixture.recorder->statistics().total().requests, 1U);
  fixture.Request(2, 1'500, 1'500, 1'520);
  fixture.Request(3, 1'600, 1'600, 1'620);
  EXPECT_EQ(fixture.recorder->statistics().total().requests, 2U);
  EXPECT_DOUBLE_EQ(fixture.recorder->statistics().total().start_time, 1'001);
}

TEST(LocustRecorderTest, ErrorsReadLikeLocusts) {
  ReturnRecord record;
  record.response.status = 503;
  record.failure = "status 503";
  EXPECT_EQ(LocustError(record, "/a"),
            "HTTPError('503 Server Error: Service Unavailable for url: /a')");
  record.failure = "Create ticket failed: 503";
  EXPECT_EQ(LocustError(record, "/a"), "CatchResponseError('Create ticket failed: 503')");
  record.response.status = 404;
  record.failure = "status 404";
  EXPECT_EQ(LocustError(record, "/a"), "HTTPError('404 Client Error: Not Found for url: /a')");
  record.response.status = 0;
  record.error = SendError::kTimeout;
  record.failure = "timeout after 5 s";
  EXPECT_EQ(LocustError(record, "/a"), "ReadTimeout('timeout after 5 s')");
  record.error = SendError::kNotSent;
  record.failure = "it's refused";
  EXPECT_EQ(LocustError(record, "/a"), "ConnectionError(\"it's refused\")");
  record.accepted = true;
  EXPECT_EQ(LocustError(record, "/a"), "");
}

}  // namespace
}  // namespace redrive
