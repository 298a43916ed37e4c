#include "recorder/judge.h"

#include <gtest/gtest.h>

#include "recorder/pattern.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// The one request of a scenario with these members.
RequestStep Step(const std::string& members) {
  const std::string json = R"({"name": "s", "users": [{"name": "U", "iterations": 1, "actions": [
    {"name": "a", "requests": [{"path": "/a", )" +
                           members + "}]}]}]}";
  auto scenario = ParseScenario(json, "judge.json");
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  return std::move(scenario->classes[0].actions[0].steps[0]);
}

Reply Answer(int status, const std::string& body = "", std::vector<Header> headers = {}) {
  Reply reply;
  reply.response.status = status;
  reply.response.body = body;
  reply.response.headers = std::move(headers);
  return reply;
}

TEST(JudgeTest, StatusesRangesAndClasses) {
  const RequestStep step = Step(R"("accept": ["2xx", "304-305", 429])");
  for (const int status : {200, 204, 299, 304, 305, 429}) {
    EXPECT_EQ(JudgeReply(step, Answer(status)), "") << status;
  }
  for (const int status : {199, 300, 306, 303, 430, 500}) {
    EXPECT_EQ(JudgeReply(step, Answer(status)), "status " + std::to_string(status));
  }
  EXPECT_EQ(JudgeReply(Step(R"("accept": "5xx")"), Answer(503)), "");
}

TEST(JudgeTest, Headers) {
  const RequestStep step = Step(R"J("expect": {"headers": {
    "Content-Type": {"matches": "^text/html(;|$)"}, "X-Kind": "new", "ETag": {"exists": true}}})J");
  const Header type{"content-type", "text/html; charset=utf-8"};
  const Header kind{"x-kind", "new"};
  const Header etag{"etag", ""};
  EXPECT_EQ(JudgeReply(step, Answer(200, "", {type, kind, etag})), "");
  EXPECT_EQ(JudgeReply(step, Answer(200, "", {type, kind})), "no header ETag");
  EXPECT_EQ(JudgeReply(step, Answer(200, "", {type, {"X-Kind", "New"}, etag})),
            "header X-Kind is New, expected new");
  EXPECT_EQ(JudgeReply(step, Answer(200, "", {{"Content-Type", "text/htmlx"}, kind, etag})),
            "header Content-Type is text/htmlx, expected a match of ^text/html(;|$)");
  EXPECT_EQ(JudgeReply(step, Answer(404)), "status 404");  // the status comes first
}

TEST(JudgeTest, BodiesAndTheirSize) {
  const RequestStep step = Step(R"("expect": {"body": {"contains": ["ab", "ef"], "lacks": "error",
    "matches": "\\bc+d\\b", "bytes_min": 8, "bytes_max": 20}})");
  EXPECT_EQ(JudgeReply(step, Answer(200, "ab cccd ef")), "");
  EXPECT_EQ(JudgeReply(step, Answer(200, "ab cccd gh")), "the body does not contain ef");
  EXPECT_EQ(JudgeReply(step, Answer(200, "ab cd ef error")), "the body contains error");
  EXPECT_EQ(JudgeReply(step, Answer(200, "ab ccced ef")), "the body does not match \\bc+d\\b");
  EXPECT_EQ(JudgeReply(step, Answer(200, "ab cd")), "a body of 5 bytes, expected at least 8");
  EXPECT_EQ(JudgeReply(step, Answer(200, std::string(21, 'x'))),
            "a body of 21 bytes, expected at most 20");
  // An accepted refusal has nothing to show.
  EXPECT_EQ(JudgeReply(Step(R"("accept": [200, 429], "expect": {"body": {"contains": "x"}})"),
                       Answer(429)),
            "");
}

TEST(JudgeTest, TimeIsJudgedByTheService) {
  const RequestStep step = Step(R"("expect": {"time_max": "500ms"})");
  EXPECT_EQ(JudgeTime(step, milliseconds(500)), "");
  EXPECT_EQ(JudgeTime(step, milliseconds(500) + microseconds(1)), "took more than 500 ms");
  EXPECT_EQ(JudgeTime(Step(R"("expect": {"time_max": "1500us"})"), milliseconds(2)),
            "took more than 1500 us");
  EXPECT_EQ(JudgeTime(Step(R"("expect": {})"), std::chrono::hours(1)), "");
}

TEST(JudgeTest, ALateAnswerIsAFailureWhoseValuesAreTaken) {
  // Two data operations of 100 ms each, and the admission: 300 ms.
  const auto run = [](const std::string& time_max) {
    FakeFactory factory;
    RecordingSink sink;
    ExecuteOptions options;
    options.sink = &sink;
    options.handlers = factory.Get();
    RunSpec spec = SpecOf(R"({"name": "s", "workshop": {"step_us": 100000}, "users": [{"name": "U",
      "iterations": 1, "actions": [{"name": "a", "requests": [
        {"method": "POST", "path": "/numbers", "extract": {"n": "/number"},
         "expect": {"time_max": ")" +
                          time_max + R"("}},
        {"path": "/count?after=${n}"}]}]}]})");
    auto outcome = ExecuteSimulation(spec, options);
    EXPECT_TRUE(outcome.has_value());
    EXPECT_EQ(sink.invokes.size(), 2U);
    return sink.returns.at(0).failure;
  };
  EXPECT_EQ(run("300ms"), "");
  EXPECT_EQ(run("299ms"), "took more than 299 ms");
}

TEST(PatternTest, HostileExpressionsAndTextsTakeLinearTime) {
  const auto nested = Pattern::Compile("^(a+)+$");
  ASSERT_TRUE(nested.has_value());
  EXPECT_FALSE((*nested)->Matches(std::string(200'000, 'a') + "b"));  // never ends by backtracking
  EXPECT_TRUE((*nested)->Matches("aaa"));
  EXPECT_TRUE(Pattern::Compile("((a{1000}){1000}){10}").has_error());
  EXPECT_TRUE(Pattern::Compile("(").has_error());
  EXPECT_TRUE(Pattern::Compile("(a)\\1").has_error());  // no back references
  EXPECT_TRUE(Pattern::Compile(std::string(5'000, 'a')).has_error());
}

}  // namespace
}  // namespace redrive
