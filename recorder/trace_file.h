// The trace file: TraceWriter writes records as they happen, ReadTrace and StreamTrace read them
// back. The format is docs/TRACE_FORMAT.md. A killed writer loses at most its last chunk; a reader
// survives any bytes, and says where a file is broken and what to do.
#ifndef REDRIVE_RECORDER_TRACE_FILE_H_
#define REDRIVE_RECORDER_TRACE_FILE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "recorder/trace_records.h"

namespace redrive {

struct TraceWriterOptions {
  std::size_t chunk_bytes = 256 * 1024;  // before compression; a chunk may exceed it by one record
  // The longest that a record of a live run waits for its chunk. Simulations ignore it: their
  // chunks end by size alone, so equal executions give equal bytes.
  std::chrono::milliseconds flush_interval{200};
  std::function<std::chrono::steady_clock::time_point()> now = &std::chrono::steady_clock::now;
  // Told once, when records begin to be lost. Empty: the line goes to stderr.
  std::function<void(const std::string& line)> report;
};

// Writes one trace. Not thread-safe: calls come one at a time. Never fails a run: when the disk is
// full the records from then on are counted as dropped, and the file stays readable up to there.
class TraceWriter final : public TraceSink {
 public:
  // Creates or replaces `path`; refuses to overwrite a file that is not a trace, or one that
  // another process is writing.
  [[nodiscard]] static Result<std::unique_ptr<TraceWriter>> Open(const std::string& path,
                                                                 TraceWriterOptions options = {});
  ~TraceWriter() override;  // flushes
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // REQUIRES: OnHeader first and once; OnEnd last and once, or never when the run was cut short.
  void OnHeader(const TraceHeader& header) override;
  void OnInvoke(const InvokeRecord& record) override;
  void OnReturn(const ReturnRecord& record) override;
  void OnStep(const StepRecord& record) override;
  void OnEnd(const Schedule& schedule, const EndRecord& record) override;

  // Writes the records at hand if the oldest has waited for the flush interval. A live run calls it
  // from a timer, since nothing else may happen for a while.
  void FlushIfDue();
  void Flush();

  // Records lost so far, also written into the EndRecord. More than 0 makes the trace inconclusive.
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] const std::string& error() const;  // the first reason; empty when all is well

 private:
  struct Impl;
  explicit TraceWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Writes a whole trace, its records in the order in which they happened. Errors: kIo.
[[nodiscard]] Result<void> WriteTrace(const Trace& trace, const std::string& path);

struct TraceReadLimits {
  // Uncompressed bytes of all chunks together: what a Trace in memory roughly takes.
  std::uint64_t bytes_max = 2ULL << 30;
};

// The whole trace. A missing tail is no error: `note` tells what was left out, and operations
// without a ReturnRecord are open. Errors: kIo, kTruncated (not even a header), kCorrupt,
// kUnsupported, kLimit; the message names file, chunk and byte.
[[nodiscard]] Result<Trace> ReadTrace(const std::string& path, const TraceReadLimits& limits = {});

// Hands the records to `sink` in file order, one chunk in memory at a time; OnEnd is not called for
// a recording that was cut short. Returns the note for people, empty when the file is complete.
// On an error `sink` has seen all records of the chunks before the broken one.
[[nodiscard]] Result<std::string> StreamTrace(const std::string& path, TraceSink& sink);

// The same over bytes in memory; `name` stands for the path in messages.
[[nodiscard]] Result<Trace> ReadTraceBytes(std::string_view bytes, const std::string& name,
                                           const TraceReadLimits& limits = {});

// Collects records into a Trace: the sink for tests and for runs that need no file. Operations may
// come in any order, as from several threads whose calls are serialised; the trace is whole after
// OnEnd or CloseGaps.
class TraceCollector final : public TraceSink {
 public:
  void OnHeader(const TraceHeader& header) override { trace.header = header; }
  void OnInvoke(const InvokeRecord& record) override;
  void OnReturn(const ReturnRecord& record) override;
  void OnStep(const StepRecord& record) override { trace.steps.push_back(record); }
  void OnEnd(const Schedule& schedule, const EndRecord& record) override;
  // Puts the operations in order and numbers them without gaps: some may never have been recorded.
  void CloseGaps();

  Trace trace;

 private:
  std::uint64_t in_order_ = 0;                 // operations 1 to this stand where they belong
  std::map<std::uint64_t, std::size_t> open_;  // places of later ones that have not returned
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_FILE_H_
