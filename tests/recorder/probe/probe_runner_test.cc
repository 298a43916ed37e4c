// Threads of probes: a slow or broken one stands in nobody's way.
#include "recorder/probe/probe_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <stdexcept>

#include "recorder/probe/statement_figures.h"

namespace redrive {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

struct Behaviour {
  std::function<Result<void>()> begin = [] { return Result<void>(); };
  std::function<Result<void>(int)> sample = [](int) { return Result<void>(); };
  std::function<Result<void>()> end = [] { return Result<void>(); };
};

class FakeProbe final : public Probe {
 public:
  explicit FakeProbe(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}
  [[nodiscard]] std::string source() const override { return "fake"; }
  [[nodiscard]] std::string flag() const override { return "--fake"; }
  [[nodiscard]] std::chrono::milliseconds interval() const override {
    return std::chrono::milliseconds(2);
  }
  Result<void> Begin(ProbeReport*) override {
    samples_ = 0;
    return behaviour_.begin();
  }
  Result<void> Sample(std::int64_t at_ns, ProbeReport* report) override {
    report->Series("server_memory").Add(at_ns, ++samples_);
    return behaviour_.sample(samples_);
  }
  Result<void> End(std::int64_t, ProbeReport*) override { return behaviour_.end(); }

 private:
  Behaviour behaviour_;
  int samples_ = 0;
};

const Error kBroken{ErrorCode::kIo, "broken"};

struct Told {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::function<void(const std::string&)> Sink() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      lines.push_back(line);
    };
  }
};

TEST(ProbeRunnerTest, ASlowProbeHoldsNoOther) {
  Told told;
  std::atomic<bool> free = false;
  std::atomic<int> quick = 0;
  ProbeRunner runner(told.Sink());
  runner.Add(std::make_unique<FakeProbe>(Behaviour{.sample = [&free](int) {
    while (!free) usleep(1'000);
    return Result<void>();
  }}));
  runner.Add(std::make_unique<FakeProbe>(Behaviour{.sample = [&quick](int n) {
    quick = n;
    return Result<void>();
  }}));
  runner.Start();
  for (int i = 0; i < 10'000 && quick < 20; ++i) usleep(1'000);
  EXPECT_GE(quick.load(), 20);  // while the other has not come back from its first
  free = true;
  const std::vector<ProbeReport> reports = runner.Stop();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_GE(reports[1].samples, 20U);
  EXPECT_TRUE(told.lines.empty());
  EXPECT_TRUE(runner.Stop().empty());  // not started
}

TEST(ProbeRunnerTest, AProblemIsToldOnceForEachRun) {
  Told told;
  ProbeRunner runner(told.Sink());
  std::atomic<int> samples = 0;
  runner.Add(std::make_unique<FakeProbe>(Behaviour{.sample = [&samples](int n) -> Result<void> {
    samples = n;
    if (n > 2) throw std::runtime_error("thrown");
    return {};
  }}));
  for (int run = 1; run <= 2; ++run) {
    samples = 0;
    runner.Start();
    for (int i = 0; i < 10'000 && samples < 6; ++i) usleep(1'000);
    const ProbeReport report = runner.Stop().at(0);
    EXPECT_EQ(report.problem, "");  // the end was seen
    EXPECT_GE(report.failed_samples, 4U);
    EXPECT_EQ(report.failed_samples + 2, report.samples);
    EXPECT_THAT(report.notes, Contains("sample failed: thrown"));
    EXPECT_EQ(told.lines.size(), static_cast<std::size_t>(run));
  }
  EXPECT_EQ(told.lines[0], "--fake fake: thrown");
}

TEST(ProbeRunnerTest, WithoutABeginningOrAnEndItIsAProblem) {
  Told told;
  ProbeRunner runner(told.Sink());
  runner.Add(std::make_unique<FakeProbe>(Behaviour{.begin = [] { return Result<void>(kBroken); }}));
  runner.Add(std::make_unique<FakeProbe>(Behaviour{.end = [] { return Result<void>(kBroken); }}));
  runner.Start();
  const std::vector<ProbeReport> reports = runner.Stop();
  EXPECT_EQ(reports[0].problem, "broken");
  EXPECT_EQ(reports[0].samples, 0U);
  EXPECT_EQ(reports[1].problem, "the end of the run was not seen: broken");
  EXPECT_GE(reports[1].samples, 1U);
  EXPECT_EQ(told.lines.size(), 2U);
}

TEST(ProbeSeriesTest, StaysBoundedAndKeepsItsExtremes) {
  ProbeSeries series(*FindProbeMetric("server_memory"), "");
  for (std::int64_t i = 0; i < 1'000'000; ++i) series.Add(i, i == 777'777 ? 1 << 30 : i % 1'000);
  EXPECT_LE(series.points().size(), 20'000U);
  EXPECT_GE(series.points().size(), 10'000U);
  EXPECT_EQ(series.samples(), 1'000'000U);
  EXPECT_EQ(series.max(), 1 << 30);
  EXPECT_EQ(series.min(), 0);
  EXPECT_EQ(series.last().at_ns, 999'999);
  const std::int64_t gap = series.points()[1].at_ns - series.points()[0].at_ns;
  for (std::size_t i = 1; i < series.points().size(); ++i) {
    ASSERT_EQ(series.points()[i].at_ns - series.points()[i - 1].at_ns, gap) << i;
  }
}

TEST(ProbeSeriesTest, GrowthIsFromTheFirstFifthToTheLast) {
  ProbeReport report;
  for (int i = 0; i < 10; ++i) report.Series("server_memory").Add(i, 100 + i);
  AddMemoryGrowth(&report);
  EXPECT_EQ(report.Find("server_memory_growth"), nullptr);  // too short to tell
  for (int i = 10; i < 100; ++i) report.Series("server_memory").Add(i, 100 + i);
  AddMemoryGrowth(&report);
  EXPECT_EQ(report.Find("server_memory_growth")->last().value, 80);
}

TEST(StatementFiguresTest, WhatTheMaximaCanTell) {
  constexpr std::int64_t kMs = 1'000'000;
  StatementTable before;
  before.statements = {
      {"same", {10, 50 * kMs, 9 * kMs}},     {"grew", {10, 50 * kMs, 9 * kMs}},
      {"hidden", {1, 500 * kMs, 500 * kMs}}, {"mean", {1, 900 * kMs, 900 * kMs}},
      {"idle", {1, 900 * kMs, 900 * kMs}},   {"reset", {50, 900 * kMs, 900 * kMs}}};
  StatementTable after;
  after.statements = {{"same", {20, 90 * kMs, 9 * kMs}},      {"grew", {12, 400 * kMs, 300 * kMs}},
                      {"hidden", {31, 800 * kMs, 500 * kMs}},  // 30 calls, 10 ms in the mean
                      {"mean", {3, 1'300 * kMs, 900 * kMs}},   // two of 200 ms in the mean
                      {"idle", {1, 900 * kMs, 900 * kMs}},    {"reset", {2, 10 * kMs, 8 * kMs}},
                      {"new", {1, 150 * kMs, 150 * kMs}}};
  const StatementVerdict verdict = CompareStatementTables(before, after, 100 * kMs);
  std::vector<std::string> slow;
  for (const SlowStatement& statement : verdict.slow) slow.push_back(statement.id);
  EXPECT_THAT(slow, ElementsAre("grew", "mean", "new"));
  EXPECT_EQ(verdict.undecided, 1U);
  EXPECT_EQ(verdict.longest_ns, 300 * kMs);
  EXPECT_FALSE(verdict.forgotten);
  after.forgotten = 1;
  EXPECT_TRUE(CompareStatementTables(before, after, 100 * kMs).forgotten);
  EXPECT_TRUE(CompareStatementTables(before, before, 100 * kMs).slow.empty());
}

}  // namespace
}  // namespace redrive
