// Regression cases: counterexamples kept as small files, to be run again after every change, as a
// project does in its own CI. docs/SHRINKING.md is the format.
#ifndef REDRIVE_REPLAYER_REGRESSION_H_
#define REDRIVE_REPLAYER_REGRESSION_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/schedule.h"
#include "recorder/case_runner.h"
#include "recorder/trace_records.h"
#include "replayer/failure.h"
#include "replayer/shrink.h"

namespace redrive {

enum class Expectation : std::uint8_t { kViolation, kPass };

struct RegressionCase {
  std::string name;
  FailureIdentity identity;
  Expectation expect = Expectation::kViolation;
  std::uint64_t seed = 42;
  std::int64_t epoch_seconds = kDefaultEpochSeconds;
  std::uint64_t preemptions = 0;
  Schedule schedule;
  std::uint64_t outcome = 0;  // CaseExecution::outcome under `schedule`, when it was kept
  std::string scenario_json;  // a plain one, as CaseToScenario writes it
  // Values for ${env(NAME)} as in RunSpec::settings; never in the file.
  std::vector<std::pair<std::string, std::string>> settings;
};

RegressionCase RegressionOf(const Counterexample& counterexample);

// One JSON document, ending in a newline. Equal cases give equal texts.
std::string RegressionToJson(const RegressionCase& regression);

// Reads what RegressionToJson writes; comments are allowed. Errors (kInvalid, kLimit) begin with
// `where` and name the member. Limits: 4 MiB of text, 100,000 decisions.
[[nodiscard]] Result<RegressionCase> RegressionFromJson(std::string_view text,
                                                        std::string_view where);

struct RegressionOptions {
  std::uint64_t executions_max = 500;       // of the search around the schedule; 0: none
  const std::atomic<bool>* stop = nullptr;  // may be null
  std::string workshop;                     // instead of the scenario's; "": as it says
  CaseRunnerOptions runner;
};

enum class RegressionStatus : std::uint8_t {
  kAsExpected,
  kViolates,      // expected to pass
  kGone,          // expected to violate: fixed?
  kInconclusive,  // cannot be judged: a check says unknown, or the search was stopped
  kCannotRun,     // the scenario, or what its setup answered
};

struct RegressionResult {
  RegressionStatus status = RegressionStatus::kAsExpected;
  std::string text;  // one sentence
  std::string what;  // of the violation that was met, if any
  std::uint64_t executions = 0;
  bool schedule_fits = true;  // the recorded schedule could be obeyed
  bool same_outcome = false;  // and led to the recorded outcome
};

// Executes the case under its schedule and then, up to the budget, every schedule with at most so
// many preemptions. Deterministic.
RegressionResult RunRegression(const RegressionCase& regression, const RegressionOptions& options);

// "as expected", "violates", "gone", "inconclusive", "cannot run"
std::string_view RegressionStatusName(RegressionStatus status);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_REGRESSION_H_
