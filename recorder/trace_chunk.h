// Framing of the trace file: preamble and checksummed, compressed chunks; what is in a chunk is
// recorder/trace_codec.h's business. Layout and limits: docs/TRACE_FORMAT.md.
#ifndef REDRIVE_RECORDER_TRACE_CHUNK_H_
#define REDRIVE_RECORDER_TRACE_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace redrive {

inline constexpr std::uint32_t kTraceVersion = 2;
inline constexpr std::size_t kPreambleBytes = 16;
inline constexpr std::size_t kChunkHeadBytes = 32;
inline constexpr std::size_t kChunkRawMax = 64U << 20;     // uncompressed
inline constexpr std::size_t kChunkStoredMax = 65U << 20;  // zstd may add a little

std::string EncodePreamble(std::uint32_t version = kTraceVersion);

// Does a file that starts like this want to be a trace?
bool LooksLikeTrace(std::string_view start);

// Compresses and frames chunks; keeps its memory between them. Equal input gives equal bytes. A
// recorder that has no time to compress leaves the bytes as they are.
class ChunkFramer {
 public:
  ChunkFramer();
  ~ChunkFramer();
  // The bytes to append to the file; valid until the next call. `index` counts chunks from 0.
  // REQUIRES: raw.size() <= kChunkRawMax.
  enum class Packing : std::uint8_t { kZstd, kNone };
  std::string_view Frame(std::uint64_t index, std::string_view raw, std::uint32_t records,
                         Packing packing = Packing::kZstd);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Chunk {
  std::uint64_t index = 0;
  std::uint64_t offset = 0;  // of its head in the file
  std::uint32_t records = 0;
  std::string_view raw;  // valid until the next chunk is read
};

// Reads chunk after chunk from a source of bytes, believing no length before it is checked.
class ChunkReader {
 public:
  // Fills up to `size` bytes and returns how many; fewer than `size` only at the end.
  using Source = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

  // `name` stands for the file in messages.
  ChunkReader(Source source, std::string name);
  ~ChunkReader();

  [[nodiscard]] Result<void> ReadPreamble();
  // Empty at the end of the file, be it clean or torn: see tail_note().
  [[nodiscard]] Result<std::optional<Chunk>> Next();
  // What was left out at the end, for people; empty when the last chunk was whole.
  [[nodiscard]] const std::string& tail_note() const { return tail_note_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }  // after ReadPreamble
  // "file: chunk 3 at byte 4096: "
  [[nodiscard]] std::string Place(const Chunk& chunk) const;

 private:
  [[nodiscard]] Result<void> Unpack(const Chunk& chunk, std::size_t raw);
  [[nodiscard]] Result<bool> RestIsZero(std::string_view start);
  void NoteTornTail(std::uint64_t bytes, std::string_view kind);

  Source source_;
  std::string name_;
  std::uint32_t version_ = kTraceVersion;
  std::uint64_t offset_ = 0;
  std::uint64_t next_index_ = 0;
  std::string stored_;
  std::string raw_;
  std::string tail_note_;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_TRACE_CHUNK_H_
