// Records of a trace as bytes: what is inside a chunk. cereal reads the numbers, which are in its
// portable form; lengths, limits and the table of repeated names are ours, since cereal believes
// every length.
#ifndef REDRIVE_RECORDER_TRACE_CODEC_H_
#define REDRIVE_RECORDER_TRACE_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_records.h"

namespace redrive {

inline constexpr std::size_t kTextBytesMax = 16U << 20;  // one string: a body, a scenario
inline constexpr std::size_t kHeadersMax = 1'000;        // per request or response
inline constexpr std::size_t kListMax = 10'000;          // tags, classes, settings
inline constexpr std::size_t kDecisionsPerRecord =
    16 * 1024;                                            // longer schedules are several records
inline constexpr std::size_t kDecisionsMax = 64'000'000;  // of a whole schedule

// The order is the format: a record's kind is its index, from 1.
using TraceRecord =
    std::variant<TraceHeader, InvokeRecord, ReturnRecord, StepRecord, Schedule, EndRecord>;

// Gathers records into the raw bytes of one chunk.
class RecordEncoder {
 public:
  RecordEncoder();
  ~RecordEncoder();

  // False: the record is over a limit; the chunk is as before.
  [[nodiscard]] bool Add(const TraceHeader& record);
  [[nodiscard]] bool Add(const InvokeRecord& record);
  [[nodiscard]] bool Add(const ReturnRecord& record);
  [[nodiscard]] bool Add(const StepRecord& record);
  [[nodiscard]] bool Add(const Schedule& part);  // up to kDecisionsPerRecord
  [[nodiscard]] bool Add(const EndRecord& record);

  [[nodiscard]] std::string_view raw() const;  // valid until the next call
  [[nodiscard]] std::uint32_t records() const;
  void Clear();  // begins the next chunk
  // Gives the chunk's bytes away and begins the next chunk, in `memory`'s storage.
  [[nodiscard]] std::string Take(std::string memory);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Takes the raw bytes of one chunk apart. Believes nothing: every length is checked against what is
// left and against the limits above before memory is asked for.
class RecordDecoder {
 public:
  // `raw` must outlive this; `version` is the file's.
  explicit RecordDecoder(std::string_view raw, std::uint32_t version = kTraceVersion);
  ~RecordDecoder();

  [[nodiscard]] bool AtEnd() const;
  // The error says what is wrong, not where. REQUIRES: !AtEnd().
  [[nodiscard]] Result<TraceRecord> Next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_CODEC_H_
