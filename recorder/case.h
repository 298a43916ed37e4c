// Case: a few requests of virtual users over a prepared state, with all that they need and nothing
// else. What search, shrinking and property tests work on. A plain value; CaseToScenario writes it
// as a scenario, so that a case runs, replays and reads like any other (docs/SEARCH.md).
#ifndef REDRIVE_RECORDER_CASE_H_
#define REDRIVE_RECORDER_CASE_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "recorder/scenario.h"
#include "recorder/trace_records.h"

namespace redrive {

struct CaseHeader {
  std::string name;
  std::string value;      // may hold ${variable}
  bool optional = false;  // left out when a variable in it has no value
};

enum class BodyKind : std::uint8_t { kNone, kJson, kText };

// Texts are templates of the scenario language; all draws are made, so only ${variable} and
// ${env(NAME, …)} are left in them, and "$${" for a plain "${".
struct CaseRequest {
  std::string name;  // for grouping
  std::string method = "GET";
  std::string path;
  std::vector<CaseHeader> headers;  // without the Content-Type that a JSON body implies
  BodyKind body_kind = BodyKind::kNone;
  std::string body;  // JSON text, or text
  std::vector<int> accept;
  std::vector<Expect> expect;
  std::string checks_json;       // RequestStep::checks_json
  std::string failure;           // for the failures table; "" is the usual text
  std::vector<Extract> extract;  // never lists
  bool required = true;          // setup only
  std::uint64_t operation = 0;   // of the trace it was taken from; 0: none
};

// One virtual user: its requests, one after the other.
struct CaseLane {
  std::string user_class;  // where it came from, for people
  std::vector<CaseRequest> requests;
};

struct Case {
  std::string name;
  std::string description;
  std::string workshop;  // "as-is", "fixed" or a comma list of bugs
  bool rate_limits = true;
  std::uint64_t seed = 42;
  std::int64_t epoch_seconds = kDefaultEpochSeconds;
  std::vector<CaseRequest> setup;  // one after the other, before the lanes
  std::vector<CaseLane> lanes;     // all at once; at most 1,000
  std::vector<CaseRequest> audit;  // one after the other, when all lanes are done
  std::string checks_json = "[]";
  std::vector<Allowance> allowed;
  // Values for ${env(NAME)} as in RunSpec::settings; never written to a scenario.
  std::vector<std::pair<std::string, std::string>> settings;
};

// The number of requests in the lanes.
std::size_t CountRequests(const Case& source);

// How much of what the trace holds besides the picked requests comes before them.
enum class CaseSetup : std::uint8_t {
  kNeeded,  // only the requests whose answers the others need, as far as variables tell
  kSetup,   // these, and the whole setup of the scenario
  kAll,     // these, and every request that had ended before the first picked one began
};

// Takes `operations` out of the trace of a run as a case: each virtual user becomes a lane, other
// requests whose extracted values are needed move to the setup, the audit and the checks stay.
// Exact, since plan and trace tell which answer each value came from. Errors (kInvalid): an
// operation that is not there or not of the run phase, more than 1,000 users, a live trace's plan
// that cannot be made again.
[[nodiscard]] Result<Case> CaseFromTrace(const Trace& trace,
                                         std::span<const std::uint64_t> operations,
                                         CaseSetup setup);

// The case as a scenario: users A, B, … (L0001 … beyond 26) of one action each, that start
// together, no think time, no virtual time per data operation. Equal cases give equal texts.
std::string CaseToScenario(const Case& source);

// What executes it; scenario_name is "NAME.json".
RunSpec CaseToSpec(const Case& source);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_CASE_H_
