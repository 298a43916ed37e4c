// Locust's command lines, files and exit rules on the real program; those of the load-testing
// guide are read out of the guide.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/cli_testing.h"

namespace redrive {
namespace {

std::string GuideText() {
  std::ifstream file(std::string(REDRIVE_SOURCE_DIR) +
                     "/corpora/locust/battwheels-load-testing-guide.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every command of the guide that begins with `locust -f locustfile.py`, its continued lines
// joined, with that beginning replaced by `redrive run`.
std::vector<std::string> GuideCommands() {
  const std::string guide = GuideText();
  const std::string begin = "locust -f locustfile.py";
  std::vector<std::string> commands;
  for (std::size_t at = guide.find(begin); at != std::string::npos;
       at = guide.find(begin, at + 1)) {
    std::size_t end = guide.find('\n', at);
    while (guide[end - 1] == '\\') end = guide.find('\n', end + 1);
    std::string command = "redrive run" + guide.substr(at + begin.size(), end - at - begin.size());
    for (std::size_t cut = command.find("\\\n"); cut != std::string::npos;
         cut = command.find("\\\n")) {
      command.erase(cut, 2);
    }
    commands.push_back(command);
  }
  return commands;
}

std::vector<std::string> GuideScenarios() {
  std::vector<std::string> commands;
  for (const std::string& command : GuideCommands()) {
    if (command.find(" -u ") != std::string::npos) commands.push_back(command);
  }
  return commands;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << text;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

TEST(LocustTest, TheGuidesScenariosRunAsWritten) {
  const Folder folder;
  const std::vector<std::string> commands = GuideScenarios();
  ASSERT_EQ(commands.size(), 4U);
  for (const std::string& command : commands) {
    const Finished run = RunLine(folder, command);  // $TARGET_HOST is not set: simulated
    EXPECT_EQ(run.exit_code, 0) << command << "\n" << run.out << run.err;
    EXPECT_NE(run.err.find("is no number, so it is taken as a user class"), std::string::npos);
    EXPECT_NE(run.err.find("Response time percentiles (approximated)"), std::string::npos);
    const std::string users = command.substr(command.find("--users=") + 8);
    EXPECT_NE(run.out.find(": " + users.substr(0, users.find(' ')) + " users, "), std::string::npos)
        << run.out;
  }
}

TEST(LocustTest, TheGuidesHeadlessRunWritesItsFiles) {
  const Folder folder;
  std::string command;
  for (const std::string& candidate : GuideCommands()) {
    if (candidate.find("--csv=results/normal_ops") != std::string::npos) command = candidate;
  }
  ASSERT_FALSE(command.empty());
  const Finished run = RunLine(folder, command);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find(" 50 users, "), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("all classes by their weights"), std::string::npos) << run.err;
  const std::vector<std::string> stats = Lines(folder.Read("results/normal_ops_stats.csv"));
  ASSERT_GT(stats.size(), 2U);
  EXPECT_TRUE(stats.front().starts_with("Type,Name,Request Count,")) << stats.front();
  EXPECT_TRUE(stats.back().starts_with(",Aggregated,")) << stats.back();
  std::uint64_t requests = 0;
  for (std::size_t i = 1; i + 1 < stats.size(); ++i) requests += std::stoull(Cells(stats[i])[2]);
  EXPECT_EQ(std::to_string(requests), Cells(stats.back())[2]);
  EXPECT_TRUE(folder.Read("results/normal_ops_failures.csv").starts_with("Method,Name,Error,"));
  EXPECT_EQ(folder.Read("results/normal_ops_exceptions.csv"), "Count,Message,Traceback,Nodes\r\n");
  // A row for each second of virtual time that users ran, beginning with none.
  const std::vector<std::string> history =
      Lines(folder.Read("results/normal_ops_stats_history.csv"));
  ASSERT_GT(history.size(), 290U);
  EXPECT_EQ(Cells(history[1])[17], "0") << history[1];
  for (std::size_t i = 2; i < history.size(); ++i) {
    EXPECT_EQ(std::stoll(Cells(history[i])[0]), std::stoll(Cells(history[i - 1])[0]) + 1);
  }
}

TEST(LocustTest, TheSameRunWritesTheSameBytes) {
  const Folder folder;
  const std::string run = "redrive run mixed -u 10 -t 60s --no-trace --confirm 0 --headless ";
  RunLine(folder, run + "--csv a --csv-full-history --json-file a");
  RunLine(folder, run + "--csv b --csv-full-history --json-file b");
  for (const char* suffix :
       {"_stats.csv", "_failures.csv", "_exceptions.csv", "_stats_history.csv", ".json"}) {
    EXPECT_FALSE(folder.Read(std::string("a") + suffix).empty()) << suffix;
    EXPECT_EQ(folder.Read(std::string("a") + suffix), folder.Read(std::string("b") + suffix));
  }
  EXPECT_GT(CountOf(folder.Read("a_stats_history.csv"), "POST,/api/auth/login,"), 50U);
}

TEST(LocustTest, TheGuidesScenariosRunAgainstALiveService) {
  const Folder folder;
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0");
  ASSERT_FALSE(workshop.url().empty());
  for (const std::string& command : GuideScenarios()) {
    const std::size_t time = command.find("--run-time=");
    const std::string given = command.substr(time, command.find(' ', time) - time);
    const std::string line =
        Replaced(Replaced(command, given, "--run-time=2s"), "$TARGET_HOST", workshop.url()) +
        " --csv=live/out --no-trace";
    const Finished run = RunLine(folder, line);
    // Two seconds are too short for the rate limit of EFIUser: inconclusive is the honest answer.
    EXPECT_TRUE(run.exit_code == 0 || run.exit_code == 1 || run.exit_code == 3)
        << line << "\n"
        << run.out << run.err;
    const std::vector<std::string> stats = Lines(folder.Read("live/out_stats.csv"));
    EXPECT_GT(std::stoull(Cells(stats.back())[2]), 0U) << line;
    EXPECT_GE(Lines(folder.Read("live/out_stats_history.csv")).size(), 3U) << line;
    EXPECT_GE(CountOf(run.err, "# reqs      # fails"), 2U) << "a current table and the final one";
  }
}

TEST(LocustTest, JsonIsAllOfStdout) {
  const Folder folder;
  const Finished run = RunLine(folder, "redrive run finance -t 20s --no-trace --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out, nullptr, false);
  ASSERT_TRUE(json.is_array()) << run.out.substr(0, 200);
  std::uint64_t requests = 0;
  for (const auto& entry : json) requests += entry.at("num_requests").get<std::uint64_t>();
  EXPECT_GT(requests, 0U);
  EXPECT_NE(run.err.find("plan digest "), std::string::npos) << "the rest went to stderr";
}

TEST(LocustTest, WhichTablesArePrinted) {
  const Folder folder;
  const auto tables = [&folder](const std::string& flags) {
    const Finished run = RunLine(folder, "redrive run finance -t 20s --no-trace " + flags);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return CountOf(run.err, "# reqs      # fails");
  };
  EXPECT_EQ(tables(""), 0U);
  EXPECT_EQ(tables("--headless"), 1U) << "twenty virtual seconds pass in an instant";
  EXPECT_EQ(tables("--only-summary"), 1U);
  EXPECT_GT(tables("--print-stats"), 9U);
  EXPECT_EQ(tables("--headless --headful"), 0U);
}

TEST(LocustTest, FailedRequestsSetTheExitCodeOnlyWhenAsked) {
  const Folder folder;
  const std::string run = "redrive run efi --no-trace --confirm 0 ";
  // Far more than twenty requests a minute: the limiter answers 429, which the class accepts; the
  // status alone is judged with this scenario.
  (void)folder.Write("missing.json",
                     "{\"name\": \"m\", \"users\": [{\"name\": \"U\", \"iterations\": 2, "
                     "\"actions\": [{\"name\": \"a\", \"requests\": [{\"path\": \"/api/nothing\"}]}"
                     ", {\"name\": \"b\", \"requests\": [{\"path\": \"/api/health\"}]}]}]}");
  EXPECT_EQ(RunLine(folder, run + "-t 20s --exit-code-on-error 9").exit_code, 0);
  const std::string missing = "redrive run missing.json -u 4 -t 5s --no-trace --confirm 0 --csv m ";
  EXPECT_EQ(RunLine(folder, missing).exit_code, 0);
  EXPECT_EQ(RunLine(folder, missing + "--exit-code-on-error 9").exit_code, 9);
  EXPECT_EQ(RunLine(folder, missing + "--exit-code-on-error 0").exit_code, 0);
  EXPECT_NE(folder.Read("m_failures.csv").find(" Client Error: "), std::string::npos)
      << folder.Read("m_failures.csv");
}

TEST(LocustTest, ListsAndRatios) {
  const Folder folder;
  const Finished list = RunLine(folder, "redrive run mixed --list");
  EXPECT_EQ(list.out,
            "Available Users:\n    EFIUser\n    FinanceUser\n    NormalOperationsUser\n"
            "    PeakTicketCreator\n");
  EXPECT_NE(RunLine(folder, "redrive run -l").out.find("    FinanceUser\n"), std::string::npos);
  const Finished ratio = RunLine(folder, "redrive run finance --show-task-ratio");
  EXPECT_TRUE(ratio.out.starts_with("\n Task ratio per User class\n-----")) << ratio.out;
  EXPECT_NE(ratio.out.find("\n 100.0      FinanceUser "), std::string::npos) << ratio.out;
  const Finished json = RunLine(folder, "redrive run mixed --show-task-ratio-json");
  const auto parsed = nlohmann::json::parse(json.out, nullptr, false);
  ASSERT_TRUE(parsed.is_object()) << json.out;
  double sum = 0;
  for (const auto& [name, entry] : parsed.at("total").items()) {
    for (const auto& [task, value] : entry.at("tasks").items()) {
      sum += value.at("ratio").get<double>();
    }
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(LocustTest, ChangedWeightsChangeThePlan) {
  const Folder folder;
  const std::string run = "redrive run mixed -u 8 -t 10s --no-trace --confirm 0 ";
  const std::string plain = RunLine(folder, run).out.substr(0, 29);
  const Finished equal = RunLine(folder, run + "--equal-weights");
  EXPECT_NE(equal.out.substr(0, 29), plain);
  const Finished fixed = RunLine(
      folder, run + "--config-users '{\"user_class_name\": \"EFIUser\", \"fixed_count\": 8}'");
  EXPECT_NE(fixed.out.substr(0, 29), plain);
  const Finished bad = RunLine(folder, run + "--config-users '{\"user_class_name\": \"EFIUsr\"}'");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("did you mean EFIUser?"), std::string::npos) << bad.err;
}

TEST(LocustTest, ResetStatsForgetsTheRamp) {
  const Folder folder;
  const std::string run =
      "redrive run normal_operations -u 20 -r 1 -t 60s --no-trace --headless --csv ";
  RunLine(folder, run + "all");
  RunLine(folder, run + "late --reset-stats");
  const auto requests = [&folder](const std::string& name) {
    return std::stoull(Cells(Lines(folder.Read(name)).back())[2]);
  };
  EXPECT_LT(requests("late_stats.csv"), requests("all_stats.csv"));
  EXPECT_GT(requests("late_stats.csv"), 0U);
}

TEST(LocustTest, BadPlacesAreSaidBeforeTheRun) {
  const Folder folder;
  (void)folder.Write("file", "");
  const Finished run = RunLine(folder, "redrive run finance --no-trace --csv file/x");
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("--csv: "), std::string::npos) << run.err;
  const Finished history = RunLine(folder, "redrive run finance --csv-full-history");
  EXPECT_EQ(history.exit_code, 2);
  EXPECT_NE(history.err.find("needs --csv PREFIX"), std::string::npos) << history.err;
}

TEST(LocustTest, TheSettingsFileOfTheFolderCounts) {
  const Folder folder;
  (void)folder.Write("locust.conf", "users = 3\nrun-time = 10s\nno-trace = true\nconfirm = 0\n");
  const Finished run = RunLine(folder, "redrive run FinanceUser");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find(": 3 users, "), std::string::npos) << run.out;
}

TEST(LocustTest, StopTimeoutEndsWhatStillRuns) {
  const Folder folder;
  // Every data operation takes two seconds, so no request ends within one second and a half.
  Background workshop(folder, "redrive workshop --listen 127.0.0.1:0 --op-delay-us 2000000");
  ASSERT_FALSE(workshop.url().empty());
  const Finished run = RunLine(folder,
                               "redrive run normal_operations -u 2 -r 2 -t 1s -s 0 --csv s "
                               "--no-trace --host " +
                                   workshop.url());
  EXPECT_EQ(run.exit_code, 3) << run.out << run.err;
  EXPECT_NE(run.out.find("ending: "), std::string::npos) << run.out;
  EXPECT_TRUE(Lines(folder.Read("s_stats.csv")).back().starts_with(",Aggregated,0,0,")) << run.out;
}

TEST(LocustTest, TheSmallerFlags) {
  const Folder folder;
  EXPECT_TRUE(RunLine(folder, "redrive run -V").out.starts_with("redrive "));
  const std::string run = "redrive run finance -t 5s --no-trace ";
  EXPECT_EQ(RunLine(folder, run + "--processes -1 -s 10s").exit_code, 0);
  const Finished processes = RunLine(folder, run + "--processes many");
  EXPECT_EQ(processes.exit_code, 2);
  EXPECT_NE(processes.err.find("--processes: 'many'"), std::string::npos) << processes.err;
  const Finished stop = RunLine(folder, run + "-s soon");
  EXPECT_EQ(stop.exit_code, 2);
  EXPECT_NE(stop.err.find("--stop-timeout: "), std::string::npos) << stop.err;
  const Finished master = RunLine(folder, run + "--master");
  EXPECT_EQ(master.exit_code, 2);
  EXPECT_NE(master.err.find("one process"), std::string::npos) << master.err;
}

TEST(LocustTest, HelpFitsAScreen) {
  const Folder folder;
  const Finished help = RunLine(folder, "redrive run --help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_LE(CountOf(help.out, "\n"), 60U) << help.out;
  EXPECT_NE(help.out.find("--csv"), std::string::npos);
  EXPECT_NE(help.out.find("docs/LOCUST.md"), std::string::npos) << help.out;
}

}  // namespace
}  // namespace redrive
