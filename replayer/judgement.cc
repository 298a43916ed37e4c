#include "replayer/judgement.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

std::string Number(const Operation& operation) { return "#" + std::to_string(operation.id()); }

// Why the first two witnesses could do it: the intervals, by event.
std::string Why(const Operation& a, const Operation& b) {
  const Operation& first = a.begin() <= b.begin() ? a : b;
  const Operation& second = a.begin() <= b.begin() ? b : a;
  const std::string began =
      Number(second) + " began (event " + std::to_string(second.begin()) + ")";
  if (first.end() == Operation::kNever) {
    return began + " after " + Number(first) + " (event " + std::to_string(first.begin()) +
           "), whose end nobody saw: it may still have been at work.";
  }
  const std::string finished =
      Number(first) + " had finished (event " + std::to_string(first.end()) + ")";
  if (Overlap(a, b)) return began + " before " + finished + ": they overlap, this is a race.";
  return finished + " before " + began + ": no overlap is needed.";
}

}  // namespace

Judgement::Judgement(const History& history, std::string space)
    : history_(&history), space_(std::move(space)) {}

void Judgement::Missing(const Operation& operation, const std::string& what) {
  Gap& gap = gaps_[what];
  if (gap.count++ == 0) gap.first = operation.id();
}

void Judgement::Unknown(std::string why) { unknown_.push_back(std::move(why)); }

void Judgement::Note(std::string note) { notes_.push_back(std::move(note)); }

void Judgement::Violate(Finding finding) {
  REDRIVE_CHECK(!finding.operations.empty());
  findings_.push_back(std::move(finding));
}

Violation Judgement::Explain(Finding finding) const {
  Violation violation{.shape = std::move(finding.shape),
                      .key = ShowKey(finding.key),
                      .operations = std::move(finding.operations),
                      .nature = Nature::kSequential,
                      .what = std::move(finding.what),
                      .why = {},
                      .window = {}};
  if (violation.operations.size() < 2) {
    violation.why = "One answer shows it; which requests led to it is not part of this check.";
    return violation;
  }
  const Operation& a = history_->At(violation.operations[0]);
  const Operation& b = history_->At(violation.operations[1]);
  violation.nature = Overlap(a, b) ? Nature::kRace : Nature::kSequential;
  violation.why = Why(a, b);
  if (violation.nature == Nature::kRace) {
    violation.window = FindWindow(*history_, a.id(), b.id(), space_);
  }
  return violation;
}

Verdict Judgement::Finish(bool may_be_empty, std::size_t violations_max) {
  Verdict verdict;
  verdict.examined = examined_;
  verdict.violations_total = findings_.size();
  const auto last_witness = [](const Finding& finding) {
    return *std::max_element(finding.operations.begin(), finding.operations.end());
  };
  const auto is_race = [&](const Finding& finding) {
    return finding.operations.size() > 1 &&
           Overlap(history_->At(finding.operations[0]), history_->At(finding.operations[1]));
  };
  std::stable_sort(findings_.begin(), findings_.end(), [&](const Finding& a, const Finding& b) {
    const bool race_a = is_race(a);
    const bool race_b = is_race(b);
    return race_a != race_b ? race_a : last_witness(a) < last_witness(b);
  });
  if (findings_.size() > violations_max) findings_.resize(violations_max);
  for (Finding& finding : findings_) verdict.violations.push_back(Explain(std::move(finding)));
  for (const auto& [what, gap] : gaps_) {
    unknown_.push_back(std::to_string(gap.count) + (gap.count == 1 ? " request: " : " requests: ") +
                       what + " (first: #" + std::to_string(gap.first) + ")");
  }
  if (examined_ == 0 && gaps_.empty() && !may_be_empty) {
    unknown_.insert(unknown_.begin(), "nothing to check: no answer matched");
  }
  if (verdict.violations_total > 0)
    verdict.kind = VerdictKind::kViolation;
  else if (!unknown_.empty())
    verdict.kind = VerdictKind::kUnknown;
  verdict.notes = std::move(unknown_);
  verdict.notes.insert(verdict.notes.end(), notes_.begin(), notes_.end());
  return verdict;
}

std::string Describe(const Operation& operation) {
  constexpr std::size_t kTargetMax = 120;
  std::string target = operation.invoke->request.target;
  if (target.size() > kTargetMax) target = target.substr(0, kTargetMax) + "…";
  return Number(operation) + " " + operation.invoke->request.method + " " + target;
}

std::string ShowKey(std::string_view key) {
  constexpr std::size_t kKeyMax = 200;
  std::string shown;
  for (const char c : key.substr(0, kKeyMax)) {
    if (c == '\x1f')
      shown += " / ";
    else
      shown += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  if (key.size() > kKeyMax) shown += "…";
  return shown;
}

std::string InGroup(std::string_view group) {
  return group.empty() ? "" : " (" + ShowKey(group) + ")";
}

std::vector<std::uint64_t> OverlappingFirst(std::vector<const Operation*> operations) {
  std::sort(operations.begin(), operations.end(),
            [](const Operation* a, const Operation* b) { return a->id() < b->id(); });
  operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
  std::size_t left = 0;
  std::size_t right = operations.size();
  // In order of begin, whoever overlaps an earlier one overlaps the one that ends last.
  std::size_t latest = 0;
  for (std::size_t i = 1; i < operations.size() && right == operations.size(); ++i) {
    if (Overlap(*operations[latest], *operations[i])) {
      left = latest;
      right = i;
    } else if (operations[i]->end() > operations[latest]->end()) {
      latest = i;
    }
  }
  std::vector<std::uint64_t> ids;
  if (right < operations.size()) ids = {operations[left]->id(), operations[right]->id()};
  for (const Operation* operation : operations) {
    if (std::find(ids.begin(), ids.end(), operation->id()) == ids.end()) {
      ids.push_back(operation->id());
    }
  }
  return ids;
}

}  // namespace redrive
