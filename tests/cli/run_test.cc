// The main job as a user meets it: run, read, paste the re-run line, replay, check, fix.
#include <gtest/gtest.h>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

std::string AfterColon(const std::string& line) {
  const std::size_t colon = line.find(": ");
  return colon == std::string::npos ? line : line.substr(colon + 2);
}

TEST(RunTest, TheBurstFindsRacesThatTheReRunLineRepeats) {
  const Folder folder;
  const Finished first = RunLine(folder, "redrive run peak_burst_full --seed 42");
  ASSERT_EQ(first.exit_code, 1) << first.out << first.err;
  EXPECT_TRUE(first.out.starts_with("plan digest ")) << first.out;
  EXPECT_NE(first.out.find("reproduced 20/20"), std::string::npos) << first.out;

  const std::string line = AfterColon(LineWith(first.out, "to re-run: "));
  ASSERT_TRUE(line.starts_with("redrive run peak_burst_full --seed=42")) << line;
  const Finished again = RunLine(folder, line);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.out, first.out);
}

TEST(RunTest, TheTraceReplaysAndIsJudgedAlike) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive run peak_burst_full --seed 7 --trace t.redrive");
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  const Finished replay = RunLine(folder, "redrive replay t.redrive --repeat 25");
  EXPECT_EQ(replay.exit_code, 0) << replay.out << replay.err;
  EXPECT_NE(replay.out.find("identical 25/25"), std::string::npos) << replay.out;
  const Finished check = RunLine(folder, "redrive check t.redrive");
  EXPECT_EQ(check.exit_code, 1) << check.out << check.err;
  const Finished json = RunLine(folder, "redrive check t.redrive --json");
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(json.out.front(), '{');
}

TEST(RunTest, TheFixedWorkshopPassesEveryCheck) {
  const Folder folder;
  for (const char* seed : {"42", "1", "2"}) {
    const Finished run =
        RunLine(folder, std::string("redrive run peak_burst_full --workshop fixed --seed ") + seed);
    EXPECT_EQ(run.exit_code, 0) << "seed " << seed << "\n" << run.out << run.err;
    EXPECT_NE(run.out.find(" pass, 0 violation, 0 unknown"), std::string::npos) << run.out;
  }
}

TEST(RunTest, SameSpecSameBytesInTwoProcesses) {
  const Folder folder;
  RunLine(folder, "redrive run peak_burst_full --seed 3 --trace a.redrive --confirm 0");
  RunLine(folder, "redrive run peak_burst_full --seed 3 --trace b.redrive --confirm 0");
  ASSERT_FALSE(folder.Read("a.redrive").empty());
  EXPECT_EQ(folder.Read("a.redrive"), folder.Read("b.redrive"));
  RunLine(folder, "redrive run peak_burst_full --seed 4 --trace c.redrive --confirm 0");
  EXPECT_NE(folder.Read("a.redrive"), folder.Read("c.redrive"));
}

TEST(RunTest, ThePlanIsTheSameWithoutSending) {
  const Folder folder;
  const Finished plan = RunLine(folder, "redrive plan peak_burst_full --seed 42");
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  const Finished run = RunLine(folder, "redrive run peak_burst_full --seed 42 --confirm 0");
  const std::string digest = plan.out.substr(0, 29);  // "plan digest " and 16 digits, colon
  EXPECT_TRUE(run.out.starts_with(digest)) << plan.out.substr(0, 80) << "\n" << run.out;
  const Finished other = RunLine(folder, "redrive plan peak_burst_full --seed 43");
  EXPECT_NE(other.out.substr(0, 29), digest);
}

TEST(RunTest, TheGuidesScenariosRun) {
  const Folder folder;
  for (const char* name : {"normal_operations", "finance", "peak_burst", "mixed"}) {
    const Finished run = RunLine(folder, std::string("redrive run ") + name + " --run-time 60s");
    EXPECT_EQ(run.exit_code, 0) << name << "\n" << run.out << run.err;
  }
  const Finished efi = RunLine(folder, "redrive run efi --run-time 180s");
  EXPECT_EQ(efi.exit_code, 0) << efi.out << efi.err;
}

TEST(RunTest, SecretsNeverReachTheFile) {
  const Folder folder;
  const Finished run =
      RunLine(folder, "redrive run normal_operations --run-time 10s --trace s.redrive");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Finished show = RunLine(folder, "redrive show s.redrive --bodies");
  EXPECT_EQ(show.out.find("eyJ"), std::string::npos) << "a token is in the trace";
  EXPECT_NE(show.out.find("[redacted:"), std::string::npos) << show.out.substr(0, 2000);
}

}  // namespace
}  // namespace redrive
