#include "recorder/trace_file.h"

#include <algorithm>
#include <cstdio>
#include <type_traits>

#include "core/check.h"
#include "recorder/chunk_file.h"
#include "recorder/trace_codec.h"
#include "recorder/trace_parts.h"

namespace redrive {

struct TraceWriter::Impl {
  Impl(std::unique_ptr<ChunkFile> file_in, TraceWriterOptions options_in)
      : file(std::move(file_in)), options(std::move(options_in)) {}

  template <typename Record>
  void Add(const Record& record);
  void WriteChunk();
  void Lose(std::uint64_t records, const std::string& reason);

  std::unique_ptr<ChunkFile> file;
  TraceWriterOptions options;
  RecordEncoder encoder;
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
      Lose(1, kOverLimits);
      if (!AddShortened(record, &encoder)) broken = true;
    }
  }
  if (encoder.raw().size() >= options.chunk_bytes) {
    WriteChunk();
  } else if (live && options.now() - oldest >= options.flush_interval) {
    WriteChunk();
  }
}

void TraceWriter::Impl::WriteChunk() {
  if (encoder.records() == 0) return;
  const std::string problem = file->Append(encoder.raw(), encoder.records());
  if (!problem.empty()) {
    broken = true;
    Lose(encoder.records(), problem);
  }
  encoder.Clear();
}

void TraceWriter::Impl::Lose(std::uint64_t records, const std::string& reason) {
  dropped += records;
  if (!error.empty()) return;
  error = LossText(file->path(), reason, broken);
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
  Result<std::unique_ptr<ChunkFile>> file = ChunkFile::Open(path);
  if (file.has_error()) return file.error();
  auto impl = std::make_unique<Impl>(std::move(*file), std::move(options));
  return std::unique_ptr<TraceWriter>(new TraceWriter(std::move(impl)));
}

void TraceWriter::OnHeader(const TraceHeader& header) {
  Impl& impl = *impl_;
  REDRIVE_CHECK(!impl.has_header);
  impl.has_header = true;
  impl.live = header.target_kind != TargetKind::kWorkshop;
  const std::string problem = impl.file->WritePreamble();
  if (!problem.empty()) {
    impl.broken = true;
    impl.Lose(0, problem);
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
  if (impl.file->has_preamble()) impl.broken = false;
  for (const Schedule& part : PartsOf(schedule)) impl.Add(part);
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
