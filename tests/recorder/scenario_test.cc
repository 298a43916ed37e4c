#include "recorder/scenario.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto scenario = ParseScenario(text, "s.json");
  return scenario ? "no error" : scenario.error().message;
}

// A scenario with `extra` members, the request `request` and the class members `of_class`.
std::string With(const std::string& extra, const std::string& request = R"({"path": "/a"})",
                 const std::string& of_class = "") {
  return "{\n\"name\": \"s\",\n" + extra + "\"users\": [\n{\"name\": \"U\", " + of_class +
         "\"actions\": [\n{\"name\": \"a\", \"requests\": [\n" + request + "\n]}]}]}";
}

TEST(ScenarioTest, EveryScenarioOfTheCorpusIsRead) {
  int count = 0;
  const auto files = [](std::string_view key) -> std::optional<std::string> {
    if (!key.starts_with(FileKey(""))) return std::nullopt;
    return ReadText(CorporaPath() / "examples" / key.substr(FileKey("").size()));
  };
  for (const char* directory : {"battwheels", "planted", "examples"}) {
    for (const auto& entry : std::filesystem::directory_iterator(CorporaPath() / directory)) {
      if (entry.path().extension() != ".json") continue;
      const auto scenario = ParseScenario(ReadText(entry.path()), entry.path().string(), files);
      EXPECT_TRUE(scenario.has_value()) << scenario.error().message;
      EXPECT_TRUE(scenario && scenario->name == entry.path().stem().string()) << entry.path();
      ++count;
    }
  }
  EXPECT_GE(count, 30);
}

TEST(ScenarioTest, TheFourClassesAreThoseOfTheGuide) {
  const auto mixed = ParseScenario(ReadText(CorporaPath() / "battwheels/mixed.json"), "mixed");
  ASSERT_TRUE(mixed.has_value());
  ASSERT_EQ(mixed->classes.size(), 4U);
  const UserClass& efi = mixed->classes[0];
  const UserClass& finance = mixed->classes[1];
  const UserClass& normal = mixed->classes[2];
  const UserClass& peak = mixed->classes[3];
  EXPECT_EQ(efi.name, "EFIUser");
  EXPECT_EQ(finance.name, "FinanceUser");
  EXPECT_EQ(normal.name, "NormalOperationsUser");
  EXPECT_EQ(peak.name, "PeakTicketCreator");
  EXPECT_EQ(efi.weight, 1U);
  EXPECT_EQ(finance.weight, 2U);
  EXPECT_EQ(normal.weight, 5U);
  EXPECT_EQ(peak.weight, 10U);
  EXPECT_EQ(peak.wait.first, std::chrono::milliseconds(500));
  EXPECT_EQ(peak.wait.last, std::chrono::seconds(2));
  EXPECT_EQ(efi.wait.last, std::chrono::seconds(15));
  const auto weights = [](const UserClass& user_class) {
    std::vector<std::uint32_t> all;
    for (const Action& action : user_class.actions) all.push_back(action.weight);
    return all;
  };
  EXPECT_EQ(weights(normal), (std::vector<std::uint32_t>{4, 2, 2, 1, 2, 1}));
  EXPECT_EQ(weights(finance), (std::vector<std::uint32_t>{3, 3, 2, 2, 1, 1}));
  EXPECT_EQ(weights(peak), (std::vector<std::uint32_t>{5, 2}));
  EXPECT_EQ(weights(efi), (std::vector<std::uint32_t>{3, 2, 1}));
  EXPECT_EQ(peak.actions[0].steps[0].name.text(), "/api/tickets [POST burst]");
  EXPECT_EQ(peak.actions[0].steps[0].accept, (std::vector<int>{200, 201, 429}));
  EXPECT_EQ(peak.actions[0].tags, (std::vector<std::string>{"tickets", "write", "concurrent"}));
  EXPECT_EQ(efi.actions[0].steps[0].accept, (std::vector<int>{200, 201, 429, 404}));
  EXPECT_EQ(finance.actions[4].steps[0].name.text(), "/api/reports/balance-sheet");
  for (const UserClass& user_class : mixed->classes) {
    ASSERT_EQ(user_class.on_start.size(), 1U);
    EXPECT_EQ(user_class.on_start[0].name.text(), "/api/auth/login");
    EXPECT_EQ(user_class.on_start[0].headers.size(), 1U) << "the login carries no token";
  }
}

TEST(ScenarioTest, EnvironmentVariablesAreReported) {
  const auto text = ReadText(CorporaPath() / "battwheels/efi.json");
  const EnvLookup env = [](std::string_view name) -> std::optional<std::string> {
    if (name == "TEST_EMAIL") return "me@example.com";
    return std::nullopt;
  };
  const auto scenario = ParseScenario(text, "efi", env);
  ASSERT_TRUE(scenario.has_value());
  ASSERT_EQ(scenario->env_used.size(), 2U);
  EXPECT_EQ(scenario->env_used[0].second, "me@example.com");
  EXPECT_EQ(scenario->env_used[1].second, "admin");
}

TEST(ScenarioTest, ErrorsNameFileLinePathAndWhatWasExpected) {
  const struct {
    std::string text;
    const char* expected;
  } kCases[] = {
      {"", "s.json:1: not JSON"},
      {"{\"name\": \"s\",\n\n]", "s.json:3: not JSON"},
      {"[]", "s.json:1: /: expected an object, got a list"},
      {"{\"name\": \"s\"}", "expected \"users\""},
      {With("\"defalts\": {},\n"),
       "s.json:3: /defalts: unknown key \"defalts\", did you mean "
       "\"defaults\"?"},
      {With("\"name\": \"again\",\n"), "s.json:3: the key \"name\" is given twice"},
      {With("\"defaults\": {\n\"users\": -1},\n"),
       "s.json:4: /defaults/users: expected a whole number from 1 to 1000000, got -1"},
      {With("\"defaults\": {\"run_time\": \"5 minutes\"},\n"),
       "/defaults/run_time: expected a time"},
      {With("", R"({"pth": "/a"})"),
       "s.json:6: /users/0/actions/0/requests/0/pth: unknown key \"pth\", did you mean \"path\"?"},
      {With("", R"({"path": "api"})"), "expected a path that begins with '/'"},
      {With("", R"({"path": "/a b"})"), "percent-encoded"},
      {With("", R"({"path": "/a", "method": "post"})"), "expected a method"},
      {With("", R"({"path": "/a", "json": {"x": "${leters(3)}"}})"),
       "/users/0/actions/0/requests/0/json/x: in ${leters(3)}: unknown generator \"leters\", did "
       "you mean \"letters\"?"},
      {With("", R"({"path": "/a", "extract": {"t": "token"}})"),
       "/extract/t: a JSON pointer begins with '/'"},
      {With("", R"({"path": "/a", "extract": {"t[]": "/x"}})"), "in \"setup\" only"},
      {With("", R"({"path": "/a", "accept": 700})"), "from 100 to 599"},
      {With("", R"({"path": "/a/${tiket}", "extract": {"ticket": "/id"}})"),
       "no request extracts the variable \"tiket\", did you mean \"ticket\"?"},
      {With("", R"({"path": "/a/${pick(list)}"})"), "extracts the list \"list\""},
      {With("", R"({"path": "/a", "headers": {"a b": "c"}})"), "expected the name of a header"},
      {With("", R"({"path": "/a", "headers": {"a": "b\nc"}})"), "no line breaks"},
      {With("", R"({"path": "/a", "failure": "${letters(3)}"})"), "only ${status}"},
      {With("", R"({"path": "/a"})", R"("wait_time": {"between": [6, 2]}, )"),
       "smaller time first"},
      {With("", R"({"path": "/a"})", R"("wait_time": {"random": 1}, )"), "unknown key \"random\""},
      {With("\"audit\": {\"requests\": [{\"path\": \"/a\", \"when\": \"during\"}]},\n"),
       "expected \"every\""},
      {With("\"checks\": {},\n"), "s.json:3: /checks: expected a list"},
      {std::string(100'000, '['), "nested deeper than 64"},
  };
  for (const auto& test : kCases) {
    EXPECT_NE(ErrorOf(test.text).find(test.expected), std::string::npos)
        << test.text.substr(0, 300) << "\n  gives: " << ErrorOf(test.text);
  }
}

void ExpectErrors(const std::vector<std::pair<std::string, const char*>>& cases) {
  for (const auto& [text, expected] : cases) {
    EXPECT_NE(ErrorOf(text).find(expected), std::string::npos)
        << text.substr(0, 400) << "\n  gives: " << ErrorOf(text);
  }
}

// A class whose only action is a set with these members.
std::string Set(const std::string& members) {
  return "{\"name\": \"s\",\n\"users\": [\n{\"name\": \"U\", \"actions\": [\n{\"name\": \"set\", " +
         members + "}]}]}";
}

TEST(ScenarioTest, ErrorsOfSetsNameTheirPlace) {
  const std::string a = R"({"name": "a", "requests": [{"path": "/a"}]})";
  const std::string b = R"({"name": "b", "requests": [{"path": "/b"}]})";
  std::string deep = a;
  for (int i = 0; i < 17; ++i) deep = R"({"name": "s", "actions": [)" + deep + "]}";
  ExpectErrors({
      {Set(R"("actions": [])"), "s.json:4: /users/0/actions/0/actions: expected one action"},
      {Set("\"actions\": [\n" + a + ",\n" + a + "]"),
       "s.json:6: /users/0/actions/0/actions/1: two actions are named \"set/a\""},
      {Set("\"requests\": [], \"actions\": [" + a + "]"), "unknown key \"requests\""},
      {Set("\"squential\": true, \"actions\": [" + a + "]"), "did you mean \"sequential\"?"},
      {Set("\"runs\": 0, \"actions\": [" + a + "]"), "/runs: expected a whole number from 1"},
      {Set("\"runs\": \"once\", \"actions\": [" + a + "]"), "where the set is sequential"},
      {Set("\"runs\": {\"between\": [3, 2]}, \"actions\": [" + a + "]"), "smaller number first"},
      {Set("\"runs\": {\"between\": [3]}, \"actions\": [" + a + "]"), "expected two numbers"},
      {Set("\"sequential\": true, \"transitions\": {}, \"actions\": [" + a + "]"),
       "one of \"sequential\" and \"transitions\""},
      {Set("\"transitions\": {\"a\": {\"c\": 1}}, \"actions\": [" + a + "]"),
       "/transitions/a/c: no action \"c\" in this set"},
      {Set("\"transitions\": {\"a\": {\"b\": 1}}, \"actions\": [" + a + "," + b + "]"),
       "nothing follows \"b\""},
      {Set("\"transitions\": {\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}, \"actions\": [" + a + "," + b +
           "]"),
       "\"b\" is never reached from \"a\""},
      {Set(R"("transitions": {"a": {"a": 1}}, "actions": [{"name": "a", "tags": ["t"],
           "requests": [{"path": "/a"}]}])"),
       "/users/0/actions/0/actions/0/tags: within a set with \"transitions\""},
      {Set("\"actions\": [" + deep + "]"), "nested more than 16 deep"},
      {Set(R"("actions": [{"name": "a", "requests": [{"path": "/${x}"}]}])"),
       "users: U: set/a: request \"/${x}\": /path: no request extracts the variable \"x\""},
      {Set(R"("on_stop": [{"path": "/${x}"}], "actions": [)" + a + "]"), "users: U: set/on_stop"},
  });
}

TEST(ScenarioTest, ErrorsOfLoadNameTheirPlace) {
  ExpectErrors({
      {With("\"defaults\": {\"iterations\": 0},\n"), "/defaults/iterations: expected a whole"},
      {With("\"shape\": {},\n"), "/shape: expected one of spike, double_wave and step"},
      {With("\"shape\": {\"steps\": {}},\n"), "unknown key \"steps\", did you mean \"step\"?"},
      {With("\"shape\": {\"step\": {\"step_time\": 0}},\n"), "/shape/step/step_time: expected"},
      {With("\"shape\": {\"step\": {\"step_time\": \"1us\"}},\n"), "raise \"step_time\""},
      {With("\"shape\": {\"spike\": {\"spike_at\": \"1h\"}},\n"), "to fit into \"time_limit\""},
      {With("\"shape\": {\"double_wave\": {\"time_limit\": \"48h\"}},\n"), "100000 s at most"},
      {With("\"stages\": [],\n\"shape\": {\"step\": {}},\n"),
       "s.json:4: /shape: expected one of \"stages\""},
      {With("\"arrivals\": {\"max_users\": 1},\n"), "expected \"rate\" and \"duration\", or"},
      {With("\"arrivals\": {\"rate\": 1, \"duration\": 1},\n"), "expected \"max_users\""},
      {With("\"arrivals\": {\"rate\": 0, \"duration\": 1, \"max_users\": 1},\n"),
       "/arrivals/rate: expected a rate above zero"},
      {With("\"arrivals\": {\"rate\": 1, \"duration\": 1, \"stages\": [], \"max_users\": 1},\n"),
       "expected one of \"duration\" and \"stages\""},
      {With("\"arrivals\": {\"stages\": [], \"max_users\": 1},\n"), "one stage at least"},
      {With("\"arrivals\": {\"stages\": [{\"duration\": 1}], \"max_users\": 1},\n"),
       "/arrivals/stages/0: expected \"rate\""},
      {With("\"arrivals\": {\"rate\": 1, \"duration\": 1, \"max_users\": 1, \"distribution\": "
            "\"normal\"},\n"),
       "expected \"constant\" or \"poisson\""},
      {With("\"defaults\": {\"users\": 5},\n\"arrivals\": {\"rate\": 1, \"duration\": 1, "
            "\"max_users\": 1},\n"),
       "s.json:3: /defaults/users: has no meaning beside \"arrivals\""},
  });
}

TEST(ScenarioTest, ErrorsOfExpectationsNameTheirPlace) {
  const auto expect = [](const std::string& members) {
    return With("", R"({"path": "/a", "expect": )" + members + "}");
  };
  ExpectErrors({
      {With("", R"({"path": "/a", "accept": "2x"})"), "expected a status (200), a class of them"},
      {With("", R"({"path": "/a", "accept": ["204-200"]})"), "/accept/0: expected a status"},
      {With("", R"({"path": "/a", "accept": "6xx"})"), "expected a status"},
      {expect(R"({"token": "x"})"), "/expect/token: expected a JSON pointer"},
      {expect(R"({"status": 200})"), "statuses are in \"accept\""},
      {expect(R"({"headers": {"a b": "x"}})"), "expected the name of a header"},
      {expect(R"({"headers": {"A": {}}})"), "expected a text, {\"matches\": …}"},
      {expect(R"({"headers": {"A": {"exists": false}}})"), "expected a text, {\"matches\": …}"},
      {expect(R"({"body": {"matches": "("}})"),
       "s.json:6: /users/0/actions/0/requests/0/expect/body/matches: not a regular expression"},
      {expect(R"({"body": {"contains": ""}})"), "a text with something in it"},
      {expect(R"({"body": {"size": 1}})"), "unknown key \"size\""},
      {expect(R"({"body": {"bytes_min": 2, "bytes_max": 1}})"), "no less than \"bytes_min\""},
      {expect(R"({"time_max": 0})"), "expected a time above zero"},
  });
}

TEST(ScenarioTest, CommentsAreAllowedAndLinesCounted) {
  const std::string text = "// a comment\n{\"name\": \"s\", /* two\nlines */\n\"usrs\": []}";
  EXPECT_NE(ErrorOf(text).find("s.json:4: /usrs"), std::string::npos) << ErrorOf(text);
}

TEST(ScenarioTest, ChecksAreKeptAsWritten) {
  const auto scenario = ParseScenario(
      With("\"checks\": [{\"check\": \"unique\"}],\n\"thresholds\": [\"p(95)<500\"],\n"), "s.json");
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  EXPECT_EQ(scenario->checks_json, "[{\"check\":\"unique\"}]");
  EXPECT_EQ(scenario->checks_line, 3U);
  EXPECT_EQ(scenario->thresholds.size(), 1U);
}

TEST(ScenarioTest, ThresholdsInK6sFormsBecomeTexts) {
  const auto scenario = ParseScenario(
      With("\"thresholds\": {\"http_req_duration{name:a}\": [\"p(95)<500\", {\"threshold\": "
           "\"p(99)<2000\", \"abortOnFail\": true, \"delayAbortEval\": \"10s\"}], "
           "\"http_req_failed\": [{\"threshold\": \"rate<0.01\", \"abortOnFail\": true}]},\n"),
      "s.json");
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const std::vector<std::string> expected = {
      "http_req_duration{name:a}: p(95)<500",
      "http_req_duration{name:a}: p(99)<2000 abortOnFail(10000ms)",
      "http_req_failed: rate<0.01 abortOnFail"};
  EXPECT_EQ(scenario->thresholds, expected);
  EXPECT_NE(ErrorOf(With("\"thresholds\": [{\"treshold\": \"p(95)<5\"}],\n")).find("/thresholds/0"),
            std::string::npos);
  EXPECT_NE(ErrorOf(With("\"thresholds\": [5],\n")).find("/thresholds/0"), std::string::npos);
  EXPECT_NE(ErrorOf(With("\"thresholds\": {\"checks\": \"rate==1\"},\n")).find("expected a list"),
            std::string::npos);
}

TEST(ScenarioTest, WaitTimes) {
  const auto wait = [](const std::string& text) {
    const auto scenario =
        ParseScenario(With("", R"({"path": "/a"})", "\"wait_time\": " + text + ", "), "s.json");
    EXPECT_TRUE(scenario.has_value()) << text;
    return scenario->classes[0].wait;
  };
  EXPECT_EQ(wait(R"({"constant": "250ms"})").first, std::chrono::milliseconds(250));
  EXPECT_EQ(wait(R"({"constant_throughput": 0.5})").first, std::chrono::seconds(2));
  EXPECT_EQ(wait(R"({"constant_throughput": 0.5})").kind, WaitKind::kConstantPacing);
  EXPECT_EQ(wait(R"({"constant_pacing": "1m30s"})").first, std::chrono::seconds(90));
}

}  // namespace
}  // namespace redrive
