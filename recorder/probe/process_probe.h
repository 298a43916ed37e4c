// ProcessProbe: the memory of a process on this machine and of its children.
#ifndef REDRIVE_RECORDER_PROBE_PROCESS_PROBE_H_
#define REDRIVE_RECORDER_PROBE_PROCESS_PROBE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "recorder/probe/probe.h"

namespace redrive {

// Ten times a second the sum of the resident sets, from /proc; once a second it looks for children
// and children's children. Memory that processes share counts for each of them, so the sum is an
// upper limit. Bound to the process: another one that gets its number later is not sampled.
class ProcessProbe final : public Probe {
 public:
  // Error (kInvalid): there is no such process.
  [[nodiscard]] static Result<std::unique_ptr<ProcessProbe>> Open(std::uint64_t pid);
  ~ProcessProbe() override;

  [[nodiscard]] std::string source() const override { return "process " + std::to_string(pid_); }
  [[nodiscard]] std::string flag() const override { return "--probe-pid"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] Result<void> Begin(ProbeReport* report) override;
  [[nodiscard]] Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override;
  [[nodiscard]] Result<void> End(std::int64_t at_ns, ProbeReport* report) override;

 private:
  explicit ProcessProbe(std::uint64_t pid) : pid_(pid) {}
  void FindChildren();

  std::uint64_t pid_;
  int file_ = -1;                          // of the process itself: /proc/PID/statm
  std::map<std::uint64_t, int> children_;  // open files of the same kind
  std::uint64_t looks_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROCESS_PROBE_H_
