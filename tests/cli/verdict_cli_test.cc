// Thresholds and the checklist as a user meets them: exit codes, tables, files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/cli_testing.h"
#include "tests/recorder/probe/postgres_testing.h"

namespace redrive {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kBurst = "redrive run peak_burst --run-time 8s --no-trace ";

TEST(VerdictCliTest, ExitCodesOfThresholds) {
  const Folder folder;
  const auto run = [&folder](const std::string& flags) { return RunLine(folder, kBurst + flags); };
  const Finished kept = run("--fail 'p(95)<500' --fail 'rate<1%' --fail 'http_reqs: rate>10'");
  EXPECT_EQ(kept.exit_code, 0) << kept.out << kept.err;
  EXPECT_THAT(LineWith(kept.out, "verdict: "), HasSubstr(" OK · errors 0 % OK · requests "));

  const Finished slow = run("--fail 'p(95)<500' --fail '/api/tickets [POST burst]: med<0.1'");
  EXPECT_EQ(slow.exit_code, 4) << slow.out << slow.err;
  EXPECT_THAT(LineWith(slow.out, "FAIL "), HasSubstr("/api/tickets [POST burst]: med<0.1"));

  const Finished nobody = run("--fail 'nobody: p(95)<500'");
  EXPECT_EQ(nobody.exit_code, 3) << nobody.out << nobody.err;
  EXPECT_THAT(nobody.out, HasSubstr("no request is called 'nobody'"));

  // A violation is worse than a threshold.
  const Finished raced = RunLine(
      folder,
      "redrive run peak_burst_full --no-trace --confirm 0 --no-shrink --fail 'p(95)<0.001'");
  EXPECT_EQ(raced.exit_code, 1) << raced.out << raced.err;
  EXPECT_THAT(LineWith(raced.out, "verdict: "), HasSubstr("duplicate: "));
}

TEST(VerdictCliTest, BadFlagsNameThePlace) {
  const Folder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"--fail 'p(95<500'", "--fail: threshold 'p(95<500', column 5: expected ')'"},
      {"--thresholds guide", "expected battwheels"},
      {"--expect-status 42", "expected a status from 100 to 599"},
      {"--probe-pid 1", "the embedded workshop is no process of its own"},
      {"--probe-postgres postgresql://u:hunter2@h/d", "--probe-postgres: the embedded workshop"},
      {"--probes-json x.json", "there is no probe"},
      {"--server-log x.log", "the embedded workshop is no process of its own"}};
  for (const auto& [flags, message] : cases) {
    const Finished run = RunLine(folder, std::string(kBurst) + flags);
    EXPECT_EQ(run.exit_code, 2) << flags << run.out;
    EXPECT_THAT(run.err, HasSubstr(message));
  }
}

TEST(VerdictCliTest, TheReRunLineOfAFailedThresholdRepeatsIt) {
  const Folder folder;
  const Finished first =
      RunLine(folder, std::string(kBurst) + "--fail '/api/tickets [POST burst]: med<0.1'");
  ASSERT_EQ(first.exit_code, 4);
  const std::string line = LineWith(first.out, "to re-run: ").substr(11);
  const Finished again = RunLine(folder, line + " --no-trace");
  EXPECT_EQ(again.exit_code, 4) << line << again.err;
  EXPECT_EQ(LineWith(again.out, "verdict: "), LineWith(first.out, "verdict: "));
}

TEST(VerdictCliTest, ATraceIsJudgedOffline) {
  const Folder folder;
  ASSERT_EQ(RunLine(folder, "redrive run efi --run-time 90s --trace e.redrive").exit_code, 0);
  EXPECT_EQ(RunLine(folder, "redrive check e.redrive --fail 'rate<1%'").exit_code, 4);  // 429s
  const Finished expected = RunLine(folder,
                                    "redrive check e.redrive --fail 'rate<1%' --expect-status 429 "
                                    "--fail 'answers{status:429}: rate>10%'");
  EXPECT_EQ(expected.exit_code, 0) << expected.out << expected.err;
  const Finished json = RunLine(
      folder, "redrive check e.redrive --json --thresholds battwheels --fail 'p(95, 30s)<0.001'");
  EXPECT_EQ(json.exit_code, 4);
  const auto document = nlohmann::json::parse(json.out);
  EXPECT_EQ(document["thresholds"][0]["verdict"], "FAIL");
  EXPECT_EQ(document["guide"].size(), 7U);
  EXPECT_EQ(document["guide"][2]["verdict"], "OK");
}

TEST(VerdictCliTest, ThresholdsOfTheScenarioCount) {
  const Folder folder;
  const std::string users =
      R"("users": [{"name": "U", "wait_time": {"constant": 0.1}, "actions": [{"name": "a",
    "requests": [{"path": "/api/health", "accept": [200, 401, 404]}]}]}],
    "defaults": {"users": 2, "run_time": "2s"})";
  (void)folder.Write("s.json", "{\"name\": \"s\", " + users +
                                   ", \"thresholds\": {\"http_req_duration\": [\"max<0\"]}}");
  const Finished run = RunLine(folder, "redrive run s.json --trace s.redrive");
  EXPECT_EQ(run.exit_code, 4) << run.out << run.err;
  EXPECT_EQ(RunLine(folder, "redrive check s.redrive").exit_code, 4);
  (void)folder.Write("t.json", "{\"name\": \"t\", " + users + ", \"thresholds\": [\"p(95<1\"]}");
  const Finished bad = RunLine(folder, "redrive run t.json --no-trace");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("t.json: /thresholds: threshold 'p(95<1', column 5"));
}

TEST(VerdictCliTest, TheGuidesTable) {
  const Folder folder;
  const Finished run = RunLine(folder, std::string(kBurst) + "--thresholds battwheels");
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(LineWith(run.out, "95th percentile response time"), HasSubstr("green   OK"));
  EXPECT_THAT(LineWith(run.out, "Memory (backend pod)"), HasSubstr("--probe-pid"));
  EXPECT_THAT(LineWith(run.out, "Ticket creation throughput"), HasSubstr("OK ("));
}

TEST(VerdictCliTest, ALiveRunIsProbedAndEndsEarly) {
  const Folder folder;
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0 --workshop fixed");
  ASSERT_FALSE(workshop.url().empty());
  const std::string log = folder.Write("server.log", "Traceback (most recent call last):\n");
  std::atomic<bool> done = false;
  std::thread server([&done, &log] {  // writes to its log for as long as the run goes on
    while (!done) {
      std::ofstream(log, std::ios::app) << "INFO: - \"GET /x HTTP/1.1\" 500 Error\n";
      usleep(20'000);
    }
  });
  const Finished run =
      RunLine(folder, "redrive run peak_burst --no-trace --run-time 10m --host " + workshop.url() +
                          " --thresholds battwheels --fail 'p(95)<0.000001 abortOnFail' "
                          "--server-log server.log --probe-pid " +
                          std::to_string(getpid()));
  done = true;
  server.join();
  EXPECT_EQ(run.exit_code, 4) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("ended early: p(95)<0.000001 abortOnFail"));
  EXPECT_THAT(LineWith(run.out, "Memory (backend pod)"), HasSubstr(" MB "));
  EXPECT_THAT(LineWith(run.out, "Database deadlocks"), HasSubstr("not measured"));
  const std::string told = LineWith(run.out, "server log: ");
  EXPECT_THAT(told, HasSubstr("server log: 0 tracebacks, "));  // the old one is not of this run
  EXPECT_THAT(told, Not(HasSubstr(" 0 answers of 5xx")));
  (void)workshop.Stop();
}

TEST(VerdictCliTest, ADatabaseThatIsNotThereIsToldOnceAndPassesNothing) {
  const Folder folder;
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0 --workshop fixed");
  ASSERT_FALSE(workshop.url().empty());
  const std::string live = "redrive run peak_burst --run-time 2s --trace t.redrive --host " +
                           workshop.url() + " --probe-pid " + std::to_string(getpid());
  const Finished run =
      RunLine(folder, live +
                          " --probe-postgres postgresql://app:hunter2@127.0.0.1:1/db "
                          "--probe-mongodb mongodb://app:hunter2@127.0.0.1:1/db "
                          "--probe-prometheus http://app:hunter2@127.0.0.1:1/metrics#up "
                          "--probes-json p.json --fail 'pg_deadlocks: count==0'");
  EXPECT_EQ(run.exit_code, 3) << run.out << run.err;
  const std::string told = LineWith(run.err, "probe not measured: --probe-postgres ");
  EXPECT_THAT(told, HasSubstr("postgresql://app@127.0.0.1:1/db: "));
  EXPECT_THAT(told, HasSubstr("Connection refused"));
  EXPECT_EQ(run.err.find(told), run.err.rfind(told));
  EXPECT_THAT(LineWith(run.err, "probe not measured: --probe-mongodb "), HasSubstr("app@"));
  EXPECT_THAT(LineWith(run.out, "not measured  pg_deadlocks"), HasSubstr("Connection refused"));
  EXPECT_THAT(LineWith(run.out, "verdict: "), HasSubstr("pg_deadlocks not measured"));
  const std::string json = folder.Read("p.json");
  EXPECT_EQ(nlohmann::json::parse(json)["probes"].size(), 4U);
  const std::string everything = run.out + run.err + json + folder.Read("t.redrive");
  EXPECT_THAT(everything, Not(HasSubstr("hunter2")));
  (void)workshop.Stop();
}

TEST(VerdictCliTest, ALiveRunIsWatchedInItsDatabase) {
  if (testing_support::PostgresPrograms().empty()) {
    GTEST_SKIP() << "no PostgreSQL in /usr/lib/postgresql";
  }
  const testing_support::PostgresServer server;
  ASSERT_EQ(server.problem(), "");
  const Folder folder;
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0 --workshop fixed");
  ASSERT_FALSE(workshop.url().empty());
  std::atomic<bool> done = false;
  std::thread load([&done, &server] {
    testing_support::PostgresClient client(server.Uri());
    while (!done) (void)client.Do("SELECT pg_sleep(0.4)");
  });
  const Finished run = RunLine(
      folder, "redrive run peak_burst --no-trace --run-time 3s --host " + workshop.url() +
                  " --probe-postgres '" + server.Uri() +
                  "' --probes-json p.json --thresholds battwheels --fail 'pg_deadlocks: count==0' "
                  "--fail 'pg_slow_queries: count<1' --fail 'pg_connections: max<20'");
  done = true;
  load.join();
  EXPECT_EQ(run.exit_code, 4) << run.out << run.err;
  EXPECT_THAT(LineWith(run.out, "Database deadlocks"), HasSubstr("OK ("));
  EXPECT_THAT(LineWith(run.out, "Slow queries"), HasSubstr("FAIL (postgresql://app@127.0.0.1:"));
  EXPECT_THAT(LineWith(run.out, "OK            pg_deadlocks"), HasSubstr(" 0 over "));
  EXPECT_THAT(LineWith(run.out, "FAIL          pg_slow_queries"), HasSubstr("SELECT pg_sleep(?)"));
  EXPECT_THAT(LineWith(run.out, "probe postgresql://"), HasSubstr("pg_connections median "));
  const auto json = nlohmann::json::parse(folder.Read("p.json"));
  std::size_t longest = 0;
  for (const auto& series : json["probes"][0]["series"]) {
    longest = std::max(longest, series["points_ms_value"].size());
  }
  EXPECT_GE(longest, 5U);
  EXPECT_THAT(run.out + run.err + folder.Read("p.json"), Not(HasSubstr("s3cr3t")));
  (void)workshop.Stop();
}

TEST(ChecklistCliTest, AsIsIsRedWithReasons) {
  const Folder folder;
  const Finished run = RunLine(
      folder,
      "redrive checklist --scale 0.1 --workshop as-is --junit c.xml --github --baseline b.json");
  EXPECT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("[x] Run Scenario 1"));
  EXPECT_THAT(run.out, HasSubstr("[!] Run Scenario 3"));
  EXPECT_THAT(run.out, HasSubstr("“portal ticket numbers are unique and ascend” violated"));
  EXPECT_THAT(run.out, HasSubstr("[x] Run Scenario 4"));
  EXPECT_THAT(run.out, HasSubstr("[ ] Verify Sentry"));
  EXPECT_THAT(run.out, HasSubstr("\n::error title=Run Scenario 3"));
  EXPECT_THAT(folder.Read("c.xml"), HasSubstr("failures=\"1\""));
  EXPECT_EQ(nlohmann::json::parse(folder.Read("b.json"))["scenarios"].size(), 5U);
  // The line that repeats the failed box finds the same.
  std::string rerun = LineWith(run.out, "to re-run: ");
  rerun = rerun.substr(rerun.find("redrive "));
  EXPECT_EQ(RunLine(folder, rerun + " --no-trace --confirm 0 --no-shrink").exit_code, 1) << rerun;
}

TEST(ChecklistCliTest, FixedIsGreenWhereMeasurable) {
  const Folder folder;
  for (const char* scale : {"0.1", "0.3"}) {
    const Finished run =
        RunLine(folder, std::string("redrive checklist --workshop fixed --json --scale ") + scale);
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    const auto document = nlohmann::json::parse(run.out);
    for (const auto& box : document["boxes"]) EXPECT_NE(box["state"], "failed") << box;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(document["boxes"][i]["state"], "ticked");
  }
}

TEST(ChecklistCliTest, ScenariosOfAFolderAndMissingOnes) {
  const Folder folder;
  const Finished missing = RunLine(folder, "redrive checklist nowhere");
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("nowhere/normal_operations"));
  const Finished whole = RunLine(folder, "redrive checklist " REDRIVE_SOURCE_DIR
                                         "/corpora/battwheels --scale 0.1 --workshop fixed "
                                         "--traces .");
  EXPECT_EQ(whole.exit_code, 0) << whole.out << whole.err;
  EXPECT_EQ(RunLine(folder, "redrive check peak_burst_full.redrive").exit_code, 0);
}

}  // namespace
}  // namespace redrive
