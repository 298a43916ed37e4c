// redrive explore and merge as a user meets them.
#include <gtest/gtest.h>

#include <map>

#include "cli/shard.h"
#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

std::string Planted(const std::string& name) {
  return std::string(REDRIVE_SOURCE_DIR) + "/corpora/planted/" + name + ".json";
}

TEST(ExploreCommandTest, FindsAndWritesATraceThatReplays) {
  const Folder folder;
  const Finished found =
      RunLine(folder, "redrive explore " + Planted("portal_ticket_count_plus_one"));
  ASSERT_EQ(found.exit_code, 1) << found.out << found.err;
  EXPECT_NE(found.out.find("violation: portal ticket numbers are unique and ascend (duplicate)"),
            std::string::npos)
      << found.out;
  EXPECT_NE(found.out.find("serial outcome (not serial)"), std::string::npos) << found.out;
  const std::string replay = LineWith(found.out, "to replay: ");
  ASSERT_FALSE(replay.empty()) << found.out;
  const Finished again = RunLine(folder, replay.substr(replay.find("redrive replay")));
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_NE(again.out.find("identical 20/20"), std::string::npos) << again.out;
  const std::string line = LineWith(found.out, "to re-run: ");
  const Finished second = RunLine(folder, line.substr(line.find("redrive explore")));
  EXPECT_EQ(second.out, found.out);
}

TEST(ExploreCommandTest, SearchesTheRepairedFlowToTheEnd) {
  const Folder folder;
  const Finished clean =
      RunLine(folder, "redrive explore " + Planted("double_close") + " --workshop fixed");
  EXPECT_EQ(clean.exit_code, 0) << clean.out << clean.err;
  EXPECT_NE(clean.out.find("clean: all 20 classes explored"), std::string::npos) << clean.out;
}

TEST(ExploreCommandTest, PicksConflictsOutOfABurst) {
  const Folder folder;
  const Finished run = RunLine(
      folder, "redrive run peak_burst_full -u 12 -t 6s --no-shrink --confirm 0 --trace b.redrive");
  ASSERT_NE(run.exit_code, 2) << run.err;
  const Finished found = RunLine(folder, "redrive explore b.redrive --budget 300 --jobs 2");
  EXPECT_EQ(found.exit_code, 1) << found.out << found.err;
  EXPECT_NE(found.out.find("POST portal/tickets × POST portal/tickets"), std::string::npos)
      << found.out;
  const Finished json =
      RunLine(folder, "redrive explore b.redrive --budget 50 --before setup --json");
  EXPECT_EQ(json.out.front(), '{');
}

TEST(ExploreCommandTest, PartsMergeToTheWhole) {
  const Folder folder;
  const std::string command =
      "redrive explore " + Planted("payment_lost_update") + " --all --budget 200";
  ASSERT_EQ(RunLine(folder, command + " --report whole.json").exit_code, 1);
  for (const char* part : {"0", "1", "2"}) {
    const std::string p(part);
    (void)RunLine(folder, command + " --shard " + p + "/3 --report p" + p + ".json");
  }
  const Finished merged = RunLine(folder, "redrive merge p2.json p0.json p1.json --json");
  EXPECT_EQ(merged.exit_code, 1) << merged.err;
  const Finished missing = RunLine(folder, "redrive merge p0.json p1.json");
  EXPECT_NE(missing.out.find("not in this report: 2/3"), std::string::npos) << missing.out;
  const Finished wrong = RunLine(folder, "redrive merge p0.json whole.json");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("different campaigns"), std::string::npos) << wrong.err;
}

TEST(ExploreCommandTest, BadInputIsToldApart) {
  const Folder folder;
  const std::string planted = Planted("double_close");
  const std::map<std::string, std::string> lines = {
      {"redrive explore " + planted + " --strategy rndom", "unknown strategy 'rndom'"},
      {"redrive explore " + planted + " --budget 0", "expected a number of executions or a time"},
      {"redrive explore " + planted + " --budget soon", "expected a number of executions"},
      {"redrive explore " + planted + " --pick 1,x", "request numbers such as 91,95"},
      {"redrive explore " + planted + " --pick 1", "belongs to setup or audit"},
      {"redrive explore " + planted + " --window 9", "--window FIRST..LAST"},
      {"redrive explore " + planted + " --before most", "expected all, setup or needed"},
      {"redrive explore " + planted + " --allow nothing", "PLACE=REASON"},
      {"redrive explore " + planted + " --shard 3/3", "does not exist"},
      {"redrive explore " + planted + " --workshop fxed", "fxed"},
      {"redrive explore missing.json", "missing.json"},
      {"redrive explore", "INPUT"},
      {"redrive merge missing.json", "missing.json"},
  };
  for (const auto& [line, message] : lines) {
    const Finished finished = RunLine(folder, line);
    EXPECT_EQ(finished.exit_code, 2) << line << "\n" << finished.out << finished.err;
    EXPECT_NE(finished.err.find(message), std::string::npos) << line << "\n" << finished.err;
  }
}

EnvLookup From(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(ShardTest, UnderstandsRanks) {
  const auto text = [](const std::string& flag, std::map<std::string, std::string> values) {
    const Result<Shard> shard = ParseShard(flag, From(std::move(values)));
    return shard ? std::to_string(shard->index) + "/" + std::to_string(shard->count)
                 : shard.error().message;
  };
  EXPECT_EQ(text("2/5", {}), "2/5");
  EXPECT_EQ(text("auto", {{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "8"}}), "3/8");
  EXPECT_EQ(text("auto", {{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}), "0/2");
  EXPECT_EQ(text("auto", {{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "4"}}), "1/4");
  EXPECT_EQ(text("auto", {{"SLURM_ARRAY_TASK_ID", "7"},
                          {"SLURM_ARRAY_TASK_MIN", "5"},
                          {"SLURM_ARRAY_TASK_COUNT", "6"},
                          {"SLURM_PROCID", "0"},
                          {"SLURM_NTASKS", "1"}}),
            "2/6");
  EXPECT_EQ(text("auto/9", {{"JOB_COMPLETION_INDEX", "4"}}), "4/9");
  EXPECT_NE(text("auto", {{"JOB_COMPLETION_INDEX", "4"}}).find("auto/N"), std::string::npos);
  EXPECT_NE(text("auto", {}).find("no rank"), std::string::npos);
  for (const char* wrong : {"", "1", "1/", "/2", "a/b", "2/2", "0/0", "-1/2", "1/2/3"}) {
    EXPECT_TRUE(ParseShard(wrong, From({})).has_error()) << wrong;
  }
}

}  // namespace
}  // namespace redrive
