#include "replayer/replay_exact.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "recorder/trace_file.h"

namespace redrive {
namespace {

RunSpec SmallSpec() {
  RunSpec spec;
  spec.scenario_name = "peak_burst_full";
  std::ifstream file(REDRIVE_SOURCE_DIR "/corpora/battwheels/peak_burst_full.json");
  std::ostringstream text;
  text << file.rdbuf();
  spec.scenario_json = text.str();
  spec.users = 6;
  spec.run_time_ns = 4'000'000'000;
  return spec;
}

Trace Record(const RunSpec& spec) {
  TraceCollector collector;
  const Result<RunOutcome> outcome = ExecuteSimulation(spec, {.prefix = {}, .sink = &collector});
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  return collector.trace;
}

const Trace& Recorded() {
  static const Trace trace = Record(SmallSpec());
  return trace;
}

std::string FirstDifference(const Trace& trace) {
  const Result<ExactReplayReport> report = ReplayExactly(trace, {});
  if (!report) return "error: " + report.error().message;
  EXPECT_EQ(report->attempts, 1U);
  EXPECT_EQ(report->identical, report->first_difference.empty() ? 1U : 0U);
  return report->first_difference;
}

// The operation in the middle that has a return: what is altered is neither first nor last.
std::size_t Middle() {
  std::size_t index = Recorded().invokes.size() / 2;
  while (!Recorded().returns[index]) ++index;
  return index;
}

TEST(ReplayExactTest, IdenticalAsOftenAsAsked) {
  ASSERT_GT(Recorded().invokes.size(), 20U);
  ASSERT_GT(Recorded().schedule.size(), 20U);
  ExactReplayOptions options;
  options.repeat = 200;
  std::uint64_t last = 0;
  options.on_progress = [&](std::uint64_t done) { last = done; };
  const Result<ExactReplayReport> report = ReplayExactly(Recorded(), options);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->identical, 200U) << report->first_difference;
  EXPECT_EQ(last, 200U);
  EXPECT_EQ(report->digest, Recorded().end->digest);
}

TEST(ReplayExactTest, AFileReplaysAndEqualExecutionsGiveEqualFiles) {
  std::string name = (std::filesystem::temp_directory_path() / "redrive_replay_XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  std::string bytes[2];
  for (std::string& content : bytes) {
    const std::string path = name + "/a.trace";
    {
      auto writer = TraceWriter::Open(path);
      ASSERT_TRUE(writer.has_value()) << writer.error().message;
      const ExecuteOptions options{.prefix = {}, .sink = writer->get()};
      ASSERT_TRUE(ExecuteSimulation(SmallSpec(), options).has_value());
    }
    const Result<Trace> trace = ReadTrace(path);
    ASSERT_TRUE(trace.has_value()) << trace.error().message;
    EXPECT_EQ(FirstDifference(*trace), "");
    std::ifstream file(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_EQ(bytes[0], bytes[1]);
  std::filesystem::remove_all(name);
}

TEST(ReplayExactTest, AnotherResponseIsNamed) {
  Trace trace = Recorded();
  const std::size_t index = Middle();
  trace.returns[index]->response.body = "{\"altered\":1}";
  const std::string difference = FirstDifference(trace);
  EXPECT_EQ(difference.find("event " + std::to_string(trace.returns[index]->sequence) +
                            ": response to #" + std::to_string(index + 1) +
                            ", body: recorded '{\"altered\":1}', now '"),
            0U)
      << difference;
}

TEST(ReplayExactTest, AnotherRequestIsNamed) {
  Trace trace = Recorded();
  const std::size_t index = Middle();
  trace.invokes[index].request.target = "/elsewhere";
  EXPECT_EQ(FirstDifference(trace), "event " + std::to_string(trace.invokes[index].sequence) +
                                        ": request #" + std::to_string(index + 1) +
                                        ", target: recorded '/elsewhere', now '" +
                                        Recorded().invokes[index].request.target + "'");
}

TEST(ReplayExactTest, AnotherDataOperationIsNamed) {
  Trace trace = Recorded();
  StepRecord& step = trace.steps[trace.steps.size() / 2];
  const std::string label = step.label;
  step.label = "tickets.forget";
  EXPECT_EQ(FirstDifference(trace), "event " + std::to_string(step.sequence) + ": step " +
                                        std::to_string(trace.steps.size() / 2 + 1) +
                                        ", data operation: recorded 'tickets.forget', now '" +
                                        label + "'");
}

TEST(ReplayExactTest, AStepMoreOrLessIsNamed) {
  Trace trace = Recorded();
  trace.steps.push_back(trace.steps.back());
  EXPECT_NE(FirstDifference(trace).find("the end, data operations: recorded " +
                                        std::to_string(trace.steps.size()) + ", now " +
                                        std::to_string(trace.steps.size() - 1)),
            std::string::npos);
  trace.steps.resize(trace.steps.size() - 3);
  EXPECT_NE(FirstDifference(trace).find("was not recorded"), std::string::npos);
}

TEST(ReplayExactTest, AnotherDigestIsNamed) {
  Trace trace = Recorded();
  trace.end->digest ^= 1;
  EXPECT_NE(FirstDifference(trace).find("digest: recorded "), std::string::npos);
}

TEST(ReplayExactTest, AScheduleThatDoesNotFitIsADivergence) {
  Trace trace = Recorded();
  trace.schedule[trace.schedule.size() / 2].bound += 7;
  const std::string difference = FirstDifference(trace);
  EXPECT_EQ(
      difference.find("decision " + std::to_string(trace.schedule.size() / 2) + ": recorded a "),
      0U)
      << difference;
}

TEST(ReplayExactTest, AnotherOrderDoesNotPass) {
  Trace trace = Recorded();
  for (Decision& decision : trace.schedule) {
    if (decision.kind != DecisionKind::kTask || decision.value == 0) continue;
    decision.value = 0;
    decision.fingerprint = 0;  // as parsed from text: only the events can tell
    break;
  }
  EXPECT_NE(FirstDifference(trace), "");
}

TEST(ReplayExactTest, AnotherScenarioHasAnotherPlan) {
  Trace trace = Recorded();
  trace.header.spec.users = 7;
  const Result<ExactReplayReport> report = ReplayExactly(trace, {});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, ErrorCode::kDiverged);
  EXPECT_EQ(report.error().message.find("the plan is another one: recorded digest "), 0U);
}

TEST(ReplayExactTest, AnotherVersionIsMentionedWithTheDifference) {
  Trace trace = Recorded();
  trace.header.redrive_version = "9.9.9";
  EXPECT_EQ(FirstDifference(trace), "");
  trace.returns[Middle()]->response.status = 299;
  EXPECT_NE(FirstDifference(trace).find("(recorded by 9.9.9, this is )"), std::string::npos);
}

TEST(ReplayExactTest, WhereRecordsWereLostTheDigestDecides) {
  Trace trace = Recorded();
  trace.steps.resize(10);
  trace.end->dropped = 1;
  EXPECT_EQ(FirstDifference(trace), "");
  trace.end->digest ^= 1;
  EXPECT_EQ(FirstDifference(trace).find("digest: recorded "), 0U);
}

TEST(ReplayExactTest, ALiveTraceIsRefused) {
  Trace trace = Recorded();
  trace.header.target_kind = TargetKind::kLive;
  EXPECT_EQ(ReplayExactly(trace, {}).error().code, ErrorCode::kUnsupported);
}

TEST(ReplayExactTest, ARecordingThatWasCutShortIsRefused) {
  Trace trace = Recorded();
  trace.end.reset();
  EXPECT_EQ(ReplayExactly(trace, {}).error().code, ErrorCode::kTruncated);
}

}  // namespace
}  // namespace redrive
