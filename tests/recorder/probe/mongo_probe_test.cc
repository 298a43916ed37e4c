// MongoProbe against a peer that speaks OP_MSG and tells what a mongod tells, or lies; and, where
// REDRIVE_TEST_MONGODB_URI names one, against a real server.
#include "recorder/probe/mongo_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "recorder/probe/probe_runner.h"
#include "replayer/probe_text.h"
#include "tests/recorder/probe/mongo_testing.h"
#include "tests/recorder/probe/probe_testing.h"

namespace redrive {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing_support::kMillion;
using testing_support::Last;
using testing_support::MongoPeer;
using testing_support::ServerStatus;
using testing_support::StatusNumbers;
using testing_support::WatchWhile;

ProbeReport Watch(const std::string& uri, int milliseconds = 400,
                  std::vector<std::string>* told = nullptr) {
  const auto wait = [milliseconds] { usleep(static_cast<useconds_t>(milliseconds) * 1000); };
  return WatchWhile<MongoProbe>(uri, wait, told);
}

constexpr const char* kProfileOn = R"({"was": 1, "slowms": 100, "sampleRate": 1.0, "ok": 1.0})";
constexpr const char* kNothingRuns = R"({"inprog": [], "ok": 1.0})";

TEST(MongoProbeTest, CountsWhatTheServerTells) {
  std::atomic<int> looks = 0;
  MongoPeer peer([&looks](const std::string& name, const std::string&) -> std::string {
    if (name == "serverStatus") {
      const bool later = ++looks > 1;  // the first is what others are compared with
      return ServerStatus({.deadlocks = later ? 5 : 3,
                           .write_conflicts = later ? 40 : 10,
                           .connections = later ? 61 : 12,
                           .inserts = later ? 1100 : 100});
    }
    if (name == "profile") return kProfileOn;
    if (name == "currentOp") {
      return R"({"inprog": [
        {"type": "op", "op": "query", "ns": "battwheels.invoices", "opid": 991, "active": true,
         "microsecs_running": {"$numberLong": "250000"}, "waitingForLock": true,
         "command": {"find": "invoices", "filter": {"customer": "Asha Rao"}, "$db": "battwheels"}},
        {"type": "op", "op": "command", "ns": "admin.$cmd", "opid": 992, "appName": "redrive",
         "microsecs_running": {"$numberLong": "900000"}, "command": {"currentOp": 1}},
        {"type": "op", "op": "command", "ns": "admin.$cmd", "opid": 993,
         "microsecs_running": {"$numberLong": "9000000"}, "command": {"hello": 1}}], "ok": 1.0})";
    }
    if (name == "find") {
      return R"({"cursor": {"id": {"$numberLong": "0"}, "ns": "battwheels.system.profile",
        "firstBatch": [
          {"op": "query", "ns": "battwheels.journal_entries", "millis": 812,
           "command": {"find": "journal_entries", "filter": {"organization_id": "org-7",
             "created_at": {"$gte": {"$date": "2026-01-01T00:00:00Z"}}}, "lsid": {"id": 1}},
           "planSummary": "COLLSCAN"},
          {"op": "query", "ns": "battwheels.invoices", "millis": 260,
           "command": {"find": "invoices", "filter": {"customer": "Asha Rao"}}}]}, "ok": 1.0})";
    }
    return {};
  });
  const ProbeReport report = Watch(peer.Uri());
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(Last(report, "mongo_deadlocks"), 2 * kMillion);
  EXPECT_EQ(Last(report, "mongo_write_conflicts"), 30 * kMillion);
  EXPECT_EQ(Last(report, "mongo_operations"), 1000 * kMillion);
  EXPECT_EQ(Last(report, "mongo_connections"), 61 * kMillion);
  EXPECT_EQ(Last(report, "mongo_queue"), 2 * kMillion);
  EXPECT_EQ(Last(report, "mongo_memory"), 150LL << 20);
  // One that runs, which the profile has too: two, not three.
  EXPECT_EQ(Last(report, "mongo_slow_queries"), 2 * kMillion);
  EXPECT_EQ(Last(report, "mongo_longest_query"), 812 * kMillion);
  EXPECT_EQ(report.Find("mongo_slow_queries")->at_least, "");
  ASSERT_GE(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0],
            "812 ms: query battwheels.journal_entries {find: ?, filter: {organization_id: ?, "
            "created_at: {$gte: ?}}}  (COLLSCAN: no index)");
  const std::string all = ProbesToText({report}) + ProbesToJson({report});
  EXPECT_THAT(all, Not(HasSubstr("Asha")));
  EXPECT_THAT(all, Not(HasSubstr("org-7")));
  // It only asks: nothing that writes or changes a setting.
  for (const std::string& command : peer.commands()) {
    EXPECT_THAT(command, testing::MatchesRegex("\\{ \"(serverStatus|profile|currentOp|find|hello|"
                                               "isMaster|ismaster|endSessions)\".*"));
    if (command.find("\"profile\" :") != std::string::npos) {
      EXPECT_THAT(command, HasSubstr("\"profile\" : -1"));
    }
  }
}

TEST(MongoProbeTest, AProfilerThatIsOffIsToldWithItsRemedy) {
  const auto watch = [](const std::string& profile, const std::string& database) {
    MongoPeer peer([&profile](const std::string& name, const std::string&) -> std::string {
      if (name == "serverStatus") return ServerStatus({});
      if (name == "profile") return profile;
      if (name == "find") return R"({"cursor": {"id": 0, "firstBatch": []}, "ok": 1.0})";
      return name == "currentOp" ? kNothingRuns : "";
    });
    return Watch(peer.Uri(database)).Find("mongo_slow_queries")->at_least;
  };
  EXPECT_THAT(watch(R"({"was": 0, "slowms": 100, "ok": 1.0})", "battwheels"),
              HasSubstr("db.setProfilingLevel(1, { slowms: 100 })"));
  EXPECT_THAT(watch(R"({"was": 1, "slowms": 500, "ok": 1.0})", "battwheels"),
              HasSubstr("only a part"));
  EXPECT_THAT(watch(R"({"was": 1, "slowms": 100, "sampleRate": 0.5, "ok": 1.0})", "battwheels"),
              HasSubstr("only a part"));
  EXPECT_THAT(watch(R"({"ok": 0.0, "code": 13, "codeName": "Unauthorized",
                        "errmsg": "not authorized on battwheels to execute command"})",
                    "battwheels"),
              HasSubstr("not authorized"));
  EXPECT_THAT(watch(kProfileOn, ""), HasSubstr("names no database"));
}

TEST(MongoProbeTest, AServerWithoutLocksHasNoDeadlocksToCount) {
  MongoPeer peer([](const std::string& name, const std::string&) -> std::string {
    if (name == "serverStatus") {
      return R"({"localTime": {"$date": "2026-01-05T10:00:00Z"}, "connections": {"current": 1},
                 "ok": 1.0})";
    }
    if (name == "currentOp") return R"({"ok": 0.0, "code": 59, "errmsg": "no such command"})";
    return name == "profile" ? R"({"ok": 0.0, "code": 59, "errmsg": "no such command"})" : "";
  });
  const ProbeReport report = Watch(peer.Uri());
  EXPECT_EQ(report.problem, "");
  EXPECT_EQ(report.Find("mongo_deadlocks"), nullptr);  // not 0
  EXPECT_THAT(report.notes, Contains(HasSubstr("deadlocks not measured")));
  EXPECT_THAT(report.notes, Contains(HasSubstr("currentOp: no such command")));
}

TEST(MongoProbeTest, ARestartIsTold) {
  std::atomic<int> looks = 0;
  MongoPeer peer([&looks](const std::string& name, const std::string&) -> std::string {
    if (name == "serverStatus") {
      return ServerStatus({.uptime_ms = ++looks > 2 ? 5 : 1'000'000, .pid = looks > 2 ? 2 : 1});
    }
    return name == "profile" ? kProfileOn : name == "currentOp" ? kNothingRuns : "";
  });
  EXPECT_THAT(Watch(peer.Uri()).problem, HasSubstr("the server was restarted during the run"));
}

// Each lie ends in an error, within the deadlines, and in no figure.
TEST(MongoProbeTest, PeersThatLieOrHang) {
  const char* const kLies[] = {MongoPeer::kHang,
                               MongoPeer::kClose,
                               MongoPeer::kGarbage,
                               MongoPeer::kBadBson,
                               MongoPeer::kEndless,
                               R"({"ok": 1.0})",
                               R"({"localTime": "noon", "connections": {"current": 3}, "ok": 1.0})",
                               R"({"localTime": {"$date": {"$numberLong": "-5"}}, "ok": 1.0})",
                               R"({"ok": 0.0, "errmsg": "go away", "code": 13})"};
  for (const char* lie : kLies) {
    MongoPeer peer([lie](const std::string& name, const std::string&) -> std::string {
      return name == "serverStatus" ? lie : "";
    });
    std::vector<std::string> told;
    const ProbeReport report = Watch(peer.Uri(), 0, &told);
    EXPECT_NE(report.problem, "") << lie;
    EXPECT_TRUE(report.series.empty()) << lie;
    EXPECT_EQ(told.size(), 1U) << lie;
  }
  // Lies of wrong types in what is optional cost that figure only.
  MongoPeer odd([](const std::string& name, const std::string&) -> std::string {
    if (name == "serverStatus") {
      return R"({"localTime": {"$date": "2026-01-05T10:00:00Z"}, "connections": {"current": "many"},
                 "locks": 7, "opcounters": ["x"], "mem": {"resident": -4}, "globalLock": null,
                 "metrics": {"operation": {"writeConflicts": {"$numberDouble": "NaN"}}},
                 "ok": 1.0})";
    }
    if (name == "profile") return R"({"was": "on", "ok": 1.0})";
    return name == "currentOp" ? R"({"inprog": [3, {"microsecs_running": "long"}], "ok": 1.0})"
                               : "";
  });
  const ProbeReport report = Watch(odd.Uri());
  EXPECT_EQ(report.problem, "");
  for (const char* metric : {"mongo_connections", "mongo_deadlocks", "mongo_operations",
                             "mongo_memory", "mongo_queue", "mongo_write_conflicts"}) {
    EXPECT_EQ(report.Find(metric), nullptr) << metric;
  }
}

TEST(MongoProbeTest, NobodyListensAndWrongUris) {
  std::vector<std::string> told;
  const std::string uri =
      "mongodb://app:hunter2@127.0.0.1:" + std::to_string(ClosedPort()) + "/battwheels";
  const ProbeReport report = Watch(uri, 0, &told);
  EXPECT_NE(report.problem, "");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told, Each(HasSubstr("--probe-mongodb mongodb://app@127.0.0.1:")));
  EXPECT_THAT(told[0] + ProbesToJson({report}), Not(HasSubstr("hunter2")));
  for (const char* wrong : {"", "hunter2", "postgresql://a:hunter2@h/", "mongodb://",
                            "mongodb://a:hunter2@h:notaport/db"}) {
    const auto probe = MongoProbe::Open(wrong, std::chrono::milliseconds(100));
    ASSERT_TRUE(probe.has_error()) << wrong;
    EXPECT_THAT(probe.error().message, HasSubstr("mongodb://user:password@host"));
    EXPECT_THAT(probe.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(MongoProbeTest, ARealServer) {
  const char* const uri = std::getenv("REDRIVE_TEST_MONGODB_URI");
  if (uri == nullptr) {
    GTEST_SKIP() << "REDRIVE_TEST_MONGODB_URI names no MongoDB or FerretDB to ask";
  }
  const ProbeReport report = Watch(uri, 1'000);
  EXPECT_EQ(report.problem, "") << ProbesToText({report});
  EXPECT_EQ(report.failed_samples, 0U);
  EXPECT_GE(report.samples, 3U);
  const ProbeSeries* const slow = report.Find("mongo_slow_queries");
  ASSERT_NE(slow, nullptr);
  // A MongoDB that is asked without its profiler, and FerretDB, which has none, must say so.
  EXPECT_TRUE(!slow->at_least.empty() || report.Find("mongo_deadlocks") != nullptr);
  std::printf("%s", ProbesToText({report}).c_str());
}

}  // namespace
}  // namespace redrive
