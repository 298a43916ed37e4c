// What checks read from an operation: expressions, conditions, selectors (docs/CHECKS.md).
#ifndef REDRIVE_REPLAYER_CHECK_VALUES_H_
#define REDRIVE_REPLAYER_CHECK_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/decimal.h"
#include "replayer/history.h"

namespace redrive {

enum class ValueKind : std::uint8_t { kNull, kBool, kNumber, kText, kContainer };

// One scalar as it was written. Containers have no text: they exist, and equal nothing.
struct Value {
  ValueKind kind = ValueKind::kText;
  std::string text;
  // Of a number, or of a text that spells one (path segments and headers are text).
  [[nodiscard]] std::optional<Decimal> Number() const;
  // Equal values have equal keys: 5, 5.0 and "5" are one.
  [[nodiscard]] std::string Key() const;
};

enum class Source : std::uint8_t {
  kResponse,
  kRequest,
  kItem,
  kPath,
  kQuery,
  kHeader,
  kResponseHeader,
  kStatus,
  kMethod,
  kName,
  kUser,
  kUserClass,
  kOperation,
  kLiteral,
};
enum class Combine : std::uint8_t { kNone, kSum, kCount };

// Where an expression is evaluated. `item` is set inside "each".
struct Place {
  const History& history;
  const Operation& operation;
  const JsonNode* item = nullptr;
};

struct Expression {
  Source source = Source::kLiteral;
  Combine combine = Combine::kNone;
  JsonPointer pointer;      // response, request, item
  std::string argument;     // header or query name
  std::size_t segment = 0;  // path:N, from 0
  Value literal;
  std::string text;  // as the scenario spells it

  // Every value it reaches, in document order; empty when absent.
  [[nodiscard]] std::vector<Value> All(const Place& place) const;
  // The first one; empty when absent.
  [[nodiscard]] std::optional<Value> One(const Place& place) const;
  [[nodiscard]] std::optional<Decimal> Number(const Place& place) const;
};

// Parses "response:/a/b", "sum:item:/lines/*/debit", "path:3", "literal:open", …
[[nodiscard]] Result<Expression> ParseExpression(std::string_view text);
Expression LiteralNumber(std::string_view text);

enum class Relation : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kMatches,
  kExists,
  kAbsent,
};
enum class Truth : std::uint8_t { kFalse, kTrue, kUndefined };

// [left, relation, right], or [left, "exists"].
struct Condition {
  Expression left;
  Relation relation = Relation::kExists;
  Expression right;
  std::string text;
  // Undefined: a side is absent, or the two cannot be ordered. All values of `left` must hold.
  // Numbers are equal when they differ by no more than `tolerance`.
  [[nodiscard]] Truth Test(const Place& place, Decimal tolerance = {}) const;
  [[nodiscard]] bool NeedsItem() const;
};
[[nodiscard]] std::optional<Relation> RelationFromText(std::string_view text);

inline constexpr std::uint8_t kAllPhases = 7;

// Which operations a check looks at.
struct Selector {
  std::vector<std::string> names;     // grouping names; '*' stands for any run of characters
  std::uint8_t phases = kAllPhases;   // bit 1 << Phase
  std::optional<Outcome> outcome;     // empty: the checker decides
  std::vector<Condition> where;       // all must be true of the operation
  std::vector<Condition> where_item;  // all must be true of each item looked at

  [[nodiscard]] bool Matches(const History& history, const Operation& operation) const;
  [[nodiscard]] bool MatchesItem(const Place& place) const;
  // In order of invocation.
  [[nodiscard]] std::vector<const Operation*> Select(const History& history) const;
};

bool GlobMatches(std::string_view pattern, std::string_view text);

// Several expressions as one key; empty when one of them is absent.
using KeyExpression = std::vector<Expression>;
[[nodiscard]] std::optional<std::string> EvaluateKey(const KeyExpression& key, const Place& place);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECK_VALUES_H_
