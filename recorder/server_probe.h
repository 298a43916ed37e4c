// Probes of the server under test, where it runs on this machine: the memory of its process and
// what it wrote to its log while the run went on.
#ifndef REDRIVE_RECORDER_SERVER_PROBE_H_
#define REDRIVE_RECORDER_SERVER_PROBE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

struct MemoryFigures {
  std::uint64_t samples = 0;
  std::uint64_t max_bytes = 0;     // resident set
  std::uint64_t median_bytes = 0;  // what was held for half of the samples: "sustained"
  bool ended = false;              // the process was gone before the run was over
};

// Samples the resident set of one process from /proc. Bound to that process: another one that gets
// its number later is not sampled. Not thread-safe.
class MemoryProbe {
 public:
  MemoryProbe() = default;  // samples nothing
  ~MemoryProbe();
  MemoryProbe(MemoryProbe&& other) noexcept;
  MemoryProbe& operator=(MemoryProbe&& other) noexcept;

  // Error (kInvalid): there is no such process.
  [[nodiscard]] static Result<MemoryProbe> Open(std::uint64_t pid);

  void Sample();  // cheap: one read of a file in memory; keeps at most a million samples
  [[nodiscard]] MemoryFigures figures() const;

 private:
  int file_ = -1;
  bool ended_ = false;
  std::vector<std::uint64_t> bytes_;
};

struct LogFigures {
  std::uint64_t bytes = 0;             // read since the start of the run
  std::uint64_t tracebacks = 0;        // "Traceback (most recent call last)"
  std::uint64_t answers_5xx = 0;       // access lines: … HTTP/1.1" 500 …
  std::uint64_t scheduler_runs = 0;    // APScheduler: job executed successfully
  std::uint64_t scheduler_errors = 0;  // APScheduler: job raised an exception, or was missed
  std::string first_exception;         // last line of the first traceback, at most 200 bytes
  std::string note;                    // what could not be read, or ""
};

// Reads what a server writes to its log file between Open and Read.
class LogProbe {
 public:
  // Error (kIo): the file cannot be read.
  [[nodiscard]] static Result<LogProbe> Open(const std::string& path);
  // Errors (kIo): the file is gone. Reads at most 1 GiB. A file that has become shorter was
  // rotated: it is read from its beginning, and the note says so.
  [[nodiscard]] Result<LogFigures> Read() const;

 private:
  std::string path_;
  std::uint64_t start_ = 0;
};

// Counts line by line what LogFigures holds. Lines longer than 64 KiB are judged by their
// beginning.
class LogReader {
 public:
  void Add(std::string_view bytes);
  [[nodiscard]] LogFigures Finish();

 private:
  void Line(std::string_view line);

  LogFigures figures_;
  std::string line_;
  bool in_traceback_ = false;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SERVER_PROBE_H_
