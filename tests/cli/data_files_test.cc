// Data files, iterations and arrivals on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recorder/trace_file.h"
#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kScenario = R"({
  "name": "logins", "defaults": {"users": 2, "spawn_rate": 9},
  "data": {"accounts": {"file": "accounts.csv", "pick": "unique"}},
  "users": [{"name": "U", "iterations": 1, "actions": [{"name": "log in", "requests": [
    {"method": "POST", "path": "/api/auth/login",
     "json": {"email": "${accounts.email}", "password": "${accounts.password}"},
     "accept": ["2xx", "4xx"]}]}]}]
})";

TEST(DataFilesTest, ATraceHoldsTheRowsAndNotTheSecrets) {
  const Folder folder;
  (void)folder.Write("logins.json", kScenario);
  (void)folder.Write("accounts.csv", "email,password\na@x.in,hush-1\nb@x.in,hush-2\n");
  const Finished run = RunLine(folder, "redrive run logins.json --trace t.redrive -q");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const Finished plan = RunLine(folder, "redrive plan logins.json");
  EXPECT_THAT(plan.out, HasSubstr("b@x.in"));
  EXPECT_THAT(plan.out, Not(HasSubstr("hush")));
  const Result<Trace> trace = ReadTrace(folder.path() + "/t.redrive");
  ASSERT_TRUE(trace.has_value()) << trace.error().message;
  ASSERT_EQ(trace->header.spec.settings.size(), 1U);
  const auto& [key, csv] = trace->header.spec.settings.front();
  EXPECT_EQ(key, "env.file:accounts.csv");
  EXPECT_THAT(csv, HasSubstr("a@x.in,[redacted:"));
  EXPECT_THAT(csv, Not(HasSubstr("hush")));
  for (const InvokeRecord& record : trace->invokes) {
    EXPECT_THAT(record.request.body, Not(HasSubstr("hush")));
  }

  const Finished replay = RunLine(folder, "redrive replay t.redrive --repeat 2");
  EXPECT_THAT(replay.out, HasSubstr("identical 2/2")) << replay.err;
  (void)folder.Write("accounts.csv", "email,password\na@x.in,hush-1\nb@x.in,other\n");
  EXPECT_THAT(RunLine(folder, "redrive replay t.redrive").err,
              HasSubstr("recorded with another accounts.csv: put that file back"));
  (void)RunLine(folder, "rm accounts.csv");
  EXPECT_THAT(RunLine(folder, "redrive replay t.redrive").err,
              HasSubstr("holds accounts.csv without its secrets: put that file back"));
}

TEST(DataFilesTest, WithoutSecretsAReplayNeedsNoFile) {
  const Folder folder;
  std::string scenario = kScenario;
  for (std::size_t at = scenario.find("accounts.password"); at != std::string::npos;
       at = scenario.find("accounts.password")) {
    scenario.replace(at, 17, "accounts.word");
  }
  (void)folder.Write("logins.json", scenario);
  (void)folder.Write("accounts.csv", "email,word\na@x.in,one\nb@x.in,two\n");
  (void)RunLine(folder, "redrive run logins.json --trace t.redrive -q");
  (void)RunLine(folder, "rm accounts.csv logins.json");
  const Finished replay = RunLine(folder, "redrive replay t.redrive --repeat 2");
  EXPECT_THAT(replay.out, HasSubstr("identical 2/2")) << replay.err;
}

TEST(DataFilesTest, MistakesAreToldWithTheirPlace) {
  const Folder folder;
  (void)folder.Write("logins.json", kScenario);
  Finished plan = RunLine(folder, "redrive plan logins.json");
  EXPECT_EQ(plan.exit_code, 2);
  EXPECT_THAT(plan.err, HasSubstr("logins.json:3: /data/accounts/file: cannot read"));
  (void)folder.Write("accounts.csv", "email,password\na@x.in\n");
  plan = RunLine(folder, "redrive plan logins.json");
  EXPECT_THAT(plan.err, HasSubstr("accounts.csv:2: 1 fields, where the header line has 2"));
  (void)folder.Write("accounts.csv", "email,password\na@x.in,x\n");
  plan = RunLine(folder, "redrive plan logins.json");
  EXPECT_THAT(plan.err, HasSubstr("accounts has 1 rows for 2 users"));
}

TEST(IterationsTest, AreDealtOutAndRepeated) {
  const Folder folder;
  const std::string run = "run battwheels/normal_operations -u 3 -r 9 -i 7 -q --no-trace";
  const Finished planned = RunLine(folder,
                                   "redrive plan battwheels/normal_operations -u 3 -r 9 "
                                   "-t 5m --iterations=7");
  EXPECT_THAT(planned.out, HasSubstr("3 users, 10 requests"));  // and a login each
  EXPECT_THAT(planned.out, HasSubstr("actions: 7 at most, all users together"));
  const Finished ran = RunLine(folder, "redrive " + run);
  EXPECT_THAT(ran.out, HasSubstr("10 requests: 10 ok"));
  const Finished closed = RunLine(folder, "redrive " + run + " --pacing closed");
  EXPECT_THAT(closed.out, HasSubstr("10 requests: 10 ok"));
  const Finished violated = RunLine(folder,
                                    "redrive run peak_burst_full -i 60 -q --no-trace "
                                    "--no-shrink --confirm 0 --fail 'p(95)<0.001'");
  EXPECT_THAT(violated.out, HasSubstr("--iterations=60"));
  EXPECT_EQ(RunLine(folder, "redrive plan efi -i 0").exit_code, 2);
}

TEST(ArrivalsTest, AreShownDroppedAndJudged) {
  const Folder folder;
  const Finished plan = RunLine(folder, "redrive plan arrival_rate");
  EXPECT_THAT(plan.out, HasSubstr("424 arrivals, 50 at once at most, 425 requests"));
  EXPECT_THAT(plan.out, HasSubstr("they come from 0 s to "));
  (void)folder.Write("open.json", R"({"name": "open", "workshop": {"step_us": 200000},
    "arrivals": {"rate": 10, "duration": 2, "max_users": 1},
    "users": [{"name": "A", "actions": [{"name": "a", "requests": [
      {"path": "/api/tickets", "accept": 401}]}]}]})");
  const Finished run = RunLine(folder,
                               "redrive run open.json -q --no-trace "
                               "--fail 'dropped_iterations: count==0'");
  EXPECT_EQ(run.exit_code, 4) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("arrivals were dropped: all users were busy"));
  EXPECT_THAT(run.out, HasSubstr("FAIL          dropped_iterations: count==0"));
  EXPECT_THAT(RunLine(folder, "redrive run open.json -r 5").err,
              HasSubstr("--spawn-rate has no meaning"));
}

}  // namespace
}  // namespace redrive
