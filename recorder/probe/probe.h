// Probe: watches one thing of the back end during a run: a process, a log, an endpoint, a database.
#ifndef REDRIVE_RECORDER_PROBE_PROBE_H_
#define REDRIVE_RECORDER_PROBE_PROBE_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "core/result.h"
#include "recorder/probe/probe_report.h"

namespace redrive {

// Called by one thread at a time, for run after run: Begin, Sample…, End. Every call comes back
// within about ten seconds, whatever its source does. Errors are one line without passwords; after
// an error of Begin nothing is called until the next Begin.
class Probe {
 public:
  virtual ~Probe() = default;
  [[nodiscard]] virtual std::string source() const = 0;  // for people; never a password
  [[nodiscard]] virtual std::string flag() const = 0;
  [[nodiscard]] virtual std::chrono::milliseconds interval() const = 0;

  // What counters are compared with later.
  [[nodiscard]] virtual Result<void> Begin(ProbeReport* report) = 0;
  [[nodiscard]] virtual Result<void> Sample(std::int64_t at_ns, ProbeReport* report) = 0;
  // The last look. An error means that the end of the run was not seen.
  [[nodiscard]] virtual Result<void> End(std::int64_t at_ns, ProbeReport* report) = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_PROBE_H_
