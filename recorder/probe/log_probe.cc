#include "recorder/probe/log_probe.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace redrive {
namespace {

constexpr std::uint64_t kRunBytesMax = std::uint64_t{1} << 30;
constexpr std::uint64_t kSampleBytesMax = 32U << 20;  // the rest waits for the next look

Error FileError(const std::string& path) {
  return Error{ErrorCode::kIo, path + ": " + std::strerror(errno)};
}

std::int64_t Millionths(std::uint64_t count) {
  return static_cast<std::int64_t>(count) * 1'000'000;
}

}  // namespace

Result<std::unique_ptr<LogProbe>> LogProbe::Open(const std::string& path) {
  std::unique_ptr<LogProbe> probe(new LogProbe(path));
  const Result<void> opened = probe->OpenFile();
  if (opened.has_error()) return opened.error();
  return probe;
}

LogProbe::~LogProbe() {
  if (file_ >= 0) ::close(file_);
}

std::chrono::milliseconds LogProbe::interval() const { return std::chrono::milliseconds(250); }

Result<void> LogProbe::Begin(ProbeReport*) {
  // The file may have been replaced since it was opened.
  const Result<void> opened = OpenFile();
  if (opened.has_error()) return opened;
  struct stat state{};
  if (::fstat(file_, &state) != 0) return FileError(path_);
  offset_ = static_cast<std::uint64_t>(state.st_size);
  rotations_ = 0;
  truncations_ = 0;
  reader_ = LogReader();
  return {};
}

Result<void> LogProbe::Sample(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> followed = Follow(kSampleBytesMax);
  Record(at_ns, reader_.figures(), report);
  return followed;
}

Result<void> LogProbe::End(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> followed = Follow(kRunBytesMax);
  LogFigures figures = reader_.Finish();
  if (figures.bytes >= kRunBytesMax) {
    figures.note = "only the first GiB of what was written was read";
    for (const char* metric :
         {"server_log_tracebacks", "server_log_errors", "server_log_job_errors"}) {
      report->Series(metric).at_least = figures.note;
    }
  } else if (truncations_ > 0) {
    figures.note = "the file became shorter during the run: read from its beginning";
  } else if (rotations_ > 0) {
    figures.note = "the file was rotated " + std::to_string(rotations_) + " times";
  }
  Record(at_ns, figures, report);
  report->log = std::move(figures);
  return followed;
}

Result<void> LogProbe::OpenFile() {
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return FileError(path_);
  struct stat state{};
  if (::fstat(file, &state) != 0 || !S_ISREG(state.st_mode)) {
    ::close(file);
    return Error{ErrorCode::kIo, path_ + ": not a regular file"};
  }
  if (file_ >= 0) ::close(file_);
  file_ = file;
  inode_ = state.st_ino;
  device_ = state.st_dev;
  offset_ = 0;
  return {};
}

Result<void> LogProbe::Follow(std::uint64_t bytes_max) {
  struct stat state{};
  if (::fstat(file_, &state) == 0 && static_cast<std::uint64_t>(state.st_size) < offset_) {
    ++truncations_;
    offset_ = 0;
  }
  ReadOn(bytes_max);
  if (::stat(path_.c_str(), &state) != 0) return FileError(path_);
  if (state.st_ino == inode_ && state.st_dev == device_) return {};
  ReadOn(bytes_max);  // what came between the last read and the renaming
  const Result<void> opened = OpenFile();
  if (opened.has_error()) return opened;
  ++rotations_;
  ReadOn(bytes_max);
  return {};
}

void LogProbe::ReadOn(std::uint64_t bytes_max) {
  std::vector<char> buffer(std::size_t{1} << 16);
  while (bytes_max > 0 && reader_.figures().bytes < kRunBytesMax) {
    const std::uint64_t wanted = std::min<std::uint64_t>(bytes_max, buffer.size());
    const ssize_t got = ::pread(file_, buffer.data(), wanted, static_cast<off_t>(offset_));
    if (got <= 0) return;
    reader_.Add(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    offset_ += static_cast<std::uint64_t>(got);
    bytes_max -= static_cast<std::uint64_t>(got);
  }
}

void LogProbe::Record(std::int64_t at_ns, const LogFigures& figures, ProbeReport* report) const {
  report->Series("server_log_tracebacks").Add(at_ns, Millionths(figures.tracebacks));
  report->Series("server_log_errors").Add(at_ns, Millionths(figures.answers_5xx));
  report->Series("server_log_job_errors").Add(at_ns, Millionths(figures.scheduler_errors));
}

}  // namespace redrive
