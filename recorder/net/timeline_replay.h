// ReplayTimeline: drives a trace again, against a URL, on its absolute timeline. The plan is made
// again from the trace's RunSpec, so tokens and ids come from the answers of this time, through the
// scenario's extracts; the recording says only when each request leaves.
#ifndef REDRIVE_RECORDER_NET_TIMELINE_REPLAY_H_
#define REDRIVE_RECORDER_NET_TIMELINE_REPLAY_H_

#include <cstdint>
#include <map>
#include <string>

#include "core/result.h"
#include "recorder/net/live_run.h"

namespace redrive {

struct ReplayOptions {
  LiveOptions live;                  // `precision` is best kExact
  std::uint32_t speed_milli = 1000;  // 2000: in half the time. REQUIRES: > 0
};

struct StatusChange {
  std::string name;  // the grouping name
  int recorded = 0;  // 0: no answer
  int replayed = 0;
  auto operator<=>(const StatusChange&) const = default;
};

struct ReplayOutcome {
  RunOutcome run;
  std::uint64_t recorded = 0;  // requests in the recording
  std::uint64_t sent = 0;      // of them, sent again
  std::uint64_t skipped = 0;   // of them, not: an input was missing, or the run ended first
  // Against the recorded instants, in real time. A request waits for its inputs and for the
  // answer of its user's previous request; what it waits counts as late.
  Lateness lateness;
  ConnectionCounts connections;
  // Neighbours in the recorded order of sends that left in the other order.
  std::uint64_t inversions = 0;
  std::int64_t recorded_ns = 0;                   // from the first send to the last
  std::int64_t replayed_ns = 0;                   // the same, in real time
  std::map<StatusChange, std::uint64_t> changes;  // requests whose status differs
};

// `options.live.sink` receives a new trace whose times are on the recorded timeline (real time
// times speed). Errors: as ExecuteLive, and kInvalid for a trace whose plan is not made by this
// build.
[[nodiscard]] Result<ReplayOutcome> ReplayTimeline(const Trace& trace,
                                                   const ReplayOptions& options);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_TIMELINE_REPLAY_H_
