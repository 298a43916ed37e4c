// Several threads record into one file; what is read back is whole and in order.
#include "recorder/trace_recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "recorder/trace_file.h"
#include "tests/recorder/full_disk_testing.h"
#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::RunOnFullDisk;
using testing_support::SmallTrace;
using testing_support::TempDir;

// One thread's requests, with numbers that all threads share.
std::uint64_t Record(TraceRecorder::Lane& lane, std::uint32_t user, std::uint64_t requests,
                     std::atomic<std::uint64_t>* numbers) {
  const Trace example = SmallTrace();
  for (std::uint64_t i = 0; i < requests; ++i) {
    InvokeRecord invoke = example.invokes[0];
    invoke.operation = numbers->fetch_add(1) + 1;
    invoke.sequence = 2 * invoke.operation;
    invoke.user = user;
    invoke.request.body = "request " + std::to_string(invoke.operation);
    ReturnRecord reply = *example.returns[0];
    reply.operation = invoke.operation;
    reply.sequence = invoke.sequence + 1;
    lane.OnInvoke(invoke);
    if (i % 100 == 0) lane.Tick();
    lane.OnReturn(reply);
  }
  return requests;
}

void RecordInThreads(TraceRecorder& recorder, std::uint32_t threads, std::uint64_t requests) {
  TraceHeader header = SmallTrace().header;
  header.target_kind = TargetKind::kLive;
  recorder.Begin(header);
  std::atomic<std::uint64_t> numbers{0};
  std::vector<std::thread> running;
  for (std::uint32_t user = 0; user < threads; ++user) {
    TraceRecorder::Lane& lane = recorder.NewLane();
    running.emplace_back([&, user] { Record(lane, user, requests, &numbers); });
  }
  for (std::thread& thread : running) thread.join();
  EndRecord end;
  end.started = end.ok = threads * requests;
  recorder.End(end);
}

TEST(TraceRecorderTest, FourThreadsOneOrder) {
  const TempDir dir;
  const std::string path = dir.Path("four.redrive");
  for (const std::uint64_t packed : {std::uint64_t{0}, ~std::uint64_t{0} >> 8}) {
    TraceRecorderOptions options;
    options.chunk_bytes = 8'000;
    options.packed_bytes_per_second_max = packed;
    auto recorder = TraceRecorder::Open(path, options);
    ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
    RecordInThreads(**recorder, 4, 2'000);
    EXPECT_EQ((*recorder)->dropped(), 0U);
    recorder->reset();
    const Result<Trace> read = ReadTrace(path);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->note, "");
    ASSERT_EQ(read->invokes.size(), 8'000U);
    for (std::size_t i = 0; i < read->invokes.size(); ++i) {
      ASSERT_EQ(read->invokes[i].operation, i + 1);
      ASSERT_EQ(read->invokes[i].request.body, "request " + std::to_string(i + 1));
      ASSERT_TRUE(read->returns[i].has_value());
      ASSERT_EQ(read->returns[i]->sequence, read->invokes[i].sequence + 1);
    }
    ASSERT_TRUE(read->end.has_value());
    EXPECT_EQ(read->end->dropped, 0U);
  }
}

TEST(TraceRecorderTest, WhatDoesNotFitIntoTheQueueIsCounted) {
  const TempDir dir;
  const std::string path = dir.Path("slow.redrive");
  TraceRecorderOptions options;
  options.chunk_bytes = 8'000;
  options.queue_bytes_max = 0;  // the slowest disk there is
  std::vector<std::string> lines;
  options.report = [&](const std::string& line) { lines.push_back(line); };
  auto recorder = TraceRecorder::Open(path, options);
  ASSERT_TRUE(recorder.has_value()) << recorder.error().message;
  RecordInThreads(**recorder, 1, 500);
  EXPECT_EQ((*recorder)->dropped(), 1'000U);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("the disk is slower than the run"), std::string::npos) << lines[0];
  recorder->reset();
  const Result<Trace> read = ReadTrace(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_TRUE(read->end.has_value());
  EXPECT_EQ(read->end->dropped, 1'000U);
}

TEST(TraceRecorderTest, AFullDiskLeavesWhatWasWritten) {
  const TempDir dir;
  const std::string path = dir.Path("full.redrive");
  ASSERT_EQ(RunOnFullDisk(100'000,
                          [&path] {
                            TraceRecorderOptions options;
                            options.packed_bytes_per_second_max = 0;
                            options.chunk_bytes = 8'000;
                            options.report = [](const std::string&) {};
                            auto recorder = TraceRecorder::Open(path, options);
                            if (!recorder) return 1;
                            RecordInThreads(**recorder, 1, 5'000);
                            return (*recorder)->dropped() > 0 ? 0 : 2;
                          }),
            0);
  const Result<Trace> read = ReadTrace(path);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_GT(read->invokes.size(), 100U);
  EXPECT_LT(read->invokes.size(), 5'000U);
}

}  // namespace
}  // namespace redrive
