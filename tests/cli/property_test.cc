// redrive property as a user meets it: a violation, the line that repeats it, its files, bad input.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

// What is printed about the violation of that name, without its files.
std::string BlockOf(const std::string& out, const std::string& violation) {
  const std::size_t at = out.find("violation: " + violation);
  if (at == std::string::npos) return "";
  const std::size_t line = out.find("  to re-run: ", at);
  return out.substr(at, out.find('\n', line) + 1 - at);
}

std::string RerunOf(const std::string& block) {
  const std::string mark = "to re-run: ";
  const std::size_t at = block.find(mark);
  if (at == std::string::npos) return "";
  return block.substr(at + mark.size(), block.find('\n', at) - at - mark.size());
}

constexpr const char* kPortal = "portal ticket numbers are unique and ascend: duplicate";

TEST(PropertyCommandTest, EachFailureIsRepeatedByItsOneLine) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive property tickets --size 4 --suffixes 3 --seed 5");
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  EXPECT_TRUE(run.out.starts_with("seed 5, workshop as-is\n")) << run.out;
  std::size_t repeated = 0;
  for (std::size_t at = run.out.find("violation: "); at != std::string::npos;
       at = run.out.find("violation: ", at + 1)) {
    const std::string line = run.out.substr(at + 11, run.out.find('\n', at) - at - 11);
    if (line.find(" (") == std::string::npos) continue;  // "tickets: violation"
    const std::string name = line.substr(0, line.find(" ("));
    const std::string block = BlockOf(run.out, name);
    const Finished again = RunLine(folder, RerunOf(block));
    EXPECT_EQ(again.exit_code, 1) << RerunOf(block) << again.err;
    EXPECT_EQ(BlockOf(again.out, name), block);
    EXPECT_EQ(CountOf(again.out, "violation: "), 1U) << again.out;
    ++repeated;
  }
  EXPECT_GE(repeated, 3U) << run.out;
}

TEST(PropertyCommandTest, ThePortalTicketRaceAsAPersonReadsIt) {
  const Folder folder;
  const Finished run = RunLine(
      folder, "redrive property tickets --workshop portal_ticket_count_plus_one --out found");
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  const std::string block = BlockOf(run.out, kPortal);
  EXPECT_NE(block.find("  at once\n"
                       "    A                                 | B\n"
                       "    POST portal/tickets(priority=low) | POST portal/tickets(priority=low)\n"
                       "  schedule: 0/2 x 4, 1/2, then 0\n"
                       "  preemptions: 1, the least: every schedule with fewer was tried\n"),
            std::string::npos)
      << run.out;
  EXPECT_NE(block.find("they overlap, this is a race."), std::string::npos) << block;
}

TEST(PropertyCommandTest, TheFilesAreACaseAndATraceThatReplays) {
  const Folder folder;
  const Finished run =
      RunLine(folder, "redrive property journal --workshop double_reverse --out found");
  ASSERT_EQ(run.exit_code, 1) << run.out << run.err;
  const std::string line = LineWith(run.out, "trace: redrive replay ");
  const std::string replay_line = line.substr(line.find("redrive replay"));
  const Finished replay = RunLine(folder, replay_line + " --repeat 20");
  EXPECT_EQ(replay.exit_code, 0) << replay.out << replay.err;
  EXPECT_NE(replay.out.find("identical 20/20"), std::string::npos) << replay.out;
  const std::string trace = replay_line.substr(replay_line.rfind(' ') + 1);
  const Finished check = RunLine(folder, "redrive check " + trace);
  EXPECT_EQ(check.exit_code, 1) << check.out << check.err;
  const std::string named = LineWith(run.out, "case: ");
  const Finished plan = RunLine(folder, "redrive plan " + named.substr(named.find(": ") + 2));
  EXPECT_EQ(plan.exit_code, 0) << plan.out << plan.err;
}

TEST(PropertyCommandTest, TheFixedWorkshopPassesInEveryModel) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive property --workshop fixed");
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  for (const char* model : {"journal", "payments", "stock", "tickets"}) {
    EXPECT_NE(run.out.find(std::string(model) + ": pass\n"), std::string::npos) << run.out;
  }
}

TEST(PropertyCommandTest, TooFewCasesAreInconclusiveAndSayForWhat) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive property stock --workshop fixed --count 2");
  EXPECT_EQ(run.exit_code, 3) << run.out << run.err;
  EXPECT_NE(run.out.find("was never sent: inconclusive for it"), std::string::npos) << run.out;
}

TEST(PropertyCommandTest, JsonHoldsTheSame) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive property payments --json --count 60");
  EXPECT_EQ(run.exit_code, 1) << run.err;
  const auto document = nlohmann::json::parse(run.out, nullptr, false);
  ASSERT_TRUE(document.is_object()) << run.out;
  EXPECT_EQ(document["seed"], 42);
  const auto& model = document["models"][0];
  EXPECT_EQ(model["model"], "payments");
  EXPECT_EQ(model["verdict"], "violation");
  ASSERT_FALSE(model["violations"].empty());
  const Finished again = RunLine(folder, model["violations"][0]["rerun"].get<std::string>());
  EXPECT_EQ(again.exit_code, 1) << again.out << again.err;
}

TEST(PropertyCommandTest, AStopKeepsWhatWasFound) {
  const Folder folder;
  // However slow the machine: waits longer until something was found before the signal came.
  const std::string line = std::string(REDRIVE_BINARY) +
                           " property stock -q --count 100000000 --json > kept & pid=$!; "
                           "sleep $wait; kill -TERM $pid; wait $pid; code=$?; ";
  const Finished run =
      RunLine(folder, "true; for wait in 1 4 16 64; do " + line +
                          "test $code = 1 && break; done; echo code $code; cat kept");
  EXPECT_NE(run.out.find("code 1"), std::string::npos) << run.out << run.err;
  EXPECT_NE(run.out.find("stopped early"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("\"rerun\": \"redrive property stock --seed=42 --case="),
            std::string::npos)
      << run.out;
}

TEST(PropertyCommandTest, BadInputNamesThePlaceAndTheNearest) {
  const struct {
    const char* line;
    const char* message;
  } cases[] = {
      {"redrive property tikets", "there is no model 'tikets', did you mean"},
      {"redrive property tickets --workshop double_clos", "did you mean 'double_close'"},
      {"redrive property tickets --suffix 3", "did you mean --suffixes?"},
      {"redrive property --suffixes 99", "expected a whole number from 1 to 8"},
      {"redrive property --length 0", "expected a whole number from 1 to 8"},
      {"redrive property --count 0", "expected a whole number from 1 to"},
      {"redrive property --case 3", "expected the number of a case, with a MODEL"},
      {"redrive property tickets --case x", "expected the number of a case, with a MODEL"},
      {"redrive property tickets --out /dev/null/x", "--out /dev/null/x"},
  };
  const Folder folder;
  for (const auto& bad : cases) {
    const Finished run = RunLine(folder, bad.line);
    EXPECT_EQ(run.exit_code, 2) << bad.line << "\n" << run.out << run.err;
    EXPECT_NE(run.err.find(bad.message), std::string::npos) << bad.line << "\n" << run.err;
  }
}

}  // namespace
}  // namespace redrive
