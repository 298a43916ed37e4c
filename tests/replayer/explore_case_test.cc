// The search as a whole: every planted flow is found wrong as planted, and explored to the end when
// it is fixed; reduced and full enumeration show the same outcomes.
#include "replayer/explore_case.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "replayer/audit_case.h"
#include "replayer/case_judge.h"
#include "tests/replayer/case_testing.h"

namespace redrive {
namespace {

class EveryPlantedFlow : public testing::TestWithParam<std::string> {};

TEST_P(EveryPlantedFlow, IsFoundWrongAsPlanted) {
  const Result<ExploreReport> report = ExploreCase(PlantedCase(GetParam(), ""), {});
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->ending, ExploreEnding::kViolation) << report->text;
  ASSERT_FALSE(report->findings.empty());
  EXPECT_LE(report->findings.front().executions, 25U) << "found late";
  EXPECT_EQ(ExitCode(*report), 1);
}

TEST_P(EveryPlantedFlow, IsExploredToTheEndWhenFixed) {
  ExploreOptions options;
  options.strategy = "dpor";
  options.budget = 1'000'000;
  const Result<ExploreReport> report = ExploreCase(PlantedCase(GetParam(), "fixed"), options);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->ending, ExploreEnding::kClean) << report->text;
  const std::uint64_t classes = report->strategies.front().executions;
  EXPECT_EQ(report->text, "clean: all " + std::to_string(classes) +
                              (classes == 1 ? " class" : " classes") + " explored");
  EXPECT_EQ(report->strategies.front().redundant, 0U);
  EXPECT_TRUE(report->notes.empty() || report->notes.front().starts_with("allowed, "));
}

// What the reduction leaves out must not matter.
TEST_P(EveryPlantedFlow, ReducedAndFullSearchMeetTheSameOutcomes) {
  constexpr std::uint64_t kSchedulesMax = 3'000;
  for (const char* workshop : {"", "fixed"}) {
    const Case source = PlantedCase(GetParam(), workshop);
    const auto outcomes = [&](const std::string& name) -> std::optional<std::set<std::uint64_t>> {
      const auto runner = CaseRunner::Make(CaseToSpec(source));
      const auto strategy = MakeStrategy(name, 1);
      std::set<std::uint64_t> met;
      for (std::uint64_t i = 0;; ++i) {
        if (i == kSchedulesMax) return std::nullopt;
        const auto execution = (*runner)->Execute(**strategy, i);
        if (!execution) return met;
        if (execution->ending == Ending::kDone) met.insert(execution->outcome);
      }
    };
    const auto full = outcomes("dfs");
    if (!full) continue;  // too many schedules; the smaller flows are enough for the comparison
    EXPECT_EQ(outcomes("dpor"), full) << workshop;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, EveryPlantedFlow, testing::ValuesIn(PlantedNames()),
                         [](const auto& info) { return info.param; });

TEST(ExploreCaseTest, SeededSearchIsCleanWithinBoundsOnly) {
  ExploreOptions options;
  options.strategy = "random";
  options.budget = 100;
  const auto report = ExploreCase(PlantedCase("portal_ticket_count_plus_one", "fixed"), options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->ending, ExploreEnding::kCleanWithinBounds);
  EXPECT_EQ(report->text, "clean within bounds: 100 schedules");
}

TEST(ExploreCaseTest, BoundedSearchSaysItsBound) {
  ExploreOptions options;
  options.strategy = "bounded:1";
  const auto report = ExploreCase(PlantedCase("portal_ticket_count_plus_one", "fixed"), options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->ending, ExploreEnding::kCleanWithinBounds);
  EXPECT_TRUE(report->text.starts_with("clean within bounds: 1 preemption, ")) << report->text;
}

TEST(ExploreCaseTest, StoppedIsInconclusive) {
  ExploreOptions options;
  options.strategy = "random";
  options.out_of_time = [] { return true; };
  const auto report = ExploreCase(PlantedCase("portal_ticket_count_plus_one", "fixed"), options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->ending, ExploreEnding::kInconclusive);
  EXPECT_EQ(ExitCode(*report), 3);
}

TEST(ExploreCaseTest, NothingToJudgeByIsInconclusive) {
  Case source = PlantedCase("portal_ticket_count_plus_one", "fixed");
  source.checks_json = "[]";
  ExploreOptions options;
  options.use_oracle = false;
  const auto report = ExploreCase(source, options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->text, "inconclusive: nothing could judge: no checks, no oracle");
}

TEST(ExploreCaseTest, UnknownStrategyIsAnError) {
  ExploreOptions options;
  options.strategy = "rndom";
  const auto report = ExploreCase(PlantedCase("double_close", ""), options);
  ASSERT_TRUE(report.has_error());
  EXPECT_NE(report.error().message.find("unknown strategy 'rndom'"), std::string::npos);
}

TEST(ExploreCaseTest, TheOracleFindsWithoutAnyCheck) {
  Case source = PlantedCase("portal_ticket_count_plus_one", "");
  source.checks_json = "[]";
  const auto report = ExploreCase(source, {});
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->ending, ExploreEnding::kViolation);
  const ExploreFinding& finding = report->findings.front();
  EXPECT_EQ(finding.oracle, "serial outcome");
  EXPECT_NE(finding.why.find("reads tickets/*"), std::string::npos) << finding.why;
  EXPECT_FALSE(finding.differences.empty());
}

TEST(ExploreCaseTest, TheSameSearchTwiceFindsTheSame) {
  const Case source = PlantedCase("payment_lost_update", "");
  ExploreOptions options;
  options.all = true;
  options.budget = 500;
  const auto first = ExploreCase(source, options);
  const auto second = ExploreCase(source, options);
  ASSERT_TRUE(first.has_value() && second.has_value());
  ASSERT_EQ(first->findings.size(), second->findings.size());
  for (std::size_t i = 0; i < first->findings.size(); ++i) {
    EXPECT_EQ(first->findings[i].schedule, second->findings[i].schedule);
    EXPECT_EQ(first->findings[i].seen, second->findings[i].seen);
  }
}

// A handler whose read is declared as touching nothing: the audit must notice.
class LyingHandler final : public ResettableHandler {
 public:
  Task<Response> Handle(Env& env, const Request&, std::string_view) override {
    const Access nothing;
    co_await env.Yield("counter.read", nothing);
    const int seen = value_;
    co_await env.Yield("counter.write", nothing);
    value_ = seen + 1;
    Response response;
    response.status = 200;
    response.body = "{\"value\":" + std::to_string(value_) + "}";
    co_return response;
  }
  void Mark() override { marked_ = value_; }
  void Rollback() override { value_ = marked_; }
  std::uint64_t ChangeDigest() const override { return static_cast<std::uint64_t>(value_); }
  std::vector<StateChange> Changes() const override {
    return {{"counter", "", std::to_string(value_)}};
  }

 private:
  int value_ = 0;
  int marked_ = 0;
};

TEST(AuditTest, NoticesAccessesThatLie) {
  const Case source = PlantedCase("portal_ticket_count_plus_one", "fixed");
  Case two = source;
  two.setup.clear();
  two.audit.clear();
  two.checks_json = "[]";
  for (CaseLane& lane : two.lanes) {
    for (CaseRequest& request : lane.requests) request.headers.clear();
  }
  const auto lying = [](const RunSpec&, const Scenario&) {
    return Result<std::unique_ptr<ResettableHandler>>(std::make_unique<LyingHandler>());
  };
  const Result<CaseAudit> audit = AuditCase(two, 42, 50, lying);
  ASSERT_TRUE(audit.has_value()) << audit.error().message;
  EXPECT_NE(audit->disagreement.find("are called independent"), std::string::npos);
  const Result<CaseAudit> honest = AuditCase(source, 42, 50);
  ASSERT_TRUE(honest.has_value());
  EXPECT_EQ(honest->disagreement, "");
  EXPECT_GT(honest->swaps, 10U);
}

}  // namespace
}  // namespace redrive
