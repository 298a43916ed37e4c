// Any bytes as a trace file: an error or a trace, never a crash, a hang or much memory. The same
// bytes are also tried behind right checksums, which a fuzzer would never guess.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace redrive;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const TraceReadLimits limits{.bytes_max = 16U << 20};
  const Result<Trace> read = ReadTraceBytes(bytes, "fuzz", limits);
  REDRIVE_CHECK(read.has_value() || !read.error().message.empty());

  if (size < 4) return 0;
  static ChunkFramer framer;
  const std::uint32_t records = data[0];
  const std::string forged =
      EncodePreamble() + std::string(framer.Frame(0, bytes.substr(1), records));
  const Result<Trace> decoded = ReadTraceBytes(forged, "fuzz", limits);
  if (decoded) {
    REDRIVE_CHECK(decoded->invokes.size() == decoded->returns.size());
    REDRIVE_CHECK(decoded->invokes.size() + decoded->steps.size() <= records);
  }
  return 0;
}
