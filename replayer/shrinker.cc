#include "replayer/shrinker.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/check.h"
#include "replayer/case_edit.h"
#include "replayer/replay_exact.h"

namespace redrive {
namespace {

constexpr std::size_t kOthersMax = 20;

std::string KindOfCheck(const Case& source, const std::string& name) {
  const nlohmann::json checks =
      nlohmann::json::parse(source.checks_json, nullptr, /*allow_exceptions=*/false,
                            /*ignore_comments=*/true);
  if (!checks.is_array()) return "";
  for (const nlohmann::json& check : checks) {
    if (!check.is_object() || !check.contains("check") || !check["check"].is_string()) continue;
    const std::string kind = check["check"].get<std::string>();
    if (check.value("name", kind) == name) return kind;
  }
  return "";
}

HandlerFactory PlainHandlers(const ResettableFactory& factory) {
  if (!factory) return {};
  return
      [factory](const RunSpec& spec, const Scenario& scenario) -> Result<std::unique_ptr<Handler>> {
        Result<std::unique_ptr<ResettableHandler>> made = factory(spec, scenario);
        if (made.has_error()) return made.error();
        return std::unique_ptr<Handler>(std::move(*made));
      };
}

}  // namespace

Shrinker::Shrinker(const ShrinkOptions& options)
    : options_(options), budget_(options.executions_max, options.stop) {
  context_.failures = options.failures ? options.failures : CheckFailures();
  context_.runner = options.runner;
  context_.budget = &budget_;
  context_.on_other = [this](const Case& source, const FoundFailure& other) {
    if (note_others_) NoteOther(source, other);
  };
}

Result<bool> Shrinker::StartBySearch(const Case& source, const FailureIdentity& identity,
                                     std::uint64_t preemptions_max) {
  identity_ = identity;
  const Result<TrialOutcome> outcome = SearchIn(source, preemptions_max);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) return false;
  Take(source, *outcome, outcome->exhaustive);
  return true;
}

Result<bool> Shrinker::SearchBest(std::uint64_t preemptions_max) const {
  const Result<TrialOutcome> outcome = SearchIn(best_, preemptions_max);
  if (outcome.has_error()) return outcome.error();
  return outcome->found.has_value();
}

Result<bool> Shrinker::StartByOrder(const Case& source, const FailureIdentity& identity,
                                    const StepOrder& order) {
  identity_ = identity;
  const auto trial = CaseTrial::Make(source, context_);
  if (trial.has_error()) return false;
  const Result<TrialOutcome> outcome = (*trial)->Follow(identity, order);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) return false;
  Take(source, *outcome, /*exhaustive=*/false);
  return true;
}

Result<void> Shrinker::StartBySchedule(const Case& source, const FailureIdentity& identity,
                                       const Schedule& schedule) {
  Case numbered = source;
  NumberRequests(numbered);
  const auto trial = CaseTrial::Make(numbered, context_);
  if (trial.has_error()) return trial.error();
  const Result<TrialOutcome> outcome = (*trial)->Obey(identity, schedule);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) {
    const std::string wanted = identity == FailureIdentity() ? "" : " as " + IdentityText(identity);
    return Error{ErrorCode::kInvalid,
                 numbered.name + ": does not fail" + wanted + " under the given schedule"};
  }
  identity_ = outcome->found->failure.identity;
  Take(numbered, *outcome, /*exhaustive=*/false);
  return {};
}

Result<Counterexample> Shrinker::Finish(const std::vector<FailureIdentity>& also_violated) {
  also_violated_ = also_violated;
  const Result<void> requests = ShrinkRequests();
  if (requests.has_error()) return requests.error();
  const Result<void> schedule = ShrinkSchedule();
  if (schedule.has_error()) return schedule.error();
  // From here on the state is another one than the run's: what else fails may be an artefact.
  note_others_ = false;
  const Result<void> seed_data = ShrinkSeedData();
  if (seed_data.has_error()) return seed_data.error();
  // Of six parts in stock four requests of two make too many; of two parts, two requests do.
  const Result<void> numbers = ShrinkValues(Simpler::kNumbers);
  if (numbers.has_error()) return numbers.error();
  const Result<void> fewer = MakeOneMinimal(options_.preemptions_max);
  if (fewer.has_error()) return fewer.error();
  const Result<void> again = ShrinkSchedule();
  if (again.has_error()) return again.error();
  const Result<void> merged = MergeLanes();
  if (merged.has_error()) return merged.error();
  const Result<void> values = ShrinkValues(Simpler::kAll);
  if (values.has_error()) return values.error();
  const Result<void> rest = ShrinkSeedData();
  if (rest.has_error()) return rest.error();
  const Result<void> canonical = MakeCanonical();
  if (canonical.has_error()) return canonical.error();
  return Tell();
}

void Shrinker::Take(const Case& source, const TrialOutcome& outcome, bool exhaustive) {
  best_ = source;
  order_.clear();
  found_ = *outcome.found;
  serial_others_ = outcome.serial_others;
  schedule_exhaustive_ = exhaustive;
}

// Not found, and not exhaustive, when the case cannot run.
Result<TrialOutcome> Shrinker::SearchIn(const Case& candidate,
                                        std::uint64_t preemptions_max) const {
  const auto trial = CaseTrial::Make(candidate, context_);
  if (trial.has_error()) {
    // A case that cannot run does not fail: nothing in it is left to search.
    return TrialOutcome();
  }
  return (*trial)->Search(identity_, preemptions_max, options_.search_executions_max);
}

Result<bool> Shrinker::Try(const Case& candidate, Guard guard, Effort effort) {
  if (budget_.empty()) return false;
  const Result<void> known = KnowOrder();
  if (known.has_error()) return known.error();
  const auto trial = CaseTrial::Make(candidate, context_);
  if (trial.has_error()) return false;
  // One execution turns most candidates down; a search then says whether it is the same failure.
  Result<TrialOutcome> outcome = (*trial)->Follow(identity_, order_);
  if (outcome.has_error()) return outcome.error();
  const bool thorough = effort == Effort::kThorough && schedule_exhaustive_;
  if (!outcome->found && !thorough) return false;
  if (schedule_exhaustive_) {
    outcome = (*trial)->Search(identity_, found_.preemptions, options_.search_executions_max);
    if (outcome.has_error()) return outcome.error();
    if (!outcome->found) return false;
  }
  if (guard == Guard::kSameKind && outcome->found->preemptions != found_.preemptions) return false;
  if (guard == Guard::kSameKind && found_.preemptions == 0) {
    const Result<bool> minimal = NoRequestTooMany(candidate);
    if (minimal.has_error() || !*minimal) return minimal;
  }
  // A check that now fails where nobody races speaks of what was made smaller: opening stock, say,
  // that no longer is what the check was told.
  const bool new_others =
      !std::includes(serial_others_.begin(), serial_others_.end(), outcome->serial_others.begin(),
                     outcome->serial_others.end());
  if (guard == Guard::kSameKind && schedule_exhaustive_ && new_others) return false;
  Take(candidate, *outcome, schedule_exhaustive_);
  return true;
}

Result<void> Shrinker::KnowOrder() {
  if (!order_.empty()) return {};
  const auto trial = CaseTrial::Make(best_, context_);
  if (trial.has_error()) return trial.error();
  Result<StepOrder> order = (*trial)->OrderOf(found_.schedule);
  if (order.has_error()) return order.error();
  order_ = std::move(*order);
  return {};
}

// A failure that comes without one of its requests is another failure: one of the seed data, say,
// that no longer fits the numbers in the check.
Result<bool> Shrinker::NoRequestTooMany(const Case& candidate) const {
  constexpr std::size_t kRequestsMax = 8;
  const std::size_t count = CountRequests(candidate);
  if (!requests_minimal_ || count < 2 || count > kRequestsMax) return true;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<bool> kept(count, true);
    kept[i] = false;
    const Result<TrialOutcome> outcome = SearchIn(KeepRequests(candidate, kept), 0);
    if (outcome.has_error()) return outcome.error();
    if (outcome->found) return false;
  }
  return true;
}

void Shrinker::NoteOther(const Case& source, const FoundFailure& other) {
  const FailureIdentity& identity = other.failure.identity;
  const auto known = std::find_if(others_.begin(), others_.end(), [&](const OtherFinding& finding) {
    return finding.identity == identity;
  });
  const bool smaller =
      known != others_.end() && CountRequests(source) < CountRequests(known->source);
  if (known != others_.end() && !smaller) return;
  if (known == others_.end() && others_.size() >= kOthersMax) return;
  OtherFinding finding{.identity = identity,
                       .what = other.failure.violation.what,
                       .source = source,
                       .schedule = other.schedule,
                       .preemptions = other.preemptions};
  finding.source.name = Slug(identity.check + "-" + identity.shape);
  finding.source.description = IdentityText(identity);
  if (smaller) {
    *known = std::move(finding);
  } else {
    others_.push_back(std::move(finding));
  }
}

// Finds the fewest preemptions of the other findings too, as far as that is quickly done.
void Shrinker::SettleOthers() {
  constexpr std::uint64_t kExecutions = 1'000;
  for (OtherFinding& other : others_) {
    const auto trial = CaseTrial::Make(other.source, context_);
    if (trial.has_error()) continue;
    const Result<TrialOutcome> outcome =
        (*trial)->Search(other.identity, options_.preemptions_max, kExecutions);
    if (outcome.has_error() || !outcome->found) continue;
    other.schedule = outcome->found->schedule;
    other.preemptions = outcome->found->preemptions;
    other.what = outcome->found->failure.violation.what;
  }
}

Result<Counterexample> Shrinker::Tell() {
  SettleOthers();
  const auto trial = CaseTrial::Make(best_, context_);
  if (trial.has_error()) return trial.error();
  Result<Trace> trace = (*trial)->Record(found_.schedule);
  if (trace.has_error()) return trace.error();
  Counterexample result;
  result.identity = identity_;
  result.check_kind = KindOfCheck(best_, identity_.check);
  result.violation = found_.failure.violation;
  result.source = best_;
  result.schedule = found_.schedule;
  result.outcome = found_.outcome;
  result.trace = std::move(*trace);
  result.requests = CountRequests(best_);
  result.preemptions = found_.preemptions;
  result.requests_minimal = requests_minimal_;
  result.requests_exhaustive = requests_exhaustive_;
  result.schedule_exhaustive = schedule_exhaustive_;
  result.preemptions_max = options_.preemptions_max;
  result.out_of_budget = budget_.empty() && !budget_.stopped();
  result.stopped = budget_.stopped();
  result.executions = budget_.spent();
  result.cases = budget_.cases;
  for (const OtherFinding& other : others_) {
    // A sequential failure that the run does not show may come from what was left out.
    const bool in_run = std::find(also_violated_.begin(), also_violated_.end(), other.identity) !=
                        also_violated_.end();
    if (in_run || other.preemptions > 0) result.others.push_back(other);
  }
  if (options_.confirm == 0) return result;
  ExactReplayOptions replay;
  replay.repeat = options_.confirm;
  replay.handlers = PlainHandlers(options_.runner.handlers);
  replay.version = result.trace.header.redrive_version;
  const Result<ExactReplayReport> report = ReplayExactly(result.trace, replay);
  if (report.has_error()) return report.error();
  result.confirmed = report->identical;
  result.confirm_attempts = report->attempts;
  return result;
}

void Shrinker::Progress(const char* pass) const {
  if (!options_.on_progress) return;
  options_.on_progress(std::string(pass) + ": " + std::to_string(CountRequests(best_)) +
                       " requests, " + std::to_string(best_.setup.size()) + " of setup, " +
                       std::to_string(budget_.cases) + " cases tried");
}

}  // namespace redrive
