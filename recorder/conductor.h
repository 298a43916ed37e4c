// Conductor: runs setup, then the users, then the audit, on any task host: the simulated world in
// virtual time or the live one in real time. Same plan, same requests.
#ifndef REDRIVE_RECORDER_CONDUCTOR_H_
#define REDRIVE_RECORDER_CONDUCTOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/task_host.h"
#include "recorder/plan.h"
#include "recorder/statistics.h"
#include "recorder/trace_records.h"
#include "recorder/transport.h"

namespace redrive {

// Makes the transport of one virtual user (also the setup and audit users). Called once per user,
// when it starts; the conductor owns the result until the user is done. In the open model an
// arrival takes over the transport of one that is done.
using TransportFactory = std::function<std::unique_ptr<Transport>(std::uint32_t user)>;

struct Progress {
  VirtualTime now{0};       // since the execution began
  VirtualTime run_time{0};  // planned, max() when unlimited
  Phase phase = Phase::kSetup;
  std::uint32_t users = 0;  // running now
  std::uint64_t started = 0;
  std::uint64_t failures = 0;  // not accepted
  std::uint64_t dropped = 0;   // arrivals that found no free user
};

// What the threads of one live run share. Each has a world and a conductor of its own, which leads
// the users whose number is its shard modulo the number of threads.
struct Crew {
  explicit Crew(std::uint32_t threads) : threads(threads), shards(threads) {}

  // What a thread last told, for progress.
  struct alignas(64) Shard {
    std::atomic<std::uint32_t> users{0};
    std::atomic<std::uint64_t> started{0};
    std::atomic<std::uint64_t> failures{0};
    std::atomic<std::uint64_t> dropped{0};
  };

  const std::uint32_t threads;
  std::atomic<std::uint64_t> operations{0};  // numbers given so far
  std::atomic<std::uint64_t> sequence{0};    // of events, for the worlds
  std::atomic<std::uint32_t> others{0};      // threads beside the first that have not ended
  std::vector<Shard> shards;
};

struct ConductorOptions {
  TraceSink* sink = nullptr;                // may be null; OnInvoke and OnReturn only; not owned
  bool keep_secrets = false;                // else what reaches the sink is redacted
  const std::atomic<bool>* stop = nullptr;  // set: no user starts another action; may be null
  VirtualTime stop_poll{
      0};  // sleeping users look at `stop` this often; 0: when they wake (simulation)
  bool audit_when_stopped = false;
  std::function<void(const Progress&)> on_progress;  // after each response; may be empty
  VirtualTime progress_every = std::chrono::seconds(1);
  // Receives how far the first requests of planned actions left behind the later of their intended
  // time and the end of their user's previous request; may be null; not owned.
  Histogram* lateness = nullptr;
  Crew* crew = nullptr;     // null: this conductor leads all users; not owned
  std::uint32_t shard = 0;  // setup and audit are done by shard 0
  // Called by shard 0 when setup has succeeded, before its own users start: the others call
  // BeginUsers then.
  std::function<void(VirtualTime origin)> on_setup_done;
};

// started == ok + fail + info + in_flight; every report checks it.
struct RunCounts {
  std::uint64_t started = 0;
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;
  std::uint64_t info = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t accepted = 0;
  std::uint64_t skipped = 0;  // never sent: a value to fill in was missing
  // Open model: arrivals that found all users busy and were not carried. No part of `started`.
  std::uint64_t dropped = 0;
  void Check() const;
  void Add(const RunCounts& other);
};

// Not thread-safe: REQUIRES that the host runs one task at a time; with a Crew each thread has one.
// Lives until all tasks are done
// or destroyed.
class Conductor {
 public:
  // All arguments must outlive it.
  Conductor(const Plan& plan, TaskHost& host, TransportFactory transports,
            ConductorOptions options);
  ~Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  // Makes and starts the first task; the rest follows when the host runs. Call once. REQUIRES:
  // shard 0.
  void Begin();
  // Starts the users of another shard, with what `first` learnt in its setup. REQUIRES: not shard
  // 0; called while `first` waits in on_setup_done.
  void BeginUsers(const Conductor& first, VirtualTime origin);

  [[nodiscard]] bool done() const;  // the last task has ended
  [[nodiscard]] const RunCounts& counts() const;
  [[nodiscard]] const Statistics& statistics() const;
  // Why the users never ran ("setup: POST tickets: status 403 …"), or "".
  [[nodiscard]] const std::string& setup_error() const;
  // Requests never sent, by "name: what was missing".
  [[nodiscard]] const std::map<std::string, std::uint64_t>& skipped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_CONDUCTOR_H_
