#include "cli/flags.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

using namespace std::chrono_literals;

TEST(FlagsTest, DurationsAsLocustWritesThem) {
  EXPECT_EQ(*ParseDuration("20"), 20s);
  EXPECT_EQ(*ParseDuration("20s"), 20s);
  EXPECT_EQ(*ParseDuration("3m"), 180s);
  EXPECT_EQ(*ParseDuration("1h20m"), 4800s);
  EXPECT_EQ(*ParseDuration("3h30m10s"), 12610s);
  EXPECT_EQ(*ParseDuration("250ms"), 250ms);
  EXPECT_EQ(*ParseDuration("1s500ms"), 1500ms);
  for (const char* bad : {"", "s", "1x", "1m1h", "1 m", "1.5s", "-1", "0", "5m5", "1m1m",
                          "999999999999h", "9999999999999999999"}) {
    EXPECT_TRUE(ParseDuration(bad).has_error()) << bad;
  }
}

TEST(FlagsTest, RatesInThousandths) {
  EXPECT_EQ(*ParseMilli("5"), 5000U);
  EXPECT_EQ(*ParseMilli("0.5"), 500U);
  EXPECT_EQ(*ParseMilli("2.125"), 2125U);
  for (const char* bad : {"", "0", "-1", "1.", ".5", "1.2345", "x", "1e3", "99999999999"}) {
    EXPECT_TRUE(ParseMilli(bad).has_error()) << bad;
  }
}

class Example {
 public:
  Example() {
    flags.AddNumber("-u,--users", &users, "virtual users", 1, 1000);
    flags.AddText("--host", &host, "target");
    flags.AddSwitch("--quiet", &quiet, "say less");
    flags.AddDuration("-t,--run-time", &run_time, "how long");
    flags.AddList("-T,--tags", &tags, "only these");
    flags.AddText("SCENARIO", &scenario, "what to run");
  }
  std::uint64_t users = 7;
  std::string host;
  bool quiet = false;
  std::optional<VirtualTime> run_time;
  std::vector<std::string> tags;
  std::string scenario;
  Flags flags{"run", "Runs.", "redrive run x"};
};

TEST(FlagsTest, TakesValuesInBothSpellings) {
  Example example;
  const auto parsed = example.flags.Parse(
      {"peak", "--users=50", "-t", "2m", "--quiet", "-T", "a", "-T", "b", "--host", "http://h"});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(example.users, 50U);
  EXPECT_EQ(example.run_time, 120s);
  EXPECT_TRUE(example.quiet);
  EXPECT_EQ(example.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(example.scenario, "peak");
  EXPECT_EQ(example.host, "http://h");
}

TEST(FlagsTest, ErrorsNameTheFlagAndTheRemedy) {
  const auto error_of = [](const std::vector<std::string>& arguments) {
    Example example;
    const auto parsed = example.flags.Parse(arguments);
    return parsed.has_error() ? parsed.error().message : "no error";
  };
  EXPECT_NE(error_of({"--user=5"}).find("did you mean --users?"), std::string::npos)
      << error_of({"--user=5"});
  EXPECT_NE(error_of({"--users=0"}).find("whole number from 1 to 1000"), std::string::npos);
  EXPECT_NE(error_of({"--users=99999999999999999999999"}).find("whole number"), std::string::npos);
  EXPECT_NE(error_of({"--run-time", "5x"}).find("expected a time span"), std::string::npos);
  EXPECT_NE(error_of({"a", "b"}).find("unknown argument 'b'"), std::string::npos);
  EXPECT_NE(error_of({"--wildly-different"}).find("unknown argument"), std::string::npos);
}

}  // namespace
}  // namespace redrive
