#include "replayer/explore_case.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "core/class_estimator.h"
#include "core/strategy.h"
#include "replayer/audit_case.h"
#include "replayer/case_judge.h"

namespace redrive {
namespace {

constexpr std::uint64_t kSeededShare = 20;  // of the budget: one part for each quick strategy
constexpr std::uint64_t kSeededMax = 200;
constexpr std::uint64_t kProbesMin = 50;  // 16 of them lessons
constexpr std::uint64_t kProbesMax = 2'000;
constexpr std::uint64_t kAskEvery = 64;  // executions between two looks at the clock

class Search {
 public:
  Search(CaseRunner& runner, CaseJudge& judge, const ExploreOptions& options, ExploreReport* report)
      : runner_(runner), judge_(judge), options_(options), report_(*report) {}

  // Runs `spec` for at most `executions`. Error: the strategy's name.
  Result<void> Run(const std::string& spec, std::uint64_t executions) {
    auto made = MakeStrategy(spec, options_.seed);
    if (made.has_error()) return made.error();
    Strategy& strategy = **made;
    strategy_ = &strategy;
    StrategyReport report;
    report.name = strategy.name();
    report.reduced = spec == "dpor";
    report.bounded = spec.starts_with("bounded");
    const Shard& shard = options_.shard;
    const bool split = !strategy.progress().exhaustive && spec != "estimate";
    const bool mine = options_.case_number % shard.count == shard.index;
    const std::uint64_t lessons = strategy.lessons();
    if (!split && !mine && spec != "estimate") {
      strategy_ = nullptr;
      return {};
    }
    for (std::uint64_t number = 0; number < executions; ++number) {
      // What a strategy learns from, every part runs; else each takes its share.
      if (split && number >= lessons && number % shard.count != shard.index) continue;
      if (ShallStop()) break;
      const auto execution = runner_.Execute(strategy, number);
      if (!execution) break;
      ++report.executions;
      ++report_.executions;
      Judge(*execution, strategy.name(), number);
      if (Found()) break;
    }
    Note(strategy.progress(), &report);
    if (spec == "estimate") {
      const ClassEstimate estimate = static_cast<const ClassEstimator&>(strategy).estimate();
      report_.estimate = EstimateToText(estimate);
      estimate_ = estimate.mean;
    }
    report_.strategies.push_back(report);
    strategy_ = nullptr;
    return {};
  }

  // Quick looks first, since most races are shallow; then whatever can end with a certainty that
  // the budget pays for.
  Result<void> RunPortfolio() {
    const std::uint64_t quick = std::min(kSeededMax, options_.budget / kSeededShare + 1);
    Result<void> done;
    for (const char* spec : {"surw", "random", "urw", "pct:2", "pct:3"}) {
      if (done && !Over()) done = Run(spec, quick);
    }
    if (done && !Over()) done = Run("estimate", std::min(kProbesMax, Left() / 8 + kProbesMin));
    const bool fits = estimate_ * 2 <= static_cast<double>(Left());
    if (done && !Over() && !fits) done = Run("bounded:2", Left() / 2);
    if (done && !Over()) done = Run("dpor", Left());
    return done;
  }

  [[nodiscard]] bool Found() const { return !options_.all && !report_.findings.empty(); }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& endings() const { return endings_; }
  [[nodiscard]] std::size_t outcomes() const { return outcomes_.size(); }

 private:
  [[nodiscard]] std::uint64_t Left() const {
    return options_.budget - std::min(options_.budget, report_.executions);
  }
  [[nodiscard]] bool Over() { return Found() || Left() == 0 || ShallStop(); }

  bool ShallStop() {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) stopped_ = true;
    if (!stopped_ && ++asked_ % kAskEvery == 0) {
      if (options_.out_of_time && options_.out_of_time()) stopped_ = true;
      if (options_.on_progress) {
        const std::uint64_t classes = strategy_ == nullptr ? 0 : strategy_->progress().schedules;
        options_.on_progress(
            {current_, report_.executions, classes, depth_, report_.findings.size()});
      }
    }
    return stopped_;
  }

  void Judge(const CaseExecution& execution, const std::string& strategy, std::uint64_t number) {
    current_ = strategy;
    depth_ = std::max(depth_, execution.steps);
    if (execution.ending == Ending::kRedundant) return;
    if (execution.ending != Ending::kDone) {
      ++endings_[std::string(EndingName(execution.ending))];
      return;
    }
    outcomes_.insert(execution.outcome);
    for (const CaseFailure& failure : judge_.Judge(execution)) {
      ExploreFinding& finding = FindingOf(failure);
      if (finding.seen++ != 0) continue;
      finding.what = failure.what;
      finding.why = failure.why;
      finding.differences = failure.differences;
      finding.schedule = runner_.schedule();
      finding.strategy = strategy;
      finding.execution = number;
      finding.executions = report_.executions;
      finding.preemptions = execution.preemptions;
      finding.outcome = execution.outcome;
    }
  }

  ExploreFinding& FindingOf(const CaseFailure& failure) {
    for (ExploreFinding& finding : report_.findings) {
      if (finding.oracle == failure.oracle && finding.shape == failure.shape) return finding;
    }
    report_.findings.emplace_back();
    report_.findings.back().oracle = failure.oracle;
    report_.findings.back().shape = failure.shape;
    return report_.findings.back();
  }

  static void Note(const SearchProgress& progress, StrategyReport* report) {
    report->redundant = progress.redundant;
    report->complete = progress.complete;
    report->preemptions = progress.preemptions;
    report->note = progress.limit;
    if (progress.surprised) report->note = "a step differed although nothing it depends on did";
    report->executions -= std::min(report->executions, progress.redundant);
  }

  CaseRunner& runner_;
  CaseJudge& judge_;
  const ExploreOptions& options_;
  ExploreReport& report_;
  std::set<std::uint64_t> outcomes_;
  std::map<std::string, std::uint64_t> endings_;
  std::string current_;
  const Strategy* strategy_ = nullptr;  // that is running
  std::uint64_t depth_ = 0;
  double estimate_ = 0;
  std::uint64_t asked_ = 0;
  bool stopped_ = false;
};

std::string Count(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// What was searched, when nothing was found.
void SayClean(ExploreReport* report) {
  for (const StrategyReport& strategy : report->strategies) {
    if (!strategy.complete || strategy.bounded) continue;
    report->ending = ExploreEnding::kClean;
    report->text = "clean: all " +
                   Count(strategy.executions, strategy.reduced ? "class" : "schedule",
                         strategy.reduced ? "classes" : "schedules") +
                   " explored";
    return;
  }
  report->ending = ExploreEnding::kCleanWithinBounds;
  report->text = "clean within bounds: ";
  for (const StrategyReport& strategy : report->strategies) {
    if (strategy.bounded && strategy.complete) {
      report->text += Count(strategy.preemptions, "preemption", "preemptions") + ", ";
    }
  }
  report->text += Count(report->executions, "schedule", "schedules");
  if (!report->estimate.empty()) report->text += "; " + report->estimate;
}

void Conclude(const Search& search, const CaseJudge& judge, bool oracle_works,
              ExploreReport* report) {
  for (const auto& [ending, count] : search.endings()) {
    report->notes.push_back(Count(count, "execution", "executions") + " ended by " + ending);
  }
  for (const auto& [check, why] : judge.unknown()) {
    report->notes.push_back(check + ": unknown: " + why);
  }
  for (const auto& [check, why] : judge.silent()) {
    report->notes.push_back(check + ": cannot judge these requests: " + why);
  }
  if (!report->findings.empty()) {
    const ExploreFinding& first = report->findings.front();
    report->ending = ExploreEnding::kViolation;
    report->text = "violation: " + first.oracle + " (" + first.shape + "), found by " +
                   first.strategy + " in execution " + std::to_string(first.executions);
    return;
  }
  std::string why;
  if (!oracle_works && judge.checks() == 0) why = "nothing could judge: no checks, no oracle";
  if (!search.endings().empty()) why = "some executions did not end by themselves";
  if (!judge.unknown().empty()) why = "a check could not decide";
  if (search.stopped()) why = "stopped after " + Count(report->executions, "schedule", "schedules");
  if (why.empty()) {
    SayClean(report);
    return;
  }
  report->ending = ExploreEnding::kInconclusive;
  report->text = "inconclusive: " + why;
}

}  // namespace

Result<ExploreReport> ExploreCase(const Case& source, const ExploreOptions& options) {
  auto runner = CaseRunner::Make(CaseToSpec(source));
  if (runner.has_error()) return runner.error();
  ExploreReport report;
  SerialOracleOptions learning = options.oracle;
  learning.allowed.insert(learning.allowed.end(), source.allowed.begin(), source.allowed.end());
  SerialOracle oracle(**runner, learning);
  const bool oracle_works = options.use_oracle && oracle.Learn();
  if (options.use_oracle && !oracle_works) {
    report.notes.push_back("more than " + std::to_string(options.oracle.orders_max) +
                           " serial orders: the serial-outcome oracle does not judge");
  }
  auto judge = CaseJudge::Make(**runner, oracle_works ? &oracle : nullptr);
  if (judge.has_error()) return judge.error();
  report.serial_orders = oracle.orders();
  report.serial_outcomes = oracle.outcomes().size();

  std::vector<Schedule> orders(oracle_works ? 0 : 1);  // one empty schedule: lane after lane
  for (const SerialOutcome& outcome : oracle.outcomes()) orders.push_back(outcome.schedule);
  (*judge)->LearnUnknown(orders);

  Search search(**runner, **judge, options, &report);
  const bool automatic = options.strategy == "auto";
  const Result<void> ran =
      automatic ? search.RunPortfolio() : search.Run(options.strategy, options.budget);
  if (ran.has_error()) return ran.error();
  report.outcomes = search.outcomes();
  for (const auto& [reason, count] : oracle.allowed()) {
    report.notes.push_back("allowed, " + Count(count, "outcome", "outcomes") + ": " + reason);
  }
  Conclude(search, **judge, oracle_works, &report);
  const bool reduced = std::any_of(report.strategies.begin(), report.strategies.end(),
                                   [](const StrategyReport& s) { return s.reduced; });
  if (!reduced || options.audits == 0) return report;
  const Result<CaseAudit> audit = AuditCase(source, options.seed, options.audits);
  if (audit.has_error()) return audit.error();
  report.audited = audit->swaps;
  if (audit->disagreement.empty()) return report;
  report.notes.push_back(audit->disagreement);
  if (report.ending == ExploreEnding::kViolation) return report;
  report.ending = ExploreEnding::kInconclusive;
  report.text = "inconclusive: the commutation audit failed";
  return report;
}

int ExitCode(const ExploreReport& report) {
  switch (report.ending) {
    case ExploreEnding::kViolation:
      return 1;
    case ExploreEnding::kClean:
    case ExploreEnding::kCleanWithinBounds:
      return 0;
    case ExploreEnding::kInconclusive:
      break;
  }
  return 3;
}

}  // namespace redrive
