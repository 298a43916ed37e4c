#include "recorder/data_table.h"

#include <gtest/gtest.h>

#include <set>

#include "recorder/plan.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

using Texts = std::vector<std::string>;

Texts Cells(const DataTable& table) {
  Texts texts;
  for (const DataValue& value : table.cells) texts.push_back(value.text);
  return texts;
}

TEST(CsvTest, WhatRfc4180Allows) {
  const auto table = ParseCsv(
      "\xef\xbb\xbf"
      "name,note\r\nAsha,plain\r\n\"Khan, Imran\",\"says "
      "\"\"hi\"\"\"\r\n\r\n\"two\r\nlines\",\n,\"\"",
      "c.csv");
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->columns, (Texts{"name", "note"}));
  EXPECT_EQ(table->rows(), 4U);
  EXPECT_EQ(Cells(*table),
            (Texts{"Asha", "plain", "Khan, Imran", "says \"hi\"", "two\r\nlines", "", "", ""}));
  const auto single = ParseCsv("x\n\"\"\n\na\n", "c.csv");  // an empty value, and an empty line
  ASSERT_TRUE(single.has_value());
  EXPECT_EQ(Cells(*single), (Texts{"", "a"}));
}

TEST(CsvTest, ErrorsNameFileAndLine) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"", "c.csv:1: expected a header line and one row at least"},
      {"a,b\n", "c.csv:1: expected a header line and one row at least"},
      {"a,b\n1,2\n3\n", "c.csv:3: 1 fields, where the header line has 2"},
      {"a,b\n\"1\n1\",2\n3,4,5\n", "c.csv:4: 3 fields, where the header line has 2"},
      {"a,a\n1,2\n", "c.csv:1: two columns are named \"a\""},
      {"\n\na,,c\n1,2,3\n", "c.csv:3: column 2 has no name"},
      {"a\n1\n\"2\n3\n", "c.csv:3: a quote that is never closed"},
      {"a\n\"1\"2\n", "c.csv:2: expected ',' or the end of the line behind the closing quote"},
      {"a\n1\"2\n", "c.csv:2: a quote inside a field"},
      {"a\rb\n", "c.csv:1: a carriage return without a line feed"},
  };
  for (const auto& each : kCases) {
    const auto table = ParseCsv(each.text, "c.csv");
    ASSERT_TRUE(table.has_error()) << each.text;
    EXPECT_EQ(table.error().message.rfind(each.error, 0), 0U) << table.error().message;
  }
}

TEST(CsvTest, LimitsHold) {
  DataLimits limits;
  limits.rows_max = 2;
  EXPECT_TRUE(ParseCsv("a\n1\n2\n", "c", limits).has_value());
  EXPECT_EQ(ParseCsv("a\n1\n2\n3\n", "c", limits).error().message, "c:4: more than 2 rows");
  limits.columns_max = 1;
  EXPECT_TRUE(ParseCsv("a,b\n1,2\n", "c", limits).has_error());
  limits.bytes_max = 3;
  EXPECT_TRUE(ParseCsv("a\n1\n", "c", limits).has_error());
  EXPECT_TRUE(ParseJsonRows("[1,2]", "j", limits).has_error());
}

TEST(CsvTest, WrittenTablesReadBackTheSame) {
  Rng rng(11);
  const std::string alphabet = "ab,\"\n\r x";
  for (int round = 0; round < 300; ++round) {
    DataTable table;
    for (std::uint64_t i = 0; i <= rng.Below(3); ++i)
      table.columns.push_back("c" + std::to_string(i));
    const std::uint64_t rows = 1 + rng.Below(4);
    for (std::uint64_t i = 0; i < rows * table.columns.size(); ++i) {
      DataValue value;
      for (std::uint64_t n = rng.Below(5); n > 0; --n) value.text += alphabet[rng.Below(8)];
      table.cells.push_back(value);
    }
    const auto again = ParseCsv(ToCsv(table), "c.csv");
    ASSERT_TRUE(again.has_value()) << again.error().message << ToCsv(table);
    EXPECT_EQ(again->columns, table.columns);
    EXPECT_EQ(Cells(*again), Cells(table));
  }
}

// Found by fuzzing: behind an empty line it is a column's name, and first in what is written.
TEST(CsvTest, AByteOrderMarkThatIsNotTheFilesOwn) {
  const auto table = ParseCsv("\n\xef\xbb\xbf\na\n", "c.csv");
  ASSERT_TRUE(table.has_value()) << table.error().message;
  ASSERT_EQ(table->columns, Texts{"\xef\xbb\xbf"});
  const auto again = ParseCsv(ToCsv(*table), "c.csv");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->columns, table->columns);
  EXPECT_EQ(Cells(*again), Cells(*table));
}

TEST(JsonRowsTest, ObjectsAndScalars) {
  const auto objects = ParseJsonRows(R"([{"id": 7, "name": "x"}, {"name": "y", "id": null}])", "j");
  ASSERT_TRUE(objects.has_value()) << objects.error().message;
  EXPECT_EQ(objects->columns, (Texts{"id", "name"}));
  EXPECT_EQ(Cells(*objects), (Texts{"7", "x", "null", "y"}));
  EXPECT_TRUE(objects->cells[0].raw_json);
  EXPECT_FALSE(objects->cells[1].raw_json);
  const auto scalars = ParseJsonRows(R"(["a", 2, true])", "j");
  ASSERT_TRUE(scalars.has_value());
  EXPECT_EQ(Cells(*scalars), (Texts{"a", "2", "true"}));
  for (const char* wrong : {"[]", "{}", "[1, {}]", "[{}]", "[{\"a\": []}]", "[{\"a\": 1}, {}]",
                            "[{\"a\": 1}, {\"b\": 1}]", "[[1]]", "[{\"a\": 1}, 2]"}) {
    EXPECT_TRUE(ParseJsonRows(wrong, "j").has_error()) << wrong;
  }
  EXPECT_EQ(ParseJsonRows("[{\"a\": 1},\n{\"b\": 1}]", "j.json").error().message,
            "j.json:2: no member \"a\", which the first row has");
}

// --- In scenarios --------------------------------------------------------------------------------

EnvLookup Files() {
  return [](std::string_view key) -> std::optional<std::string> {
    if (key == FileKey("users.csv")) return "email,password\na@x,p1\nb@x,p2\nc@x,p3\n";
    if (key == FileKey("sub/ids.json")) return "[10, 20]";
    return std::nullopt;
  };
}

std::string WithData(const std::string& data, const std::string& json) {
  return R"({"name": "s", "defaults": {"users": 4, "spawn_rate": 100}, "data": )" + data +
         R"(, "setup": [{"method": "POST", "path": "/s", "repeat": 2, "json": )" + json +
         R"(}], "users": [{"name": "U", "iterations": 3, "wait_time": {"constant": 1},
         "actions": [{"name": "a", "requests": [{"method": "POST", "path": "/a", "json": )" +
         json + "}]}]}]}";
}

// The bodies of user `number`, one per action.
Texts Bodies(const std::string& data, const std::string& json, std::uint32_t number) {
  const auto scenario = ParseScenario(WithData(data, json), "data.json", Files());
  EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
  if (!scenario) return {};
  const auto plan = Plan::Make(*scenario, RunSpec());
  EXPECT_TRUE(plan.has_value()) << plan.error().message;
  if (!plan) return {};
  UserPlan user(*plan, number);
  Texts bodies;
  while (const auto action = user.Next()) bodies.push_back(action->requests[0].body.text);
  return bodies;
}

TEST(DataTest, RowsByUserAndByIteration) {
  const std::string by_user = R"({"u": {"file": "users.csv"}})";
  EXPECT_EQ(Bodies(by_user, R"("${u.email}/${u.password}")", 1),
            (Texts{"\"b@x/p2\"", "\"b@x/p2\"", "\"b@x/p2\""}));
  EXPECT_EQ(Bodies(by_user, R"("${u.email}")", 3).at(0), "\"a@x\"");  // four users, three rows
  const std::string by_iteration = R"({"n": {"file": "sub/ids.json", "pick": "iteration"}})";
  EXPECT_EQ(
      Bodies(by_iteration, R"({"n": "${n}", "t": "no ${n}"})", 2),
      (Texts{R"({"n":10,"t":"no 10"})", R"({"n":20,"t":"no 20"})", R"({"n":10,"t":"no 10"})"}));
}

TEST(DataTest, ARandomRowIsOneRowInAllColumns) {
  const std::string data = R"({"r": {"pick": "random", "rows": [
    {"a": 1, "b": "x1"}, {"a": 2, "b": "x2"}, {"a": 3, "b": "x3"}]}})";
  std::set<std::string> seen;
  for (std::uint32_t user = 0; user < 4; ++user) {
    for (const std::string& body : Bodies(data, R"("${r.a} ${r.b}")", user)) {
      seen.insert(body);
      EXPECT_EQ(body[1], body[4]) << body;
    }
  }
  EXPECT_GE(seen.size(), 2U);
}

TEST(DataTest, SetupCountsItsRepeats) {
  const auto scenario = ParseScenario(
      WithData(R"({"u": {"file": "users.csv", "pick": "user"}})", R"("${u.email}")"), "d", Files());
  ASSERT_TRUE(scenario.has_value());
  const auto plan = Plan::Make(*scenario, RunSpec());
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->SetupRequest(0, 0).body.text, "\"a@x\"");
  EXPECT_EQ(plan->SetupRequest(0, 1).body.text, "\"b@x\"");
}

TEST(DataTest, UniqueRowsMustSuffice) {
  const auto scenario = ParseScenario(
      WithData(R"({"u": {"file": "users.csv", "pick": "unique"}})", R"("${u.email}")"), "d",
      Files());
  ASSERT_TRUE(scenario.has_value());
  const auto plan = Plan::Make(*scenario, RunSpec());
  ASSERT_TRUE(plan.has_error());
  EXPECT_NE(plan.error().message.find("u has 3 rows for 4 users"), std::string::npos);
  RunSpec three;
  three.users = 3;
  EXPECT_TRUE(Plan::Make(*scenario, three).has_value());
}

TEST(DataTest, AFilesTextIsPartOfTheDigestAndOfTheSettings) {
  const std::string json = WithData(R"({"u": {"file": "users.csv"}})", R"("${u.email}")");
  const auto digest = [&](const std::string& csv) {
    RunSpec spec = SpecOf(json);
    spec.settings = {{"env." + FileKey("users.csv"), csv}};
    const auto simulation = Simulation::Make(spec);  // as for a replay: without any file
    EXPECT_TRUE(simulation.has_value()) << simulation.error().message;
    return (*simulation)->plan().digest();
  };
  const std::uint64_t plain = digest("email,password\na,1\n");
  EXPECT_EQ(plain, digest("email,password\r\na,1\r\n"));  // the same rows
  EXPECT_NE(plain, digest("email,password\nb,1\n"));
  EXPECT_NE(plain, digest("email,password\na,2\n"));  // though no request shows it
  const auto scenario = ParseScenario(json, "d", Files());
  ASSERT_TRUE(scenario.has_value());
  ASSERT_EQ(scenario->env_used.size(), 1U);
  EXPECT_EQ(scenario->env_used[0].first, "file:users.csv");
}

TEST(DataTest, ErrorsNameThePlaceAndTheRemedy) {
  const struct {
    const char* data;
    const char* json;
    const char* error;
  } kCases[] = {
      {R"({"u": {"file": "none.csv"}})", R"("")", "/data/u/file: cannot read \"none.csv\""},
      {R"({"u": {"file": "../users.csv"}})", R"("")", "in the scenario's folder or below it"},
      {R"({"u": {"file": "/etc/users.csv"}})", R"("")", "in the scenario's folder or below it"},
      {R"({"u": {"file": "users.txt"}})", R"("")", "expected a .csv or .json file"},
      {R"({"u": {"file": "users.csv", "rows": []}})", R"("")", "one of \"file\" and \"rows\""},
      {R"({"u": {"rows": []}})", R"("")", "expected one row at least"},
      {R"({"u": [1, {"a": 2}]})", R"("")", "/data/u/1: expected a scalar, as in the first row"},
      {R"({"u": {"file": "users.csv", "pick": "any"}})", R"("")",
       "expected \"user\", \"iteration\", \"random\" or \"unique\""},
      {R"({"u": {"file": "users.csv"}})", R"("${u.emial}")", "did you mean \"email\"?"},
      {R"({"us": {"file": "users.csv"}})", R"("${su.email}")", "no table \"su\" in \"data\""},
      {R"({"u": {"file": "users.csv"}})", R"("${u}")", "there are u.email, u.password"},
      {R"({"u": ["a"]})", R"("${u.x}")", "write ${u}"},
  };
  for (const auto& each : kCases) {
    const auto scenario = ParseScenario(WithData(each.data, each.json), "d.json", Files());
    ASSERT_TRUE(scenario.has_error()) << each.data;
    EXPECT_NE(scenario.error().message.find(each.error), std::string::npos)
        << scenario.error().message;
    EXPECT_EQ(scenario.error().message.rfind("d.json:1: /", 0), 0U) << scenario.error().message;
  }
}

}  // namespace
}  // namespace redrive
