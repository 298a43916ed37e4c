// Shrinking as a user meets it: behind a run, by itself, and as a corpus in CI.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

// The command behind "to see it again:" and the like.
std::string CommandAfter(const std::string& out, const std::string& label) {
  const std::string line = LineWith(out, label);
  const std::size_t at = line.find("redrive ");
  return at == std::string::npos ? line : line.substr(at);
}

TEST(ShrinkCliTest, ARunTellsItsSmallestCounterexample) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive run peak_burst_full --seed 42 --workshop as-is");
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_EQ(CountOf(run.out, "counterexample ["), 1U) << run.out;
  EXPECT_NE(run.out.find("2 requests of 2 users, 1 preemption"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("exhaustively checked: 0 does not suffice"), std::string::npos);
  EXPECT_NE(run.out.find("reproduced 20/20 by exact replay"), std::string::npos);
  EXPECT_NE(run.out.find("also violated: "), std::string::npos) << run.out;

  const Finished replay = RunLine(folder, CommandAfter(run.out, "to see it again:"));
  EXPECT_EQ(replay.exit_code, 0) << replay.out << replay.err;
  EXPECT_NE(replay.out.find("identical 20/20: 7 requests"), std::string::npos) << replay.out;
  const Finished check = RunLine(folder, CommandAfter(run.out, "to judge it again:"));
  EXPECT_EQ(check.exit_code, 1) << check.out << check.err;
  // The case is a scenario like any other.
  const Finished plan = RunLine(folder, "redrive plan peak_burst_full-42.case.json");
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
  const Finished shell = RunLine(folder, "sh -n peak_burst_full-42.curl.sh");
  EXPECT_EQ(shell.exit_code, 0) << shell.err;
}

TEST(ShrinkCliTest, NoShrinkAndNoTraceLeaveNoFiles) {
  const Folder folder;
  const Finished none = RunLine(folder, "redrive run double_close --no-shrink --no-trace");
  EXPECT_EQ(none.exit_code, 1) << none.out;
  EXPECT_EQ(none.out.find("counterexample"), std::string::npos);
  const Finished told = RunLine(folder, "redrive run double_close --no-trace");
  EXPECT_NE(told.out.find("counterexample [sequential]"), std::string::npos) << told.out;
  EXPECT_EQ(told.out.find(".curl.sh"), std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_TRUE(entry.path().filename().string().starts_with(".std")) << entry.path();
  }
}

TEST(ShrinkCliTest, ShrinkWritesWhatCorpusRuns) {
  const Folder folder;
  RunLine(folder, "redrive run double_close --no-shrink --trace t.redrive");
  const Finished shrink =
      RunLine(folder, "redrive shrink t.redrive --out small --regression cases");
  ASSERT_EQ(shrink.exit_code, 1) << shrink.out << shrink.err;
  for (const char* name : {"small/t.min.redrive", "small/t.case.json", "small/t.curl.sh",
                           "cases/a-ticket-is-closed-once-repeated.json"}) {
    EXPECT_FALSE(folder.Read(name).empty()) << name;
  }
  const std::string before = folder.Read("cases/a-ticket-is-closed-once-repeated.json");

  const Finished kept = RunLine(folder, CommandAfter(shrink.out, "to keep it fixed:"));
  EXPECT_EQ(kept.exit_code, 0) << kept.out << kept.err;
  EXPECT_NE(kept.out.find("violation, as recorded"), std::string::npos) << kept.out;

  const Finished gone = RunLine(folder, "redrive corpus cases --workshop fixed --junit result.xml");
  EXPECT_EQ(gone.exit_code, 1) << gone.out;
  EXPECT_NE(gone.out.find("fixed? "), std::string::npos) << gone.out;
  EXPECT_NE(folder.Read("result.xml").find("<failure message=\"fixed?"), std::string::npos);
  EXPECT_EQ(folder.Read("cases/a-ticket-is-closed-once-repeated.json"), before);

  const Finished accepted = RunLine(folder, "redrive corpus cases --workshop fixed --accept");
  EXPECT_EQ(accepted.exit_code, 0) << accepted.out;
  const Finished passes = RunLine(folder, "redrive corpus cases --workshop fixed");
  EXPECT_EQ(passes.exit_code, 0) << passes.out;
  // The bug comes back.
  const Finished back = RunLine(folder, "redrive corpus cases --json");
  EXPECT_EQ(back.exit_code, 1) << back.out;
  EXPECT_NE(back.out.find("\"status\": \"violates\""), std::string::npos) << back.out;
}

TEST(ShrinkCliTest, JsonIsOneDocument) {
  const Folder folder;
  RunLine(folder, "redrive run double_close --no-shrink --trace t.redrive");
  const Finished json = RunLine(folder, "redrive shrink t.redrive --json");
  EXPECT_EQ(json.exit_code, 1) << json.err;
  EXPECT_EQ(json.out.front(), '{');
  EXPECT_NE(json.out.find("\"requests_minimal\": true"), std::string::npos) << json.out;
}

TEST(ShrinkCliTest, ATraceWithoutAViolationSaysSo) {
  const Folder folder;
  RunLine(folder, "redrive run double_close --workshop fixed --trace t.redrive");
  const Finished none = RunLine(folder, "redrive shrink t.redrive");
  EXPECT_EQ(none.exit_code, 0) << none.out << none.err;
  EXPECT_EQ(none.out, "nothing to shrink: no check is violated in this trace\n");
  const Finished check = RunLine(folder, "redrive shrink t.redrive --check at_most_once");
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_EQ(check.out, "nothing to shrink: 'at_most_once' is not violated in this trace\n");
  const Finished unknown =
      RunLine(folder, "redrive shrink t.redrive --check 'a ticket is closd once'");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("did you mean 'a ticket is closed once'?"), std::string::npos)
      << unknown.err;
}

TEST(ShrinkCliTest, BadInputsNameThePlaceAndTheRemedy) {
  const Folder folder;
  const std::string damaged = folder.Write("damaged.redrive", "not a trace at all");
  for (const char* line : {"redrive shrink damaged.redrive", "redrive shrink nowhere.redrive",
                           "redrive corpus nowhere", "redrive shrink"}) {
    const Finished finished = RunLine(folder, line);
    EXPECT_EQ(finished.exit_code, 2) << line << finished.out << finished.err;
    EXPECT_TRUE(finished.err.find("error: ") != std::string::npos) << line << finished.err;
  }
  RunLine(folder, "mkdir cases");
  const Finished empty = RunLine(folder, "redrive corpus cases");
  EXPECT_EQ(empty.exit_code, 2) << empty.out;
  EXPECT_NE(empty.err.find("no regression case"), std::string::npos) << empty.err;
  RunLine(folder, "echo '{\"redrive_regression\": 1}' > cases/cut.json");
  const Finished cut = RunLine(folder, "redrive corpus cases");
  EXPECT_EQ(cut.exit_code, 2) << cut.out;
  EXPECT_NE(cut.out.find("cases/cut.json: /name: missing"), std::string::npos) << cut.out;
  const Finished flag = RunLine(folder, "redrive shrink t --regresion x");
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_NE(flag.err.find("--regression"), std::string::npos) << flag.err;
}

TEST(ShrinkCliTest, ALiveRunIsShrunkOnTheWorkshop) {
  const Folder folder;
  const Background workshop(folder, "redrive workshop --listen 127.0.0.1:0");
  const Finished run =
      RunLine(folder, "redrive run double_close --trace live.redrive --host " + workshop.url());
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  const Finished shrink = RunLine(folder, "redrive shrink live.redrive");
  EXPECT_EQ(shrink.exit_code, 1) << shrink.out << shrink.err;
  EXPECT_NE(shrink.err.find("this run was live"), std::string::npos) << shrink.err;
  EXPECT_NE(shrink.out.find("a ticket is closed once: repeated"), std::string::npos) << shrink.out;
  EXPECT_NE(shrink.out.find("reproduced 20/20"), std::string::npos) << shrink.out;
}

TEST(ShrinkCliTest, TheShippedRegressionsAreAsExpected) {
  const Folder folder;
  const Finished corpus =
      RunLine(folder, "redrive corpus " REDRIVE_SOURCE_DIR "/corpora/regressions");
  EXPECT_EQ(corpus.exit_code, 0) << corpus.out << corpus.err;
  EXPECT_NE(corpus.out.find("54 cases: 54 as expected"), std::string::npos) << corpus.out;
}

}  // namespace
}  // namespace redrive
