#include "cli/locust_output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "recorder/locust_report.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kTableSeconds = 2;
constexpr std::uint64_t kHistorySecondsMax = 1'000'000;  // eleven days

// Of stderr, where the tables go; 0 when it is no terminal.
std::size_t TerminalColumns() {
  winsize size = {};
  if (isatty(STDERR_FILENO) == 0) return 0;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Result<void> WriteFile(const std::string& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return {};
  return Error{ErrorCode::kIo, path + ": " + (errno == 0 ? "write failed" : std::strerror(errno))};
}

std::int64_t UnixNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StdoutForJson::StdoutForJson(bool active) {
  if (!active) return;
  std::fflush(stdout);
  real_ = dup(STDOUT_FILENO);
  if (real_ >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

StdoutForJson::~StdoutForJson() {
  if (real_ < 0) return;
  std::fflush(stdout);
  dup2(real_, STDOUT_FILENO);
  close(real_);
}

void StdoutForJson::Write(const std::string& text) {
  if (real_ < 0) return;
  std::fflush(stdout);
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = write(real_, text.data() + at, text.size() - at);
    if (count <= 0) return;  // the reader has gone
    at += static_cast<std::size_t>(count);
  }
}

LocustOutput::LocustOutput(const LocustFlags& flags, const Plan& plan, bool simulated,
                           TraceSink& next)
    : flags_(flags),
      simulated_(simulated),
      recorder_({&plan, flags.reset_stats,
                 [this](std::int64_t second, std::uint32_t users) { OnSecond(second, users); }},
                next) {}

Result<std::unique_ptr<LocustOutput>> LocustOutput::Open(const LocustFlags& flags, const Plan& plan,
                                                         bool simulated, TraceSink& next) {
  std::unique_ptr<LocustOutput> output(new LocustOutput(flags, plan, simulated, next));
  if (flags.csv.empty()) return output;
  const fs::path folder = fs::path(flags.csv).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) {
    return Error{ErrorCode::kIo, "--csv: " + folder.string() + ": " + error.message()};
  }
  const std::string path = flags.csv + "_stats_history.csv";
  errno = 0;
  output->history_.open(path, std::ios::binary | std::ios::trunc);
  output->history_ << LocustHistoryHead() << std::flush;
  if (!output->history_) {
    return Error{ErrorCode::kIo, "--csv: " + path + ": " + std::strerror(errno)};
  }
  const Result<void> written = output->WriteCsv();
  if (written.has_error()) return written.error();
  return output;
}

void LocustOutput::Tick() { recorder_.AdvanceTo(UnixNow()); }

void LocustOutput::OnSecond(std::int64_t unix_second, std::uint32_t users) {
  const LocustStatistics& statistics = recorder_.statistics();
  if (history_.is_open() && seconds_ < kHistorySecondsMax) {
    const LocustHistory kind =
        flags_.csv_full_history ? LocustHistory::kFull : LocustHistory::kAggregated;
    history_ << LocustHistoryRows(statistics, unix_second, users, kind);
    if (!simulated_) {
      history_.flush();
      (void)WriteCsv();  // Finish writes it again and tells what failed
    }
  }
  if (flags_.periodic_table(simulated_) && seconds_ % kTableSeconds == 0) {
    std::fputs(LocustCurrentTable(statistics, unix_second, TerminalColumns()).c_str(), stderr);
  }
  ++seconds_;
}

Result<void> LocustOutput::WriteCsv() const {
  const LocustStatistics& statistics = recorder_.statistics();
  const std::pair<const char*, std::string> files[] = {
      {"_stats.csv", LocustStatsCsv(statistics)},
      {"_failures.csv", LocustFailuresCsv(statistics)},
      {"_exceptions.csv", LocustExceptionsCsv(statistics)},
  };
  for (const auto& [suffix, text] : files) {
    const Result<void> written = WriteFile(flags_.csv + suffix, text);
    if (written.has_error()) return written.error();
  }
  return {};
}

Result<void> LocustOutput::Finish(StdoutForJson& json) {
  const LocustStatistics& statistics = recorder_.statistics();
  if (flags_.final_tables()) {
    std::fflush(stdout);
    std::fputs(LocustFinalTables(statistics, TerminalColumns()).c_str(), stderr);
  }
  if (flags_.json) json.Write(LocustJson(statistics) + "\n");
  if (!flags_.json_file.empty()) {
    const Result<void> written = WriteFile(flags_.json_file + ".json", LocustJson(statistics));
    if (written.has_error()) return written.error();
  }
  if (flags_.csv.empty()) return {};
  history_.close();
  if (!history_) {
    return Error{ErrorCode::kIo, flags_.csv + "_stats_history.csv: it could not be written whole"};
  }
  return WriteCsv();
}

}  // namespace redrive
