#include "recorder/server_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace redrive {
namespace {

constexpr std::size_t kSamplesMax = 1'000'000;
constexpr std::uint64_t kLogBytesMax = std::uint64_t{1} << 30;
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

MemoryProbe::~MemoryProbe() {
  if (file_ >= 0) ::close(file_);
}

MemoryProbe::MemoryProbe(MemoryProbe&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      ended_(other.ended_),
      bytes_(std::move(other.bytes_)) {}

MemoryProbe& MemoryProbe::operator=(MemoryProbe&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(ended_, other.ended_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Result<MemoryProbe> MemoryProbe::Open(std::uint64_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/statm";
  MemoryProbe probe;
  probe.file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (probe.file_ < 0) {
    return Error{ErrorCode::kInvalid, "process " + std::to_string(pid) + ": " +
                                          std::strerror(errno) +
                                          " (its memory is read from /proc on this machine)"};
  }
  return probe;
}

void MemoryProbe::Sample() {
  if (file_ < 0 || ended_ || bytes_.size() >= kSamplesMax) return;
  char text[128];
  const ssize_t size = ::pread(file_, text, sizeof text - 1, 0);
  if (size <= 0) {  // ESRCH: the process is gone
    ended_ = true;
    return;
  }
  text[size] = '\0';
  // "size resident shared …" in pages
  const char* resident = std::strchr(text, ' ');
  if (resident == nullptr) return;
  const std::uint64_t pages = std::strtoull(resident + 1, nullptr, 10);
  if (pages == 0) {  // a process that has ended and was not waited for holds nothing
    ended_ = true;
    return;
  }
  bytes_.push_back(pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

MemoryFigures MemoryProbe::figures() const {
  MemoryFigures figures;
  figures.samples = bytes_.size();
  figures.ended = ended_;
  if (bytes_.empty()) return figures;
  std::vector<std::uint64_t> sorted = bytes_;
  std::sort(sorted.begin(), sorted.end());
  figures.max_bytes = sorted.back();
  figures.median_bytes = sorted[(sorted.size() - 1) / 2];
  return figures;
}

Result<LogProbe> LogProbe::Open(const std::string& path) {
  std::error_code error;
  LogProbe probe;
  probe.path_ = path;
  probe.start_ = std::filesystem::file_size(path, error);
  if (error) return Error{ErrorCode::kIo, path + ": " + error.message()};
  return probe;
}

Result<LogFigures> LogProbe::Read() const {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path_, error);
  if (error) return Error{ErrorCode::kIo, path_ + ": " + error.message()};
  const bool rotated = size < start_;
  std::ifstream file(path_, std::ios::binary);
  if (!file) return Error{ErrorCode::kIo, path_ + ": " + std::strerror(errno)};
  file.seekg(static_cast<std::streamoff>(rotated ? 0 : start_));
  LogReader reader;
  std::uint64_t left = std::min(size - (rotated ? 0 : start_), kLogBytesMax);
  const bool whole = size - (rotated ? 0 : start_) <= kLogBytesMax;
  std::vector<char> buffer(std::size_t{1} << 16);
  while (left > 0) {
    file.read(buffer.data(),
              static_cast<std::streamsize>(std::min<std::uint64_t>(left, buffer.size())));
    const auto got = static_cast<std::size_t>(file.gcount());
    if (got == 0) break;
    reader.Add(std::string_view(buffer.data(), got));
    left -= got;
  }
  LogFigures figures = reader.Finish();
  if (rotated) figures.note = "the file became shorter during the run: read from its beginning";
  if (!whole) figures.note = "only the first GiB of what was written was read";
  return figures;
}

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

}  // namespace redrive
