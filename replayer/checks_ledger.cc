// Checks of double entry: balanced, trial_balance.
#include <algorithm>
#include <utility>

#include "replayer/declared_checker.h"

namespace redrive {
namespace {

std::optional<Decimal> NumberBelow(JsonNode node, const JsonPointer& pointer) {
  std::vector<JsonNode> found;
  JsonText::Resolve(node, pointer, found);
  if (found.empty() || found.front().kind() != JsonKind::kNumber) return std::nullopt;
  return Decimal::FromText(found.front().Text());
}

std::string TextBelow(JsonNode node, const JsonPointer& pointer) {
  std::vector<JsonNode> found;
  JsonText::Resolve(node, pointer, found);
  return found.empty() ? "" : found.front().Text();
}

JsonPointer PointerOr(SpecReader& reader, std::string_view key, std::string_view fallback) {
  std::optional<JsonPointer> pointer = reader.Pointer(key);
  if (pointer) return *pointer;
  Result<JsonPointer> parsed = JsonPointer::FromText(fallback);
  return std::move(*parsed);
}

// Where the parts of an entry are; relative to the entry, and to a line.
struct EntryShape {
  std::vector<JsonPointer> each;  // entries in the response
  std::optional<JsonPointer> id;
  JsonPointer lines;
  JsonPointer debit;
  JsonPointer credit;

  explicit EntryShape(SpecReader& reader)
      : each(reader.Pointers("each")),
        id(reader.Pointer("id")),
        lines(PointerOr(reader, "lines", "/lines/*")),
        debit(PointerOr(reader, "debit", "/debit_amount")),
        credit(PointerOr(reader, "credit", "/credit_amount")) {
    if (lines.segments.empty() || lines.segments.back() != "*") {
      reader.Fail("lines", "expected a JSON pointer to every line, such as \"/lines/*\"");
    }
  }
};

// Each entry: sum of debits = sum of credits = its totals, two lines at least, one side per line.
class Balanced : public DeclaredChecker {
 public:
  explicit Balanced(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        shape_(reader),
        total_debit_(reader.Pointer("total_debit")),
        total_credit_(reader.Pointer("total_credit")),
        tolerance_(reader.Number("tolerance", "0")),
        lines_min_(static_cast<std::size_t>(reader.Integer("lines_min", 2, 0, 1000))),
        one_sided_(reader.Flag("one_sided", true)) {}

 protected:
  void Judge(Judgement& judgement) const override {
    for (const Operation* operation : selector_.Select(judgement.history())) {
      if (!operation->ok()) continue;
      for (const JsonNode& entry :
           ItemsOf(judgement.history(), *operation, shape_.each, selector_)) {
        JudgeEntry(judgement, *operation, entry);
      }
    }
  }

 private:
  void JudgeEntry(Judgement& judgement, const Operation& operation, JsonNode entry) const {
    std::vector<JsonNode> lines;
    JsonText::Resolve(entry, shape_.lines, lines);
    const std::string id = shape_.id ? TextBelow(entry, *shape_.id) : "";
    const auto wrong = [&](std::string shape, const std::string& what) {
      judgement.Violate({.shape = std::move(shape),
                         .key = id,
                         .operations = {operation.id()},
                         .what = Describe(operation) + " shows the entry " +
                                 (id.empty() ? "" : ShowKey(id) + " ") + what + "."});
    };
    Decimal debits;
    Decimal credits;
    for (const JsonNode& line : lines) {
      const std::optional<Decimal> debit = NumberBelow(line, shape_.debit);
      const std::optional<Decimal> credit = NumberBelow(line, shape_.credit);
      if (!debit || !credit) {
        judgement.Missing(operation, "a line without numbers at " + shape_.debit.text + " and " +
                                         shape_.credit.text);
        return;
      }
      debits += *debit;
      credits += *credit;
      const Decimal zero;
      if (one_sided_ &&
          ((*debit != zero) == (*credit != zero) || *debit < zero || *credit < zero)) {
        wrong("two_sided",
              "with a line of debit " + debit->ToText() + " and credit " + credit->ToText());
      }
    }
    judgement.Examine();
    if (lines.size() < lines_min_) {
      wrong("too_few_lines", "with " + std::to_string(lines.size()) +
                                 " lines instead of at least " + std::to_string(lines_min_));
    }
    if ((debits - credits).Absolute() > tolerance_) {
      wrong("unbalanced",
            "with debits of " + debits.ToText() + " and credits of " + credits.ToText());
    }
    CompareTotal(judgement, operation, entry, total_debit_, debits, wrong);
    CompareTotal(judgement, operation, entry, total_credit_, credits, wrong);
  }

  template <typename Wrong>
  void CompareTotal(Judgement& judgement, const Operation& operation, JsonNode entry,
                    const std::optional<JsonPointer>& pointer, Decimal sum, Wrong wrong) const {
    if (!pointer) return;
    const std::optional<Decimal> total = NumberBelow(entry, *pointer);
    if (!total) {
      judgement.Missing(operation, "no number at " + pointer->text);
    } else if ((*total - sum).Absolute() > tolerance_) {
      wrong("total", "with " + pointer->text + " " + total->ToText() + ", but its lines sum to " +
                         sum.ToText());
    }
  }

  Selector selector_;
  EntryShape shape_;
  std::optional<JsonPointer> total_debit_;
  std::optional<JsonPointer> total_credit_;
  Decimal tolerance_;
  std::size_t lines_min_;
  bool one_sided_;
};

// The part of trial_balance that compares accounts with the entries that were seen.
struct Accounts {
  Selector entries;
  EntryShape shape;
  JsonPointer line_account;
  JsonPointer each;     // accounts in the report
  JsonPointer account;  // relative to one
  JsonPointer debit;
  JsonPointer credit;
};

// A report whose totals agree and, where declared, whose accounts are the sums of the entries.
class TrialBalance : public DeclaredChecker {
 public:
  explicit TrialBalance(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        total_debit_(reader.Required("total_debit")),
        total_credit_(reader.Required("total_credit")),
        tolerance_(reader.Number("tolerance", "0.01")) {
    const nlohmann::json* accounts = reader.ObjectAt("accounts");
    const nlohmann::json* entries = reader.ObjectAt("entries");
    if ((accounts == nullptr) != (entries == nullptr)) {
      reader.Fail(accounts ? "entries" : "accounts", "missing: accounts and entries go together");
    }
    if (!accounts || !entries) return;
    SpecReader in_entries(*entries, reader.PathOf("entries"), reader.error());
    SpecReader in_accounts(*accounts, reader.PathOf("accounts"), reader.error());
    accounts_.emplace(Accounts{.entries = in_entries.OwnSelector(true),
                               .shape = EntryShape(in_entries),
                               .line_account = PointerOr(in_entries, "account", "/account_id"),
                               .each = PointerOr(in_accounts, "each", "/accounts/*"),
                               .account = PointerOr(in_accounts, "account", "/account_id"),
                               .debit = PointerOr(in_accounts, "debit", "/total_debit"),
                               .credit = PointerOr(in_accounts, "credit", "/total_credit")});
    in_entries.Finish();
    in_accounts.Finish();
  }

 protected:
  void Judge(Judgement& judgement) const override {
    const Operation* last = nullptr;
    for (const Operation* operation : selector_.Select(judgement.history())) {
      if (!operation->ok()) continue;
      last = operation;
      JudgeTotals(judgement, *operation);
    }
    if (last && accounts_) JudgeAccounts(judgement, *last);
  }

 private:
  // Signed sums (debit − credit) by account.
  using Sums = std::map<std::string, Decimal>;

  void JudgeTotals(Judgement& judgement, const Operation& operation) const {
    const Place place{judgement.history(), operation};
    const std::optional<Decimal> debit = total_debit_.Number(place);
    const std::optional<Decimal> credit = total_credit_.Number(place);
    if (!debit || !credit) {
      judgement.Missing(operation,
                        "no totals at " + total_debit_.text + " and " + total_credit_.text);
      return;
    }
    judgement.Examine();
    if ((*debit - *credit).Absolute() <= tolerance_) return;
    judgement.Violate({.shape = "unbalanced",
                       .key = "",
                       .operations = {operation.id()},
                       .what = Describe(operation) + " shows total debits of " + debit->ToText() +
                               " and total credits of " + credit->ToText() + "."});
  }

  bool Add(Judgement& judgement, const Operation& operation, JsonNode node,
           const JsonPointer& account, const JsonPointer& debit, const JsonPointer& credit,
           Sums& sums) const {
    const std::optional<Decimal> d = NumberBelow(node, debit);
    const std::optional<Decimal> c = NumberBelow(node, credit);
    const std::string name = TextBelow(node, account);
    if (!d || !c || name.empty()) {
      judgement.Missing(operation, "an account without name, debit and credit");
      return false;
    }
    sums[name] += *d - *c;
    return true;
  }

  void JudgeAccounts(Judgement& judgement, const Operation& report) const {
    const History& history = judgement.history();
    Sums entered;
    std::map<std::string, bool> seen;
    std::uint64_t entry_reader = 0;
    for (const Operation* operation : accounts_->entries.Select(history)) {
      if (!operation->ok()) continue;
      entry_reader = operation->id();
      for (const JsonNode& entry :
           ItemsOf(history, *operation, accounts_->shape.each, accounts_->entries)) {
        // The same entry may be on two pages, or in an answer and in a list.
        if (accounts_->shape.id &&
            !seen.emplace(TextBelow(entry, *accounts_->shape.id), true).second) {
          continue;
        }
        std::vector<JsonNode> lines;
        JsonText::Resolve(entry, accounts_->shape.lines, lines);
        for (const JsonNode& line : lines) {
          if (!Add(judgement, *operation, line, accounts_->line_account, accounts_->shape.debit,
                   accounts_->shape.credit, entered)) {
            return;
          }
        }
      }
    }
    if (entry_reader == 0) {
      judgement.Unknown("no entries were read to compare the accounts with");
      return;
    }
    Sums reported;
    for (const JsonNode& account : ItemsOf(history, report, {accounts_->each}, Selector())) {
      if (!Add(judgement, report, account, accounts_->account, accounts_->debit, accounts_->credit,
               reported)) {
        return;
      }
    }
    for (const auto& [account, sum] : entered) reported[account] -= sum;
    for (const auto& [account, difference] : reported) {
      if (difference.Absolute() <= tolerance_) continue;
      judgement.Violate({.shape = "account",
                         .key = account,
                         .operations = {report.id(), entry_reader},
                         .what = Describe(report) + " shows the account " + ShowKey(account) +
                                 " off by " + difference.ToText() +
                                 " from the sum of the entries that were read."});
    }
  }

  Selector selector_;
  Expression total_debit_;
  Expression total_credit_;
  Decimal tolerance_;
  std::optional<Accounts> accounts_;
};

}  // namespace

std::unique_ptr<Checker> MakeBalanced(SpecReader& reader) {
  return std::make_unique<Balanced>(reader);
}
std::unique_ptr<Checker> MakeTrialBalance(SpecReader& reader) {
  return std::make_unique<TrialBalance>(reader);
}

}  // namespace redrive
