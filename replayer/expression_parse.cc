// The spelling of expressions: "sum:response:/lines/*/debit", "path:3", "literal:open".
#include <algorithm>
#include <charconv>

#include "core/nearest.h"
#include "replayer/check_parse.h"
#include "replayer/check_values.h"

namespace redrive {
namespace {

enum class Takes { kNothing, kPointer, kName, kNumber, kText };

struct SourceWord {
  std::string_view word;
  Source source;
  Takes takes;
};

constexpr SourceWord kSources[] = {
    {"response", Source::kResponse, Takes::kPointer},
    {"request", Source::kRequest, Takes::kPointer},
    {"item", Source::kItem, Takes::kPointer},
    {"path", Source::kPath, Takes::kNumber},
    {"query", Source::kQuery, Takes::kName},
    {"header", Source::kHeader, Takes::kName},
    {"response_header", Source::kResponseHeader, Takes::kName},
    {"literal", Source::kLiteral, Takes::kText},
    {"status", Source::kStatus, Takes::kNothing},
    {"method", Source::kMethod, Takes::kNothing},
    {"name", Source::kName, Takes::kNothing},
    {"user", Source::kUser, Takes::kNothing},
    {"user_class", Source::kUserClass, Takes::kNothing},
    {"operation", Source::kOperation, Takes::kNothing},
};

Error Wrong(std::string_view text, const std::string& expected) {
  return {ErrorCode::kInvalid, expected + ", got \"" + std::string(text) + "\""};
}

Error UnknownSource(std::string_view text, std::string_view word) {
  std::vector<std::string> known;
  for (const SourceWord& source : kSources) known.emplace_back(source.word);
  const std::string nearest = NearestOf(word, known);
  if (!nearest.empty()) return Wrong(text, "did you mean \"" + nearest + "\"? unknown value");
  return Wrong(text,
               "expected a value such as \"response:/json/pointer\", \"path:1\", \"status\" or "
               "\"literal:text\"");
}

}  // namespace

Result<Expression> ParseExpression(std::string_view text) {
  Expression expression;
  expression.text = std::string(text);
  std::string_view rest = text;
  if (rest.substr(0, 4) == "sum:") {
    expression.combine = Combine::kSum;
    rest.remove_prefix(4);
  } else if (rest.substr(0, 6) == "count:") {
    expression.combine = Combine::kCount;
    rest.remove_prefix(6);
  }
  const std::size_t colon = rest.find(':');
  const std::string_view word = rest.substr(0, colon);
  const auto* found = std::find_if(std::begin(kSources), std::end(kSources),
                                   [&](const SourceWord& source) { return source.word == word; });
  if (found == std::end(kSources)) return UnknownSource(text, word);
  expression.source = found->source;
  const bool has_argument = colon != std::string_view::npos;
  if (found->takes == Takes::kNothing) {
    if (has_argument) return Wrong(text, "\"" + std::string(word) + "\" takes nothing behind it");
    return expression;
  }
  if (!has_argument) return Wrong(text, "\"" + std::string(word) + ":\" needs something behind it");
  const std::string_view argument = rest.substr(colon + 1);
  expression.argument = std::string(argument);
  switch (found->takes) {
    case Takes::kPointer: {
      Result<JsonPointer> pointer = JsonPointer::FromText(argument);
      if (!pointer) return pointer.error();
      expression.pointer = std::move(*pointer);
      break;
    }
    case Takes::kNumber: {
      const char* end = argument.data() + argument.size();
      const auto parsed = std::from_chars(argument.data(), end, expression.segment);
      if (argument.empty() || parsed.ptr != end || expression.segment > 100) {
        return Wrong(text, "a path segment is a number from 0 to 100");
      }
      break;
    }
    case Takes::kName:
      if (argument.empty()) return Wrong(text, "a name expected behind the colon");
      break;
    case Takes::kText:
      expression.literal = {ValueKind::kText, std::string(argument)};
      break;
    case Takes::kNothing:
      break;
  }
  return expression;
}

Expression LiteralNumber(std::string_view text) {
  Expression expression;
  expression.literal = {ValueKind::kNumber, std::string(text)};
  expression.text = std::string(text);
  return expression;
}

std::optional<Relation> RelationFromText(std::string_view text) {
  constexpr std::pair<std::string_view, Relation> kRelations[] = {
      {"==", Relation::kEqual},        {"!=", Relation::kNotEqual},
      {"<", Relation::kLess},          {"<=", Relation::kLessOrEqual},
      {">", Relation::kGreater},       {">=", Relation::kGreaterOrEqual},
      {"matches", Relation::kMatches}, {"exists", Relation::kExists},
      {"absent", Relation::kAbsent}};
  for (const auto& [word, relation] : kRelations) {
    if (word == text) return relation;
  }
  return std::nullopt;
}

}  // namespace redrive
