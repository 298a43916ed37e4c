// LogProbe: follows what a server writes to its log file, over rotation and truncation.
#ifndef REDRIVE_RECORDER_PROBE_LOG_PROBE_H_
#define REDRIVE_RECORDER_PROBE_LOG_PROBE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "recorder/probe/log_reader.h"
#include "recorder/probe/probe.h"

namespace redrive {

// Reads from where the file ended at Begin. A file that was renamed away is read to its end, then
// the new one from its beginning; one that became shorter is read from its beginning. A truncated
// file that has grown past its old length between two looks (250 ms) cannot be told from one that
// was not.
class LogProbe final : public Probe {
 public:
  // Error (kIo): the file cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<LogProbe>> Open(const std::string& path);
  ~LogProbe() override;

  [[nodiscard]] std::string source() const override { return path_; }
  [[nodiscard]] std::string flag() const override { return "--server-log"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override;
  [[nodiscard]] Result<void> Begin(ProbeReport* report) override;
  [[nodiscard]] Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override;
  [[nodiscard]] Result<void> End(std::int64_t at_ns, ProbeReport* report) override;

 private:
  explicit LogProbe(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] Result<void> OpenFile();
  [[nodiscard]] Result<void> Follow(std::uint64_t bytes_max);
  void ReadOn(std::uint64_t bytes_max);
  void Record(std::int64_t at_ns, const LogFigures& figures, ProbeReport* report) const;

  std::string path_;
  int file_ = -1;
  std::uint64_t inode_ = 0;
  std::uint64_t device_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t rotations_ = 0;
  std::uint64_t truncations_ = 0;
  LogReader reader_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_LOG_PROBE_H_
