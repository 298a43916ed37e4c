// What the tests of faults share: a run whose users send /good/1, /bad and /good/2 in turn, and
// what holds behind it whatever happened.
#ifndef REDRIVE_TESTS_RECORDER_NET_FAULT_RUN_H_
#define REDRIVE_TESTS_RECORDER_NET_FAULT_RUN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "recorder/net/live_run.h"
#include "recorder/trace_file.h"
#include "tests/recorder/net/fault_server.h"

namespace redrive {

constexpr std::uint64_t kUsers = 3;
constexpr std::uint64_t kRounds = 4;
constexpr std::uint64_t kEach = kUsers * kRounds;  // requests by one name

// An answer with that body.
std::string Whole(std::string_view body);

// Answers everything but /bad, which `fault` answers; it returns whether the connection goes on.
using Fault = std::function<bool(Peer&)>;
FaultServer::Serve Serving(Fault fault);

struct Ran {
  LiveOutcome outcome;
  Trace trace;
};

// `rounds` of the three requests by each user.
Ran ExecuteFaults(const HttpOptions& http, std::uint64_t rounds = kRounds);

// The laws of conservation hold, and counts, statistics and trace say the same.
void ExpectExact(const Ran& ran);

// Options that wait 150 ms for the next byte, 300 ms for a body, and connect again at once.
HttpOptions Impatient(const std::string& url);

}  // namespace redrive

#endif  // REDRIVE_TESTS_RECORDER_NET_FAULT_RUN_H_
