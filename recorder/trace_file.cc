#include "recorder/trace_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/check.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_codec.h"

namespace redrive {
namespace {

constexpr std::size_t kNameKept = 1024;

Error SystemError(const std::string& path, const std::string& what) {
  return Error{ErrorCode::kIo, path + ": " + what + ": " + std::strerror(errno)};
}

// Owns a file descriptor.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

  // Returns how much was read; less than `size` only at the end of the file; -1 on an error.
  [[nodiscard]] ssize_t Read(char* buffer, std::size_t size) const {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(descriptor_, buffer + done, size - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return -1;
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return static_cast<ssize_t>(done);
  }

  [[nodiscard]] bool Write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

 private:
  int descriptor_;
};

}  // namespace

struct TraceWriter::Impl {
  Impl(std::string path_in, int descriptor, TraceWriterOptions options_in)
      : path(std::move(path_in)), file(descriptor), options(std::move(options_in)) {}

  template <typename Record>
  void Add(const Record& record);
  template <typename Record>
  void Shorten(const Record& record);
  void WriteChunk();
  void Lose(std::uint64_t records, const std::string& reason);

  std::string path;
  File file;
  TraceWriterOptions options;
  RecordEncoder encoder;
  ChunkFramer framer;
  std::uint64_t chunks = 0;
  std::uint64_t written = 0;  // bytes of whole chunks: where the next one begins
  std::uint64_t dropped = 0;
  std::string error;
  bool live = false;
  bool has_header = false;
  bool has_end = false;
  bool broken = false;  // a write failed: nothing more but the end is tried
  std::chrono::steady_clock::time_point oldest;  // when the first record of the chunk came
};

template <typename Record>
void TraceWriter::Impl::Add(const Record& record) {
  REDRIVE_CHECK(has_header && !has_end);
  if (broken) {
    ++dropped;
    return;
  }
  if (live && encoder.records() == 0) oldest = options.now();
  if (!encoder.Add(record)) {
    // Perhaps it only does not fit behind the others.
    if (encoder.records() > 0) WriteChunk();
    if (live) oldest = options.now();
    if (broken) {
      ++dropped;
    } else if (!encoder.Add(record)) {
      Lose(1, "a record is over the limits of the trace format (a body of more than " +
                  std::to_string(kTextBytesMax >> 20) + " MiB?)");
      Shorten(record);
    }
  }
  if (encoder.raw().size() >= options.chunk_bytes) {
    WriteChunk();
  } else if (live && options.now() - oldest >= options.flush_interval) {
    WriteChunk();
  }
}

// A reader numbers operations without gaps, so an oversized one leaves its numbers behind.
template <typename Record>
void TraceWriter::Impl::Shorten(const Record& record) {
  if constexpr (std::is_same_v<Record, InvokeRecord>) {
    InvokeRecord rest = record;
    rest.request = Request{.method = "", .target = "", .headers = {}, .body = "[left out]"};
    rest.user_class.resize(std::min(rest.user_class.size(), kNameKept));
    rest.action.resize(std::min(rest.action.size(), kNameKept));
    rest.name.resize(std::min(rest.name.size(), kNameKept));
    REDRIVE_CHECK(encoder.Add(rest));
  } else if constexpr (std::is_same_v<Record, ReturnRecord>) {
    ReturnRecord rest = record;
    rest.message.resize(std::min(rest.message.size(), kNameKept));
    rest.failure.resize(std::min(rest.failure.size(), kNameKept));
    rest.response = Response{.status = record.response.status, .headers = {}, .body = "[left out]"};
    REDRIVE_CHECK(encoder.Add(rest));
  } else if constexpr (std::is_same_v<Record, TraceHeader>) {
    broken = true;  // nothing can be read without it
  }
}

void TraceWriter::Impl::WriteChunk() {
  if (encoder.records() == 0) return;
  const std::string_view frame = framer.Frame(chunks, encoder.raw(), encoder.records());
  if (file.Write(frame)) {
    ++chunks;
    written += frame.size();
  } else {
    const std::string reason = std::strerror(errno);
    broken = true;
    // A torn chunk would make what the end of the run still writes unreadable.
    if (::ftruncate(file.descriptor(), static_cast<off_t>(written)) != 0 ||
        ::lseek(file.descriptor(), static_cast<off_t>(written), SEEK_SET) < 0) {
      // A device, not a file: nothing there is worth repairing.
    }
    Lose(encoder.records(), reason);
  }
  encoder.Clear();
}

void TraceWriter::Impl::Lose(std::uint64_t records, const std::string& reason) {
  dropped += records;
  if (!error.empty()) return;
  error = path + ": cannot record: " + reason +
          (broken ? "; the run goes on, but from here on nothing is kept: its verdict can only be "
                    "inconclusive"
                  : "; it is left out, so the verdict of this run can only be inconclusive");
  if (options.report) {
    options.report(error);
  } else {
    std::fprintf(stderr, "warning: %s\n", error.c_str());
  }
}

TraceWriter::TraceWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TraceWriter::~TraceWriter() { Flush(); }

Result<std::unique_ptr<TraceWriter>> TraceWriter::Open(const std::string& path,
                                                       TraceWriterOptions options) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return SystemError(path, "cannot write the trace");
  auto impl = std::make_unique<Impl>(path, descriptor, std::move(options));
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return SystemError(path, "cannot write the trace");
  if (S_ISREG(status.st_mode)) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      return Error{ErrorCode::kIo, path +
                                       ": another process is writing this trace; choose another "
                                       "file"};
    }
    char start[kPreambleBytes] = {};
    const ssize_t got = impl->file.Read(start, sizeof start);
    if (got < 0) return SystemError(path, "cannot read what is there");
    if (got > 0 && !LooksLikeTrace(std::string_view(start, static_cast<std::size_t>(got)))) {
      return Error{ErrorCode::kInvalid, path +
                                            ": exists and is not a trace; it is left alone, "
                                            "choose another file"};
    }
    if (::ftruncate(descriptor, 0) != 0 || ::lseek(descriptor, 0, SEEK_SET) != 0) {
      return SystemError(path, "cannot empty the old trace");
    }
  }
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(impl)));
}

void TraceWriter::OnHeader(const TraceHeader& header) {
  Impl& impl = *impl_;
  REDRIVE_CHECK(!impl.has_header);
  impl.has_header = true;
  impl.live = header.target_kind != TargetKind::kWorkshop;
  const std::string preamble = EncodePreamble();
  if (impl.file.Write(preamble)) {
    impl.written = preamble.size();
  } else {
    impl.broken = true;
    impl.Lose(0, std::strerror(errno));
  }
  impl.Add(header);
  impl.WriteChunk();  // at once: a trace without its header is worth nothing
}

void TraceWriter::OnInvoke(const InvokeRecord& record) { impl_->Add(record); }
void TraceWriter::OnReturn(const ReturnRecord& record) { impl_->Add(record); }
void TraceWriter::OnStep(const StepRecord& record) { impl_->Add(record); }

void TraceWriter::OnEnd(const Schedule& schedule, const EndRecord& record) {
  Impl& impl = *impl_;
  impl.WriteChunk();
  // Room may have come back; a cut trace that ends properly says how much it lost.
  if (impl.written > kPreambleBytes) impl.broken = false;
  for (std::size_t i = 0; i < schedule.size(); i += kDecisionsPerRecord) {
    const std::size_t size = std::min(kDecisionsPerRecord, schedule.size() - i);
    const auto first = schedule.begin() + static_cast<std::ptrdiff_t>(i);
    impl.Add(Schedule(first, first + static_cast<std::ptrdiff_t>(size)));
  }
  EndRecord end = record;
  end.dropped += impl.dropped;
  impl.Add(end);
  impl.WriteChunk();
  impl.has_end = true;
}

void TraceWriter::FlushIfDue() {
  if (impl_->encoder.records() > 0 &&
      impl_->options.now() - impl_->oldest >= impl_->options.flush_interval) {
    impl_->WriteChunk();
  }
}

void TraceWriter::Flush() { impl_->WriteChunk(); }
std::uint64_t TraceWriter::dropped() const { return impl_->dropped; }
const std::string& TraceWriter::error() const { return impl_->error; }

Result<void> WriteTrace(const Trace& trace, const std::string& path) {
  Result<std::unique_ptr<TraceWriter>> writer = TraceWriter::Open(path);
  if (writer.has_error()) return writer.error();
  TraceWriter& out = **writer;
  out.OnHeader(trace.header);
  std::vector<const ReturnRecord*> returns;
  for (const auto& reply : trace.returns) {
    if (reply) returns.push_back(&*reply);
  }
  std::sort(returns.begin(), returns.end(),
            [](const ReturnRecord* a, const ReturnRecord* b) { return a->sequence < b->sequence; });
  constexpr std::uint64_t kEnd = ~std::uint64_t{0};
  std::size_t invoke = 0;
  std::size_t reply = 0;
  std::size_t step = 0;
  while (true) {
    const std::uint64_t next_invoke =
        invoke < trace.invokes.size() ? trace.invokes[invoke].sequence : kEnd;
    const std::uint64_t next_reply = reply < returns.size() ? returns[reply]->sequence : kEnd;
    const std::uint64_t next_step = step < trace.steps.size() ? trace.steps[step].sequence : kEnd;
    const std::uint64_t next = std::min({next_invoke, next_reply, next_step});
    if (next == kEnd) break;
    if (next == next_invoke) {
      out.OnInvoke(trace.invokes[invoke++]);
    } else if (next == next_reply) {
      out.OnReturn(*returns[reply++]);
    } else {
      out.OnStep(trace.steps[step++]);
    }
  }
  if (trace.end) out.OnEnd(trace.schedule, *trace.end);
  out.Flush();
  if (out.error().empty()) return {};
  return Error{ErrorCode::kIo, path + ": " + out.error()};
}

}  // namespace redrive
