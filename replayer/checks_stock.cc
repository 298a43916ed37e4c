// Checks of quantities: stock (never oversold), conservation (nothing appears or disappears).
#include <algorithm>
#include <set>
#include <utility>

#include "replayer/check_roles.h"
#include "replayer/declared_checker.h"
#include "replayer/stock_algorithm.h"

namespace redrive {
namespace {

NumberSource Required(SpecReader& reader, std::string_view key) {
  std::optional<NumberSource> source = reader.NumberAt(key);
  if (!source) {
    reader.Fail(key, "missing: a number, or an object with requests, item and value");
    return {};
  }
  return std::move(*source);
}

// What is taken from a stock never exceeds what was there; who is refused could not be served.
class Stock : public DeclaredChecker {
 public:
  explicit Stock(SpecReader& reader)
      : DeclaredChecker(reader),
        deduct_(reader.ChangesAt("deduct")),
        add_(reader.ChangesAt("add")),
        refused_when_(reader.Conditions("refused_when")),
        initial_(Required(reader, "initial")) {
    if (deduct_.empty()) reader.Fail("deduct", "missing: the requests that take from the stock");
  }

 protected:
  void Judge(Judgement& judgement) const override {
    Effects effects;
    Effects refused;
    CollectEffects(judgement, deduct_, -1, effects, &refused);
    CollectEffects(judgement, add_, 1, effects, nullptr);
    const std::map<std::string, Reading> initial = ReadFirst(judgement, initial_);
    std::set<std::string> items;
    for (const auto& [item, list] : effects.by_item) items.insert(item);
    for (const auto& [item, list] : refused.by_item) items.insert(item);
    for (const std::string& item : items) {
      std::vector<Effect> all = effects.by_item[item];
      all.insert(all.end(), effects.anywhere.begin(), effects.anywhere.end());
      JudgeItem(judgement, item, std::move(all), refused.by_item[item], FindReading(initial, item));
    }
  }

 private:
  void JudgeItem(Judgement& judgement, const std::string& item, std::vector<Effect> effects,
                 const std::vector<Effect>& refused, const Reading* initial) const {
    const Operation& any = *(effects.empty() ? refused : effects).front().operation;
    if (!initial) {
      judgement.Missing(any, "no initial value of " + ShowKey(item));
      return;
    }
    std::erase_if(effects, [&](const Effect& effect) {
      return StandsInside(effect, initial->reader, nullptr) == Inside::kNo;
    });
    std::vector<StockEvent> events;
    std::vector<const Operation*> operations;
    for (const Effect& effect : effects) {
      if (effect.quantity == Decimal()) continue;
      if (effect.operation->ok() &&
          StandsInside(effect, initial->reader, nullptr) == Inside::kPerhaps) {
        judgement.Missing(*effect.operation, "ran while the initial value was read");
        return;
      }
      const bool added = effect.quantity > Decimal();
      const bool sure = effect.operation->ok();
      events.push_back({At(*effect.operation),
                        added ? (sure ? StockEffect::kAdded : StockEffect::kPerhapsAdded)
                              : (sure ? StockEffect::kDeducted : StockEffect::kPerhapsDeducted),
                        effect.quantity.Absolute()});
      operations.push_back(effect.operation);
      judgement.Examine();
    }
    for (const Effect& effect : refused) {
      judgement.Examine();
      if (!IsRefusal(judgement, effect, initial->reader)) continue;
      events.push_back({At(*effect.operation), StockEffect::kRefused, effect.quantity.Absolute()});
      operations.push_back(effect.operation);
    }
    const StockVerdict verdict = JudgeStock(initial->value, events);
    if (verdict.undecided) judgement.Unknown(ShowKey(item) + ": " + verdict.why);
    bool oversold_reported = false;  // once below zero, every later deduction is
    for (const StockProblem& problem : verdict.problems) {
      const bool oversold = problem.fault == StockFault::kOversold;
      if (oversold && std::exchange(oversold_reported, true)) continue;
      Report(judgement, item, *initial, effects, *operations[problem.index],
             events[problem.index].quantity, problem);
    }
  }

  bool IsRefusal(Judgement& judgement, const Effect& effect, const Operation* from) const {
    if (refused_when_.empty() || effect.quantity >= Decimal()) return false;
    if (from && effect.operation->begin() < from->end()) return false;
    const Place place{judgement.history(), *effect.operation};
    return std::all_of(refused_when_.begin(), refused_when_.end(), [&](const Condition& condition) {
      return condition.Test(place) == Truth::kTrue;
    });
  }

  static void Report(Judgement& judgement, const std::string& item, const Reading& initial,
                     const std::vector<Effect>& effects, const Operation& operation,
                     Decimal quantity, const StockProblem& problem) {
    std::vector<Effect> taken = effects;
    std::erase_if(taken, [](const Effect& effect) { return effect.quantity > Decimal(); });
    Finding finding{
        .shape = {}, .key = item, .operations = WitnessesOfSum(&operation, taken), .what = {}};
    const std::string of = item.empty() ? "" : " of " + ShowKey(item);
    if (problem.fault == StockFault::kRefusedTooEarly) {
      finding.shape = "refused_too_early";
      finding.what = Describe(operation) + " was refused " + quantity.ToText() + of +
                     " although at least " + problem.available.ToText() + " must have been there.";
    } else if (problem.fault == StockFault::kNoOrder) {
      finding.shape = "no_order";
      finding.what = "No order of the requests within real time explains the answer of " +
                     Describe(operation) + " about " + quantity.ToText() + of +
                     "; what finished before has one.";
    } else {
      Decimal out;
      for (const Effect& effect : taken) {
        if (effect.operation->ok()) out -= effect.quantity;
      }
      finding.shape = "oversold";
      finding.what = Describe(operation) + " was granted " + quantity.ToText() + of +
                     " when at most " + problem.available.ToText() + " can have been left; " +
                     out.ToText() + " were granted in all, of " + initial.value.ToText() + ".";
    }
    judgement.Violate(std::move(finding));
  }

  std::vector<Change> deduct_;
  std::vector<Change> add_;
  std::vector<Condition> refused_when_;
  NumberSource initial_;
};

// initial + additions − deductions = final, for every item.
class Conservation : public DeclaredChecker {
 public:
  explicit Conservation(SpecReader& reader)
      : DeclaredChecker(reader),
        add_(reader.ChangesAt("add")),
        deduct_(reader.ChangesAt("deduct")),
        initial_(Required(reader, "initial")),
        final_(Required(reader, "final")),
        tolerance_(reader.Number("tolerance", "0")) {
    if (add_.empty() && deduct_.empty()) {
      reader.Fail("deduct", "missing: give \"add\" or \"deduct\", the requests that change it");
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    Effects effects;
    CollectEffects(judgement, add_, 1, effects, nullptr);
    CollectEffects(judgement, deduct_, -1, effects, nullptr);
    const std::map<std::string, Reading> initial = ReadFirst(judgement, initial_);
    const std::map<std::string, Reading> last = ReadLast(judgement, final_);
    for (const auto& [item, reading] : last) {
      const Reading* first = FindReading(initial, item);
      if (!first) {
        if (reading.reader) {
          judgement.Missing(*reading.reader, "no initial value of " + ShowKey(item));
        }
        continue;
      }
      std::vector<Effect> all = effects.by_item[item];
      all.insert(all.end(), effects.anywhere.begin(), effects.anywhere.end());
      JudgeItem(judgement, item, *first, reading, all);
    }
    for (const auto& [item, list] : effects.by_item) {
      if (!list.empty() && !FindReading(last, item)) {
        judgement.Missing(*list.front().operation, "no final value of " + ShowKey(item));
      }
    }
  }

 private:
  void JudgeItem(Judgement& judgement, const std::string& item, const Reading& first,
                 const Reading& last, const std::vector<Effect>& effects) const {
    constexpr std::size_t kSumsMax = 100'000;
    Decimal added;
    Decimal deducted;
    std::set<Decimal> sums{Decimal()};  // what the uncertain ones may have changed
    std::vector<Effect> involved;
    bool uncertain = false;
    for (const Effect& effect : effects) {
      const Inside inside = StandsInside(effect, first.reader, last.reader);
      if (inside == Inside::kNo) continue;
      involved.push_back(effect);
      if (inside == Inside::kYes) {
        (effect.quantity < Decimal() ? deducted : added) += effect.quantity.Absolute();
        continue;
      }
      uncertain = true;
      std::vector<Decimal> more;
      for (const Decimal sum : sums) more.push_back(sum + effect.quantity);
      sums.insert(more.begin(), more.end());
      if (sums.size() > kSumsMax) {
        judgement.Unknown(ShowKey(item) + ": too many unanswered changes");
        return;
      }
    }
    judgement.Examine();
    const Decimal expected = first.value + added - deducted;
    const Decimal off = last.value - expected;
    const auto near = sums.lower_bound(off - tolerance_);
    if (near != sums.end() && *near <= off + tolerance_) return;
    std::string what = (last.reader ? Describe(*last.reader) + " shows " : "The final value is ") +
                       last.value.ToText() + (item.empty() ? "" : " for " + ShowKey(item)) +
                       ", but " + first.value.ToText() + " + " + added.ToText() + " − " +
                       deducted.ToText() + " is " + expected.ToText();
    what += uncertain ? ", and no choice of the uncertain requests explains it." : ".";
    std::vector<std::uint64_t> witnesses = WitnessesOfSum(nullptr, involved);
    if (last.reader) witnesses.push_back(last.reader->id());
    if (witnesses.empty() && first.reader) witnesses.push_back(first.reader->id());
    if (witnesses.empty()) {
      judgement.Unknown(ShowKey(item) + ": initial and final differ without any request");
      return;
    }
    judgement.Violate({.shape = off < Decimal() ? "lost" : "surplus",
                       .key = item,
                       .operations = std::move(witnesses),
                       .what = std::move(what)});
  }

  std::vector<Change> add_;
  std::vector<Change> deduct_;
  NumberSource initial_;
  NumberSource final_;
  Decimal tolerance_;
};

}  // namespace

std::unique_ptr<Checker> MakeStock(SpecReader& reader) { return std::make_unique<Stock>(reader); }
std::unique_ptr<Checker> MakeConservation(SpecReader& reader) {
  return std::make_unique<Conservation>(reader);
}

}  // namespace redrive
