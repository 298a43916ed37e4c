// Probes: memory of real processes, logs as servers write them.
#include "recorder/server_probe.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "tests/recorder/trace_testing.h"

namespace redrive {
namespace {

using testing_support::TempDir;
using testing_support::WriteBytes;

TEST(MemoryProbeTest, SeesMemoryThatIsTouched) {
  Result<MemoryProbe> probe = MemoryProbe::Open(static_cast<std::uint64_t>(getpid()));
  ASSERT_TRUE(probe.has_value()) << probe.error().message;
  for (int i = 0; i < 3; ++i) probe->Sample();
  const MemoryFigures before = probe->figures();
  const std::vector<char> block(64U << 20, 'x');
  probe->Sample();
  const MemoryFigures after = probe->figures();
  EXPECT_EQ(after.samples, 4U);
  EXPECT_GE(after.max_bytes, before.max_bytes + (block.size() / 2));
  EXPECT_LT(after.median_bytes, after.max_bytes);  // one of four samples is no sustained use
  EXPECT_FALSE(after.ended);
}

TEST(MemoryProbeTest, AProcessThatEndsIsToldApart) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    close(ends[1]);
    _exit(read(ends[0], &byte, 1) < 0 ? 1 : 0);
  }
  close(ends[0]);
  Result<MemoryProbe> probe = MemoryProbe::Open(static_cast<std::uint64_t>(child));
  ASSERT_TRUE(probe.has_value()) << probe.error().message;
  probe->Sample();
  close(ends[1]);  // lets it end
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  probe->Sample();
  EXPECT_EQ(probe->figures().samples, 1U);
  EXPECT_TRUE(probe->figures().ended);
  const Result<MemoryProbe> gone = MemoryProbe::Open(static_cast<std::uint64_t>(child));
  ASSERT_TRUE(gone.has_error());
  EXPECT_NE(gone.error().message.find("No such file"), std::string::npos) << gone.error().message;
}

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

TEST(LogProbeTest, CountsWhatIsNew) {
  const TempDir dir;
  const std::string path = dir.Path("backend.log");
  WriteBytes(path, kOldLines);
  const Result<LogProbe> probe = LogProbe::Open(path);
  ASSERT_TRUE(probe.has_value());
  WriteBytes(path, std::string(kOldLines) + kNewLines);
  const Result<LogFigures> figures = probe->Read();
  ASSERT_TRUE(figures.has_value()) << figures.error().message;
  EXPECT_EQ(figures->bytes, std::string(kNewLines).size());
  EXPECT_EQ(figures->tracebacks, 1U);
  EXPECT_EQ(figures->answers_5xx, 2U);
  EXPECT_EQ(figures->scheduler_runs, 1U);
  EXPECT_EQ(figures->scheduler_errors, 2U);
  EXPECT_EQ(figures->first_exception, "pymongo.errors.DuplicateKeyError: E11000");
  EXPECT_EQ(figures->note, "");
}

TEST(LogProbeTest, ARotatedFileIsReadFromItsBeginning) {
  const TempDir dir;
  const std::string path = dir.Path("backend.log");
  WriteBytes(path, std::string(10'000, '\n'));
  const Result<LogProbe> probe = LogProbe::Open(path);
  ASSERT_TRUE(probe.has_value());
  WriteBytes(path, kNewLines);
  const Result<LogFigures> figures = probe->Read();
  ASSERT_TRUE(figures.has_value());
  EXPECT_EQ(figures->answers_5xx, 2U);
  EXPECT_NE(figures->note.find("became shorter"), std::string::npos);
  EXPECT_TRUE(LogProbe::Open(dir.Path("nothing.log")).has_error());
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
