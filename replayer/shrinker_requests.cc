// The first two passes: which requests, and the schedule with the fewest preemptions.
#include <algorithm>
#include <utility>

#include "replayer/case_edit.h"
#include "replayer/shrinker.h"

namespace redrive {
namespace {

// Up to so many requests every candidate's schedules are searched; above, the old order of steps is
// followed by what is left of it.
constexpr std::size_t kSearchedRequestsMax = 8;
constexpr std::uint64_t kQuickSearch = 200;  // executions, where following the old order fails

// What ddmin removes as one: whole virtual users, then single requests.
using Units = std::vector<std::vector<std::size_t>>;

Units LanesOf(const Case& source) {
  Units units;
  std::size_t at = 0;
  for (const CaseLane& lane : source.lanes) {
    units.emplace_back();
    for (std::size_t i = 0; i < lane.requests.size(); ++i) units.back().push_back(at++);
  }
  return units;
}

Units RequestsOf(const Case& source) {
  Units units;
  for (std::size_t i = 0; i < CountRequests(source); ++i) units.push_back({i});
  return units;
}

std::vector<bool> KeptOf(const Units& units, std::size_t requests) {
  std::vector<bool> kept(requests, false);
  for (const auto& unit : units) {
    for (const std::size_t request : unit) kept[request] = true;
  }
  return kept;
}

// Part `part` of `parts`, or all but that part.
Units PartOf(const Units& units, std::size_t part, std::size_t parts, bool complement) {
  const std::size_t begin = units.size() * part / parts;
  const std::size_t end = units.size() * (part + 1) / parts;
  Units result;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool inside = i >= begin && i < end;
    if (inside != complement) result.push_back(units[i]);
  }
  return result;
}

// ddmin: the smallest units that still fail, as far as halving and removing finds them.
Result<Units> Ddmin(Units units, const std::function<Result<bool>(const Units&)>& fails) {
  std::size_t parts = 2;
  while (units.size() >= 2) {
    bool reduced = false;
    for (std::size_t i = 0; i < 2 * parts && !reduced; ++i) {
      const bool complement = i >= parts;
      if (complement && parts == 2) break;  // the complements of halves are the halves
      Units candidate = PartOf(units, i % parts, parts, complement);
      if (candidate.empty()) continue;
      const Result<bool> failed = fails(candidate);
      if (failed.has_error()) return failed.error();
      if (!*failed) continue;
      units = std::move(candidate);
      parts = complement ? std::max<std::size_t>(parts - 1, 2) : 2;
      reduced = true;
    }
    if (reduced) continue;
    if (parts >= units.size()) break;
    parts = std::min(units.size(), parts * 2);
  }
  return units;
}

}  // namespace

Result<void> Shrinker::ShrinkRequests() {
  Progress("requests");
  if (CountRequests(best_) > kSearchedRequestsMax) {
    const Result<void> reduced = DdminRequests();
    if (reduced.has_error()) return reduced.error();
  }
  // Wider searches come at the end, when there is less to search.
  return MakeOneMinimal(std::min<std::uint64_t>(1, options_.preemptions_max));
}

Result<bool> Shrinker::TryKept(const Case& base, const StepOrder& order,
                               const std::vector<bool>& kept) {
  if (budget_.empty()) return false;
  const Case candidate = KeepRequests(base, kept);
  const auto trial = CaseTrial::Make(candidate, context_);
  if (trial.has_error()) return false;
  Result<TrialOutcome> outcome = (*trial)->Follow(identity_, order);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) outcome = (*trial)->Search(identity_, 1, kQuickSearch);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) return false;
  Take(candidate, *outcome, /*exhaustive=*/false);
  return true;
}

Result<void> Shrinker::DdminRequests() {
  for (const bool by_user : {true, false}) {
    const Case base = best_;
    const auto trial = CaseTrial::Make(base, context_);
    if (trial.has_error()) return trial.error();
    const Result<StepOrder> order = (*trial)->OrderOf(found_.schedule);
    if (order.has_error()) return order.error();
    const std::size_t requests = CountRequests(base);
    const Units units = by_user ? LanesOf(base) : RequestsOf(base);
    const Result<Units> minimal = Ddmin(
        units, [&](const Units& part) { return TryKept(base, *order, KeptOf(part, requests)); });
    if (minimal.has_error()) return minimal.error();
    Progress(by_user ? "users" : "requests");
  }
  return {};
}

Result<void> Shrinker::MakeOneMinimal(std::uint64_t preemptions_max) {
  bool changed = true;
  while (changed) {
    changed = false;
    requests_exhaustive_ = true;
    const std::size_t count = CountRequests(best_);
    for (std::size_t i = count; i-- > 0 && count > 1 && !changed;) {
      std::vector<bool> kept(count, true);
      kept[i] = false;
      const Case candidate = KeepRequests(best_, kept);
      const Result<TrialOutcome> outcome = SearchIn(candidate, preemptions_max);
      if (outcome.has_error()) return outcome.error();
      // Once the seed data have been made smaller, a race that became a failure without a race
      // would be another failure.
      const bool race = schedule_exhaustive_ && found_.preemptions > 0 && !note_others_;
      changed = outcome->found && (!race || outcome->found->preemptions > 0);
      if (changed) Take(candidate, *outcome, outcome->exhaustive);
      requests_exhaustive_ = requests_exhaustive_ && outcome->exhaustive;
    }
  }
  requests_minimal_ = !budget_.empty();
  return {};
}

Result<void> Shrinker::ShrinkSchedule() {
  Progress("schedule");
  if (schedule_exhaustive_ || budget_.empty()) return {};
  const Result<TrialOutcome> outcome = SearchIn(best_, options_.preemptions_max);
  if (outcome.has_error()) return outcome.error();
  if (!outcome->found) return {};
  const Case same = best_;
  Take(same, *outcome, outcome->exhaustive);
  return {};
}

// What needs no preemption may need no second user either: one after the other tells it best.
Result<void> Shrinker::MergeLanes() {
  if (!schedule_exhaustive_ || found_.preemptions > 0 || best_.lanes.size() < 2) return {};
  const Result<void> known = KnowOrder();
  if (known.has_error()) return known.error();
  const auto first_step = [&](const CaseLane& lane) {
    const auto at = std::find_if(order_.begin(), order_.end(), [&](const auto& step) {
      return step.first == lane.requests.front().operation;
    });
    return at - order_.begin();
  };
  Case candidate = best_;
  std::stable_sort(
      candidate.lanes.begin(), candidate.lanes.end(),
      [&](const CaseLane& a, const CaseLane& b) { return first_step(a) < first_step(b); });
  CaseLane one{.user_class = candidate.lanes.front().user_class, .requests = {}};
  for (const CaseLane& lane : candidate.lanes) {
    one.requests.insert(one.requests.end(), lane.requests.begin(), lane.requests.end());
  }
  candidate.lanes = {std::move(one)};
  const Result<bool> taken = Try(candidate, Guard::kSameKind, Effort::kThorough);
  if (taken.has_error()) return taken.error();
  return {};
}

}  // namespace redrive
