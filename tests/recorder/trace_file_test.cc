#include "recorder/trace_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "recorder/trace_chunk.h"
#include "tests/recorder/full_disk_testing.h"
#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::Encode;
using testing_support::ExpectEqual;
using testing_support::Feed;
using testing_support::LongTrace;
using testing_support::RandomTrace;
using testing_support::ReadBytes;
using testing_support::RunOnFullDisk;
using testing_support::SmallTrace;
using testing_support::TempDir;
using testing_support::WriteBytes;

// A clock that a test moves.
struct FakeClock {
  std::chrono::steady_clock::time_point now;
  TraceWriterOptions Options() {
    TraceWriterOptions options;
    options.now = [this] { return now; };
    return options;
  }
};

Trace Live(Trace trace) {
  trace.header.target_kind = TargetKind::kLive;
  return trace;
}

TEST(TraceFileTest, WhatIsWrittenIsRead) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  {
    auto writer = TraceWriter::Open(path);
    ASSERT_TRUE(writer.has_value());
    Feed(SmallTrace(), writer->get());
  }
  const Result<Trace> read = ReadTrace(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ExpectEqual(*read, SmallTrace());
  EXPECT_EQ(read->note, "");
}

TEST(TraceFileTest, StreamingGivesTheSameRecords) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  WriteBytes(path, Encode(LongTrace(5'000)));
  TraceCollector collector;
  const Result<std::string> note = StreamTrace(path, collector);
  ASSERT_TRUE(note.has_value()) << note.error().message;
  EXPECT_EQ(*note, "");
  ExpectEqual(collector.trace, LongTrace(5'000));
}

RC_GTEST_PROP(TraceFileTest, AnyTraceComesBack, (std::uint64_t seed)) {
  const Trace trace = RandomTrace(seed);
  TraceWriterOptions options;
  options.chunk_bytes = 1 + seed % 5'000;
  const Result<Trace> read = ReadTraceBytes(Encode(trace, options), "memory");
  RC_ASSERT(read.has_value());
  ExpectEqual(*read, trace);
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(TraceFileTest, EqualExecutionsGiveEqualBytes) {
  FakeClock slow;
  TraceWriterOptions options = slow.Options();
  options.now = [&slow] { return slow.now += std::chrono::seconds(1); };
  EXPECT_EQ(Encode(LongTrace(3'000)), Encode(LongTrace(3'000), options));
  EXPECT_NE(Encode(LongTrace(3'000)), Encode(LongTrace(3'001)));
}

TEST(TraceFileTest, NamesAreStoredOncePerChunk) {
  Trace trace = LongTrace(1'000);
  const std::size_t with_names = Encode(trace).size();
  for (InvokeRecord& record : trace.invokes) record.name = "x";
  EXPECT_LT(with_names - Encode(trace).size(), 200U);
  EXPECT_LT(with_names, 1'000U * 60U) << "a request of this trace costs about 40 bytes";
}

TEST(TraceFileTest, ALiveTraceIsFlushedWhenItsOldestRecordHasWaited) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  FakeClock clock;
  auto writer = TraceWriter::Open(path, clock.Options());
  ASSERT_TRUE(writer.has_value());
  const Trace trace = Live(SmallTrace());
  (*writer)->OnHeader(trace.header);
  (*writer)->OnInvoke(trace.invokes[0]);
  clock.now += std::chrono::milliseconds(199);
  (*writer)->FlushIfDue();
  EXPECT_EQ(ReadTrace(path)->invokes.size(), 0U);
  clock.now += std::chrono::milliseconds(1);
  (*writer)->FlushIfDue();
  EXPECT_EQ(ReadTrace(path)->invokes.size(), 1U);
  (*writer)->OnInvoke(trace.invokes[1]);
  clock.now += std::chrono::milliseconds(200);
  (*writer)->OnInvoke(trace.invokes[2]);
  EXPECT_EQ(ReadTrace(path)->invokes.size(), 3U);
}

TEST(TraceFileTest, ASimulationIsFlushedBySizeAlone) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  FakeClock clock;
  auto writer = TraceWriter::Open(path, clock.Options());
  ASSERT_TRUE(writer.has_value());
  (*writer)->OnHeader(SmallTrace().header);
  (*writer)->OnInvoke(SmallTrace().invokes[0]);
  clock.now += std::chrono::hours(1);
  (*writer)->OnInvoke(SmallTrace().invokes[1]);
  EXPECT_EQ(ReadTrace(path)->invokes.size(), 0U);
}

// The child writes until it is killed in the middle; it tells through a pipe what it has flushed.
TEST(TraceFileTest, KillNineLosesAtMostTheLastChunk) {
  const TempDir dir;
  for (int round = 0; round < 5; ++round) {
    const std::string path = dir.Path("killed.redrive");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      TraceWriterOptions options;
      options.chunk_bytes = 20'000;
      auto writer = TraceWriter::Open(path, options);
      if (!writer) ::_exit(1);
      const Trace trace = Live(LongTrace(2));
      (*writer)->OnHeader(trace.header);
      for (std::uint64_t operation = 1;; ++operation) {
        InvokeRecord invoke = trace.invokes[0];
        invoke.operation = operation;
        (*writer)->OnInvoke(invoke);
        if (operation % 100 == 0) {
          (*writer)->Flush();
          if (::write(ends[1], &operation, sizeof operation) != sizeof operation) ::_exit(1);
        } else if (operation % 3 != 0) {
          ReturnRecord done = *trace.returns[0];
          done.operation = operation;
          (*writer)->OnReturn(done);
        }
      }
    }
    ::close(ends[1]);
    std::uint64_t flushed = 0;
    for (int i = 0; i < 10 * (round + 1); ++i) {
      ASSERT_EQ(::read(ends[0], &flushed, sizeof flushed), ssize_t{sizeof flushed});
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ::close(ends[0]);

    const Result<Trace> read = ReadTrace(path);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_GE(read->invokes.size(), flushed);
    EXPECT_FALSE(read->end.has_value());
    EXPECT_EQ(read->note.find("the recording was cut short: it has no end record"), 0U)
        << read->note;
    EXPECT_FALSE(read->returns[2].has_value());  // never returned: an open operation
    EXPECT_TRUE(read->returns[3].has_value());
  }
}

TEST(TraceFileTest, AFullDiskIsReportedOnceAndCounted) {
  std::vector<std::string> lines;
  TraceWriterOptions options;
  options.report = [&](const std::string& line) { lines.push_back(line); };
  auto writer = TraceWriter::Open("/dev/full", options);
  ASSERT_TRUE(writer.has_value()) << writer.error().message;
  Feed(SmallTrace(), writer->get());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "/dev/full: cannot record: No space left on device; the run goes on, but from here on "
            "nothing is kept: its verdict can only be inconclusive");
  EXPECT_EQ((*writer)->error(), lines[0]);
  EXPECT_EQ((*writer)->dropped(), 12U);  // header, 3 invocations, 2 returns, 4 steps, schedule, end
}

// RLIMIT_FSIZE makes write(2) fail in the middle of a real file, as a full disk does.
TEST(TraceFileTest, WhatWasWrittenBeforeTheDiskWasFullStaysReadable) {
  const TempDir dir;
  const std::string path = dir.Path("full.redrive");
  ASSERT_EQ(RunOnFullDisk(100'000,
                          [&path] {
                            TraceWriterOptions options;
                            options.report = [](const std::string&) {};
                            auto writer = TraceWriter::Open(path, options);
                            if (!writer) return 1;
                            Feed(LongTrace(20'000), writer->get());
                            return (*writer)->dropped() > 0 ? 0 : 2;
                          }),
            0);
  const Result<Trace> read = ReadTrace(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_GT(read->invokes.size(), 100U);
  EXPECT_LT(read->invokes.size(), 20'000U);
  ASSERT_TRUE(read->end.has_value());
  EXPECT_GT(read->end->dropped, 0U);
}

TEST(TraceFileTest, AnOversizedRecordLeavesItsNumbersBehind) {
  Trace trace = SmallTrace();
  trace.invokes[1].request.body.assign(17U << 20, 'x');
  trace.returns[1]->response.body.assign(17U << 20, 'y');
  std::vector<std::string> lines;
  TraceWriterOptions options;
  options.report = [&](const std::string& line) { lines.push_back(line); };
  const Result<Trace> read = ReadTraceBytes(Encode(trace, options), "memory");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(lines.size(), 1U);
  ASSERT_EQ(read->invokes.size(), 3U);
  EXPECT_EQ(read->invokes[1].request.body, "[left out]");
  EXPECT_EQ(read->returns[1]->response.body, "[left out]");
  EXPECT_EQ(read->returns[1]->response.status, 201);
  EXPECT_EQ(read->end->dropped, 2U);
}

TEST(TraceFileTest, AFileThatIsNoTraceIsNotOverwritten) {
  const TempDir dir;
  const std::string path = dir.Path("scenario.json");
  WriteBytes(path, "{\"name\": \"mine\"}");
  const auto writer = TraceWriter::Open(path);
  ASSERT_FALSE(writer.has_value());
  EXPECT_EQ(writer.error().message,
            path + ": exists and is not a trace; it is left alone, choose another file");
  EXPECT_EQ(ReadBytes(path), "{\"name\": \"mine\"}");
}

TEST(TraceFileTest, AnOldTraceIsReplaced) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  WriteBytes(path, Encode(LongTrace(1'000)));
  {
    auto writer = TraceWriter::Open(path);
    ASSERT_TRUE(writer.has_value());
    Feed(SmallTrace(), writer->get());
  }
  EXPECT_EQ(ReadBytes(path), Encode(SmallTrace()));
}

TEST(TraceFileTest, TwoWritersDoNotShareAFile) {
  const TempDir dir;
  const std::string path = dir.Path("a.redrive");
  const auto first = TraceWriter::Open(path);
  ASSERT_TRUE(first.has_value());
  const auto second = TraceWriter::Open(path);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
}

TEST(TraceFileTest, ADirectoryThatIsNotThereIsNamed) {
  const auto writer = TraceWriter::Open("/nowhere/a.redrive");
  ASSERT_FALSE(writer.has_value());
  EXPECT_EQ(writer.error().message,
            "/nowhere/a.redrive: cannot write the trace: No such file or directory");
}

}  // namespace
}  // namespace redrive
