#include "recorder/probe/log_reader.h"

#include <algorithm>

namespace redrive {
namespace {

constexpr std::size_t kLineBytesMax = 64U << 10;
constexpr std::size_t kExceptionBytesMax = 200;

bool Has(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "POST /api/tickets HTTP/1.1" 500 …: as uvicorn, gunicorn, nginx and Apache write it.
bool IsAnswer5xx(std::string_view line) {
  const std::size_t protocol = line.find(" HTTP/");
  if (protocol == std::string_view::npos) return false;
  const std::size_t quote = line.find("\" ", protocol);
  if (quote == std::string_view::npos || quote > protocol + 12) return false;
  const std::string_view status = line.substr(quote + 2, 4);
  return status.size() >= 3 && status[0] == '5' && IsDigit(status[1]) && IsDigit(status[2]) &&
         (status.size() == 3 || !IsDigit(status[3]));
}

}  // namespace

void LogReader::Add(std::string_view bytes) {
  figures_.bytes += bytes.size();
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    line_.append(part.substr(0, kLineBytesMax - std::min(kLineBytesMax, line_.size())));
    if (end == std::string_view::npos) return;
    Line(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

LogFigures LogReader::Finish() {
  if (!line_.empty()) Line(line_);
  line_.clear();
  return figures_;
}

void LogReader::Line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (Has(line, "Traceback (most recent call last)")) {
    ++figures_.tracebacks;
    in_traceback_ = true;
    return;
  }
  // A traceback's frames are indented; the first line that is not says what was raised.
  if (in_traceback_ && !line.empty() && line.front() != ' ') {
    in_traceback_ = false;
    if (figures_.first_exception.empty()) {
      figures_.first_exception = std::string(line.substr(0, kExceptionBytesMax));
    }
  }
  if (IsAnswer5xx(line)) ++figures_.answers_5xx;
  if (Has(line, "Job \"") && Has(line, "executed successfully")) ++figures_.scheduler_runs;
  const bool raised = Has(line, "Job \"") && Has(line, "raised an exception");
  const bool missed = Has(line, "Run time of job \"") && Has(line, "was missed by");
  if (raised || missed) ++figures_.scheduler_errors;
}

void LogFigures::Add(const LogFigures& later) {
  bytes += later.bytes;
  tracebacks += later.tracebacks;
  answers_5xx += later.answers_5xx;
  scheduler_runs += later.scheduler_runs;
  scheduler_errors += later.scheduler_errors;
  if (first_exception.empty()) first_exception = later.first_exception;
  if (note.empty()) note = later.note;
}

}  // namespace redrive
