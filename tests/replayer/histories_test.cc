// Every file of corpora/histories/<check>/<verdict>-*.json must get the verdict of its name.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "replayer/checker.h"
#include "replayer/report.h"
#include "tests/replayer/history_file.h"

namespace redrive {
namespace {

namespace fs = std::filesystem;

const fs::path kHistories = fs::path(REDRIVE_SOURCE_DIR) / "corpora" / "histories";

std::vector<std::string> AllHistories() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(kHistories)) {
    if (entry.path().extension() == ".json") {
      names.push_back(fs::relative(entry.path(), kHistories).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

CheckReport JudgeFile(const HistoryFile& file) {
  const auto checkers = ParseChecks(file.checks, "/checks");
  if (!checkers) throw std::runtime_error(checkers.error().message);
  return CheckAll(file.trace, *checkers, {.rerun_command = "redrive check FILE"});
}

class HistoriesTest : public testing::TestWithParam<std::string> {};

TEST_P(HistoriesTest, GetsTheVerdictOfItsName) {
  const fs::path path = kHistories / GetParam();
  const HistoryFile file = ReadHistoryFile(path);
  const std::string name = path.stem().string();
  const std::string expected = name.starts_with("ok-")    ? "pass"
                               : name.starts_with("bad-") ? "violation"
                                                          : "unknown";
  const CheckReport report = JudgeFile(file);
  ASSERT_EQ(report.verdicts.size(), file.checks.size());
  EXPECT_EQ(VerdictName(report.overall()), expected) << ReportToText(report);
  std::vector<std::string> shapes;
  for (const Verdict& verdict : report.verdicts) {
    EXPECT_EQ(verdict.check, path.parent_path().filename().string());
    for (const Violation& violation : verdict.violations) {
      shapes.push_back(violation.shape);
      EXPECT_FALSE(violation.operations.empty());
      EXPECT_FALSE(violation.what.empty());
      EXPECT_FALSE(violation.why.empty());
    }
  }
  EXPECT_EQ(shapes, file.shapes) << ReportToText(report);
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.size() - 5);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, HistoriesTest, testing::ValuesIn(AllHistories()), TestName);

// A checker without a history that it condemns is not known to work.
TEST(HistoriesTest, EveryCheckHasGoodBadAndUnknown) {
  for (const auto& entry : fs::directory_iterator(kHistories)) {
    if (!entry.is_directory()) continue;
    std::map<std::string, int> verdicts;
    for (const auto& file : fs::directory_iterator(entry.path())) {
      const std::string name = file.path().filename().string();
      ++verdicts[name.substr(0, name.find('-'))];
    }
    EXPECT_GE(verdicts["ok"], 1) << entry.path();
    EXPECT_GE(verdicts["bad"], 1) << entry.path();
    EXPECT_GE(verdicts["unknown"], 1) << entry.path();
  }
}

// A report is a pure function of the trace.
TEST(HistoriesTest, EqualTracesGiveEqualReports) {
  for (const std::string& name : AllHistories()) {
    const HistoryFile file = ReadHistoryFile(kHistories / name);
    EXPECT_EQ(ReportToJson(JudgeFile(file)), ReportToJson(JudgeFile(file))) << name;
  }
}

std::string FirstDifference(const std::string& text, const std::string& expected) {
  std::istringstream a(text);
  std::istringstream b(expected);
  std::string line_a;
  std::string line_b;
  for (int line = 1;; ++line) {
    const bool more_a = static_cast<bool>(std::getline(a, line_a));
    const bool more_b = static_cast<bool>(std::getline(b, line_b));
    if (!more_a && !more_b) return "";
    if (more_a != more_b || line_a != line_b) {
      return "line " + std::to_string(line) + "\n  now:    " + (more_a ? line_a : "(end)") +
             "\n  golden: " + (more_b ? line_b : "(end)");
    }
  }
}

// Golden texts: REDRIVE_UPDATE_GOLDEN=1 writes them anew.
TEST(HistoriesTest, ReportsReadAsTheGoldenTextSays) {
  std::string text;
  for (const std::string& name : AllHistories()) {
    if (name.find("/ok-") != std::string::npos) continue;
    text += "=== " + name + "\n" + ReportToText(JudgeFile(ReadHistoryFile(kHistories / name)));
  }
  const fs::path golden = kHistories / "golden.txt";
  if (std::getenv("REDRIVE_UPDATE_GOLDEN")) std::ofstream(golden) << text;
  std::ifstream input(golden);
  std::stringstream expected;
  expected << input.rdbuf();
  EXPECT_EQ(FirstDifference(text, expected.str()), "") << "to accept: REDRIVE_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace redrive
