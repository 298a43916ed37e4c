// What a trace holds, as plain values: header, invocations, returns, steps, schedule, ending.
// recorder/trace_file.h reads and writes them; docs/TRACE_FORMAT.md is the specification.
#ifndef REDRIVE_RECORDER_TRACE_RECORDS_H_
#define REDRIVE_RECORDER_TRACE_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/access.h"
#include "core/schedule.h"
#include "core/world.h"
#include "recorder/http.h"
#include "recorder/transport.h"

namespace redrive {

enum class TargetKind : std::uint8_t { kWorkshop = 0, kLive = 1, kGate = 2 };

// The part of the run that a request belongs to. Values are part of the trace format.
enum class Phase : std::uint8_t { kSetup = 0, kRun = 1, kAudit = 2 };

// All that is needed to execute the same thing again, next to the schedule.
struct RunSpec {
  std::string scenario_name;  // "peak_burst_full", or the path given
  std::string scenario_json;  // the whole text, so that a trace needs no other file
  std::uint64_t seed = 42;
  std::uint32_t users = 0;             // 0: as the scenario says
  std::uint64_t spawn_rate_milli = 0;  // users per 1000 s; 0: as the scenario says
  std::int64_t run_time_ns = 0;        // 0: as the scenario says
  std::string pacing = "planned";      // or "closed"
  std::string workshop = "as-is";      // "fixed", or a comma list of planted bugs
  std::string strategy = "random";     // who ordered the steps (simulation)
  std::int64_t epoch_seconds = kDefaultEpochSeconds;
  std::vector<std::string> user_classes;  // only these; empty: all
  std::vector<std::string> tags;          // only actions with one of these; empty: all
  std::vector<std::string> exclude_tags;
  // Other settings by name, in order of name: credentials' variable names, step time, …
  std::vector<std::pair<std::string, std::string>> settings;
};

struct TraceHeader {
  std::string redrive_version;
  TargetKind target_kind = TargetKind::kWorkshop;
  std::string target;  // URL, or "workshop"
  RunSpec spec;
  std::uint64_t plan_digest = 0;
  std::int64_t started_unix_ns =
      0;  // live only; 0 in simulation, which has no calendar but --epoch
};

// A request left. Times are nanoseconds since the start of the execution.
struct InvokeRecord {
  std::uint64_t operation = 0;  // from 1, in order of invocation; equal in the ReturnRecord
  std::uint64_t sequence = 0;   // position in the total order of events
  Phase phase = Phase::kRun;
  std::uint32_t task = 0;       // the task (lane) that sent it
  std::uint32_t user = 0;       // virtual user, from 0; setup and audit users count on behind
  std::uint32_t iteration = 0;  // the user's n-th action, from 0
  std::uint32_t step = 0;       // request within the action, from 0
  std::string user_class;
  std::string action;
  std::string name;  // the grouping name
  std::int64_t intended_ns = 0;
  std::int64_t sent_ns = 0;
  Request request;  // secrets already redacted
};

// Its response arrived, or its fate was sealed otherwise.
struct ReturnRecord {
  std::uint64_t operation = 0;
  std::uint64_t sequence = 0;
  std::int64_t done_ns = 0;
  SendError error = SendError::kNone;
  std::string message;
  Outcome outcome = Outcome::kInfo;
  bool accepted = false;  // by the scenario's accepted statuses and checks
  std::string failure;    // why not accepted, as the failures table shows it
  Response response;
  std::uint64_t body_bytes = 0;  // as received, before redaction; not in the file: 0 when read
};

// One data operation or other yield point of the simulation (or, later, of the gate).
struct StepRecord {
  std::uint64_t sequence = 0;
  std::int64_t at_ns = 0;
  std::uint32_t task = 0;
  std::uint64_t operation = 0;
  std::string label;     // "tickets.insert_one"
  std::string resource;  // "tickets/TKT-000001"; "tickets/*" for the whole space
  Mode mode = Mode::kRead;
};

struct EndRecord {
  Ending ending = Ending::kDone;
  std::uint64_t digest = 0;  // simulation: of all events; live: 0
  std::uint64_t unseed = 0;  // one more draw of every stream, mixed
  std::uint64_t events = 0;
  std::uint64_t started = 0;  // invocations; started == ok + fail + info
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;
  std::uint64_t info = 0;
  std::uint64_t dropped = 0;  // records that could not be written: the trace is then inconclusive
  std::int64_t duration_ns = 0;
  // Open model: arrivals that found all users busy. Empty when nobody counted (version 1).
  std::optional<std::uint64_t> arrivals_dropped;
};

// A whole trace in memory. `returns[i]` belongs to `invokes[i]`; empty where none was recorded.
struct Trace {
  TraceHeader header;
  std::vector<InvokeRecord> invokes;  // ascending by operation: invokes[i].operation == i + 1
  std::vector<std::optional<ReturnRecord>> returns;
  std::vector<StepRecord> steps;  // ascending by sequence
  Schedule schedule;
  std::optional<EndRecord> end;  // empty: the recording was cut short
  std::string note;              // what the reader had to leave out, for people
};

// Takes the records of a running execution, in the order they happen.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void OnHeader(const TraceHeader& header) = 0;
  virtual void OnInvoke(const InvokeRecord& record) = 0;
  virtual void OnReturn(const ReturnRecord& record) = 0;
  virtual void OnStep(const StepRecord& record) = 0;
  virtual void OnEnd(const Schedule& schedule, const EndRecord& record) = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_RECORDS_H_
