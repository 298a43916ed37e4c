// Traces by hand for the tests of thresholds: one request a line.
#ifndef REDRIVE_TESTS_REPLAYER_THRESHOLD_TESTING_H_
#define REDRIVE_TESTS_REPLAYER_THRESHOLD_TESTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "recorder/trace_records.h"

namespace redrive {

struct TimedRequest {
  std::string method = "GET";
  std::string name = "tickets";
  std::int64_t intended_ms = 0;
  std::int64_t sent_ms = 0;
  std::int64_t done_ms = 0;
  int status = 200;
  bool accepted = true;
  Phase phase = Phase::kRun;
  std::string target = "/api/tickets";
};

inline Trace TraceOf(const std::vector<TimedRequest>& requests) {
  Trace trace;
  trace.header.spec.scenario_name = "battwheels/hand_made";
  for (const TimedRequest& request : requests) {
    InvokeRecord invoke;
    invoke.operation = trace.invokes.size() + 1;
    invoke.phase = request.phase;
    invoke.request.method = request.method;
    invoke.request.target = request.target;
    invoke.name = request.name;
    invoke.intended_ns = request.intended_ms * 1'000'000;
    invoke.sent_ns = request.sent_ms * 1'000'000;
    ReturnRecord reply;
    reply.operation = invoke.operation;
    reply.done_ns = request.done_ms * 1'000'000;
    reply.accepted = request.accepted;
    reply.response.status = request.status;
    trace.invokes.push_back(std::move(invoke));
    trace.returns.emplace_back(std::move(reply));
  }
  trace.end.emplace();
  return trace;
}

// Request i of `count`, from 1, is meant for 10·i ms, leaves 1 ms later and takes i ms from then.
inline Trace StepsOfOne(int count) {
  std::vector<TimedRequest> requests;
  for (int i = 1; i <= count; ++i) {
    requests.push_back({.intended_ms = 10 * i, .sent_ms = 10 * i + 1, .done_ms = 10 * i + 1 + i});
  }
  return TraceOf(requests);
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_THRESHOLD_TESTING_H_
