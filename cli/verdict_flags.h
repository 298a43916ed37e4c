// The flags that judge a run by numbers: thresholds, the guide's preset, expected statuses and the
// probes of the server. Shared by run, check and checklist.
#ifndef REDRIVE_CLI_VERDICT_FLAGS_H_
#define REDRIVE_CLI_VERDICT_FLAGS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "cli/probe_flags.h"
#include "core/result.h"
#include "recorder/trace_records.h"
#include "replayer/checker.h"
#include "replayer/guide_thresholds.h"
#include "replayer/threshold_meter.h"
#include "replayer/thresholds.h"

namespace redrive {

class VerdictFlags {
 public:
  // Both must outlive Parse. Probes watch a live run: commands without one leave them out.
  void AddThresholds(Flags& flags);
  enum class ProbeFile : std::uint8_t { kNone, kOffered };
  void AddProbes(Flags& flags, ProbeFile file);

  // Checks the flags and reads the thresholds: those of the command line and those of `scenario`
  // (the text of a scenario; `where` is its place for errors). Opens nothing.
  [[nodiscard]] Result<void> Prepare(const std::vector<std::string>& scenario_thresholds,
                                     const std::string& where);

  // As ProbeFlags::Open.
  [[nodiscard]] Result<void> OpenProbes(bool simulated) { return probes_.Open(simulated); }
  // They watch until what it returns goes; null without probes.
  [[nodiscard]] std::unique_ptr<Probing> WatchBackEnd() { return probes_.Watch(); }

  [[nodiscard]] bool watches() const;  // a threshold says abortOnFail
  // A sink in front of `next` that ends the run when a threshold with abortOnFail breaks.
  [[nodiscard]] std::unique_ptr<TraceSink> Watch(TraceSink* next);
  // The threshold that ended the run early; "" when none did.
  [[nodiscard]] const std::string& broken() const { return broken_; }

  [[nodiscard]] ThresholdOptions options() const {
    return {expected_statuses_, arrivals_dropped_, &probes_.reports()};
  }
  [[nodiscard]] const std::vector<Threshold>& thresholds() const { return thresholds_; }
  // What the probes saw during the last run.
  [[nodiscard]] ServerFigures Figures() const { return MakeServerFigures(probes_.reports()); }

  // Whether only a trace can tell: windows, statuses, the guide's table.
  [[nodiscard]] bool NeedsTrace() const;
  // From now on numbers are judged by these, not by a trace: it is too large to be read again. Both
  // must outlive this.
  void JudgeBy(const Statistics& statistics, VirtualTime duration,
               std::optional<std::uint64_t> arrivals_dropped) {
    statistics_ = &statistics;
    duration_ = duration;
    arrivals_dropped_ = arrivals_dropped;
  }

  // Judges, prints the tables and the verdict line, and combines with the exit code so far.
  // `rerun` is the command that makes the trace again; it is printed when a threshold failed.
  [[nodiscard]] Result<int> Conclude(const Trace& trace, const CheckReport& checks,
                                     const std::string& rerun, int code) const;

  struct Judged {
    std::vector<ThresholdResult> thresholds;
    std::vector<GuideRow> guide;  // empty without --thresholds battwheels
    ServerFigures server;
    [[nodiscard]] int ExitCode(int code) const;
  };
  [[nodiscard]] Result<Judged> JudgeNumbers(const Trace& trace) const;

 private:
  std::vector<std::string> fail_;
  std::string preset_;
  std::vector<std::string> expect_;
  ProbeFlags probes_;

  std::vector<Threshold> thresholds_;
  std::vector<int> expected_statuses_;
  std::string broken_;
  const Statistics* statistics_ = nullptr;  // null: by the trace
  VirtualTime duration_{0};
  std::optional<std::uint64_t> arrivals_dropped_;  // where there is no trace to tell
};

// What the log told, one line; "" without a probe.
std::string LogText(const ServerFigures& server);

}  // namespace redrive

#endif  // REDRIVE_CLI_VERDICT_FLAGS_H_
