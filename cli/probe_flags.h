// The flags that watch the back end during a run. Shared by run and checklist.
#ifndef REDRIVE_CLI_PROBE_FLAGS_H_
#define REDRIVE_CLI_PROBE_FLAGS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "core/result.h"
#include "recorder/probe/probe_runner.h"

namespace redrive {

class Probing;

class ProbeFlags {
 public:
  // This must outlive Parse. The file of samples is for commands of one run.
  void AddTo(Flags& flags);
  void AddFileTo(Flags& flags);

  // Makes the probes that were asked for; databases and endpoints are not connected to yet. Error
  // (kInvalid): there is no such process or file, a URI is none, or the run is simulated and has
  // no back end. Messages have no passwords.
  [[nodiscard]] Result<void> Open(bool simulated);

  // Probes from now on until what it returns goes; null without probes. REQUIRES: this outlives it.
  [[nodiscard]] std::unique_ptr<Probing> Watch();

  // Of the last run; with --probes-json also written to its file. Empty without probes.
  [[nodiscard]] const std::vector<ProbeReport>& reports() const { return reports_; }
  // Error (kIo): the file of --probes-json cannot be written.
  [[nodiscard]] Result<void> WriteJson() const;
  [[nodiscard]] const std::string& json_path() const { return json_path_; }

 private:
  friend class Probing;
  [[nodiscard]] Result<void> OpenDatabases();

  std::uint64_t pid_ = 0;
  std::string log_path_;
  std::vector<std::string> prometheus_;
  std::vector<std::string> postgres_;
  std::vector<std::string> mongodb_;
  std::uint64_t slow_ms_ = 100;
  std::string json_path_;

  std::unique_ptr<ProbeRunner> runner_;
  std::vector<ProbeReport> reports_;
};

class Probing {
 public:
  explicit Probing(ProbeFlags& probes);
  ~Probing();
  Probing(const Probing&) = delete;
  Probing& operator=(const Probing&) = delete;

 private:
  ProbeFlags& probes_;
};

}  // namespace redrive

#endif  // REDRIVE_CLI_PROBE_FLAGS_H_
