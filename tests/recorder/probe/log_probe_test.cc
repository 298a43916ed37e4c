// Logs as servers write them, and as log rotation treats them.
#include "recorder/probe/log_probe.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::TempDir;
using testing_support::WriteBytes;

constexpr const char* kOldLines =
    "INFO:     127.0.0.1:5000 - \"GET /api/old HTTP/1.1\" 500 Internal Server Error\n"
    "Traceback (most recent call last):\n";
constexpr const char* kNewLines =
    "INFO:     127.0.0.1:5001 - \"GET /api/tickets HTTP/1.1\" 200 OK\n"
    "INFO:     127.0.0.1:5001 - \"POST /api/tickets HTTP/1.1\" 500 Internal Server Error\n"
    "10.0.0.1 - - [05/Jan/2026:10:00:00 +0000] \"GET /a?HTTP/1.1 HTTP/2.0\" 503 12 \"-\"\n"
    "INFO:     127.0.0.1:5001 - \"GET /api/500 HTTP/1.1\" 404 Not Found\n"
    "Traceback (most recent call last):\n"
    "  File \"/app/routes/tickets.py\", line 12, in create\n"
    "    await db.tickets.insert_one(doc)\n"
    "pymongo.errors.DuplicateKeyError: E11000\n"
    "Job \"sla_check (trigger: interval[0:05:00])\" executed successfully\n"
    "Job \"sla_check (trigger: interval[0:05:00])\" raised an exception\n"
    "Run time of job \"sla_check\" was missed by 0:00:03\n";

// What the probe reports of a run during which `writing` is done.
ProbeReport Follow(LogProbe& probe, const std::vector<std::function<void()>>& writing) {
  ProbeReport report;
  EXPECT_TRUE(probe.Begin(&report).has_value());
  std::int64_t at = 0;
  for (const auto& write : writing) {
    write();
    EXPECT_TRUE(probe.Sample(at += 250'000'000, &report).has_value());
  }
  EXPECT_TRUE(probe.End(at + 1, &report).has_value());
  return report;
}

void Append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

TEST(LogProbeTest, CountsWhatIsNew) {
  const TempDir dir;
  const std::string path = dir.Path("backend.log");
  WriteBytes(path, kOldLines);
  auto probe = LogProbe::Open(path);
  ASSERT_TRUE(probe.has_value());
  const ProbeReport report = Follow(**probe, {[] {}, [&path] { Append(path, kNewLines); }});
  ASSERT_TRUE(report.log.has_value());
  EXPECT_EQ(report.log->bytes, std::string(kNewLines).size());
  EXPECT_EQ(report.log->tracebacks, 1U);
  EXPECT_EQ(report.log->answers_5xx, 2U);
  EXPECT_EQ(report.log->scheduler_runs, 1U);
  EXPECT_EQ(report.log->scheduler_errors, 2U);
  EXPECT_EQ(report.log->first_exception, "pymongo.errors.DuplicateKeyError: E11000");
  EXPECT_EQ(report.log->note, "");
  const ProbeSeries* const series = report.Find("server_log_errors");
  ASSERT_EQ(series->points().size(), 3U);  // as they came
  EXPECT_EQ(series->points()[0].value, 0);
  EXPECT_EQ(series->points()[1].value, 2'000'000);
  // A second run begins behind the first.
  const ProbeReport second = Follow(**probe, {[] {}});
  EXPECT_EQ(second.log->bytes, 0U);
  EXPECT_EQ(second.log->tracebacks, 0U);
}

TEST(LogProbeTest, FollowsOverRenamingAndTruncation) {
  const TempDir dir;
  const std::string path = dir.Path("backend.log");
  const std::string line = "\"GET / HTTP/1.1\" 500 x\n";
  WriteBytes(path, kOldLines);
  auto probe = LogProbe::Open(path);
  ASSERT_TRUE(probe.has_value());
  // Renamed: what was written into the old file before and after the look counts, and the new one.
  const ProbeReport renamed = Follow(**probe, {[&] { Append(path, line); },
                                               [&] {
                                                 Append(path, line);
                                                 std::filesystem::rename(path, path + ".1");
                                                 WriteBytes(path, line);
                                               },
                                               [&] { Append(path, line); }});
  EXPECT_EQ(renamed.log->answers_5xx, 4U);
  EXPECT_EQ(renamed.log->note, "the file was rotated 1 times");
  const ProbeReport truncated =
      Follow(**probe, {[&] { Append(path, line + line); }, [&] { WriteBytes(path, ""); },
                       [&] { Append(path, line); }});
  EXPECT_EQ(truncated.log->answers_5xx, 3U);
  EXPECT_NE(truncated.log->note.find("became shorter"), std::string::npos);
}

TEST(LogProbeTest, AFileThatGoesIsAProblemAndComesBack) {
  const TempDir dir;
  const std::string path = dir.Path("backend.log");
  WriteBytes(path, "");
  auto probe = LogProbe::Open(path);
  ASSERT_TRUE(probe.has_value());
  ProbeReport report;
  ASSERT_TRUE((*probe)->Begin(&report).has_value());
  std::filesystem::remove(path);
  EXPECT_TRUE((*probe)->Sample(1, &report).has_error());
  WriteBytes(path, "\"GET / HTTP/1.1\" 503 x\n");
  EXPECT_TRUE((*probe)->Sample(2, &report).has_value());
  ASSERT_TRUE((*probe)->End(3, &report).has_value());
  EXPECT_EQ(report.log->answers_5xx, 1U);
  EXPECT_TRUE(LogProbe::Open(dir.Path("nothing.log")).has_error());
  EXPECT_TRUE(LogProbe::Open(dir.Path("")).has_error());  // a directory
}

TEST(LogReaderTest, AnySplitOfTheBytesGivesTheSameCounts) {
  const std::string text = kNewLines;
  for (std::size_t size = 1; size <= text.size(); ++size) {
    LogReader reader;
    for (std::size_t at = 0; at < text.size(); at += size) reader.Add(text.substr(at, size));
    const LogFigures figures = reader.Finish();
    ASSERT_EQ(figures.answers_5xx, 2U) << size;
    ASSERT_EQ(figures.tracebacks, 1U) << size;
    ASSERT_EQ(figures.scheduler_errors, 2U) << size;
  }
}

TEST(LogReaderTest, AnEndlessLineIsCut) {
  LogReader reader;
  for (int i = 0; i < 100; ++i) reader.Add(std::string(10'000, 'x'));
  reader.Add("\"GET / HTTP/1.1\" 500 \n\"GET / HTTP/1.1\" 502");
  EXPECT_EQ(reader.Finish().answers_5xx, 1U);
}

}  // namespace
}  // namespace redrive
