#include "tests/recorder/net/fault_run.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "tests/recorder/net/net_testing.h"

namespace redrive {
namespace {

using namespace std::chrono_literals;

constexpr const char* kScenario = R"json({
  "name": "faults",
  "defaults": {"users": 3, "spawn_rate": 1000},
  "users": [{
    "name": "User",
    "wait_time": {"constant": 0},
    "iterations": 4,
    "actions": [{"name": "act", "requests": [
      {"path": "/good/1"},
      {"method": "POST", "path": "/bad", "text": "0123456789"},
      {"method": "POST", "path": "/good/2", "text": "ab"}
    ]}]
  }]
})json";

}  // namespace

std::string Whole(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

FaultServer::Serve Serving(Fault fault) {
  return [fault = std::move(fault)](Peer& peer) {
    std::string request;
    while (peer.ReadRequest(&request)) {
      const bool bad = request.find(" /bad ") != std::string::npos;
      if (bad ? !fault(peer) : !peer.Send(Whole("good"))) return;
    }
  };
}

Ran ExecuteFaults(const HttpOptions& http, std::uint64_t rounds) {
  RunSpec spec;
  spec.scenario_name = "faults.json";
  spec.scenario_json = kScenario;
  const std::string iterations = "\"iterations\": ";
  spec.scenario_json.replace(spec.scenario_json.find(iterations) + iterations.size(), 1,
                             std::to_string(rounds));
  spec.seed = 7;
  spec.pacing = "closed";
  TraceCollector collector;
  LiveOptions options;
  options.http = http;
  options.sink = &collector;
  Result<LiveOutcome> outcome = ExecuteLive(spec, options);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return {std::move(*outcome), collector.trace};
}

void ExpectExact(const Ran& ran) {
  const RunCounts& counts = ran.outcome.run.counts;
  EXPECT_EQ(ran.outcome.run.ending, Ending::kDone);
  EXPECT_EQ(counts.started, counts.ok + counts.fail + counts.info);
  EXPECT_EQ(counts.in_flight, 0U);
  ASSERT_EQ(ran.trace.invokes.size(), counts.started);
  std::map<std::string, std::uint64_t> refused;
  for (std::size_t i = 0; i < ran.trace.invokes.size(); ++i) {
    ASSERT_TRUE(ran.trace.returns[i].has_value()) << i;
    if (!ran.trace.returns[i]->accepted) ++refused[ran.trace.invokes[i].name];
  }
  for (const auto& [key, row] : ran.outcome.run.statistics.requests()) {
    EXPECT_EQ(row.count * 3, counts.started) << key.name;
    EXPECT_EQ(row.failures, refused[key.name]) << key.name;
  }
}

HttpOptions Impatient(const std::string& url) {
  HttpOptions options = Options(url);
  options.timeouts.first_byte = 150ms;
  options.timeouts.idle = 150ms;
  options.timeouts.body = 300ms;
  options.backoff_max = 0ms;
  return options;
}

}  // namespace redrive
