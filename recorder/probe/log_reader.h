// LogReader: counts what a server's log tells, line by line.
#ifndef REDRIVE_RECORDER_PROBE_LOG_READER_H_
#define REDRIVE_RECORDER_PROBE_LOG_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace redrive {

struct LogFigures {
  std::uint64_t bytes = 0;             // read since the start of the run
  std::uint64_t tracebacks = 0;        // "Traceback (most recent call last)"
  std::uint64_t answers_5xx = 0;       // access lines: … HTTP/1.1" 500 …
  std::uint64_t scheduler_runs = 0;    // APScheduler: job executed successfully
  std::uint64_t scheduler_errors = 0;  // APScheduler: job raised an exception, or was missed
  std::string first_exception;         // last line of the first traceback, at most 200 bytes
  std::string note;                    // what could not be read, or ""

  void Add(const LogFigures& later);
};

// Lines longer than 64 KiB are judged by their beginning.
class LogReader {
 public:
  void Add(std::string_view bytes);
  [[nodiscard]] const LogFigures& figures() const { return figures_; }  // of whole lines
  // Judges a last line without its end too.
  [[nodiscard]] LogFigures Finish();

 private:
  void Line(std::string_view line);

  LogFigures figures_;
  std::string line_;
  bool in_traceback_ = false;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_LOG_READER_H_
