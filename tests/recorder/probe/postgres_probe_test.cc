// PostgresProbe against a real server: a real deadlock, real slow queries, lock waits, a crash.
#include "recorder/probe/postgres_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "recorder/probe/probe_runner.h"
#include "replayer/probe_text.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/probe/postgres_testing.h"
#include "tests/recorder/probe/probe_testing.h"

namespace redrive {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing_support::kMillion;
using testing_support::Last;
using testing_support::PostgresClient;
using testing_support::PostgresPrograms;
using testing_support::PostgresServer;
using testing_support::WatchWhile;

// Two transactions that take two rows in opposite order. True: the server ended one of them.
bool ProvokeDeadlock(const std::string& uri) {
  PostgresClient first(uri);
  PostgresClient second(uri);
  (void)first.Do("BEGIN");
  (void)second.Do("BEGIN");
  (void)first.Do("UPDATE parts SET stock = stock - 1 WHERE id = 1");
  (void)second.Do("UPDATE parts SET stock = stock - 1 WHERE id = 2");
  std::string first_state;
  std::thread waiting([&first, &first_state] {
    first_state = first.Do("UPDATE parts SET stock = stock - 1 WHERE id = 2");
  });
  const std::string second_state = second.Do("UPDATE parts SET stock = stock - 1 WHERE id = 1");
  waiting.join();
  (void)first.Do("ROLLBACK");
  (void)second.Do("ROLLBACK");
  return first_state == "40P01" || second_state == "40P01";
}

ProbeReport Watch(const std::string& uri, const std::function<void()>& load,
                  std::vector<std::string>* told = nullptr) {
  return WatchWhile<PostgresProbe>(uri, load, told);
}

void MakeParts(const std::string& uri) {
  PostgresClient client(uri);
  ASSERT_EQ(client.Do("CREATE TABLE parts (id int PRIMARY KEY, stock int)"), "");
  ASSERT_EQ(client.Do("INSERT INTO parts VALUES (1, 10), (2, 10)"), "");
}

TEST(PostgresProbeTest, CountsADeadlockASlowQueryAndARollback) {
  if (PostgresPrograms().empty()) GTEST_SKIP() << "no PostgreSQL in /usr/lib/postgresql";
  const PostgresServer server;
  ASSERT_EQ(server.problem(), "");
  MakeParts(server.Uri());
  // What was before the run is not of the run.
  ASSERT_TRUE(ProvokeDeadlock(server.Uri()));
  usleep(1'500'000);
  const ProbeReport quiet = Watch(server.Uri(), [] { usleep(600'000); });
  EXPECT_EQ(quiet.problem, "");
  EXPECT_EQ(Last(quiet, "pg_deadlocks"), 0);
  EXPECT_EQ(Last(quiet, "pg_slow_queries"), 0);
  EXPECT_NE(quiet.Find("pg_slow_queries")->at_least, "");  // no pg_stat_statements: may have missed

  const ProbeReport report = Watch(server.Uri(), [&server] {
    ASSERT_TRUE(ProvokeDeadlock(server.Uri()));
    PostgresClient client(server.Uri());
    EXPECT_EQ(client.Do("SELECT pg_sleep(0.9), 'Anna''s secret' AS name"), "");
  });
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.failed_samples, 0U);
  EXPECT_EQ(Last(report, "pg_deadlocks"), 1 * kMillion);
  // The UPDATEs that waited for each other, for a second, and the sleep.
  EXPECT_GE(Last(report, "pg_slow_queries"), 2 * kMillion);
  EXPECT_GE(Last(report, "pg_longest_query"), 500 * kMillion);  // 500 ms
  EXPECT_GE(Last(report, "pg_rollbacks"), 1 * kMillion);
  EXPECT_GE(report.Find("pg_lock_waits")->max(), 1 * kMillion);
  EXPECT_GE(report.Find("pg_connections")->max(), 1 * kMillion);
  EXPECT_GT(Last(report, "pg_cache_hits"), kMillion / 2);
  EXPECT_THAT(report.findings, Contains(HasSubstr("SELECT pg_sleep(?), ? AS name")));
  EXPECT_THAT(report.findings, Contains(HasSubstr("waited for a lock")));

  const std::string all = ProbesToText({report}) + ProbesToJson({report});
  EXPECT_THAT(all, Not(HasSubstr(server.password())));
  EXPECT_THAT(all, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(all, Not(HasSubstr("Anna")));
  EXPECT_THAT(report.source, HasSubstr("postgresql://app@127.0.0.1:"));
}

TEST(PostgresProbeTest, StatementsTellOfShortQueriesToo) {
  if (PostgresPrograms().empty()) GTEST_SKIP() << "no PostgreSQL in /usr/lib/postgresql";
  const PostgresServer server({"shared_preload_libraries = 'pg_stat_statements'"});
  ASSERT_EQ(server.problem(), "");
  PostgresClient client(server.Uri());
  if (client.Do("CREATE EXTENSION pg_stat_statements") != "") {
    GTEST_SKIP() << "this PostgreSQL has no pg_stat_statements";
  }
  MakeParts(server.Uri());
  const ProbeReport fast = Watch(server.Uri(), [&client] {
    for (int i = 0; i < 50; ++i) (void)client.Do("SELECT stock FROM parts WHERE id = 1");
  });
  EXPECT_EQ(fast.problem, "");
  EXPECT_EQ(Last(fast, "pg_slow_queries"), 0);
  EXPECT_EQ(fast.Find("pg_slow_queries")->at_least, "");  // all were seen: this is a pass

  // 130 ms ten times: most lie between two looks, none can hide from the extension.
  const ProbeReport slow = Watch(server.Uri(), [&client] {
    for (int i = 0; i < 10; ++i) (void)client.Do("SELECT pg_sleep(0.13)");
  });
  EXPECT_GE(Last(slow, "pg_slow_queries"), 1 * kMillion);
  EXPECT_GE(Last(slow, "pg_longest_query"), 130 * kMillion);
  EXPECT_EQ(slow.Find("pg_slow_queries")->at_least, "");
  EXPECT_THAT(slow.findings, Contains(HasSubstr("SELECT pg_sleep(")));

  // A slow call before the run hides whether the one in it was slow: never a pass.
  (void)client.Do("SELECT pg_sleep(0.5)");
  const ProbeReport hidden = Watch(server.Uri(), [&client] {
    for (int i = 0; i < 30; ++i) (void)client.Do("SELECT pg_sleep(0.01)");
  });
  EXPECT_THAT(hidden.Find("pg_slow_queries")->at_least, HasSubstr("pg_stat_statements_reset"));
}

TEST(PostgresProbeTest, ItOnlyReadsAndOthersMayHideFromIt) {
  if (PostgresPrograms().empty()) GTEST_SKIP() << "no PostgreSQL in /usr/lib/postgresql";
  const PostgresServer server;
  ASSERT_EQ(server.problem(), "");
  MakeParts(server.Uri());
  const auto connection = PostgresConnection::Make(server.Uri());
  ASSERT_TRUE(connection.has_value());
  ASSERT_TRUE((*connection)->Connect().has_value());
  const auto refused = (*connection)->Query("INSERT INTO public.parts VALUES (3, 1)");
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message, HasSubstr("read-only transaction"));
  EXPECT_TRUE((*connection)->connected());
  const auto slow = (*connection)->Query("SELECT pg_sleep(30)");
  ASSERT_TRUE(slow.has_error());
  EXPECT_THAT(slow.error().message, HasSubstr("statement timeout"));
  const auto name = (*connection)->Query("SELECT current_setting('application_name'), NULL");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->at(0).at(0), "redrive");
  EXPECT_EQ(name->at(0).at(1), std::nullopt);

  // A user without rights does not see what others do: told, and never a pass.
  PostgresClient admin(server.Uri());
  ASSERT_EQ(admin.Do("CREATE ROLE guest LOGIN PASSWORD '" + server.password() + "'"), "");
  const ProbeReport report =
      Watch(server.Uri("guest"), [&admin] { (void)admin.Do("SELECT pg_sleep(0.6)"); });
  EXPECT_THAT(report.Find("pg_slow_queries")->at_least, HasSubstr("GRANT pg_monitor"));
}

TEST(PostgresProbeTest, ACrashOfTheServerIsToldAndNothingPasses) {
  if (PostgresPrograms().empty()) GTEST_SKIP() << "no PostgreSQL in /usr/lib/postgresql";
  PostgresServer server;
  ASSERT_EQ(server.problem(), "");
  std::vector<std::string> told;
  const ProbeReport gone = Watch(
      server.Uri(),
      [&server] {
        usleep(300'000);
        server.Stop();
        usleep(300'000);
      },
      &told);
  EXPECT_THAT(gone.problem, HasSubstr("the end of the run was not seen"));
  EXPECT_EQ(told.size(), 1U);  // once, not for each sample

  server.Start();
  ASSERT_EQ(server.problem(), "");
  const ProbeReport restarted = Watch(server.Uri(), [&server] {
    usleep(300'000);
    server.Stop();
    server.Start();
    usleep(300'000);
  });
  EXPECT_THAT(restarted.problem, HasSubstr("the server was restarted during the run"));

  std::string wrong = server.Uri();
  wrong.replace(wrong.find("s3cr3t"), 6, "hunter2");
  told.clear();
  const ProbeReport refused = Watch(wrong, [] {}, &told);
  EXPECT_THAT(refused.problem, HasSubstr("password authentication failed"));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0], HasSubstr("--probe-postgres postgresql://app@127.0.0.1"));
  EXPECT_THAT(told[0] + ProbesToJson({refused}), Not(HasSubstr("hunter2")));
}

// Peers that are no PostgreSQL: each ends in an error within the probe's deadlines.
TEST(PostgresProbeTest, PeersThatLieOrHang) {
  const std::pair<const char*, std::string> peers[] = {
      {"closes", ""},
      {"speaks HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"},
      {"garbage", std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8)},
      {"endless length", std::string("R\x7f\xff\xff\xff", 5)},
      // AuthenticationOk, ReadyForQuery, then nothing: the first query is never answered.
      {"hangs", std::string("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15)}};
  for (const auto& [name, bytes] : peers) {
    const std::string answer = bytes;
    const bool hangs = std::string_view(name) == "hangs";
    std::atomic<bool> done = false;
    RawServer server([&answer, hangs, &done](int socket, int) {
      char request[1024];
      if (recv(socket, request, sizeof request, 0) <= 0) return;
      (void)!send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
      while (hangs && !done) usleep(10'000);
    });
    const std::string uri = "postgresql://app:pw@127.0.0.1:" + std::to_string(server.port()) +
                            "/db?sslmode=disable&gssencmode=disable";
    const ProbeReport report = Watch(uri, [] {});
    done = true;
    EXPECT_NE(report.problem, "") << name;
    EXPECT_EQ(report.Find("pg_deadlocks"), nullptr) << name;
  }
}

TEST(PostgresProbeTest, UrisThatAreNone) {
  for (const char* uri : {"", "hunter2", "host=localhost password=hunter2", "mysql://a:hunter2@h/",
                          "postgresql://a:hunter2@h:port/db?nonsense=1"}) {
    const auto probe = PostgresProbe::Open(uri, std::chrono::milliseconds(100));
    ASSERT_TRUE(probe.has_error()) << uri;
    EXPECT_THAT(probe.error().message, HasSubstr("postgresql://user:password@host"));
    EXPECT_THAT(probe.error().message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace redrive
