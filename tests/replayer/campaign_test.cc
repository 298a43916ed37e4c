// Campaigns: in one part or in many, on one thread or two, they find the same.
#include "replayer/campaign.h"

#include <gtest/gtest.h>

#include "replayer/pick.h"
#include "tests/replayer/case_testing.h"

namespace redrive {
namespace {

std::vector<CampaignInput> Inputs() {
  std::vector<CampaignInput> inputs;
  for (const char* name : {"portal_ticket_count_plus_one", "double_close", "payment_lost_update"}) {
    inputs.push_back({name, "", {}, PlantedCase(name, "")});
    inputs.push_back({std::string(name) + " fixed", "", {}, PlantedCase(name, "fixed")});
  }
  return inputs;
}

// What identifies the findings: everything but how often they were seen and when.
std::string FoundIn(const CampaignReport& report) {
  std::string text;
  for (const CampaignCase& one : report.cases) {
    text += one.title + ":";
    for (const ExploreFinding& finding : one.report.findings) {
      text += " " + finding.oracle + "/" + finding.shape + "/" + finding.strategy + "/" +
              std::to_string(finding.execution) + "/" + ScheduleToText(finding.schedule);
    }
    text += "\n";
  }
  return text;
}

CampaignReport Part(const std::vector<CampaignInput>& inputs, Shard shard, bool all,
                    std::uint32_t jobs = 1) {
  CampaignOptions options;
  options.explore.shard = shard;
  options.explore.all = all;
  options.explore.budget = 600;
  options.jobs = jobs;
  Result<CampaignReport> report = RunCampaign(inputs, options);
  EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
  report->command = "redrive explore x";
  return std::move(*report);
}

TEST(CampaignTest, PartsFindWhatTheWholeFinds) {
  const std::vector<CampaignInput> inputs = Inputs();
  for (const bool all : {false, true}) {
    const CampaignReport whole = Part(inputs, {}, all);
    EXPECT_EQ(ExitCode(whole), 1);
    for (const std::uint32_t count : {2U, 3U, 7U}) {
      std::vector<CampaignReport> parts;
      for (std::uint32_t i = 0; i < count; ++i) {
        // Through a file, as between machines; in any order.
        const std::string json = CampaignToJson(Part(inputs, {i, count}, all));
        parts.insert(parts.begin(), CampaignFromJson(json, "part").value());
      }
      const Result<CampaignReport> merged = MergeCampaigns(std::move(parts));
      ASSERT_TRUE(merged.has_value()) << merged.error().message;
      EXPECT_EQ(FoundIn(*merged), FoundIn(whole)) << count << " parts, all " << all;
      EXPECT_EQ(MissingParts(*merged), "");
    }
  }
}

TEST(CampaignTest, ThreadsFindWhatOneFinds) {
  const std::vector<CampaignInput> inputs = Inputs();
  EXPECT_EQ(FoundIn(Part(inputs, {}, false, 2)), FoundIn(Part(inputs, {}, false, 1)));
  // More threads than cases: a case is split.
  const std::vector<CampaignInput> one(inputs.begin(), inputs.begin() + 1);
  EXPECT_EQ(FoundIn(Part(one, {}, true, 3)), FoundIn(Part(one, {}, true, 1)));
}

TEST(CampaignTest, JsonIsReadBackAsItWas) {
  const CampaignReport report = Part(Inputs(), {}, false);
  const std::string json = CampaignToJson(report);
  const Result<CampaignReport> again = CampaignFromJson(json, "x");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(CampaignToJson(*again), json);
  EXPECT_EQ(CampaignToText(*again), CampaignToText(report));
}

TEST(CampaignTest, WhatIsNoReportIsAnError) {
  for (const char* text :
       {"", "{}", "[]", R"({"redrive_campaign": 1})", R"({"redrive_campaign": 1, "command": 7})"}) {
    const Result<CampaignReport> report = CampaignFromJson(text, "file.json");
    ASSERT_TRUE(report.has_error()) << text;
    EXPECT_TRUE(report.error().message.starts_with("file.json: not a campaign report"));
  }
  const auto other = CampaignFromJson(R"({"redrive_campaign": 2})", "file.json");
  EXPECT_EQ(other.error().message, "file.json: a campaign report of another version");
}

TEST(CampaignTest, PartsOfDifferentCampaignsDoNotMerge) {
  const std::vector<CampaignInput> inputs = Inputs();
  const std::vector<CampaignInput> one(inputs.begin(), inputs.begin() + 1);
  const CampaignReport a = Part(one, {0, 2}, false);
  CampaignReport b = Part(one, {1, 2}, false);
  EXPECT_NE(MergeCampaigns({a, a}).error().message.find("given twice"), std::string::npos);
  EXPECT_EQ(MissingParts(*MergeCampaigns({a})), "1/2");
  b.command = "redrive explore y";
  EXPECT_NE(MergeCampaigns({a, b}).error().message.find("different campaigns"), std::string::npos);
  EXPECT_TRUE(MergeCampaigns({}).has_error());
}

TEST(PickTest, FindsTheRacesOfTheBurst) {
  const Trace trace =
      TraceOfScenario("battwheels/peak_burst_full.json", "as-is", 20, 10'000'000'000);
  const std::vector<PickedGroup> groups = PickConflicts(trace, {});
  const auto has = [&](const std::string& names) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](const PickedGroup& group) { return group.names == names; });
  };
  EXPECT_TRUE(has("POST portal/tickets × POST portal/tickets"));
  EXPECT_TRUE(has("POST tickets/close × POST tickets/close"));
  for (const PickedGroup& group : groups) {
    ASSERT_EQ(group.operations.size(), 2U);
    EXPECT_NE(trace.invokes[group.operations[0] - 1].user,
              trace.invokes[group.operations[1] - 1].user);
    EXPECT_FALSE(group.conflict.empty());
  }
  const std::vector<PickedGroup> threes = PickConflicts(trace, {.requests = 3});
  EXPECT_TRUE(std::any_of(threes.begin(), threes.end(),
                          [](const PickedGroup& group) { return group.operations.size() == 3; }));
}

TEST(PickTest, KeepsToTheWindow) {
  const Trace trace = TraceOfScenario("planted/portal_ticket_count_plus_one.json", "");
  const std::uint64_t begin = trace.invokes[4].sequence;
  EXPECT_EQ(OperationsInWindow(trace, {.first_event = begin, .last_event = begin}).size(), 1U);
  EXPECT_EQ(OperationsInWindow(trace, {}).size(), 2U);
  EXPECT_TRUE(OperationsInWindow(trace, {.first_event = 0, .last_event = begin - 1}).empty());
}

}  // namespace
}  // namespace redrive
