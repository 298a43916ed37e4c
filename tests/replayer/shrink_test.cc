// Each planted bug comes down to its true minimum, keeps its identity, and is gone once it is
// fixed.
#include "replayer/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/strategy.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"
#include "replayer/case_edit.h"
#include "replayer/regression.h"
#include "tests/replayer/shrink_testing.h"

namespace redrive {
namespace {

Counterexample MustShrink(const Trace& trace, const ShrinkOptions& options = {}) {
  Result<Counterexample> small = Shrink(trace, options);
  EXPECT_TRUE(small.has_value()) << small.error().message;
  return small ? std::move(*small) : Counterexample();
}

// Whether any schedule of the case shows the failure; an independent search without bounds.
bool Fails(const Case& source, const FailureIdentity& identity, const char* strategy_name) {
  const auto runner = CaseRunner::Make(CaseToSpec(source));
  if (!runner) return false;  // it cannot even run
  const auto test = CheckFailures()(source);
  EXPECT_TRUE(test.has_value());
  const auto strategy = MakeStrategy(strategy_name, 1);
  for (std::uint64_t execution = 0; execution < 20'000; ++execution) {
    const auto done = (*runner)->Execute(**strategy, execution);
    if (!done) return false;
    const auto failures = (*test)->Judge(**runner, *done);
    EXPECT_TRUE(failures.has_value());
    for (const Failure& failure : *failures) {
      if (failure.identity == identity) return true;
    }
  }
  return false;
}

const Trace& BurstTrace() {
  static const Trace trace = FailingTrace(BurstSpec(42));
  return trace;
}

class ShrinkPlantedTest : public testing::TestWithParam<std::string> {};

std::string GoldenLine(const std::string& name, const Counterexample& small) {
  std::string line = name + ": " + IdentityText(small.identity) + "; requests";
  for (const CaseLane& lane : small.source.lanes) {
    line += &lane == small.source.lanes.data() ? " " : " + ";
    line += std::to_string(lane.requests.size());
  }
  return line + "; preemptions " + std::to_string(small.preemptions) + "; setup " +
         std::to_string(small.source.setup.size()) + "; audit " +
         std::to_string(small.source.audit.size()) + "; " + GuaranteeText(small);
}

TEST_P(ShrinkPlantedTest, ComesDownToItsMinimum) {
  const Trace trace = FailingTrace(PlantedSpec(GetParam()));
  const Counterexample small = MustShrink(trace);
  EXPECT_LE(small.requests, 2U);
  EXPECT_LE(small.preemptions, 1U);
  EXPECT_TRUE(small.requests_minimal);
  EXPECT_TRUE(small.requests_exhaustive);
  EXPECT_TRUE(small.schedule_exhaustive);
  EXPECT_EQ(small.confirmed, 20U);
  EXPECT_EQ(small.confirm_attempts, 20U);
  const std::vector<Failure> in_run = FailuresOf(ReportOf(trace));
  ASSERT_FALSE(in_run.empty());
  EXPECT_EQ(small.identity, in_run.front().identity);

  const std::string path = std::string(REDRIVE_SOURCE_DIR) + "/corpora/planted/shrunk.txt";
  std::map<std::string, std::string> golden;
  std::ifstream input(path);
  for (std::string text; std::getline(input, text);) {
    if (!text.starts_with('#')) golden[text.substr(0, text.find(':'))] = text;
  }
  const std::string line = GoldenLine(GetParam(), small);
  if (std::getenv("REDRIVE_UPDATE_GOLDEN")) {  // in one process: every test writes the whole file
    golden[GetParam()] = line;
    std::ofstream output(path);
    output << "# what redrive shrink makes of each planted bug, seed 42\n";
    for (const auto& [name, text] : golden) output << text << "\n";
  }
  EXPECT_EQ(line, golden[GetParam()]) << "to accept: REDRIVE_UPDATE_GOLDEN=1";
}

// A case that also fails without the bug would blame the wrong thing: its seed data, or the check.
TEST_P(ShrinkPlantedTest, IsGoneOnceItIsFixed) {
  RegressionCase regression = RegressionOf(MustShrink(FailingTrace(PlantedSpec(GetParam()))));
  RegressionResult result = RunRegression(regression, {});
  EXPECT_EQ(result.status, RegressionStatus::kAsExpected) << result.text;
  EXPECT_TRUE(result.same_outcome) << result.text;
  regression.expect = Expectation::kPass;
  RegressionOptions fixed;
  fixed.workshop = "fixed";
  result = RunRegression(regression, fixed);
  EXPECT_EQ(result.status, RegressionStatus::kAsExpected) << result.text << "\n" << result.what;
}

TEST_P(ShrinkPlantedTest, GuaranteesHoldUnderAnIndependentSearch) {
  const Counterexample small = MustShrink(FailingTrace(PlantedSpec(GetParam())));
  if (small.preemptions > 0) {
    EXPECT_FALSE(Fails(small.source, small.identity, "bounded:0"));
  }
  const std::size_t count = CountRequests(small.source);
  for (std::size_t i = 0; i < count && count > 1; ++i) {
    std::vector<bool> kept(count, true);
    kept[i] = false;
    EXPECT_FALSE(Fails(KeepRequests(small.source, kept), small.identity, "dfs")) << "without " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, ShrinkPlantedTest, testing::ValuesIn(PlantedNames()),
                         [](const auto& info) { return info.param; });

TEST(ShrinkTest, EqualBugsGiveEqualFiles) {
  const Counterexample one = MustShrink(BurstTrace());
  const Counterexample other = MustShrink(FailingTrace(BurstSpec(7)));
  EXPECT_EQ(one.identity.check, "portal ticket numbers are unique and ascend");
  EXPECT_NE(one.origin.requests, other.origin.requests);
  EXPECT_EQ(CaseToScenario(one.source), CaseToScenario(other.source));
  EXPECT_EQ(ScheduleToText(one.schedule), ScheduleToText(other.schedule));
  EXPECT_EQ(RegressionToJson(RegressionOf(one)), RegressionToJson(RegressionOf(other)));
  EXPECT_EQ(one.trace.end->digest, other.trace.end->digest);
}

TEST(ShrinkTest, EveryViolationOfTheBurstComesDownToTwoRequests) {
  std::size_t violated = 0;
  const CheckReport report = ReportOf(BurstTrace());
  for (const Verdict& verdict : report.verdicts) {
    if (verdict.kind != VerdictKind::kViolation) continue;
    ++violated;
    ShrinkOptions options;
    options.check = verdict.name;
    const Counterexample small = MustShrink(BurstTrace(), options);
    EXPECT_EQ(small.identity.check, verdict.name);
    EXPECT_EQ(small.identity.shape, verdict.violations.front().shape);
    EXPECT_EQ(small.check_kind, verdict.check);
    EXPECT_EQ(small.requests, 2U) << verdict.name;
    EXPECT_LE(small.preemptions, 1U) << verdict.name;
    EXPECT_EQ(small.confirmed, 20U);
  }
  EXPECT_GE(violated, 3U);
}

TEST(ShrinkTest, AnotherFailureMetOnTheWayIsKept) {
  ShrinkOptions options;
  options.check = "payments lower the balance one by one";
  const Counterexample small = MustShrink(BurstTrace(), options);
  ASSERT_FALSE(small.others.empty());
  for (const OtherFinding& other : small.others) {
    EXPECT_NE(other.identity, small.identity);
    // It stands on its own: the kept case fails so under the kept schedule.
    const Result<Counterexample> own = ShrinkCase(other.source, other.schedule, other.identity, {});
    ASSERT_TRUE(own.has_value()) << own.error().message;
    EXPECT_EQ(own->identity, other.identity);
    EXPECT_LE(own->requests, CountRequests(other.source));
  }
}

// Nothing in the violation says which requests led to it: the whole run has to be cut.
TEST(ShrinkTest, WithoutWitnessesTheWholeRunIsCut) {
  RunSpec spec = BurstSpec(42);
  nlohmann::ordered_json scenario = nlohmann::ordered_json::parse(spec.scenario_json, nullptr, true,
                                                                  /*ignore_comments=*/true);
  scenario["checks"] = nlohmann::ordered_json::parse(R"([{
      "check": "response_invariant", "name": "few tickets", "requests": "audit tickets",
      "holds": [["response:/pagination/total_count", "<=", 23]]}])");
  spec.scenario_json = scenario.dump();
  spec.users = 8;
  spec.run_time_ns = 6'000'000'000;
  const Trace trace = FailingTrace(spec);
  const Counterexample small = MustShrink(trace);
  EXPECT_GT(small.origin.requests, 30U);
  EXPECT_EQ(small.requests, 4U);  // 20 tickets are there before the run
  EXPECT_EQ(small.preemptions, 0U);
  EXPECT_EQ(small.source.lanes.size(), 1U);
  EXPECT_TRUE(small.requests_minimal);
  ShrinkOptions options;
  options.whole_run_max = 10;
  EXPECT_TRUE(Shrink(trace, options).has_error());
}

TEST(ShrinkTest, WithoutAViolationThereIsNothingToShrink) {
  RunSpec spec = PlantedSpec("double_close");
  spec.workshop = "fixed";
  TraceCollector collector;
  ExecuteOptions execute;
  execute.sink = &collector;
  ASSERT_TRUE(ExecuteSimulation(spec, execute).has_value());
  const Result<Counterexample> none = Shrink(collector.trace, {});
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().message, "no check is violated in this trace: there is nothing to shrink");
}

TEST(ShrinkTest, AnUnknownCheckSuggestsTheNearest) {
  ShrinkOptions options;
  options.check = "a ticket is closed onec";
  const Result<Counterexample> none = Shrink(BurstTrace(), options);
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().code, ErrorCode::kInvalid);
  EXPECT_NE(none.error().message.find("did you mean 'a ticket is closed once'"), std::string::npos)
      << none.error().message;
  options.check = "every journal entry balances";
  const Result<Counterexample> passes = Shrink(BurstTrace(), options);
  ASSERT_TRUE(passes.has_error());
  EXPECT_NE(passes.error().message.find("is not violated here"), std::string::npos);
}

TEST(ShrinkTest, ABudgetThatRunsOutIsSaid) {
  ShrinkOptions options;
  options.executions_max = 30;
  options.confirm = 3;
  const Counterexample small = MustShrink(BurstTrace(), options);
  EXPECT_TRUE(small.out_of_budget);
  EXPECT_LE(small.executions, 30U);
  EXPECT_EQ(small.confirmed, 3U);
  EXPECT_NE(GuaranteeText(small).find("the budget of 30 executions ran out"), std::string::npos)
      << GuaranteeText(small);
}

TEST(ShrinkTest, AStopBeforeTheFirstFailureIsNoResult) {
  const std::atomic<bool> stop = true;
  ShrinkOptions options;
  options.stop = &stop;
  const Result<Counterexample> none = Shrink(BurstTrace(), options);
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().code, ErrorCode::kLimit);
}

// A dozen requests of the burst around its first race, and a schedule that some seed found.
class ShrinkCaseTest : public testing::Test {
 protected:
  void SetUp() override {
    const CheckReport report = ReportOf(BurstTrace());
    const Verdict& verdict = report.verdicts.front();
    identity_ = {verdict.name, verdict.violations.front().shape};
    std::vector<std::uint64_t> picked = verdict.violations.front().operations;
    for (const InvokeRecord& invoke : BurstTrace().invokes) {
      const bool known = std::find(picked.begin(), picked.end(), invoke.operation) != picked.end();
      if (invoke.phase == Phase::kRun && !known && picked.size() < 14) {
        picked.push_back(invoke.operation);
      }
    }
    const Result<Case> made = CaseFromTrace(BurstTrace(), picked, CaseSetup::kSetup);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    big_ = *made;
  }

  // The first failing schedule of a random walk.
  Schedule FailingSchedule() const {
    const auto runner = CaseRunner::Make(CaseToSpec(big_));
    const auto test = CheckFailures()(big_);
    const auto strategy = MakeStrategy("random", 1);
    for (std::uint64_t execution = 0; execution < 2'000; ++execution) {
      const auto done = (*runner)->Execute(**strategy, execution);
      for (const Failure& failure : *(*test)->Judge(**runner, *done)) {
        if (failure.identity == identity_) return (*runner)->schedule();
      }
    }
    ADD_FAILURE() << "never failed";
    return {};
  }

  FailureIdentity identity_;
  Case big_;
};

TEST_F(ShrinkCaseTest, ManyRequestsAreCutByDeltaDebugging) {
  ASSERT_GE(CountRequests(big_), 12U);
  const Result<Counterexample> small = ShrinkCase(big_, FailingSchedule(), identity_, {});
  ASSERT_TRUE(small.has_value()) << small.error().message;
  EXPECT_EQ(small->requests, 2U);
  EXPECT_EQ(small->preemptions, 1U);
  EXPECT_TRUE(small->requests_minimal);
  EXPECT_TRUE(small->schedule_exhaustive);
  EXPECT_EQ(small->origin.requests, CountRequests(big_));
  // The same bug as the witnesses alone lead to.
  EXPECT_EQ(CaseToScenario(small->source), CaseToScenario(MustShrink(BurstTrace()).source));
}

TEST_F(ShrinkCaseTest, AScheduleThatDoesNotFailOrFitIsAnError) {
  const Result<Counterexample> serial = ShrinkCase(big_, {}, {"no such check", "duplicate"}, {});
  ASSERT_TRUE(serial.has_error());
  EXPECT_NE(serial.error().message.find("does not fail as no such check: duplicate"),
            std::string::npos)
      << serial.error().message;
  const Result<Schedule> wrong = ScheduleFromText("0/77");
  const Result<Counterexample> diverged = ShrinkCase(big_, *wrong, identity_, {});
  ASSERT_TRUE(diverged.has_error());
  EXPECT_EQ(diverged.error().code, ErrorCode::kDiverged);
}

// An oracle of one's own: two new tickets with one number.
class SameAnswerTest final : public FailureTest {
 public:
  Result<std::span<const Failure>> Judge(CaseRunner& runner, const CaseExecution&) override {
    failures_.clear();
    std::vector<std::string> bodies;
    for (std::size_t lane = 0; lane < runner.lanes(); ++lane) {
      for (std::size_t i = 0; i < runner.requests()[lane]; ++i) {
        const std::string& body = runner.response(lane, i).body;
        const std::size_t at = body.find("\"ticket_id\":\"TKT-");
        if (runner.step(lane, i).name.text() != "POST portal/tickets") continue;
        if (runner.response(lane, i).status != 200 || at == std::string::npos) continue;
        bodies.push_back(body.substr(at, 24));
      }
    }
    std::sort(bodies.begin(), bodies.end());
    if (std::adjacent_find(bodies.begin(), bodies.end()) != bodies.end()) {
      Failure failure;
      failure.identity = {"own oracle", "same ticket"};
      failure.violation.what = "Two new tickets have one number.";
      failures_.push_back(failure);
    }
    return std::span<const Failure>(failures_);
  }

 private:
  std::vector<Failure> failures_;
};

TEST_F(ShrinkCaseTest, AnyOracleCanSayWhatFails) {
  ShrinkOptions options;
  options.failures = [](const Case&) -> Result<std::unique_ptr<FailureTest>> {
    return std::unique_ptr<FailureTest>(std::make_unique<SameAnswerTest>());
  };
  const Result<Counterexample> small = ShrinkCase(big_, FailingSchedule(), {}, options);
  ASSERT_TRUE(small.has_value()) << small.error().message;
  EXPECT_EQ(small->identity.check, "own oracle");
  EXPECT_EQ(small->check_kind, "");
  EXPECT_EQ(small->requests, 2U);
  EXPECT_EQ(small->preemptions, 1U);
  EXPECT_EQ(small->source.checks_json, "[]");  // no check is needed to show it
  EXPECT_EQ(small->source.audit.size(), 0U);
}

}  // namespace
}  // namespace redrive
