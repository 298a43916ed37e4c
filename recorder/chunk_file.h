// ChunkFile: a trace file that is being written, chunk by chunk. Not thread-safe.
#ifndef REDRIVE_RECORDER_CHUNK_FILE_H_
#define REDRIVE_RECORDER_CHUNK_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "recorder/trace_chunk.h"

namespace redrive {

class ChunkFile {
 public:
  // Creates or empties `path` and locks it; refuses to overwrite a file that is not a trace, or one
  // that another process is writing. Errors: kIo, kInvalid.
  [[nodiscard]] static Result<std::unique_ptr<ChunkFile>> Open(const std::string& path);
  ~ChunkFile();
  ChunkFile(const ChunkFile&) = delete;
  ChunkFile& operator=(const ChunkFile&) = delete;

  // Each returns "" or why the bytes could not be written ("No space left on device"). A torn chunk
  // is cut off again, so that what is written later stays readable.
  [[nodiscard]] std::string WritePreamble();
  [[nodiscard]] std::string Append(std::string_view raw, std::uint32_t records,
                                   ChunkFramer::Packing packing = ChunkFramer::Packing::kZstd);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t bytes() const { return written_; }  // of whole chunks
  [[nodiscard]] bool has_preamble() const { return written_ >= kPreambleBytes; }

 private:
  ChunkFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  [[nodiscard]] bool Write(std::string_view bytes) const;

  std::string path_;
  int descriptor_;
  ChunkFramer framer_;
  std::uint64_t chunks_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_CHUNK_FILE_H_
