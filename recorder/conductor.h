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

struct ConductorOptions {
  TraceSink* sink = nullptr;                // may be null; OnInvoke and OnReturn only; not owned
  bool keep_secrets = false;                // else what reaches the sink is redacted
  const std::atomic<bool>* stop = nullptr;  // set: no user starts another action; may be null
  VirtualTime stop_poll{
      0};  // sleeping users look at `stop` this often; 0: when they wake (simulation)
  bool audit_when_stopped = false;
  std::function<void(const Progress&)> on_progress;  // after each response; may be empty
  VirtualTime progress_every = std::chrono::seconds(1);
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
};

// Not thread-safe: REQUIRES that the host runs one task at a time. Lives until all tasks are done
// or destroyed.
class Conductor {
 public:
  // All arguments must outlive it.
  Conductor(const Plan& plan, TaskHost& host, TransportFactory transports,
            ConductorOptions options);
  ~Conductor();
  Conductor(const Conductor&) = delete;
  Conductor& operator=(const Conductor&) = delete;

  // Makes and starts the first task; the rest follows when the host runs. Call once.
  void Begin();

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
