// TraceRecorder: writes the trace of a live run from several threads. Each sending thread has a
// lane, which only encodes into memory; a thread of the recorder's own compresses and writes. A
// sender never waits for the disk: what does not fit into the queue is counted as dropped.
//
// In the file the chunks of the lanes follow each other as they came, so that operations are not in
// order between chunks; the reader sorts them (docs/TRACE_FORMAT.md).
#ifndef REDRIVE_RECORDER_TRACE_RECORDER_H_
#define REDRIVE_RECORDER_TRACE_RECORDER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "recorder/trace_records.h"

namespace redrive {

struct TraceRecorderOptions {
  std::size_t chunk_bytes = 256 * 1024;  // before compression
  std::size_t queue_bytes_max = 64U << 20;
  // Faster recordings are not compressed: at this rate it takes some 5 % of a core, and it would
  // be taken from the senders.
  std::uint64_t packed_bytes_per_second_max = 32U << 20;
  // Told once, when records begin to be lost, by the thread that notices. Empty: stderr.
  std::function<void(const std::string& line)> report;
};

class TraceRecorder {
 public:
  // Opens the file as TraceWriter::Open does.
  [[nodiscard]] static Result<std::unique_ptr<TraceRecorder>> Open(
      const std::string& path, TraceRecorderOptions options = {});
  // Writes what it has been given. REQUIRES: the lanes' threads have ended.
  ~TraceRecorder();
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  // One thread's way in. Takes invocations and returns; everything else is the recorder's.
  class Lane : public TraceSink {
   public:
    // Hands on what has waited since the call before the last one. A live run calls it every 100
    // ms, so that kill -9 loses at most 200 ms.
    virtual void Tick() = 0;
  };

  // Writes the header, at once. REQUIRES: first, and once.
  void Begin(const TraceHeader& header);
  // Owned by the recorder. REQUIRES: between Begin and End; calls do not overlap.
  [[nodiscard]] Lane& NewLane();
  // Flushes all lanes and writes the end record. REQUIRES: the lanes' threads have ended; once.
  void End(const EndRecord& record);

  // Thread-safe. Records lost so far, and the first reason.
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] std::string error() const;
  [[nodiscard]] std::uint64_t bytes() const;  // before compression, of what was handed over
  [[nodiscard]] const std::string& path() const;

 private:
  struct Impl;
  class LaneImpl;
  explicit TraceRecorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_RECORDER_H_
