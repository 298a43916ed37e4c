#include "cli/run_files.h"

#include <utility>

namespace redrive {
namespace {

// A recording up to this size is read again in any case, for what can be told about it.
constexpr std::uint64_t kReadAnyway = 64U << 20;

}  // namespace

Result<std::unique_ptr<RunFiles>> RunFiles::Open(Options options) {
  std::unique_ptr<TraceWriter> writer;
  std::unique_ptr<TraceRecorder> recorder;
  if (!options.path.empty() && options.simulated) {
    Result<std::unique_ptr<TraceWriter>> opened = TraceWriter::Open(options.path);
    if (opened.has_error()) return opened.error();
    writer = std::move(*opened);
  } else if (!options.path.empty()) {
    Result<std::unique_ptr<TraceRecorder>> opened = TraceRecorder::Open(options.path);
    if (opened.has_error()) return opened.error();
    recorder = std::move(*opened);
  }
  return std::unique_ptr<RunFiles>(
      new RunFiles(std::move(options), std::move(writer), std::move(recorder)));
}

void RunFiles::Attach(LiveOptions* options) {
  options->recorder = recorder_.get();
  options->clean_header = [this](TraceHeader* header) {
    CleanHeader(header);
    header_ = *header;
  };
}

Result<void> RunFiles::Close(const EndRecord* end) {
  if (writer_ != nullptr) dropped_ = writer_->dropped();
  writer_.reset();
  if (collects()) return {};
  const std::uint64_t bytes = recorder_ == nullptr ? 0 : recorder_->bytes();
  if (recorder_ != nullptr) dropped_ = recorder_->dropped();
  const bool read = recorder_ != nullptr && (options_.needed || bytes <= kReadAnyway);
  recorder_.reset();
  trace_ = std::make_unique<Trace>();
  if (read) {
    Result<Trace> trace = ReadTrace(options_.path);
    if (trace.has_value()) {
      *trace_ = std::move(*trace);
      return {};
    }
    if (trace.error().code != ErrorCode::kLimit) return trace.error();
    why_not_ = trace.error().message;
  } else {
    why_not_ = "nothing asked about single requests";
  }
  whole_ = false;
  trace_->header = header_;
  if (end != nullptr) trace_->end = *end;
  return {};
}

}  // namespace redrive
