// ProbeRunner: runs probes beside a run, each in a thread of its own, so that neither the senders
// nor another probe wait for a source that is slow.
#ifndef REDRIVE_RECORDER_PROBE_PROBE_RUNNER_H_
#define REDRIVE_RECORDER_PROBE_PROBE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "recorder/probe/probe.h"

namespace redrive {

class ProbeRunner {
 public:
  // `on_problem` gets one line, at most once for each probe and run, from that probe's thread.
  explicit ProbeRunner(std::function<void(const std::string&)> on_problem);
  ~ProbeRunner();  // stops
  ProbeRunner(const ProbeRunner&) = delete;
  ProbeRunner& operator=(const ProbeRunner&) = delete;

  void Add(std::unique_ptr<Probe> probe);  // REQUIRES: not started
  [[nodiscard]] bool empty() const;

  // Comes back when every probe has its first reading, or has failed to get one.
  // REQUIRES: not started.
  void Start();
  // Takes the last readings. Empty when not started.
  std::vector<ProbeReport> Stop();
  // Calendar time of the last Start, nanoseconds since 1970.
  [[nodiscard]] std::int64_t started_unix_ns() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROBE_RUNNER_H_
