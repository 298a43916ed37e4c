// Checks of numbers that answers carry from one request to the next: chain, payments.
#include <algorithm>
#include <utility>

#include "replayer/chain_algorithm.h"
#include "replayer/check_effects.h"
#include "replayer/declared_checker.h"

namespace redrive {
namespace {

struct Chained {
  std::vector<ChainLink> links;
  std::vector<const Operation*> operations;  // of links[i]
  std::vector<ChainPerhaps> perhaps;
  bool unknown_change = false;  // an unanswered request of unknown size
};

void ReportLink(Judgement& judgement, const std::string& item, const Chained& chained,
                const ChainProblem& problem, std::optional<Decimal> final_value) {
  const Operation& first = *chained.operations[problem.first];
  const Operation& second = *chained.operations[problem.second];
  const ChainLink& a = chained.links[problem.first];
  const ChainLink& b = chained.links[problem.second];
  Finding finding{.shape = {}, .key = item, .operations = {first.id()}, .what = {}};
  if (problem.first != problem.second) finding.operations.push_back(second.id());
  const std::string step_a = a.before.ToText() + " → " + a.after.ToText();
  const std::string step_b = b.before.ToText() + " → " + b.after.ToText();
  switch (problem.fault) {
    case ChainFault::kFork:
      finding.shape = "fork";
      finding.what = Describe(second) + " went " + step_b + " although " + Describe(first) +
                     " had gone " + step_a + " from the same value: one of the two is lost" +
                     InGroup(item) + ".";
      break;
    case ChainFault::kBroken:
      finding.shape = "broken";
      finding.what = Describe(first) + " went " + step_a + ", but no other answer leads there" +
                     InGroup(item) + ".";
      break;
    case ChainFault::kOrder:
      finding.shape = "order";
      finding.what = Describe(first) + " went " + step_a +
                     " and finished, yet its value comes after " + step_b + " of " +
                     Describe(second) + ", which began later" + InGroup(item) + ".";
      break;
    case ChainFault::kFinal:
      finding.shape = "final";
      finding.what = Describe(first) + " went " + step_a + " last, but the final value is " +
                     final_value.value_or(Decimal()).ToText() + InGroup(item) + ".";
      break;
    case ChainFault::kNone:
      finding.shape = "no_order";
      finding.what = "No order of the " + std::to_string(chained.links.size()) + " answers from " +
                     Describe(first) + " on makes one chain" + InGroup(item) + ".";
      break;
  }
  judgement.Violate(std::move(finding));
}

void JudgeChained(Judgement& judgement, const std::string& item, const Chained& chained,
                  std::optional<Decimal> initial, const Reading* last) {
  std::optional<Decimal> final_value;
  if (last) final_value = last->value;
  const ChainVerdict verdict = JudgeChain(chained.links, chained.perhaps, initial, final_value);
  if (verdict.undecided || (chained.unknown_change && !verdict.problems.empty())) {
    judgement.Unknown(ShowKey(item) + ": unanswered requests leave the chain open");
    return;
  }
  for (const ChainProblem& problem : verdict.problems) {
    if (!chained.links.empty()) {
      ReportLink(judgement, item, chained, problem, final_value);
    } else if (last && last->reader) {
      judgement.Violate({.shape = "final",
                         .key = item,
                         .operations = {last->reader->id()},
                         .what = Describe(*last->reader) + " shows " + last->value.ToText() +
                                 ", though nobody changed " + initial->ToText() + InGroup(item) +
                                 "."});
    }
  }
}

// Answers that say before and after form one line without fork or hole.
class Chain : public DeclaredChecker {
 public:
  explicit Chain(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        item_(reader.Key("item", false)),
        before_(reader.Required("before")),
        after_(reader.Required("after")),
        change_(reader.Optional("change")),
        decrease_when_(reader.Conditions("decrease_when")),
        initial_(reader.NumberAt("initial")),
        final_(reader.NumberAt("final")) {}

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Reading> initial;
    std::map<std::string, Reading> last;
    if (initial_) initial = ReadFirst(judgement, *initial_);
    if (final_) last = ReadLast(judgement, *final_);
    for (const auto& [item, chained] : Collect(judgement)) {
      const Reading* start = FindReading(initial, item);
      const Reading* end = FindReading(last, item);
      if ((initial_ && !start) || (final_ && !end)) {
        judgement.Unknown(ShowKey(item) + ": no initial or final value was read");
        continue;
      }
      JudgeChained(judgement, item, chained, start ? std::optional(start->value) : std::nullopt,
                   end);
    }
  }

 private:
  [[nodiscard]] std::optional<Decimal> ChangeOf(const Place& place) const {
    const std::optional<Decimal> change = change_ ? change_->Number(place) : std::nullopt;
    if (!change) return std::nullopt;
    const bool down =
        !decrease_when_.empty() &&
        std::all_of(decrease_when_.begin(), decrease_when_.end(), [&](const Condition& condition) {
          return condition.Test(place) == Truth::kTrue;
        });
    return down ? -*change : *change;
  }

  [[nodiscard]] std::map<std::string, Chained> Collect(Judgement& judgement) const {
    std::map<std::string, Chained> chains;
    for (const Operation* operation : selector_.Select(judgement.history())) {
      if (operation->outcome() == Outcome::kFail) continue;
      const Place place{judgement.history(), *operation};
      const std::optional<std::string> item = KeyOrMissing(judgement, item_, place);
      const std::optional<Decimal> change = ChangeOf(place);
      if (!operation->ok()) {
        if (!item)
          judgement.Unknown(Describe(*operation) + " changed an item nobody knows");
        else if (change)
          chains[*item].perhaps.push_back({operation->begin(), *change});
        else
          chains[*item].unknown_change = true;
        continue;
      }
      if (!item) continue;
      const std::optional<Decimal> before = before_.Number(place);
      const std::optional<Decimal> after = after_.Number(place);
      if (!before || !after) {
        judgement.Missing(*operation, "no numbers at " + before_.text + " and " + after_.text);
        continue;
      }
      judgement.Examine();
      if (change && *before + *change != *after) {
        judgement.Violate({.shape = "step",
                           .key = *item,
                           .operations = {operation->id()},
                           .what = Describe(*operation) + " went " + before->ToText() + " → " +
                                   after->ToText() + ", but the change is " + change->ToText() +
                                   "."});
      }
      chains[*item].links.push_back({{operation->begin(), operation->end()}, *before, *after});
      chains[*item].operations.push_back(operation);
    }
    return chains;
  }

  Selector selector_;
  KeyExpression item_;
  Expression before_;
  Expression after_;
  std::optional<Expression> change_;
  std::vector<Condition> decrease_when_;
  std::optional<NumberSource> initial_;
  std::optional<NumberSource> final_;
};

struct PaymentsAudit {
  Selector requests;
  KeyExpression invoice;
  Expression amounts;
  std::optional<Expression> total_paid;
  std::optional<Expression> balance_due;
};

// Payments lower the balance one after the other, and the invoice knows all of them.
class Payments : public DeclaredChecker {
 public:
  explicit Payments(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        invoice_(reader.Key("invoice", true)),
        amount_(reader.Required("amount")),
        new_balance_(reader.Optional("new_balance")),
        total_(reader.NumberAt("total")),
        tolerance_(reader.Number("tolerance", "0")) {
    const nlohmann::json* audit = reader.ObjectAt("audit");
    if (!audit) return;
    SpecReader inner(*audit, reader.PathOf("audit"), reader.error());
    audit_ = PaymentsAudit{.requests = inner.OwnSelector(true),
                           .invoice = inner.Key("invoice", true),
                           .amounts = inner.Required("amounts"),
                           .total_paid = inner.Optional("total_paid"),
                           .balance_due = inner.Optional("balance_due")};
    inner.Finish();
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Reading> totals;
    if (total_) totals = ReadFirst(judgement, *total_);
    std::map<std::string, std::vector<Effect>> paid;
    std::map<std::string, Chained> chains = Collect(judgement, paid);
    for (const auto& [invoice, chained] : chains) {
      const Reading* total = FindReading(totals, invoice);
      JudgeChained(judgement, invoice, chained, total ? std::optional(total->value) : std::nullopt,
                   nullptr);
    }
    if (audit_) JudgeAudits(judgement, totals, paid);
  }

 private:
  [[nodiscard]] std::map<std::string, Chained> Collect(
      Judgement& judgement, std::map<std::string, std::vector<Effect>>& paid) const {
    std::map<std::string, Chained> chains;
    for (const Operation* operation : selector_.Select(judgement.history())) {
      if (operation->outcome() == Outcome::kFail) continue;
      const Place place{judgement.history(), *operation};
      const std::optional<std::string> invoice = KeyOrMissing(judgement, invoice_, place);
      const std::optional<Decimal> amount = amount_.Number(place);
      if (!invoice || !amount) {
        judgement.Missing(*operation, "no invoice or amount at " + amount_.text);
        continue;
      }
      paid[*invoice].push_back({operation, *amount});
      if (!operation->ok()) {
        chains[*invoice].perhaps.push_back({operation->begin(), -*amount});
        continue;
      }
      judgement.Examine();
      if (!new_balance_) continue;
      const std::optional<Decimal> balance = new_balance_->Number(place);
      if (!balance) {
        judgement.Missing(*operation, "no number at " + new_balance_->text);
        continue;
      }
      Chained& chained = chains[*invoice];
      chained.links.push_back(
          {{operation->begin(), operation->end()}, *balance + *amount, *balance});
      chained.operations.push_back(operation);
    }
    return chains;
  }

  void JudgeAudits(Judgement& judgement, const std::map<std::string, Reading>& totals,
                   std::map<std::string, std::vector<Effect>>& paid) const {
    for (const Operation* operation : audit_->requests.Select(judgement.history())) {
      if (!operation->ok()) continue;
      const Place place{judgement.history(), *operation};
      const std::optional<std::string> invoice = KeyOrMissing(judgement, audit_->invoice, place);
      if (!invoice) continue;
      const std::vector<Effect>& effects = paid[*invoice];
      // While a payment is under way, list and balance may rightly differ for a moment.
      const bool quiet = std::none_of(effects.begin(), effects.end(), [&](const Effect& effect) {
        return StandsInside(effect, nullptr, operation) == Inside::kPerhaps;
      });
      if (!quiet) continue;
      judgement.Examine();
      JudgeAudit(judgement, place, *invoice, FindReading(totals, *invoice), effects);
    }
  }

  void JudgeAudit(Judgement& judgement, const Place& place, const std::string& invoice,
                  const Reading* total, const std::vector<Effect>& paid) const {
    Decimal sum;
    for (const Value& value : audit_->amounts.All(place)) {
      const std::optional<Decimal> amount = value.Number();
      if (!amount) judgement.Missing(place.operation, "no numbers at " + audit_->amounts.text);
      sum += amount.value_or(Decimal());
    }
    const auto wrong = [&](const char* shape, const std::string& what) {
      std::vector<Effect> accepted = paid;
      std::erase_if(accepted, [&](const Effect& effect) {
        return StandsInside(effect, nullptr, &place.operation) != Inside::kYes;
      });
      std::vector<std::uint64_t> witnesses = WitnessesOfSum(nullptr, accepted);
      witnesses.push_back(place.operation.id());
      judgement.Violate(
          {.shape = shape,
           .key = invoice,
           .operations = std::move(witnesses),
           .what = Describe(place.operation) + " shows " + what + InGroup(invoice) + "."});
    };
    const auto differ = [&](Decimal a, Decimal b) { return (a - b).Absolute() > tolerance_; };
    JudgeSum(place.operation, paid, sum, wrong);
    if (audit_->total_paid) {
      const std::optional<Decimal> shown = audit_->total_paid->Number(place);
      if (!shown)
        judgement.Missing(place.operation, "no number at " + audit_->total_paid->text);
      else if (differ(*shown, sum)) {
        wrong("total_paid",
              shown->ToText() + " paid in all, but its payments sum to " + sum.ToText());
      }
    }
    if (!audit_->balance_due) return;
    const std::optional<Decimal> due = audit_->balance_due->Number(place);
    if (!due) {
      judgement.Missing(place.operation, "no number at " + audit_->balance_due->text);
      return;
    }
    if (*due + tolerance_ < Decimal()) wrong("overpaid", "a balance of " + due->ToText());
    if (total && differ(*due, total->value - sum)) {
      wrong("balance", "a balance of " + due->ToText() + " where " + total->value.ToText() + " − " +
                           sum.ToText() + " is " + (total->value - sum).ToText());
    }
  }

  // The list holds the payments that were accepted before it was read, and no others.
  template <typename Wrong>
  void JudgeSum(const Operation& audit, const std::vector<Effect>& paid, Decimal sum,
                Wrong wrong) const {
    Decimal accepted;
    for (const Effect& effect : paid) {
      if (StandsInside(effect, nullptr, &audit) == Inside::kYes) accepted += effect.quantity;
    }
    if ((accepted - sum).Absolute() > tolerance_) {
      wrong("payments",
            "payments of " + sum.ToText() + ", but " + accepted.ToText() + " were accepted before");
    }
  }

  Selector selector_;
  KeyExpression invoice_;
  Expression amount_;
  std::optional<Expression> new_balance_;
  std::optional<NumberSource> total_;
  Decimal tolerance_;
  std::optional<PaymentsAudit> audit_;
};

}  // namespace

std::unique_ptr<Checker> MakeChain(SpecReader& reader) { return std::make_unique<Chain>(reader); }
std::unique_ptr<Checker> MakePayments(SpecReader& reader) {
  return std::make_unique<Payments>(reader);
}

}  // namespace redrive
