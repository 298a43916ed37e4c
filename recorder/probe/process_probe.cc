#include "recorder/probe/process_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <set>
#include <string_view>
#include <system_error>

namespace redrive {
namespace {

constexpr std::size_t kChildrenMax = 1'000;
constexpr std::uint64_t kLooksBetweenSearches = 10;

int OpenStatm(std::uint64_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/statm";
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

// Bytes; 0 when the process is gone, or has ended and was not waited for.
std::int64_t ResidentBytes(int file) {
  char text[128];
  const ssize_t size = ::pread(file, text, sizeof text - 1, 0);
  if (size <= 0) return 0;  // ESRCH
  text[size] = '\0';
  const char* resident = std::strchr(text, ' ');  // "size resident shared …" in pages
  if (resident == nullptr) return 0;
  const std::uint64_t pages = std::strtoull(resident + 1, nullptr, 10);
  return static_cast<std::int64_t>(pages) * ::sysconf(_SC_PAGESIZE);
}

// Of /proc/PID/stat: "12 (name, which may hold ')' and blanks) S 4711 …"; 0 when it is gone.
std::uint64_t ParentOf(std::uint64_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char text[512];
  const ssize_t size = ::read(file, text, sizeof text);
  ::close(file);
  if (size <= 0) return 0;
  const std::string_view line(text, static_cast<std::size_t>(size));
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos || name_end + 4 >= line.size()) return 0;
  const std::string_view rest = line.substr(name_end + 4);  // behind ") S "
  std::uint64_t parent = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), parent);
  return parent;
}

// All processes below `root`, in no more steps than the tree is deep.
std::set<std::uint64_t> DescendantsOf(std::uint64_t root) {
  std::map<std::uint64_t, std::uint64_t> parents;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    std::uint64_t pid = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (read.ec != std::errc() || read.ptr != name.data() + name.size()) continue;
    parents[pid] = ParentOf(pid);
  }
  std::set<std::uint64_t> found;
  for (bool more = true; more && found.size() < kChildrenMax;) {
    more = false;
    for (const auto& [pid, parent] : parents) {
      const bool below = pid != root && (parent == root || found.count(parent) != 0);
      if (below) more = found.insert(pid).second || more;
    }
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<ProcessProbe>> ProcessProbe::Open(std::uint64_t pid) {
  std::unique_ptr<ProcessProbe> probe(new ProcessProbe(pid));
  probe->file_ = OpenStatm(pid);
  if (probe->file_ < 0) {
    return Error{ErrorCode::kInvalid, "process " + std::to_string(pid) + ": " +
                                          std::strerror(errno) +
                                          " (its memory is read from /proc on this machine)"};
  }
  return probe;
}

ProcessProbe::~ProcessProbe() {
  if (file_ >= 0) ::close(file_);
  for (const auto& [pid, file] : children_) ::close(file);
}

std::chrono::milliseconds ProcessProbe::interval() const { return std::chrono::milliseconds(100); }

Result<void> ProcessProbe::Begin(ProbeReport*) {
  if (ResidentBytes(file_) == 0) return Error{ErrorCode::kIo, "the process has ended"};
  looks_ = 0;
  return {};
}

Result<void> ProcessProbe::Sample(std::int64_t at_ns, ProbeReport* report) {
  std::int64_t bytes = ResidentBytes(file_);
  if (bytes == 0) {
    report->ended = true;
    return Error{ErrorCode::kIo, "the process ended during the run"};
  }
  if (looks_++ % kLooksBetweenSearches == 0) FindChildren();
  std::int64_t processes = 1;
  for (auto child = children_.begin(); child != children_.end();) {
    const std::int64_t own = ResidentBytes(child->second);
    if (own == 0) {
      ::close(child->second);
      child = children_.erase(child);
      continue;
    }
    bytes += own;
    ++processes;
    ++child;
  }
  report->Series("server_memory").Add(at_ns, bytes);
  report->Series("server_processes").Add(at_ns, processes * 1'000'000);
  return {};
}

Result<void> ProcessProbe::End(std::int64_t at_ns, ProbeReport* report) {
  const Result<void> last = Sample(at_ns, report);
  AddMemoryGrowth(report);
  const ProbeSeries* const processes = report->Find("server_processes");
  if (processes != nullptr && processes->max() > 1'000'000) {
    report->Note(
        "resident sets of the process and its children, added: memory that they share "
        "counts for each");
  }
  return last;
}

void ProcessProbe::FindChildren() {
  const std::set<std::uint64_t> found = DescendantsOf(pid_);
  for (const std::uint64_t pid : found) {
    if (children_.count(pid) != 0) continue;
    const int file = OpenStatm(pid);
    if (file >= 0) children_.emplace(pid, file);
  }
  for (auto child = children_.begin(); child != children_.end();) {
    const bool still = found.count(child->first) != 0;
    if (!still) ::close(child->second);
    child = still ? std::next(child) : children_.erase(child);
  }
}

}  // namespace redrive
