#include "cli/locust_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "cli/locust_classes.h"
#include "cli/locust_flags.h"
#include "cli/locust_refusals.h"
#include "cli/spec_flags.h"

namespace redrive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct World {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;
};

Result<LocustArguments> Read(const Arguments& words, const World& world = {}) {
  SpecFlags spec;
  LocustFlags locust;
  std::string host;
  Flags flags("run", "", "");
  spec.AddTo(flags);
  locust.AddTo(flags);
  flags.AddText("-H,--host", &host, "");
  LocustSurroundings around;
  around.variable = [&world](std::string_view name) -> std::optional<std::string> {
    const auto found = world.variables.find(std::string(name));
    if (found == world.variables.end()) return std::nullopt;
    return found->second;
  };
  around.file = [&world](const std::string& path) -> Result<std::optional<std::string>> {
    const auto found = world.files.find(path);
    if (found == world.files.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  };
  return ReadLocustArguments(flags, words, around);
}

Arguments WordsOf(const Arguments& words, const World& world = {}) {
  const auto read = Read(words, world);
  if (read.has_error()) return {"error: " + read.error().message};
  return read->words;
}

std::string ErrorOf(const Arguments& words, const World& world = {}) {
  const auto read = Read(words, world);
  return read.has_error() ? read.error().message : "no error";
}

TEST(LocustArgumentsTest, EverySpellingBecomesOne) {
  EXPECT_THAT(WordsOf({"finance", "-u", "5", "-r2", "--run-time=3m", "--headless"}),
              ElementsAre("finance", "--headless", "--run-time=3m", "--spawn-rate=2", "--users=5"));
  EXPECT_THAT(WordsOf({"finance", "-u", "5", "--users=7"}), ElementsAre("finance", "--users=7"))
      << "the last counts, as in argparse";
  EXPECT_THAT(WordsOf({"finance", "-T", "a", "b", "-E", "c"}),
              ElementsAre("finance", "--exclude-tags=c", "--tags=a", "--tags=b"));
}

TEST(LocustArgumentsTest, AUserThatIsNoNumberIsAClass) {
  const auto read = Read({"--users=50", "-u", "NormalOperationsUser"});
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_THAT(read->words, ElementsAre("normal_operations", "NormalOperationsUser", "--users=50"));
  ASSERT_EQ(read->notes.size(), 2U);
  EXPECT_THAT(read->notes[0], HasSubstr("-u NormalOperationsUser is no number"));
  EXPECT_THAT(read->notes[1], HasSubstr("scenario normal_operations"));
  EXPECT_THAT(ErrorOf({"-u", "NormalOperationUser"}),
              HasSubstr("did you mean NormalOperationsUser?"));
}

TEST(LocustArgumentsTest, ClassesFindTheirScenario) {
  EXPECT_EQ(WordsOf({"FinanceUser"}).front(), "finance");
  EXPECT_EQ(WordsOf({"PeakTicketCreator"}).front(), "peak_burst");
  EXPECT_EQ(WordsOf({"EFIUser"}).front(), "efi");
  EXPECT_THAT(WordsOf({"FinanceUser", "EFIUser"}), ElementsAre("mixed", "FinanceUser", "EFIUser"));
  EXPECT_THAT(WordsOf({"mixed", "EFIUser"}), ElementsAre("mixed", "EFIUser"));
  EXPECT_THAT(WordsOf({"-f", "my.json", "Anyone"}), ElementsAre("my.json", "Anyone"));
  EXPECT_THAT(ErrorOf({"-f", "locustfile.py"}), HasSubstr("docs/SCENARIOS.md"));
}

TEST(LocustArgumentsTest, TheStrongerSourceWins) {
  World world;
  world.variables = {{"HOME", "/home/x"}};
  const auto users = [&world](const Arguments& words) { return WordsOf(words, world).back(); };
  world.files["/home/x/.locust.conf"] = "users = 1\n";
  EXPECT_EQ(users({"mixed"}), "--users=1");
  world.files["pyproject.toml"] = "[tool.locust]\nusers = 2\n";
  EXPECT_EQ(users({"mixed"}), "--users=2");
  world.files["locust.conf"] = "users = 3\n";
  EXPECT_EQ(users({"mixed"}), "--users=3");
  world.files["more.conf"] = "users = 4\n";
  EXPECT_EQ(users({"mixed", "--config", "more.conf"}), "--users=4");
  world.variables["LOCUST_USERS"] = "5";
  EXPECT_EQ(users({"mixed", "--config", "more.conf"}), "--users=5");
  EXPECT_EQ(users({"mixed", "--config", "more.conf", "-u", "6"}), "--users=6");
}

TEST(LocustArgumentsTest, SettingsOfEveryKind) {
  World world;
  world.files["locust.conf"] = "headless = true\ntags = [a, b]\nonly-summary = false\nseed = 7\n";
  world.variables["LOCUST_USER_CLASSES"] = "EFIUser FinanceUser";
  EXPECT_THAT(WordsOf({}, world), ElementsAre("mixed", "EFIUser", "FinanceUser", "--headless",
                                              "--seed=7", "--tags=a", "--tags=b"));
  EXPECT_EQ(ErrorOf({}, {{{"locust.conf", "\nuserz = 3\n"}}, {}}),
            "locust.conf:2: unknown setting 'userz'; did you mean users?");
  EXPECT_EQ(ErrorOf({}, {{{"locust.conf", "headless = maybe\n"}}, {}}),
            "locust.conf:1: 'maybe': expected true or false");
  EXPECT_THAT(ErrorOf({}, {{{"locust.conf", "master = true\n"}}, {}}),
              HasSubstr("locust.conf:1: --master: "));
  EXPECT_EQ(ErrorOf({}, {{{"locust.conf", "master = false\n"}}, {}}), "no error");
  EXPECT_THAT(ErrorOf({}, {{}, {{"LOCUST_WEB_PORT", "80"}}}), HasSubstr("LOCUST_WEB_PORT: "));
  EXPECT_THAT(ErrorOf({"--config", "none.conf"}), HasSubstr("there is no such file"));
}

TEST(LocustArgumentsTest, HeadlessWithoutAClassTakesAll) {
  EXPECT_THAT(WordsOf({"--headless"}), ElementsAre("mixed", "--headless"));
  EXPECT_THAT(WordsOf({"-u", "5"}), ElementsAre("--users=5")) << "Redrive's own default stays";
}

TEST(LocustArgumentsTest, ChangedClassesAreInTheReRunLine) {
  RunSpec spec;
  spec.scenario_name = "mixed";
  spec.scenario_json = R"({"users": [{"name": "A", "weight": 5}, {"name": "B"}] /* two */})";
  ClassChanges changes;
  changes.equal_weights = true;
  changes.config_users = {R"({"user_class_name": "B", "fixed_count": 2})"};
  const Result<void> changed = ChangeClasses(changes, &spec);
  ASSERT_TRUE(changed.has_value()) << changed.error().message;
  EXPECT_THAT(spec.scenario_json, HasSubstr("\"fixed_count\": 2"));
  EXPECT_THAT(spec.scenario_json, testing::Not(HasSubstr("\"weight\": 5")));
  const std::string line = RunCommandLine(spec, "");
  EXPECT_THAT(line, HasSubstr(" --equal-weights"));
  EXPECT_THAT(line, HasSubstr(R"('--config-users=[{"user_class_name":"B","fixed_count":2}]')"));
  changes.config_users = {R"({"user_class_name": "B", "host": "x"})"};
  const Result<void> refused = ChangeClasses(changes, &spec);
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().message, HasSubstr("--host"));
}

TEST(LocustArgumentsTest, AnEmptyHostIsTheWorkshop) {
  EXPECT_THAT(WordsOf({"mixed", "--host="}), ElementsAre("mixed"));
  const World world = {{}, {{"LOCUST_HOST", "http://127.0.0.1:1"}}};
  EXPECT_THAT(WordsOf({"mixed"}, world), ElementsAre("mixed", "--host=http://127.0.0.1:1"));
  EXPECT_THAT(WordsOf({"mixed", "--workshop", "fixed"}, world),
              ElementsAre("mixed", "--workshop=fixed"));
}

TEST(LocustArgumentsTest, EveryRefusalIsASentenceThatNamesTheFlag) {
  for (const std::string_view flag : RefusedLocustFlags()) {
    const std::string error = ErrorOf({"mixed", std::string(flag)});
    EXPECT_TRUE(error.starts_with(std::string(flag) + ": ")) << error;
    EXPECT_GT(error.size(), flag.size() + 20) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
  EXPECT_THAT(ErrorOf({"-P", "80"}), HasSubstr("no web page"));
  EXPECT_THAT(ErrorOf({"-L", "DEBUG"}), HasSubstr("stderr"));
}

// The flags of Locust 2.46's --help.
constexpr const char* kLocustFlags =
    "--help -h --version -V -f --locustfile --config -H --host -u --users -r "
    "--spawn-rate -t --run-time -l --list --config-users --web-host -P --web-port "
    "--web-base-path --headless --autostart --autoquit --web-login --tls-cert "
    "--tls-key --class-picker --master --master-bind-host --master-bind-port "
    "--expect-workers --expect-workers-max-wait --enable-rebalancing --worker "
    "--processes --master-host --master-port -T --tags -E --exclude-tags --csv "
    "--csv-full-history --print-stats --only-summary --reset-stats --html --json "
    "--json-file --skip-log-setup --loglevel -L --logfile --show-task-ratio "
    "--show-task-ratio-json --exit-code-on-error -s --stop-timeout --equal-weights "
    "--profile --otel";

// Every flag of Locust 2.46's --help is taken or refused with a reason: none is merely unknown.
TEST(LocustArgumentsTest, NoFlagOfLocustIsUnknown) {
  SpecFlags spec;
  LocustFlags locust;
  Flags flags("run", "", "");
  spec.AddTo(flags);
  locust.AddTo(flags);
  std::string host;
  flags.AddText("-H,--host", &host, "");
  std::istringstream names(kLocustFlags);
  for (std::string flag; names >> flag;) {
    EXPECT_TRUE(flags.Find(flag).has_value() || !LocustRefusal(flag).empty()) << flag;
  }
  for (const auto& [variable, flag] : LocustVariables()) {
    EXPECT_TRUE(flag.empty() || flags.Find(std::string(flag)) || !LocustRefusal(flag).empty())
        << variable;
  }
}

}  // namespace
}  // namespace redrive
