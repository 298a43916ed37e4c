#include "recorder/chunk_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace redrive {
namespace {

Error SystemError(const std::string& path, const std::string& what) {
  return Error{ErrorCode::kIo, path + ": " + what + ": " + std::strerror(errno)};
}

// Returns how much was read; less than `size` only at the end of the file; -1 on an error.
ssize_t ReadSome(int descriptor, char* buffer, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor, buffer + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

// Makes room in what is there, if it may be overwritten.
Result<void> Empty(const std::string& path, int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return SystemError(path, "cannot write the trace");
  if (!S_ISREG(status.st_mode)) return {};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kIo,
                 path + ": another process is writing this trace; choose another file"};
  }
  char start[kPreambleBytes] = {};
  const ssize_t got = ReadSome(descriptor, start, sizeof start);
  if (got < 0) return SystemError(path, "cannot read what is there");
  if (got > 0 && !LooksLikeTrace(std::string_view(start, static_cast<std::size_t>(got)))) {
    return Error{ErrorCode::kInvalid, path +
                                          ": exists and is not a trace; it is left alone, "
                                          "choose another file"};
  }
  if (::ftruncate(descriptor, 0) != 0 || ::lseek(descriptor, 0, SEEK_SET) != 0) {
    return SystemError(path, "cannot empty the old trace");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ChunkFile>> ChunkFile::Open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return SystemError(path, "cannot write the trace");
  std::unique_ptr<ChunkFile> file(new ChunkFile(path, descriptor));
  const Result<void> emptied = Empty(path, descriptor);
  if (emptied.has_error()) return emptied.error();
  return file;
}

ChunkFile::~ChunkFile() { ::close(descriptor_); }

std::string ChunkFile::WritePreamble() {
  const std::string preamble = EncodePreamble();
  if (!Write(preamble)) return std::strerror(errno);
  written_ = preamble.size();
  return "";
}

std::string ChunkFile::Append(std::string_view raw, std::uint32_t records,
                              ChunkFramer::Packing packing) {
  const std::string_view frame = framer_.Frame(chunks_, raw, records, packing);
  if (Write(frame)) {
    ++chunks_;
    written_ += frame.size();
    return "";
  }
  const std::string reason = std::strerror(errno);
  if (::ftruncate(descriptor_, static_cast<off_t>(written_)) != 0 ||
      ::lseek(descriptor_, static_cast<off_t>(written_), SEEK_SET) < 0) {
    // A device, not a file: nothing there is worth repairing.
  }
  return reason;
}

bool ChunkFile::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace redrive
