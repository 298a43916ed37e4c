// One test for each way in which a trace file can be broken.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/hash.h"
#include "core/rng.h"
#include "recorder/trace_chunk.h"
#include "recorder/trace_codec.h"
#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::Encode;
using testing_support::LongTrace;
using testing_support::RandomTrace;
using testing_support::SmallTrace;

Result<Trace> Read(const std::string& bytes, const TraceReadLimits& limits = {}) {
  return ReadTraceBytes(bytes, "t.redrive", limits);
}

void ExpectError(const std::string& bytes, ErrorCode code, const std::string& message) {
  const Result<Trace> read = Read(bytes);
  ASSERT_FALSE(read.has_value()) << "read it, note: " << read->note;
  EXPECT_EQ(read.error().message, message);
  EXPECT_EQ(read.error().code, code);
}

std::string Little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

// A file of one chunk whose checksums are right, whatever its contents: what a forger would write.
std::string Forged(const std::string& raw, std::uint32_t records) {
  ChunkFramer framer;
  return EncodePreamble() + std::string(framer.Frame(0, raw, records));
}

// Sets a field of the first chunk's head and makes the head's checksum right again.
std::string WithHeadField(std::string file, std::size_t offset, std::uint64_t value,
                          std::size_t size) {
  file.replace(kPreambleBytes + offset, size, Little(value, size));
  const std::uint64_t sum = HashBytes(file.substr(kPreambleBytes, 24) + Little(0, 8));
  return file.replace(kPreambleBytes + 24, 8, Little(sum, 8));
}

std::string RawOf(const TraceHeader& header) {
  RecordEncoder encoder;
  EXPECT_TRUE(encoder.Add(header));
  return std::string(encoder.raw());
}

TEST(TraceDamageTest, AnEmptyFile) {
  ExpectError("", ErrorCode::kTruncated,
              "t.redrive: the file is empty, no trace was written; record it again");
}

TEST(TraceDamageTest, AForeignFile) {
  ExpectError(
      "\x7f"
      "ELF and much more of it",
      ErrorCode::kInvalid,
      "t.redrive: not a Redrive trace; expected a file written by 'redrive run --trace "
      "FILE'");
}

TEST(TraceDamageTest, AScenarioInsteadOfATrace) {
  ExpectError("{\"name\": \"peak\"}", ErrorCode::kInvalid,
              "t.redrive: not a Redrive trace but JSON; a scenario is executed with 'redrive run'");
}

TEST(TraceDamageTest, APreambleCutShort) {
  ExpectError(EncodePreamble().substr(0, 11), ErrorCode::kTruncated,
              "t.redrive: the file ends after 11 bytes, inside its preamble; record it again");
}

TEST(TraceDamageTest, AHeaderCutShort) {
  ExpectError(Encode(SmallTrace()).substr(0, 60), ErrorCode::kTruncated,
              "t.redrive: the file ends before its header is complete, nothing can be read; record "
              "it again");
}

TEST(TraceDamageTest, ANewerVersion) {
  ExpectError(
      EncodePreamble(7), ErrorCode::kUnsupported,
      "t.redrive: trace version 7, this redrive reads 1 to 2; use the redrive that recorded "
      "it");
}

TEST(TraceDamageTest, AFlippedBitInTheVersion) {
  std::string bytes = Encode(SmallTrace());
  bytes[8] ^= 2;
  ExpectError(bytes, ErrorCode::kCorrupt,
              "t.redrive: preamble at byte 0: checksum mismatch, the file is damaged; take it from "
              "where it was recorded");
}

TEST(TraceDamageTest, AFlippedBitInALength) {
  std::string bytes = Encode(SmallTrace());
  bytes[kPreambleBytes + 6] ^= 1;  // 64 KiB more than there are: not to be taken for a cut tail
  ExpectError(bytes, ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: checksum of its head does not match, the file is "
              "damaged or was edited; take it from where it was recorded");
}

TEST(TraceDamageTest, AFlippedBitInTheRecords) {
  std::string bytes = Encode(SmallTrace());
  bytes.back() ^= 0x40;
  const Result<Trace> read = Read(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(read.error().message.find("t.redrive: chunk 2 at byte "), 0U) << read.error().message;
}

TEST(TraceDamageTest, EveryFlippedBitIsNoticed) {
  const std::string whole = Encode(SmallTrace());
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string bytes = whole;
    bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(Read(bytes).has_value()) << "bit " << i;
  }
}

TEST(TraceDamageTest, EveryCutIsToldAndLosesOnlyTheTail) {
  TraceWriterOptions options;
  options.chunk_bytes = 400;
  const std::string whole = Encode(SmallTrace(), options);
  std::size_t invokes = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result<Trace> read = Read(whole.substr(0, size));
    if (!read) {
      EXPECT_EQ(read.error().code, ErrorCode::kTruncated) << size;
      EXPECT_EQ(invokes, 0U);
      continue;
    }
    EXPECT_FALSE(read->end.has_value());
    EXPECT_EQ(read->note.find("the recording was cut short"), 0U);
    EXPECT_GE(read->invokes.size(), invokes);
    invokes = read->invokes.size();
  }
  EXPECT_EQ(invokes, 3U);
}

TEST(TraceDamageTest, ACutTailSaysHowMuchWasLeftOut) {
  const std::string whole = Encode(LongTrace(10'000));
  const Result<Trace> read = Read(whole.substr(0, whole.size() - 1'000));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_GT(read->invokes.size(), 1'000U);
  EXPECT_NE(read->note.find("are a chunk that is cut short and were left out"), std::string::npos)
      << read->note;
}

TEST(TraceDamageTest, ATailOfZerosIsACutTail) {
  const Result<Trace> read = Read(Encode(SmallTrace()) + std::string(5'000, '\0'));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->invokes.size(), 3U);
  EXPECT_NE(read->note.find("the last 5000 bytes"), std::string::npos) << read->note;
}

TEST(TraceDamageTest, ForeignBytesBehindTheEnd) {
  const Result<Trace> read = Read(Encode(SmallTrace()) + std::string(5'000, 'x'));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
}

TEST(TraceDamageTest, AChunkThatIsMissing) {
  TraceWriterOptions options;
  options.chunk_bytes = 1;
  const std::string whole = Encode(SmallTrace(), options);
  ChunkFramer framer;
  const std::size_t first = framer.Frame(0, RawOf(SmallTrace().header), 1).size();
  std::string bytes = whole;
  bytes.erase(kPreambleBytes, first);
  ExpectError(bytes, ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: checksum of its head does not match, the file is "
              "damaged or was edited; take it from where it was recorded");
}

TEST(TraceDamageTest, AChunkThatIsThereTwice) {
  ChunkFramer framer;
  const std::string chunk(framer.Frame(0, RawOf(SmallTrace().header), 1));
  EXPECT_EQ(Read(EncodePreamble() + chunk + chunk).error().code, ErrorCode::kCorrupt);
}

TEST(TraceDamageTest, AGibibyteInALengthField) {
  ExpectError(WithHeadField(Encode(SmallTrace()), 4, 1U << 30, 4), ErrorCode::kLimit,
              "t.redrive: chunk 0 at byte 16: says it has 1073741824 bytes that unpack to " +
                  std::to_string(RawOf(SmallTrace().header).size()) +
                  ", the limit is 67108864; no redrive wrote this");
}

TEST(TraceDamageTest, AllOnesInALengthField) {
  EXPECT_EQ(Read(WithHeadField(Encode(SmallTrace()), 8, ~std::uint64_t{0}, 4)).error().code,
            ErrorCode::kLimit);
}

TEST(TraceDamageTest, AChunkThatUnpacksToMoreThanItSays) {
  ExpectError(WithHeadField(Forged(std::string(60U << 20, '\0'), 1), 8, 100, 4),
              ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: unpacks to another size than its head says; no "
              "redrive wrote this");
}

TEST(TraceDamageTest, ADecompressionBomb) {
  const std::string bomb = Forged(std::string(64U << 20, '\0'), 1);
  ASSERT_LT(bomb.size(), 10'000U);
  ExpectError(bomb, ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: record 0: the byte order mark of its records is "
              "missing; no redrive wrote this");
}

TEST(TraceDamageTest, MoreThanFitsIntoMemory) {
  const Result<Trace> read = Read(Encode(LongTrace(10'000)), {.bytes_max = 1'000'000});
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kLimit);
}

TEST(TraceDamageTest, ATextThatSaysItIsAGibibyte) {
  std::string raw = RawOf(SmallTrace().header);
  raw.replace(2, 4, Little(1U << 30, 4));  // behind byte order and kind: the version's length
  ExpectError(Forged(raw, 1), ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: record 0: a text says its length is 1073741824, but "
              "the chunk has " +
                  std::to_string(raw.size() - 6) +
                  " bytes left and the limit is 16777216; no redrive wrote this");
}

TEST(TraceDamageTest, AListThatSaysItIsHuge) {
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(Schedule(1)));
  std::string raw(encoder.raw());
  raw.replace(2, 4, Little(0xffffffff, 4));
  const Result<TraceRecord> record = RecordDecoder(raw).Next();
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(
      record.error().message,
      "a list says its length is 4294967295, but the chunk has 13 bytes left and the limit is "
      "16384");
}

TEST(TraceDamageTest, ARecordOfAnUnknownKind) {
  ExpectError(
      Forged(std::string("\x01\x63", 2), 1), ErrorCode::kCorrupt,
      "t.redrive: chunk 0 at byte 16: record 0: a record of the unknown kind 99; no redrive "
      "wrote this");
}

TEST(TraceDamageTest, AnEnumerationWithoutMeaning) {
  EndRecord end;
  end.ending = static_cast<Ending>(200);
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(end));
  const Result<TraceRecord> record = RecordDecoder(encoder.raw()).Next();
  ASSERT_FALSE(record.has_value());
  EXPECT_EQ(record.error().message, "the enumeration value 200 has no meaning");
}

TEST(TraceDamageTest, ARecordBeforeTheHeader) {
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(SmallTrace().invokes[0]));
  ExpectError(
      Forged(std::string(encoder.raw()), 1), ErrorCode::kCorrupt,
      "t.redrive: chunk 0 at byte 16: record 0: a record before the header; no redrive wrote "
      "this");
}

TEST(TraceDamageTest, AnOperationNumberFromNowhere) {
  const Trace trace = SmallTrace();
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(trace.header));
  ASSERT_TRUE(encoder.Add(*trace.returns[1]));
  ASSERT_TRUE(encoder.Add(trace.invokes[0]));
  // A recorder that lost the request says so; nothing else is lost with it.
  const Result<Trace> read = Read(Forged(std::string(encoder.raw()), 3));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->invokes.size(), 1U);
  EXPECT_NE(read->note.find("1 answers came to requests that were not recorded"), std::string::npos)
      << read->note;
}

TEST(TraceDamageTest, AnAnswerTwice) {
  const Trace trace = SmallTrace();
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(trace.header));
  ASSERT_TRUE(encoder.Add(trace.invokes[0]));
  ASSERT_TRUE(encoder.Add(*trace.returns[0]));
  ASSERT_TRUE(encoder.Add(*trace.returns[0]));
  ExpectError(Forged(std::string(encoder.raw()), 4), ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: record 3: operation 1 returns twice or without an "
              "invocation; no redrive wrote this");
}

// A few hundred bytes must not make a reader ask for memory by the gigabyte. Found by fuzzing.
TEST(TraceDamageTest, AGapCostsNoMemory) {
  const Trace trace = SmallTrace();
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(trace.header));
  InvokeRecord invoke = trace.invokes[0];
  invoke.operation = 15'000'000;
  ASSERT_TRUE(encoder.Add(invoke));
  invoke.operation = 7;
  ASSERT_TRUE(encoder.Add(invoke));
  ReturnRecord reply = *trace.returns[0];
  reply.operation = 15'000'000;
  reply.done_ns = 77;
  ASSERT_TRUE(encoder.Add(reply));
  const Result<Trace> read = Read(Forged(std::string(encoder.raw()), 4));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->invokes.size(), 2U);
  EXPECT_LT(read->invokes.capacity(), 100U);
  EXPECT_EQ(read->invokes[1].operation, 2U);
  EXPECT_FALSE(read->returns[0].has_value());
  ASSERT_TRUE(read->returns[1].has_value());
  EXPECT_EQ(read->returns[1]->operation, 2U);
  EXPECT_EQ(read->returns[1]->done_ns, 77);
  EXPECT_NE(read->note.find("14999998 requests were not recorded"), std::string::npos)
      << read->note;
}

TEST(TraceDamageTest, AnOperationNumberFarAhead) {
  const Trace trace = SmallTrace();
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(trace.header));
  InvokeRecord far = trace.invokes[0];
  far.operation = std::uint64_t{1} << 60;
  ASSERT_TRUE(encoder.Add(far));
  ExpectError(Forged(std::string(encoder.raw()), 2), ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: record 1: operation 1152921504606846976 among the "
              "first 1; no redrive wrote this");
}

TEST(TraceDamageTest, ADecisionOutsideItsBound) {
  RecordEncoder encoder;
  ASSERT_TRUE(encoder.Add(SmallTrace().header));
  ASSERT_TRUE(encoder.Add(Schedule{{.value = 3, .bound = 3}}));
  EXPECT_EQ(Read(Forged(std::string(encoder.raw()), 2)).error().code, ErrorCode::kCorrupt);
}

TEST(TraceDamageTest, AWrongNumberOfRecords) {
  ExpectError(Forged(RawOf(SmallTrace().header), 2), ErrorCode::kCorrupt,
              "t.redrive: chunk 0 at byte 16: has 1 records, its head says 2; no redrive wrote "
              "this");
}

TEST(TraceDamageTest, AFileThatIsNotThere) {
  const Result<Trace> read = ReadTrace("/nowhere/t.redrive");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message,
            "/nowhere/t.redrive: cannot open the trace: No such file or directory");
}

TEST(TraceDamageTest, ADirectory) {
  const Result<Trace> read = ReadTrace("/tmp");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "/tmp: cannot read the trace: Is a directory");
}

// Damage behind the checksums: the decoder alone has to hold.
RC_GTEST_PROP(TraceDamageTest, AnyBytesBehindAGoodChecksumAreSurvived, (std::uint64_t seed)) {
  Rng rng(seed);
  RecordEncoder encoder;
  const Trace trace = RandomTrace(seed);
  RC_PRE(encoder.Add(trace.header));
  for (const InvokeRecord& record : trace.invokes) RC_ASSERT(encoder.Add(record));
  std::string raw(encoder.raw());
  for (std::uint64_t i = rng.Below(8); i > 0; --i) {
    raw[rng.Below(raw.size())] = static_cast<char>(rng.Below(256));
  }
  raw.resize(rng.Below(raw.size() + 1));
  const Result<Trace> read = Read(Forged(raw, encoder.records()));
  RC_ASSERT(read.has_value() || !read.error().message.empty());
}

}  // namespace
}  // namespace redrive
