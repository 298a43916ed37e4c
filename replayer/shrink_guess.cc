#include "replayer/shrink_guess.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "replayer/judgement.h"

namespace redrive {
namespace {

constexpr std::size_t kViolationsMax = 3;  // looked at
constexpr std::size_t kUsersMax = 26;      // lanes of a case
constexpr std::size_t kPairKindsMax = 24;  // pairs of names that are tried
constexpr std::size_t kPairsMax = 50'000;  // that are compared
constexpr std::size_t kAroundMax = 40;     // requests in flight around a violation

using Operations = std::vector<std::uint64_t>;

bool InRun(const History& history, std::uint64_t operation) {
  return history.At(operation).invoke->phase == Phase::kRun;
}

// Ascending, of the run phase, and of as many users as a case may have; the first ones win.
Operations Usable(const History& history, const Operations& operations) {
  Operations usable;
  std::set<std::uint32_t> users;
  for (const std::uint64_t operation : operations) {
    if (!InRun(history, operation)) continue;
    const std::uint32_t user = history.At(operation).invoke->user;
    if (users.size() == kUsersMax && !users.contains(user)) continue;
    users.insert(user);
    usable.push_back(operation);
  }
  std::sort(usable.begin(), usable.end());
  usable.erase(std::unique(usable.begin(), usable.end()), usable.end());
  return usable;
}

class Guesser {
 public:
  Guesser(const History& history, const Verdict& verdict, const std::string& shape)
      : history_(history) {
    for (const Violation& violation : verdict.violations) {
      if (violation.shape == shape && violations_.size() < kViolationsMax) {
        violations_.push_back(&violation);
      }
    }
    for (const Violation* violation : violations_) {
      for (const std::uint64_t operation : violation->operations) {
        if (InRun(history, operation)) names_.insert(history.At(operation).invoke->name);
      }
    }
  }

  std::vector<Guess> All() {
    const std::vector<Operations> witnesses = Witnesses();
    const std::vector<Operations> pairs = ConflictingPairs();
    for (const Operations& operations : witnesses) Add(operations, CaseSetup::kNeeded);
    for (const Operations& operations : pairs) Add(operations, CaseSetup::kNeeded);
    for (const Operations& operations : witnesses) Add(operations, CaseSetup::kSetup);
    for (const Operations& operations : pairs) Add(operations, CaseSetup::kSetup);
    for (const Operations& operations : witnesses) Add(operations, CaseSetup::kAll);
    for (const Operations& operations : Around()) {
      Add(operations, CaseSetup::kSetup);
      Add(operations, CaseSetup::kAll);
    }
    return std::move(guesses_);
  }

 private:
  void Add(const Operations& operations, CaseSetup setup) {
    Operations usable = Usable(history_, operations);
    if (usable.empty() || !seen_.emplace(usable, setup).second) return;
    guesses_.push_back({std::move(usable), setup});
  }

  std::vector<Operations> Witnesses() const {
    std::vector<Operations> all;
    for (const Violation* violation : violations_) {
      Operations first;
      for (const std::uint64_t operation : violation->operations) {
        if (first.size() < 2 && InRun(history_, operation)) first.push_back(operation);
      }
      all.push_back(first);
    }
    for (const Violation* violation : violations_) all.push_back(violation->operations);
    return all;
  }

  // One pair per two names; those of the witnesses' names first.
  std::vector<Operations> ConflictingPairs() const {
    using Names = std::pair<std::string, std::string>;
    std::set<Names> kinds;
    std::vector<Operations> by_witness[3];  // both names, one name, none
    std::vector<const Operation*> open;
    std::size_t compared = 0;
    for (const Operation& operation : history_.operations()) {
      if (operation.invoke->phase != Phase::kRun) continue;
      std::erase_if(open, [&](const Operation* o) { return o->end() < operation.begin(); });
      for (const Operation* other : open) {
        if (++compared > kPairsMax || kinds.size() >= 4 * kPairKindsMax) break;
        Names names(other->invoke->name, operation.invoke->name);
        if (names.second < names.first) std::swap(names.first, names.second);
        if (kinds.contains(names) || other->invoke->user == operation.invoke->user) continue;
        if (!StepOnEachOther(other->id(), operation.id())) continue;
        const std::size_t known = names_.count(names.first) + names_.count(names.second);
        by_witness[2 - known].push_back({other->id(), operation.id()});
        kinds.insert(std::move(names));
      }
      open.push_back(&operation);
    }
    std::vector<Operations> pairs;
    for (const auto& some : by_witness) {
      for (const Operations& pair : some) {
        if (pairs.size() < kPairKindsMax) pairs.push_back(pair);
      }
    }
    return pairs;
  }

  // A live trace has no data operations: there any overlap may matter.
  bool StepOnEachOther(std::uint64_t a, std::uint64_t b) const {
    if (history_.trace().steps.empty()) return true;
    return !FindWindow(history_, a, b, "").empty();
  }

  // Whatever overlaps a witness of the run.
  std::vector<Operations> Around() const {
    std::vector<Operations> all;
    for (const Violation* violation : violations_) {
      Operations around;
      for (const std::uint64_t operation : violation->operations) {
        if (InRun(history_, operation)) around.push_back(operation);
      }
      const Operations witnesses = around;
      for (const Operation& operation : history_.operations()) {
        const bool beside = std::any_of(
            witnesses.begin(), witnesses.end(),
            [&](std::uint64_t witness) { return Overlap(operation, history_.At(witness)); });
        if (beside && around.size() < kAroundMax) around.push_back(operation.id());
      }
      all.push_back(around);
    }
    return all;
  }

  const History& history_;
  std::vector<const Violation*> violations_;
  std::set<std::string> names_;
  std::set<std::pair<Operations, CaseSetup>> seen_;
  std::vector<Guess> guesses_;
};

}  // namespace

std::vector<Guess> GuessRequests(const History& history, const Verdict& verdict,
                                 const std::string& shape) {
  return Guesser(history, verdict, shape).All();
}

}  // namespace redrive
