// A counterexample as people, programs and shells get it.
#include "replayer/counterexample.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replayer/lane_chart.h"
#include "replayer/wrap_text.h"
#include "tests/replayer/shrink_testing.h"

namespace redrive {
namespace {

Counterexample Portal() {
  const Trace trace = FailingTrace(PlantedSpec("portal_ticket_count_plus_one"));
  Result<Counterexample> small = Shrink(trace, {});
  EXPECT_TRUE(small.has_value()) << small.error().message;
  return std::move(*small);
}

TEST(CounterexampleTest, IsToldToAPerson) {
  const std::string told = CounterexampleToText(
      Portal(), {.commands = {{"to see it again:", "redrive replay x.min.redrive"}}});
  const std::string golden = "tests/replayer/golden/counterexample.txt";
  if (std::getenv("REDRIVE_UPDATE_GOLDEN")) {
    std::ofstream(std::string(REDRIVE_SOURCE_DIR) + "/" + golden) << told;
  }
  EXPECT_EQ(told, ReadSourceFile(golden)) << "to accept: REDRIVE_UPDATE_GOLDEN=1";
}

TEST(CounterexampleTest, EveryPlantedBugFitsAHundredColumnsAndMakesAScript) {
  for (const std::string& name : PlantedNames()) {
    const Result<Counterexample> small = Shrink(FailingTrace(PlantedSpec(name)), {.confirm = 1});
    ASSERT_TRUE(small.has_value()) << name;
    std::istringstream lines(CounterexampleToText(*small, {}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(ColumnsOf(line), kTextColumns) << name << ": " << line;
    }
    const std::string script = CurlScript(*small, "redrive replay x.min.redrive");
    const std::string path = testing::TempDir() + "redrive-script-" + name + ".sh";
    std::ofstream(path) << script;
    EXPECT_EQ(std::system(("sh -n '" + path + "'").c_str()), 0) << script;
    EXPECT_EQ(script.find("${v"), std::string::npos) << "a variable was left in\n" << script;
    EXPECT_NE(script.find("user_A &\n"), std::string::npos);
    EXPECT_NE(script.find("\nwait\n"), std::string::npos);
  }
}

TEST(CounterexampleTest, JsonHoldsTheWholeStory) {
  const Counterexample small = Portal();
  const std::string text = CounterexampleToJson(small);
  EXPECT_EQ(text, CounterexampleToJson(small));
  const nlohmann::json json = nlohmann::json::parse(text);
  EXPECT_EQ(json["check"], "portal ticket numbers are unique and ascend");
  EXPECT_EQ(json["kind"], "series");
  EXPECT_EQ(json["shape"], "duplicate");
  EXPECT_EQ(json["nature"], "race");
  EXPECT_EQ(json["requests"], 2);
  EXPECT_EQ(json["preemptions"], 1);
  EXPECT_EQ(json["reproduced"], 20);
  EXPECT_EQ(json["guarantee"]["schedule_exhaustive"], true);
  EXPECT_EQ(json["lanes"].size(), 2U);
  EXPECT_EQ(json["lanes"][1]["lane"], "B");
  EXPECT_EQ(json["window"].size(), 4U);
  EXPECT_EQ(json["scenario"]["users"].size(), 2U);
  EXPECT_EQ(json["schedule"], ScheduleToText(small.schedule));
}

TEST(CounterexampleTest, TheScriptQuotesWhatAShellWouldTakeApart) {
  Counterexample small;
  small.identity = {"a check\n# with a line break", "shape"};
  small.violation.what = "It said\n'no'.";
  CaseRequest request;
  request.name = "POST x";
  request.method = "POST";
  request.path = "/x/${id}?q=$${y}";
  request.headers = {{"X-Env", "${env(NAME, a default)}", false}};
  request.body_kind = BodyKind::kJson;
  request.body = R"({"quoted":"it's $HOME `id` \"${id}\"","whole":"${id}"})";
  Extract extract;
  extract.variable = "id";
  extract.place = "/list/[name=it's]/0/a~1b";
  CaseRequest first;
  first.path = "/list";
  first.extract = {extract};
  small.source.setup = {first};
  small.source.lanes = {{"", {request}}};
  const std::string script = CurlScript(small, "");
  for (const char* part : {
           R"('/x/'"$id"'?q=${y}')",
           R"(-H 'X-Env: '"${NAME:-a default}")",
           R"('{"quoted":"it'\''s $HOME `id` \"'"$id"'\"","whole":'"$id_json"'}')",
           R"(id=$(jq -r '.list | map(select((.["name"] | tostring) == "it'\''s")) | first)",
           R"(if type == "array" then .[0] else .["0"] end | .["a/b"]')",
           R"(id_json=$(jq -c)",
           "# a check # with a line break: shape\n",
       }) {
    EXPECT_NE(script.find(part), std::string::npos) << part << "\n" << script;
  }
}

TEST(LaneChartTest, ManyUsersShareAColumn) {
  Trace trace;
  for (std::uint32_t user = 0; user < 5; ++user) {
    InvokeRecord invoke;
    invoke.operation = user + 1;
    invoke.sequence = user + 1;
    invoke.user = user;
    invoke.request.method = "GET";
    invoke.request.target = "/" + std::string(120, 'x');
    trace.invokes.push_back(invoke);
    trace.returns.emplace_back();
  }
  const std::string chart = LaneChart(trace, {}, "");
  EXPECT_NE(chart.find("     5     E  → #5 GET /xxx"), std::string::npos) << chart;
  std::istringstream lines(chart);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(ColumnsOf(line), kTextColumns);
  }
}

TEST(LaneChartTest, LongRunsOutsideTheWindowAreCounted) {
  Trace trace;
  InvokeRecord invoke;
  invoke.operation = 1;
  invoke.sequence = 1;
  invoke.request.method = "GET";
  trace.invokes = {invoke};
  trace.returns.emplace_back();
  for (std::uint64_t i = 0; i < 60; ++i) {
    trace.steps.push_back({.sequence = 2 + i,
                           .at_ns = 0,
                           .task = 1,
                           .operation = 1,
                           .label = "items.find_one",
                           .resource = "items/*",
                           .mode = Mode::kRead});
  }
  const std::vector<WindowStep> window = {{1, 32, "items.find_one", "items/*", Mode::kRead}};
  EXPECT_EQ(
      LaneChart(trace, window, ""),
      "           A\n"
      "           ─────────────────────────────────────────────────────────────────────────────"
      "──────────\n"
      "     1     → #1 GET /\n"
      "     2     … 30 data operations\n"
      "    32  ┌─ reads  items/*  find_one\n"
      "    33     … 29 data operations\n");
}

TEST(LaneChartTest, ValuesThatTheSentenceNames) {
  const std::string body = R"({"a":{"id":"TKT-1","other":"TKT-10"},"n":7,"t":true,"e":""})";
  EXPECT_EQ(ValuesThatMatter(body, "#3 answered TKT-1, and 7 too."),
            (std::vector<std::string>{"/a/id = TKT-1", "/n = 7"}));
  EXPECT_TRUE(ValuesThatMatter("not json", "TKT-1").empty());
  EXPECT_TRUE(ValuesThatMatter(body, "true").empty());
}

TEST(WrapTextTest, BreaksAtSpacesAndOnlyThereIfItCan) {
  const std::string word(40, 'w');
  EXPECT_EQ(WrapText(word + " " + word + " " + word, "  ", "    "),
            "  " + word + " " + word + "\n    " + word + "\n");
  EXPECT_EQ(WrapText(std::string(150, 'x'), "", ""),
            std::string(100, 'x') + "\n" + std::string(50, 'x') + "\n");
  EXPECT_EQ(WrapText("", "a", "b"), "");
  EXPECT_EQ(Cell("äöü", 5), "äöü  ");
  EXPECT_EQ(Cell("äöüßx", 3), "äö…");
  EXPECT_EQ(OneLine("a\nb\tc", 10), "a b c");
}

}  // namespace
}  // namespace redrive
