// Files in the repository that must stay readable: a change of the format shows here, and must come
// with a new version number. REDRIVE_UPDATE_GOLDEN=1 writes them again.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "recorder/trace_chunk.h"
#include "recorder/trace_codec.h"
#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::Encode;
using testing_support::ExpectEqual;
using testing_support::RandomTrace;
using testing_support::ReadBytes;
using testing_support::SmallTrace;
using testing_support::WriteBytes;

const std::string kDirectory = std::string(REDRIVE_SOURCE_DIR) + "/corpora/fuzz/trace_fuzz/";

// What fuzzing starts from: whole files, a cut one, a damaged one, and bare records behind one
// byte.
void WriteSeeds() {
  const std::string small = Encode(SmallTrace());
  std::string damaged = small;
  damaged[40] ^= 1;
  RecordEncoder encoder;
  const Trace trace = SmallTrace();
  EXPECT_TRUE(encoder.Add(trace.header) && encoder.Add(trace.invokes[0]) &&
              encoder.Add(*trace.returns[0]) && encoder.Add(trace.steps[0]) &&
              encoder.Add(trace.schedule) && encoder.Add(*trace.end));
  std::filesystem::create_directories(kDirectory);
  WriteBytes(kDirectory + "small-v2.trace", small);  // small-v1.trace is kept as it was
  WriteBytes(kDirectory + "cut.trace", small.substr(0, small.size() - 30));
  WriteBytes(kDirectory + "damaged.trace", damaged);
  WriteBytes(kDirectory + "empty.trace", "");
  WriteBytes(kDirectory + "newer.trace", EncodePreamble(3));
  WriteBytes(kDirectory + "records.bin", '\x06' + std::string(encoder.raw()));
}

TEST(TraceGoldenTest, AFileOfVersionOneStaysReadable) {
  if (std::getenv("REDRIVE_UPDATE_GOLDEN") != nullptr) WriteSeeds();
  const Result<Trace> read = ReadTrace(kDirectory + "small-v1.trace");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ExpectEqual(*read, SmallTrace());
}

TEST(TraceGoldenTest, AFileOfVersionTwoStaysReadable) {
  const Result<Trace> read = ReadTrace(kDirectory + "small-v2.trace");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ExpectEqual(*read, SmallTrace());
}

TEST(TraceGoldenTest, TheBytesOfAChunkBeforeCompressionStayTheSame) {
  const std::string seed = ReadBytes(kDirectory + "records.bin");
  RecordEncoder encoder;
  const Trace trace = SmallTrace();
  ASSERT_TRUE(encoder.Add(trace.header) && encoder.Add(trace.invokes[0]) &&
              encoder.Add(*trace.returns[0]) && encoder.Add(trace.steps[0]) &&
              encoder.Add(trace.schedule) && encoder.Add(*trace.end));
  EXPECT_EQ(seed.substr(1), encoder.raw());
}

}  // namespace
}  // namespace redrive
