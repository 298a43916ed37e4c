// ExecuteLive: one RunSpec in, one execution against an HTTP service out. Same plan and same plan
// digest as in the simulation; answers and times are the target's.
#ifndef REDRIVE_RECORDER_NET_LIVE_RUN_H_
#define REDRIVE_RECORDER_NET_LIVE_RUN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"
#include "recorder/execute.h"
#include "recorder/net/http_transport.h"
#include "recorder/trace_recorder.h"

namespace redrive {

// How far actual sends lay behind the times they were meant for, nanoseconds: the error bar of the
// load generator itself.
struct Lateness {
  std::uint64_t count = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t max_ns = 0;
};

struct LiveOptions {
  HttpOptions http;
  TimerPrecision precision = TimerPrecision::kPlain;
  // Event loops, each in a thread of its own with its share of the users. More than one for each
  // core only costs.
  std::uint32_t threads = 1;
  TraceRecorder* recorder = nullptr;  // may be null; gets the whole trace; not owned
  // May be null; gets header, requests and end, one call at a time, in any order of operations when
  // there are several threads. Slows the senders, unlike the recorder. Not owned.
  TraceSink* sink = nullptr;
  // Takes secrets out of the header before anyone gets it; may be empty.
  std::function<void(TraceHeader*)> clean_header;
  bool keep_secrets = false;
  const std::atomic<bool>* stop = nullptr;  // ends the run at once; may be null
  // Behind the plan's run time, so that a target that never answers cannot hold the run for ever.
  std::chrono::nanoseconds overtime_max = std::chrono::minutes(10);
  std::function<void(const Progress&)> on_progress;
  std::function<void()> on_tick;  // every 100 ms between steps, by the calling thread
};

struct LiveOutcome {
  RunOutcome run;  // schedule, digest, unseed and steps stay empty; duration is real
  EndRecord end;   // as the trace ends
  // Of the first requests of planned actions, against the later of their intended time and the end
  // of their user's previous request. Empty under closed pacing, where nothing is planned.
  Lateness lateness;
  ConnectionCounts connections;
};

// Errors: the scenario or the spec (kInvalid), the URL, CA file or host (kInvalid, kIo).
[[nodiscard]] Result<LiveOutcome> ExecuteLive(const RunSpec& spec, const LiveOptions& options);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_LIVE_RUN_H_
