// ExploreCase: searches the interleavings of one case for races, by the serial-outcome oracle and
// by the case's checks, and says how much of them it has searched. docs/SEARCH.md explains the
// words.
#ifndef REDRIVE_REPLAYER_EXPLORE_CASE_H_
#define REDRIVE_REPLAYER_EXPLORE_CASE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "recorder/case.h"
#include "recorder/case_runner.h"
#include "replayer/checker.h"
#include "replayer/serial_oracle.h"

namespace redrive {

// Part `index` of `count` of a campaign: of the seeded strategies each takes every count-th
// execution, so that together they execute what one alone would. Systematic strategies and the
// serial orders are too cheap to split and belong to the part that the case's number falls to.
struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

struct ExploreProgress {
  std::string strategy;
  std::uint64_t executions = 0;  // of all strategies so far
  std::uint64_t classes = 0;     // by the strategy at hand; 0 when it does not count them
  std::uint64_t depth = 0;       // steps of the longest execution
  std::uint64_t findings = 0;
};

struct ExploreOptions {
  std::string strategy = "auto";
  std::uint64_t seed = 42;
  std::uint64_t budget = 20'000;            // executions, serial orders not counted
  std::function<bool()> out_of_time;        // asked now and then; may be empty
  const std::atomic<bool>* stop = nullptr;  // may be null
  bool all = false;                         // go on behind the first finding
  Shard shard;
  std::uint64_t case_number = 0;  // which of the campaign's cases this is
  SerialOracleOptions oracle;
  bool use_oracle = true;
  std::uint64_t audits = 50;  // commutation audits of a search that reduces by independence
  std::function<void(const ExploreProgress&)> on_progress;  // may be empty
};

// A way in which the case went wrong, with the first schedule that showed it.
struct ExploreFinding {
  std::string oracle;  // "serial outcome", or the name of a check
  std::string shape;   // "not serial", or the violation's shape
  std::string what;    // one plain sentence each
  std::string why;
  std::vector<std::string> differences;  // against the nearest serial order, for people
  Schedule schedule;
  std::string strategy;
  std::uint64_t execution = 0;   // of that strategy, from 0
  std::uint64_t executions = 0;  // of the whole search, this one included
  std::uint64_t preemptions = 0;
  std::uint64_t outcome = 0;
  std::uint64_t seen = 0;  // executions that showed it
};

struct StrategyReport {
  std::string name;
  std::uint64_t executions = 0;
  std::uint64_t redundant = 0;
  std::uint32_t preemptions = 0;  // of a bounded search: the last level that was searched whole
  bool bounded = false;
  bool reduced = false;   // its executions are classes
  bool complete = false;  // nothing within its bounds is left
  std::string note;       // why it cannot be complete
};

enum class ExploreEnding : std::uint8_t { kViolation, kClean, kCleanWithinBounds, kInconclusive };

struct ExploreReport {
  ExploreEnding ending = ExploreEnding::kInconclusive;
  std::string text;  // "clean: all 36 classes explored"
  std::uint64_t serial_orders = 0;
  std::uint64_t serial_outcomes = 0;
  std::uint64_t outcomes = 0;  // different ones met, serial ones included
  std::uint64_t executions = 0;
  std::uint64_t audited = 0;  // swaps of independent neighbours that changed nothing
  std::string estimate;       // "about 4.1e5 ± 20 % classes", or ""
  std::vector<StrategyReport> strategies;
  std::vector<ExploreFinding> findings;  // in order of discovery
  std::vector<std::string> notes;        // why inconclusive, what was allowed
};

// Errors (kInvalid): the case, its checks, or the strategy's name.
[[nodiscard]] Result<ExploreReport> ExploreCase(const Case& source, const ExploreOptions& options);

// 0, 1 or 3, as the program exits.
int ExitCode(const ExploreReport& report);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_EXPLORE_CASE_H_
