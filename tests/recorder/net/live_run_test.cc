// Live runs and timeline replays of the workshop behind real sockets.
#include "recorder/net/live_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "recorder/net/timeline_replay.h"
#include "recorder/trace_file.h"
#include "tests/recorder/net/net_testing.h"
#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

// Users list what they put in, by an id that only the answer tells.
constexpr const char* kScenario = R"json({
  "name": "net",
  "defaults": {"users": 6, "spawn_rate": 100},
  "headers": {"X-Token": {"value": "${token}", "optional": true}},
  "setup": [
    {
      "method": "POST", "path": "/setup", "text": "seed",
      "extract": {"token": {"header": "X-Token"}}
    }
  ],
  "users": [
    {
      "name": "Buyer",
      "wait_time": {"constant": 0.02},
      "iterations": 4,
      "actions": [
        {
          "name": "buy",
          "requests": [
            {
              "method": "POST", "path": "/orders", "text": "${letters(8)}",
              "extract": {"id": "/id"}
            },
            {"path": "/orders/${id}", "name": "/orders/[id]"}
          ]
        }
      ]
    }
  ],
  "audit": {"requests": [{"path": "/audit"}]}
})json";

// Gives out numbers that differ from server to server, so that a replay must take the new ones.
class OrderHandler final : public Handler {
 public:
  explicit OrderHandler(int first) : next_(first), token_("token-" + std::to_string(first)) {}
  Task<Response> Handle(Env& env, const Request& request, std::string_view) override {
    Response response;
    response.status = 200;
    const Access nothing;
    co_await env.Yield("orders", nothing);
    if (request.target == "/setup") {
      response.headers.push_back({"X-Token", token_});
      co_return response;
    }
    const std::string* token = FindHeader(request.headers, "X-Token");
    if (token == nullptr || *token != token_) {
      response.status = 401;
      co_return response;
    }
    if (request.method == "POST") {
      orders_.insert(next_);
      response.body = "{\"id\": " + std::to_string(next_++) + "}";
    } else if (request.target != "/audit") {
      const int id = std::atoi(request.target.c_str() + 8);
      response.status = orders_.count(id) > 0 && !refuse_ ? 200 : 404;
    }
    co_return response;
  }
  void RefuseReads() { refuse_ = true; }

 private:
  int next_;
  std::string token_;
  std::set<int> orders_;
  bool refuse_ = false;
};

RunSpec Spec() {
  RunSpec spec;
  spec.scenario_name = "net.json";
  spec.scenario_json = kScenario;
  spec.seed = 42;
  return spec;
}

LiveOptions Live(const std::string& url, TraceSink* sink) {
  LiveOptions options;
  options.http = Options(url);
  options.sink = sink;
  return options;
}

Trace Record(OrderHandler& handler) {
  RunningServer server(handler);
  TraceCollector collector;
  const auto outcome = ExecuteLive(Spec(), Live(server->url(), &collector));
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return collector.trace;
}

TEST(LiveRunTest, SamePlanAsTheSimulationAndAWholeTrace) {
  OrderHandler handler(100);
  RunningServer server(handler);
  TraceCollector collector;
  const auto outcome = ExecuteLive(Spec(), Live(server->url(), &collector));
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  const RunOutcome& run = outcome->run;
  EXPECT_EQ(run.ending, Ending::kDone);
  EXPECT_EQ(run.setup_error, "");
  EXPECT_EQ(run.counts.started, 1U + 6 * 4 * 2 + 1);
  EXPECT_EQ(run.counts.accepted, run.counts.started);
  EXPECT_EQ(outcome->lateness.count, 6U * 4);
  EXPECT_LE(outcome->lateness.p50_ns, outcome->lateness.p99_ns);
  EXPECT_LE(outcome->lateness.p99_ns, outcome->lateness.max_ns);
  EXPECT_GE(outcome->lateness.p50_ns, 0);

  ExecuteOptions simulated;
  simulated.handlers = [](const RunSpec&, const Scenario&) -> Result<std::unique_ptr<Handler>> {
    return std::unique_ptr<Handler>(std::make_unique<OrderHandler>(100));
  };
  const auto simulation = ExecuteSimulation(Spec(), simulated);
  ASSERT_TRUE(simulation.has_value()) << simulation.error().message;
  EXPECT_EQ(simulation->plan_digest, run.plan_digest);
  EXPECT_EQ(simulation->counts.accepted, run.counts.accepted);

  const Trace& trace = collector.trace;
  EXPECT_EQ(trace.header.target_kind, TargetKind::kLive);
  EXPECT_EQ(trace.header.target, server->url());
  EXPECT_EQ(trace.header.plan_digest, run.plan_digest);
  EXPECT_GT(trace.header.started_unix_ns, 0);
  ASSERT_EQ(trace.invokes.size(), run.counts.started);
  ASSERT_TRUE(trace.end.has_value());
  EXPECT_EQ(trace.end->started, trace.end->ok + trace.end->fail + trace.end->info);
  for (const auto& returned : trace.returns) EXPECT_TRUE(returned.has_value());
}

// The handler runs in the server's thread, the users in three.
TEST(LiveRunTest, SeveralThreadsMakeOneTrace) {
  OrderHandler handler(100);
  RunningServer server(handler);
  const testing_support::TempDir dir;
  const std::string path = dir.Path("threads.redrive");
  TraceCollector collector;
  LiveOptions options = Live(server->url(), &collector);
  options.threads = 3;
  auto recorder = TraceRecorder::Open(path);
  ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
  options.recorder = recorder->get();
  const auto outcome = ExecuteLive(Spec(), options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  recorder->reset();
  const RunOutcome& run = outcome->run;
  EXPECT_EQ(run.ending, Ending::kDone);
  EXPECT_EQ(run.counts.started, 1U + 6 * 4 * 2 + 1);
  EXPECT_EQ(run.counts.accepted, run.counts.started);
  EXPECT_EQ(outcome->lateness.count, 6U * 4);
  EXPECT_EQ(run.statistics.Total().count, run.counts.started);

  const Result<Trace> read = ReadTrace(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  const std::vector<const Trace*> both = {&*read, &collector.trace};
  for (const Trace* trace : both) {
    ASSERT_EQ(trace->invokes.size(), run.counts.started);
    EXPECT_EQ(trace->header.plan_digest, run.plan_digest);
    std::set<std::uint64_t> sequences;
    std::map<std::uint32_t, std::uint32_t> tasks;  // of each user
    for (std::size_t i = 0; i < trace->invokes.size(); ++i) {
      const InvokeRecord& invoke = trace->invokes[i];
      ASSERT_TRUE(trace->returns[i].has_value());
      EXPECT_LT(invoke.sequence, trace->returns[i]->sequence);
      EXPECT_TRUE(sequences.insert(invoke.sequence).second);
      EXPECT_TRUE(sequences.insert(trace->returns[i]->sequence).second);
      EXPECT_EQ(tasks.try_emplace(invoke.user, invoke.task).first->second, invoke.task);
    }
    EXPECT_EQ(trace->invokes.front().phase, Phase::kSetup);
    EXPECT_EQ(trace->invokes.back().phase, Phase::kAudit);  // after the users of all threads
  }
}

TEST(LiveRunTest, ErrorsBeforeAnythingIsSent) {
  RunSpec spec = Spec();
  EXPECT_EQ(ExecuteLive(spec, Live("nonsense", nullptr)).error().code, ErrorCode::kInvalid);
  spec.scenario_json = "{";
  EXPECT_EQ(ExecuteLive(spec, Live("http://127.0.0.1:1", nullptr)).error().code,
            ErrorCode::kInvalid);
}

TEST(LiveRunTest, TargetThatIsNotThereFailsInSetup) {
  const std::string url = "http://127.0.0.1:" + std::to_string(ClosedPort());
  const auto outcome = ExecuteLive(Spec(), Live(url, nullptr));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_NE(outcome->run.setup_error.find("Connection refused"), std::string::npos)
      << outcome->run.setup_error;
  EXPECT_EQ(outcome->run.counts.fail, 1U);
}

TEST(LiveRunTest, StopLeavesAWholeTrace) {
  RawServer server([](int socket, int) {
    ReadRequest(socket);
    ReadRequest(socket);  // until the client leaves
  });
  std::atomic<bool> stop{false};
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(100ms);
    stop = true;
  });
  TraceCollector collector;
  LiveOptions options = Live(server.url(), &collector);
  options.stop = &stop;
  const auto outcome = ExecuteLive(Spec(), options);
  stopper.join();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->run.ending, Ending::kStopped);
  ASSERT_EQ(collector.trace.returns.size(), 1U);
  EXPECT_EQ(collector.trace.returns[0]->error, SendError::kCancelled);
  EXPECT_EQ(collector.trace.end->info, 1U);
}

TEST(TimelineReplayTest, TakesIdsFromTheNewAnswers) {
  OrderHandler first(100);
  const Trace trace = Record(first);
  OrderHandler second(5000);
  RunningServer server(second);
  TraceCollector collector;
  ReplayOptions options;
  options.live = Live(server->url(), &collector);
  options.live.precision = TimerPrecision::kExact;
  const auto outcome = ReplayTimeline(trace, options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->recorded, trace.invokes.size());
  EXPECT_EQ(outcome->sent, trace.invokes.size());
  EXPECT_EQ(outcome->skipped, 0U);
  EXPECT_TRUE(outcome->changes.empty());
  EXPECT_EQ(outcome->run.counts.accepted, trace.invokes.size());
  EXPECT_EQ(outcome->lateness.count, trace.invokes.size());
  EXPECT_GE(outcome->lateness.p50_ns, 0);
  EXPECT_GT(outcome->recorded_ns, 0);
  // The same requests by user and place, with the new server's ids in them.
  ASSERT_EQ(collector.trace.invokes.size(), trace.invokes.size());
  EXPECT_EQ(collector.trace.header.plan_digest, trace.header.plan_digest);
  const auto place = [](const InvokeRecord& record) {
    return std::tuple(record.user, record.iteration, record.step, record.name);
  };
  std::multiset<decltype(place(trace.invokes[0]))> before;
  std::multiset<decltype(place(trace.invokes[0]))> after;
  for (const InvokeRecord& record : trace.invokes) before.insert(place(record));
  for (const InvokeRecord& record : collector.trace.invokes) after.insert(place(record));
  EXPECT_EQ(before, after);
  for (const InvokeRecord& record : collector.trace.invokes) {
    if (record.name != "/orders/[id]") continue;
    EXPECT_TRUE(record.request.target.starts_with("/orders/50")) << record.request.target;
  }
}

TEST(TimelineReplayTest, SpeedAndDifferingStatuses) {
  OrderHandler first(100);
  const Trace trace = Record(first);
  OrderHandler second(100);
  second.RefuseReads();
  RunningServer server(second);
  TraceCollector collector;
  ReplayOptions options;
  options.live = Live(server->url(), &collector);
  options.speed_milli = 4000;
  const auto outcome = ReplayTimeline(trace, options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  ASSERT_EQ(outcome->changes.size(), 1U);
  const auto& [change, count] = *outcome->changes.begin();
  EXPECT_EQ(change.name, "/orders/[id]");
  EXPECT_EQ(change.recorded, 200);
  EXPECT_EQ(change.replayed, 404);
  EXPECT_EQ(count, 24U);
  EXPECT_GE(outcome->replayed_ns, outcome->recorded_ns / 4 - 5'000'000);
  EXPECT_LT(outcome->replayed_ns, outcome->recorded_ns);
  EXPECT_EQ(collector.trace.end->ending, Ending::kDone);
}

TEST(TimelineReplayTest, SimulatedTracesReplayToo) {
  TraceCollector recorded;
  ExecuteOptions simulated;
  simulated.sink = &recorded;
  simulated.handlers = [](const RunSpec&, const Scenario&) -> Result<std::unique_ptr<Handler>> {
    return std::unique_ptr<Handler>(std::make_unique<OrderHandler>(1));
  };
  ASSERT_TRUE(ExecuteSimulation(Spec(), simulated).has_value());
  OrderHandler handler(700);
  RunningServer server(handler);
  ReplayOptions options;
  options.live = Live(server->url(), nullptr);
  const auto outcome = ReplayTimeline(recorded.trace, options);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->sent, recorded.trace.invokes.size());
  EXPECT_EQ(outcome->run.counts.accepted, outcome->sent);
}

TEST(TimelineReplayTest, ForeignTracesAreRefused) {
  OrderHandler first(100);
  Trace trace = Record(first);
  ReplayOptions options;
  options.live = Live("http://127.0.0.1:1", nullptr);
  Trace other = trace;
  other.header.plan_digest ^= 1;
  EXPECT_NE(ReplayTimeline(other, options).error().message.find("plan digest"), std::string::npos);
  trace.invokes.back().step = 77;
  EXPECT_NE(ReplayTimeline(trace, options).error().message.find("is not in the plan"),
            std::string::npos);
  options.speed_milli = 0;
  EXPECT_TRUE(ReplayTimeline(trace, options).has_error());
}

}  // namespace
}  // namespace redrive
