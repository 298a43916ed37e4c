#include "recorder/execute.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

RunOutcome Execute(const RunSpec& spec, FakeFactory& fakes, TraceSink* sink = nullptr,
                   std::span<const Decision> prefix = {}) {
  ExecuteOptions options;
  options.handlers = fakes.Get();
  options.sink = sink;
  options.prefix = prefix;
  auto outcome = ExecuteSimulation(spec, options);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return outcome.has_value() ? std::move(*outcome) : RunOutcome{};
}

TEST(ExecuteTest, SetupUsersAndAuditInThisOrder) {
  FakeFactory fakes;
  RecordingSink sink;
  const RunOutcome outcome = Execute(SpecOf(kRaceScenario), fakes, &sink);
  EXPECT_EQ(outcome.ending, Ending::kDone);
  EXPECT_EQ(outcome.counts.started, 6U);
  EXPECT_EQ(outcome.counts.ok, 6U);
  EXPECT_EQ(outcome.counts.accepted, 6U);
  ASSERT_EQ(sink.invokes.size(), 6U);
  EXPECT_EQ(sink.invokes.front().name, "first");
  EXPECT_EQ(sink.invokes.front().phase, Phase::kSetup);
  EXPECT_EQ(sink.invokes.back().name, "audit count");
  EXPECT_EQ(sink.invokes.back().phase, Phase::kAudit);
  EXPECT_EQ(sink.invokes.back().user, 3U) << "audit is numbered behind users and setup";
  for (std::size_t i = 0; i < sink.invokes.size(); ++i) {
    EXPECT_EQ(sink.invokes[i].operation, i + 1);
    EXPECT_GE(sink.invokes[i].sent_ns, sink.invokes[i].intended_ns);
  }
  EXPECT_EQ(sink.returns.size(), 6U);
  EXPECT_EQ(sink.end.digest, outcome.digest);
  EXPECT_EQ(sink.end.started, 6U);
  EXPECT_EQ(sink.header.plan_digest, outcome.plan_digest);
  EXPECT_EQ(sink.schedule, outcome.schedule);
  const auto step =
      std::find_if(sink.steps.begin(), sink.steps.end(),
                   [](const StepRecord& record) { return record.label == "numbers.insert"; });
  ASSERT_NE(step, sink.steps.end());
  EXPECT_EQ(step->mode, Mode::kWrite);
  EXPECT_EQ(step->operation, 1U);
  EXPECT_EQ(outcome.statistics.Total().count, 6U);
}

TEST(ExecuteTest, TokensAreSentAndRedactedInTheTrace) {
  FakeFactory fakes;
  RecordingSink sink;
  Execute(SpecOf(kRaceScenario), fakes, &sink);
  int authorized = 0;
  for (const InvokeRecord& record : sink.invokes) {
    EXPECT_EQ(record.request.body.find("secret-1"), std::string::npos);
    const std::string* header = FindHeader(record.request.headers, "Authorization");
    if (header == nullptr) continue;
    ++authorized;
    EXPECT_EQ(header->find("t-127.0.0.1"), std::string::npos) << *header;
  }
  EXPECT_EQ(authorized, 2) << "only the users' second requests have a token";

  const auto simulation = Simulation::Make(SpecOf(kRaceScenario), fakes.Get());
  ASSERT_TRUE(simulation.has_value());
  ExecuteOptions options;
  options.keep_secrets = true;
  RecordingSink plain;
  options.sink = &plain;
  ASSERT_TRUE((*simulation)->Execute(options).has_value());
  bool seen = false;
  for (const InvokeRecord& record : plain.invokes) {
    const std::string* header = FindHeader(record.request.headers, "Authorization");
    seen |= header != nullptr && *header == "Bearer t-127.0.0.1";
  }
  EXPECT_TRUE(seen);
}

TEST(ExecuteTest, EqualSpecsGiveEqualDigests) {
  for (const char* strategy : {"random", "pct:2", "serial"}) {
    FakeFactory fakes;
    RunSpec spec = SpecOf(kRaceScenario);
    spec.strategy = strategy;
    RecordingSink sink;
    const RunOutcome first = Execute(spec, fakes);
    const RunOutcome second = Execute(spec, fakes, &sink);
    EXPECT_EQ(first.digest, second.digest) << strategy << ": a sink changes nothing";
    EXPECT_EQ(first.unseed, second.unseed);
    EXPECT_EQ(first.plan_digest, second.plan_digest);
  }
}

TEST(ExecuteTest, TheScheduleReplaysUnderAnotherStrategy) {
  FakeFactory fakes;
  std::set<std::vector<int>> results;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    RunSpec spec = SpecOf(kRaceScenario, seed);
    const RunOutcome recorded = Execute(spec, fakes);
    results.insert(fakes.record.numbers);
    spec.strategy = "serial";
    const RunOutcome replayed = Execute(spec, fakes, nullptr, recorded.schedule);
    EXPECT_EQ(replayed.ending, Ending::kDone) << replayed.divergence;
    EXPECT_EQ(recorded.digest, replayed.digest) << "seed " << seed;
    EXPECT_EQ(recorded.unseed, replayed.unseed) << "seed " << seed;
  }
  EXPECT_TRUE(results.contains({1, 2, 2})) << "the race";
  EXPECT_TRUE(results.contains({1, 2, 3})) << "no race";
}

TEST(ExecuteTest, AWrongPrefixIsADivergence) {
  FakeFactory fakes;
  const RunSpec spec = SpecOf(kRaceScenario);
  Schedule schedule = Execute(spec, fakes).schedule;
  ASSERT_FALSE(schedule.empty());
  schedule[0].bound += 1;
  const RunOutcome outcome = Execute(spec, fakes, nullptr, schedule);
  EXPECT_EQ(outcome.ending, Ending::kDiverged);
  EXPECT_NE(outcome.divergence.find("decision 0"), std::string::npos) << outcome.divergence;
}

TEST(ExecuteTest, ExhaustiveSearchEnds) {
  FakeFactory fakes;
  RunSpec spec = SpecOf(kRaceScenario);
  spec.strategy = "bounded:1";
  const auto simulation = Simulation::Make(spec, fakes.Get());
  ASSERT_TRUE(simulation.has_value());
  std::uint64_t executions = 0;
  std::uint64_t races = 0;
  ExecuteOptions options;
  while (true) {
    options.execution = executions;
    const auto outcome = (*simulation)->Execute(options);
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, ErrorCode::kLimit);
      break;
    }
    ++executions;
    if (fakes.record.numbers == std::vector<int>{1, 2, 2}) ++races;
    ASSERT_LT(executions, 10'000U);
  }
  EXPECT_GT(executions, 5U);
  EXPECT_GT(races, 0U);
}

TEST(ExecuteTest, ARefusedSetupEndsTheRun) {
  FakeFactory fakes;
  const RunOutcome outcome =
      Execute(SpecOf(R"({"name": "s", "setup": [{"path": "/nowhere", "name": "make it"}],
                 "users": [{"name": "U", "iterations": 1, "actions": [{"name": "a",
                   "requests": [{"path": "/count"}]}]}]})"),
              fakes);
  EXPECT_EQ(outcome.setup_error, "setup: GET make it: status 404");
  EXPECT_EQ(outcome.counts.started, 1U);
  EXPECT_EQ(outcome.counts.fail, 1U);
}

TEST(ExecuteTest, ARequestThatCannotBeFilledIsNotSent) {
  FakeFactory fakes;
  const RunOutcome outcome = Execute(SpecOf(R"({"name": "s",
                 "users": [{"name": "U", "iterations": 1, "actions": [{"name": "a", "requests": [
                   {"path": "/count", "name": "count", "extract": {"ticket": "/ticket"}},
                   {"path": "/tickets/${ticket}", "name": "ticket"}]}]}]})"),
                                     fakes);
  EXPECT_EQ(outcome.counts.started, 1U);
  EXPECT_EQ(outcome.counts.skipped, 1U);
  ASSERT_EQ(outcome.skipped.size(), 1U);
  EXPECT_EQ(outcome.skipped.begin()->first, "ticket: no value for ${ticket}");
  EXPECT_EQ(outcome.statistics.failures().begin()->first.text,
            "no /ticket in the response for \"ticket\"");
}

TEST(ExecuteTest, AnOldValueIsNotUsedAgain) {
  FakeFactory fakes;
  // The second iteration's request extracts nothing, so the first one's number must be gone.
  const RunOutcome outcome =
      Execute(SpecOf(
                  R"({"name": "s", "setup": [{"method": "POST", "path": "/numbers",
            "extract": {"paths[]": {"json": "/number"}}}],
                 "users": [{"name": "U", "iterations": 1, "actions": [{"name": "a", "requests": [
                   {"method": "POST", "path": "/numbers", "name": "take",
                     "extract": {"number": "/number"}},
                   {"path": "/fail", "name": "fail", "accept": [500],
                     "extract": {"number": "/number"}},
                   {"path": "/numbers/${number}", "name": "use"}]}]}]})"),
              fakes);
  EXPECT_EQ(outcome.counts.skipped, 1U);
  EXPECT_EQ(outcome.counts.info, 1U) << "a 5xx may have happened";
}

TEST(ExecuteTest, ExtractsFillTheirPlaces) {
  FakeFactory fakes;
  Execute(SpecOf(R"({"name": "s", "client_ip": "per_user",
      "setup": [{"method": "POST", "path": "/login", "extract":
                  {"token": "/token", "id": "/user/id", "session": {"header": "x-session"},
                    "start": {"between": ["{\"", "\":"]}}},
                {"method": "POST", "path": "/numbers", "repeat": 3,
                  "extract": {"list[]": "/number"}}],
      "users": [{"name": "U", "iterations": 1, "actions": [{"name": "a", "requests": [
        {"method": "PUT", "path": "/x/${list[1]}?t=${token}", "headers": {"S": "${session}"},
         "json": {"id": "${id}", "text": "${id}!", "start": "${start}", "n": "${pick(list)}"},
           "accept": 404}]}]}]})"),
          fakes);
  ASSERT_EQ(fakes.record.seen.size(), 5U);
  const Request& request = fakes.record.seen.back();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/x/2?t=t-10.0.0.2");
  EXPECT_EQ(*FindHeader(request.headers, "S"), "session-1");
  EXPECT_EQ(*FindHeader(request.headers, "Content-Type"), "application/json");
  EXPECT_EQ(request.body.substr(0, request.body.size() - 2),
            R"({"id":7,"text":"7!","start":"token","n":)");
  EXPECT_EQ(fakes.record.clients.front(), "10.0.0.2");
  EXPECT_EQ(fakes.record.clients.back(), "10.0.0.1");
}

TEST(ExecuteTest, ExpectationsJudgeTheBody) {
  FakeFactory fakes;
  const RunOutcome outcome = Execute(SpecOf(R"({"name": "s",
                 "users": [{"name": "U", "iterations": 1, "actions": [{"name": "a", "requests": [
                   {"path": "/count", "name": "a", "expect": {"/count": 0}},
                   {"path": "/count", "name": "b", "expect": {"/count": 0.0}},
                   {"path": "/count", "name": "c", "expect": {"/count": {"exists": true}}},
                   {"path": "/count", "name": "d", "expect": {"/count": 1}},
                   {"path": "/count", "name": "e", "expect": {"/code": 0}},
                   {"path": "/fail", "name": "f", "failure": "It failed: ${status}"}]}]}]})"),
                                     fakes);
  std::vector<std::string> failures;
  for (const auto& [key, count] : outcome.statistics.failures()) {
    failures.push_back(key.name + ": " + key.text);
  }
  EXPECT_EQ(failures,
            (std::vector<std::string>{"d: /count is 0, expected 1", "e: no /code in the response",
                                      "f: It failed: 500"}));
}

TEST(ExecuteTest, AuditsDuringTheRunAndOnStop) {
  FakeFactory fakes;
  RecordingSink sink;
  const RunOutcome outcome =
      Execute(SpecOf(R"({"name": "s", "defaults": {"users": 1, "run_time": "10s"},
                 "users": [{"name": "U", "wait_time": {"constant": 1},
                   "on_stop": [{"path": "/count", "name": "bye"}],
                   "actions": [{"name": "a", "requests": [{"method": "POST",
                     "path": "/numbers"}]}]}],
                 "audit": {"every": "3s", "requests": [
                   {"path": "/count", "name": "both", "when": "both"},
                   {"path": "/count", "name": "during", "when": "during"},
                   {"path": "/count", "name": "end"}]}})"),
              fakes, &sink);
  std::map<std::string, int> count;
  for (const InvokeRecord& record : sink.invokes) ++count[record.name];
  EXPECT_EQ(count["/numbers"], 10);
  EXPECT_EQ(count["bye"], 1);
  EXPECT_EQ(count["during"], 3);
  EXPECT_EQ(count["both"], 4);
  EXPECT_EQ(count["end"], 1);
  EXPECT_EQ(sink.invokes.back().name, "end");
  EXPECT_LT(outcome.duration, std::chrono::seconds(13));
}

TEST(ExecuteTest, ClosedPacingWaitsBehindTheResponse) {
  const std::string json =
      R"({"name": "s", "workshop": {"step_us": 100000}, "defaults": {"run_time": "10s"},
          "users": [{"name": "U", "wait_time": {"constant": 1},
            "actions": [{"name": "a", "requests": [{"path": "/count"}]}]}]})";
  FakeFactory fakes;
  RunSpec spec = SpecOf(json);
  RecordingSink planned;
  Execute(spec, fakes, &planned);
  ASSERT_EQ(planned.invokes.size(), 10U);
  EXPECT_EQ(planned.invokes[9].sent_ns, 9'000'000'000);
  spec.pacing = "closed";
  RecordingSink closed;
  Execute(spec, fakes, &closed);
  ASSERT_EQ(closed.invokes.size(), 9U);
  EXPECT_EQ(closed.invokes[8].sent_ns, 9'600'000'000) << "each took two steps of 100 ms";
  EXPECT_EQ(closed.invokes[8].intended_ns, closed.invokes[8].sent_ns);
}

TEST(ExecuteTest, ALateUserCountsFromItsIntendedTime) {
  FakeFactory fakes;
  RecordingSink sink;
  const RunOutcome outcome = Execute(
      SpecOf(R"({"name": "s", "workshop": {"step_us": 1000000}, "defaults": {"run_time": "10s"},
                 "users": [{"name": "U", "wait_time": {"constant": 1},
                   "actions": [{"name": "a", "requests": [{"path": "/count"}]}]}]})"),
      fakes, &sink);
  const RequestStatistics total = outcome.statistics.Total();
  EXPECT_EQ(total.service_time.max(), 2'000'000'000);
  EXPECT_GT(total.response_time.max(), 5'000'000'000);
  for (const InvokeRecord& record : sink.invokes) EXPECT_LT(record.sent_ns, 10'000'000'000);
}

TEST(ExecuteTest, AStopEndsEarly) {
  FakeFactory fakes;
  std::atomic<bool> stop{true};
  ExecuteOptions options;
  options.handlers = fakes.Get();
  options.limits.stop = &stop;
  const auto outcome = ExecuteSimulation(SpecOf(kRaceScenario), options);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->ending, Ending::kStopped);
  EXPECT_EQ(outcome->counts.started, 1U);
  EXPECT_EQ(outcome->counts.in_flight, 1U);
}

TEST(ExecuteTest, ErrorsOfTheSpecAreReported) {
  RunSpec spec = SpecOf(kRaceScenario);
  spec.strategy = "clever";
  EXPECT_FALSE(Simulation::Make(spec).has_value());
  spec = SpecOf("{}");
  const auto broken = Simulation::Make(spec);
  ASSERT_FALSE(broken.has_value());
  EXPECT_NE(broken.error().message.find("test:1: /: expected \"name\""), std::string::npos)
      << broken.error().message;
}

TEST(ExecuteTest, EnvironmentComesFromTheSettings) {
  RunSpec spec;
  spec.settings = {{"env.TEST_EMAIL", "a@b.c"}, {"step", "x"}};
  const EnvLookup env = EnvFromSettings(spec);
  EXPECT_EQ(env("TEST_EMAIL"), "a@b.c");
  EXPECT_FALSE(env("TEST_PASSWORD").has_value());
  EXPECT_FALSE(env("").has_value());
}

}  // namespace
}  // namespace redrive
