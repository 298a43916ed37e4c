// Cases: taken out of traces, written as scenarios, executed fast and by the whole engine alike.
#include "recorder/case.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "recorder/case_runner.h"
#include "recorder/execute.h"
#include "recorder/trace_file.h"

namespace redrive {
namespace {

RunSpec SpecOf(const std::string& path) {
  std::ifstream input(std::filesystem::path(REDRIVE_SOURCE_DIR) / "corpora" / path);
  std::stringstream text;
  text << input.rdbuf();
  RunSpec spec;
  spec.scenario_name = path;
  spec.scenario_json = text.str();
  spec.workshop = "";
  return spec;
}

Trace TraceOf(const RunSpec& spec) {
  TraceCollector collector;
  ExecuteOptions options;
  options.sink = &collector;
  const Result<RunOutcome> outcome = ExecuteSimulation(spec, options);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  EXPECT_EQ(outcome->setup_error, "");
  return std::move(collector.trace);
}

std::vector<std::uint64_t> RunOperations(const Trace& trace) {
  std::vector<std::uint64_t> operations;
  for (const InvokeRecord& invoke : trace.invokes) {
    if (invoke.phase == Phase::kRun) operations.push_back(invoke.operation);
  }
  return operations;
}

Case CaseOf(const std::string& planted, CaseSetup setup = CaseSetup::kSetup) {
  const Trace trace = TraceOf(SpecOf("planted/" + planted + ".json"));
  Result<Case> made = CaseFromTrace(trace, RunOperations(trace), setup);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return std::move(*made);
}

std::unique_ptr<CaseRunner> RunnerOf(const Case& source) {
  CaseRunnerOptions options;
  options.keep_steps = true;
  Result<std::unique_ptr<CaseRunner>> runner = CaseRunner::Make(CaseToSpec(source), options);
  EXPECT_TRUE(runner.has_value()) << (runner ? "" : runner.error().message);
  return std::move(*runner);
}

std::vector<std::string> Planted() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(REDRIVE_SOURCE_DIR) / "corpora" / "planted")) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class EveryPlantedCase : public testing::TestWithParam<std::string> {};

// The fast path and the whole engine must be one execution: same steps, same answers.
TEST_P(EveryPlantedCase, IsExecutedAlikeByRunnerAndEngine) {
  const auto runner = RunnerOf(CaseOf(GetParam()));
  const auto strategy = *MakeStrategy("random", 42);
  for (std::uint64_t execution = 0; execution < 10; ++execution) {
    const auto done = runner->Execute(*strategy, execution);
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->ending, Ending::kDone);
    const Schedule schedule = runner->schedule();
    const std::vector<StepTaken> steps(runner->steps().begin(), runner->steps().end());
    const Result<Trace> trace = runner->Record(schedule);
    ASSERT_TRUE(trace.has_value()) << trace.error().message;
    EXPECT_EQ(trace->end->ending, Ending::kDone);
    std::vector<std::size_t> position(runner->lanes());
    for (std::size_t i = 0; i < trace->invokes.size(); ++i) {
      const InvokeRecord& invoke = trace->invokes[i];
      if (invoke.phase != Phase::kRun) continue;
      const Response& fast = runner->response(invoke.user, position[invoke.user]++);
      EXPECT_EQ(fast.status, trace->returns[i]->response.status);
    }
    std::size_t at = 0;
    for (const StepRecord& step : trace->steps) {
      if (step.operation == 0 || trace->invokes[step.operation - 1].phase != Phase::kRun) continue;
      ASSERT_LT(at, steps.size());
      EXPECT_EQ(step.task, steps[at].task);
      EXPECT_EQ(step.label, steps[at].label.text);
      ++at;
    }
    EXPECT_EQ(at, steps.size());
  }
}

TEST_P(EveryPlantedCase, ComesBackAfterEveryExecution) {
  const auto runner = RunnerOf(CaseOf(GetParam()));
  const auto strategy = *MakeStrategy("random", 7);
  std::vector<CaseExecution> first;
  for (std::uint64_t execution = 0; execution < 20; ++execution) {
    first.push_back(*runner->Execute(*strategy, execution));
  }
  for (std::uint64_t execution = 20; execution-- > 0;) {
    const CaseExecution again = *runner->Execute(*strategy, execution);
    EXPECT_EQ(again.outcome, first[execution].outcome);
    EXPECT_EQ(again.order, first[execution].order);
    EXPECT_EQ(again.steps, first[execution].steps);
  }
}

TEST_P(EveryPlantedCase, IsAScenarioThatGivesTheSameCase) {
  const Case source = CaseOf(GetParam());
  RunSpec spec = CaseToSpec(source);
  const Trace trace = TraceOf(spec);
  Result<Case> again = CaseFromTrace(trace, RunOperations(trace), CaseSetup::kSetup);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  again->description = source.description;
  for (std::size_t lane = 0; lane < source.lanes.size(); ++lane) {
    again->lanes[lane].user_class = source.lanes[lane].user_class;
  }
  EXPECT_EQ(CaseToScenario(*again), CaseToScenario(source));
}

INSTANTIATE_TEST_SUITE_P(Planted, EveryPlantedCase, testing::ValuesIn(Planted()),
                         [](const auto& info) { return info.param; });

// Two of a burst's thousands of requests, with nothing but what they need.
TEST(CaseFromTraceTest, TakesTwoRequestsOutOfABurst) {
  RunSpec spec = SpecOf("battwheels/peak_burst_full.json");
  spec.users = 10;
  spec.run_time_ns = 5'000'000'000;
  const Trace trace = TraceOf(spec);
  std::vector<std::uint64_t> operations;
  for (std::size_t i = trace.invokes.size(); i-- > 0 && operations.size() < 2;) {
    const InvokeRecord& invoke = trace.invokes[i];
    if (invoke.name == "POST portal/tickets" &&
        (operations.empty() || trace.invokes[operations[0] - 1].user != invoke.user)) {
      operations.push_back(invoke.operation);
    }
  }
  ASSERT_EQ(operations.size(), 2U);
  const Result<Case> needed = CaseFromTrace(trace, operations, CaseSetup::kSetup);
  ASSERT_TRUE(needed.has_value()) << needed.error().message;
  EXPECT_EQ(CountRequests(*needed), 2U);
  const Result<Case> whole = CaseFromTrace(trace, operations, CaseSetup::kAll);
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_LT(needed->setup.size(), whole->setup.size());
  const auto runner = RunnerOf(*needed);
  const auto strategy = *MakeStrategy("dfs", 1);
  std::set<std::uint64_t> outcomes;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto execution = runner->Execute(*strategy, i);
    if (!execution) break;
    EXPECT_EQ(runner->response(0, 0).status, 200);
    outcomes.insert(execution->outcome);
  }
  EXPECT_EQ(outcomes.size(), 3U);  // A first, B first, and one number for both
}

TEST(CaseFromTraceTest, RefusesWhatIsNotThere) {
  const Trace trace = TraceOf(SpecOf("planted/portal_ticket_count_plus_one.json"));
  const auto message = [&](std::vector<std::uint64_t> operations) {
    const Result<Case> made = CaseFromTrace(trace, operations, CaseSetup::kNeeded);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(message({999}), "there is no request #999 in this trace");
  EXPECT_EQ(message({}), "no request was picked");
  EXPECT_EQ(message({1}), "request #1 belongs to setup or audit: pick requests of the users");
}

TEST(CaseFromTraceTest, AsksAgainForWhatCameFromTheEnvironment) {
  RunSpec spec = SpecOf("planted/portal_ticket_count_plus_one.json");
  spec.settings = {{"env.TEST_EMAIL", "admin@battwheels.in"}, {"env.TEST_PASSWORD", "admin"}};
  const Trace trace = TraceOf(spec);
  const Result<Case> made = CaseFromTrace(trace, RunOperations(trace), CaseSetup::kSetup);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_NE(CaseToScenario(*made).find("\"password\": \"admin\""), std::string::npos);
}

}  // namespace
}  // namespace redrive
