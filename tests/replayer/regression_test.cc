#include "replayer/regression.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "replayer/regression_report.h"
#include "tests/replayer/shrink_testing.h"

namespace redrive {
namespace {

constexpr char kPortal[] =
    "corpora/regressions/portal-ticket-numbers-are-unique-and-ascend-duplicate.json";

RegressionCase Portal() {
  Result<RegressionCase> read = RegressionFromJson(ReadSourceFile(kPortal), "portal");
  EXPECT_TRUE(read.has_value()) << read.error().message;
  return std::move(*read);
}

std::string ErrorOf(const std::string& text) {
  const Result<RegressionCase> read = RegressionFromJson(text, "x.json");
  return read ? "no error" : read.error().message;
}

std::string With(const char* key, nlohmann::json value) {
  nlohmann::json json = nlohmann::json::parse(ReadSourceFile(kPortal));
  json[key] = std::move(value);
  return json.dump();
}

TEST(RegressionFileTest, WhatIsReadIsWrittenAgain) {
  EXPECT_EQ(RegressionToJson(Portal()), ReadSourceFile(kPortal));
  EXPECT_EQ(Portal().identity.shape, "duplicate");
  EXPECT_EQ(Portal().preemptions, 1U);
  EXPECT_FALSE(Portal().schedule.empty());
}

TEST(RegressionFileTest, ErrorsNameTheMember) {
  EXPECT_EQ(ErrorOf("[]").substr(0, 42), "x.json: not a regression case: expected a ");
  EXPECT_EQ(ErrorOf("{}"), "x.json: /redrive_regression: missing");
  EXPECT_EQ(ErrorOf(With("redrive_regression", 2)),
            "x.json: /redrive_regression: version 2 is not known to this build, which reads "
            "version 1");
  EXPECT_EQ(ErrorOf(With("expect", "maybe")),
            "x.json: /expect: expected \"violation\" or \"pass\"");
  EXPECT_EQ(ErrorOf(With("expected", "pass")),
            "x.json: /expected: unknown key; did you mean \"expect\"?");
  EXPECT_EQ(ErrorOf(With("seed", -1)),
            "x.json: /seed: expected a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(ErrorOf(With("preemptions", 65)),
            "x.json: /preemptions: expected a whole number from 0 to 64");
  EXPECT_EQ(ErrorOf(With("schedule", "0/2 5/2")).substr(0, 19), "x.json: /schedule: ");
  EXPECT_EQ(ErrorOf(With("outcome", "12")),
            "x.json: /outcome: expected sixteen hexadecimal digits");
  EXPECT_EQ(ErrorOf(With("scenario", "text")), "x.json: /scenario: expected an object");
  EXPECT_EQ(ErrorOf(With("name", 7)), "x.json: /name: expected a text");
  EXPECT_NE(ErrorOf(std::string(5U << 20, ' ')).find("at most 4 MiB"), std::string::npos);
}

TEST(RegressionTest, AViolationIsFoundAsRecorded) {
  const RegressionResult result = RunRegression(Portal(), {});
  EXPECT_EQ(result.status, RegressionStatus::kAsExpected);
  EXPECT_EQ(result.text, "violation, as recorded");
  EXPECT_EQ(result.executions, 1U);
  EXPECT_TRUE(result.same_outcome);
}

TEST(RegressionTest, OtherAnswersAreSaid) {
  RegressionCase other = Portal();
  other.outcome ^= 1;
  const RegressionResult result = RunRegression(other, {});
  EXPECT_EQ(result.status, RegressionStatus::kAsExpected);
  EXPECT_EQ(result.text, "violation under the recorded schedule, with other answers than recorded");
}

TEST(RegressionTest, AScheduleThatNoLongerFitsIsSearchedAround) {
  RegressionCase other = Portal();
  other.schedule = *ScheduleFromText("0/3 1/2");
  const RegressionResult result = RunRegression(other, {});
  EXPECT_EQ(result.status, RegressionStatus::kAsExpected);
  EXPECT_FALSE(result.schedule_fits);
  EXPECT_NE(result.text.find("but not under the recorded schedule"), std::string::npos);
  RegressionOptions none;
  none.executions_max = 0;
  EXPECT_EQ(RunRegression(other, none).status, RegressionStatus::kGone);
}

TEST(RegressionTest, AFixedBugAsksForAnotherExpectation) {
  RegressionOptions fixed;
  fixed.workshop = "fixed";
  const RegressionResult result = RunRegression(Portal(), fixed);
  EXPECT_EQ(result.status, RegressionStatus::kGone);
  EXPECT_TRUE(result.text.starts_with("fixed? ")) << result.text;
  EXPECT_NE(result.text.find("set \"expect\" to \"pass\""), std::string::npos);
}

TEST(RegressionTest, ABugThatComesBackFails) {
  RegressionCase back = Portal();
  back.expect = Expectation::kPass;
  back.schedule.clear();  // serial: the search has to find it
  const RegressionResult result = RunRegression(back, {});
  EXPECT_EQ(result.status, RegressionStatus::kViolates);
  EXPECT_NE(result.text.find("expected to pass, but: portal ticket numbers"), std::string::npos);
  EXPECT_NE(result.what.find("TKT-"), std::string::npos);
}

TEST(RegressionTest, APassThatJudgesNothingIsNone) {
  RegressionCase blind = Portal();
  nlohmann::ordered_json scenario = nlohmann::ordered_json::parse(blind.scenario_json);
  scenario["checks"][0]["requests"] = "no such request";
  blind.scenario_json = scenario.dump();
  blind.expect = Expectation::kPass;
  const RegressionResult result = RunRegression(blind, {});
  EXPECT_EQ(result.status, RegressionStatus::kInconclusive);
  EXPECT_NE(result.text.find("cannot tell: nothing to check"), std::string::npos) << result.text;
}

TEST(RegressionTest, WhatCannotRunIsNoVerdict) {
  RegressionCase broken = Portal();
  broken.scenario_json = R"({"name": "x"})";
  EXPECT_EQ(RunRegression(broken, {}).status, RegressionStatus::kCannotRun);
  nlohmann::ordered_json scenario = nlohmann::ordered_json::parse(Portal().scenario_json);
  scenario["setup"][0]["json"]["password"] = "wrong";
  broken.scenario_json = scenario.dump();
  const RegressionResult result = RunRegression(broken, {});
  EXPECT_EQ(result.status, RegressionStatus::kCannotRun);
  EXPECT_NE(result.text.find("setup"), std::string::npos) << result.text;
}

TEST(RegressionTest, AStopIsInconclusive) {
  const std::atomic<bool> stop = true;
  RegressionCase back = Portal();
  back.schedule.clear();
  RegressionOptions options;
  options.stop = &stop;
  EXPECT_EQ(RunRegression(back, options).status, RegressionStatus::kInconclusive);
}

class CorpusReportTest : public testing::Test {
 protected:
  static CorpusEntry Entry(RegressionStatus status, const std::string& text) {
    CorpusEntry entry;
    entry.file = "a<b>.json";
    entry.result.status = status;
    entry.result.text = text;
    entry.result.what = "It \"said\" no & more.";
    return entry;
  }
};

TEST_F(CorpusReportTest, ExitCodesAndForms) {
  const CorpusEntry good = Entry(RegressionStatus::kAsExpected, "pass");
  const CorpusEntry bad = Entry(RegressionStatus::kViolates, "expected to pass");
  const CorpusEntry unsure = Entry(RegressionStatus::kInconclusive, "cannot tell");
  const CorpusEntry broken = Entry(RegressionStatus::kCannotRun, "setup");
  CorpusEntry accepted = Entry(RegressionStatus::kGone, "fixed?");
  EXPECT_EQ(CorpusExitCode({accepted}), 1);
  accepted.accepted = true;
  EXPECT_EQ(CorpusExitCode({good, accepted}), 0);
  EXPECT_EQ(CorpusExitCode({good, unsure}), 3);
  EXPECT_EQ(CorpusExitCode({broken, unsure}), 2);
  EXPECT_EQ(CorpusExitCode({broken, bad, unsure}), 1);
  EXPECT_EQ(CorpusToText({good, bad, broken}),
            "ok    a<b>.json: pass\n"
            "FAIL  a<b>.json: expected to pass\n"
            "        It \"said\" no & more.\n"
            "?     a<b>.json: setup\n"
            "        It \"said\" no & more.\n"
            "3 cases: 1 as expected, 1 not, 1 inconclusive or broken\n");
  EXPECT_EQ(CorpusToJUnit({good, bad, broken}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites>\n"
            "  <testsuite name=\"redrive corpus\" tests=\"3\" failures=\"1\" errors=\"1\">\n"
            "    <testcase classname=\"redrive.corpus\" name=\"a&lt;b&gt;.json\"/>\n"
            "    <testcase classname=\"redrive.corpus\" name=\"a&lt;b&gt;.json\">\n"
            "      <failure message=\"expected to pass\">It &quot;said&quot; no &amp; "
            "more.</failure>\n"
            "    </testcase>\n"
            "    <testcase classname=\"redrive.corpus\" name=\"a&lt;b&gt;.json\">\n"
            "      <error message=\"setup\">It &quot;said&quot; no &amp; more.</error>\n"
            "    </testcase>\n"
            "  </testsuite>\n"
            "</testsuites>\n");
  const nlohmann::json json = nlohmann::json::parse(CorpusToJson({good, bad}));
  EXPECT_EQ(json["exit_code"], 1);
  EXPECT_EQ(json["cases"][1]["status"], "violates");
}

}  // namespace
}  // namespace redrive
