#include "replayer/check_values.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace redrive {
namespace {

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* hex = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<Value> PathSegment(std::string_view target, std::size_t wanted) {
  const std::string_view path = target.substr(0, target.find('?'));
  std::size_t begin = path.empty() || path[0] != '/' ? 0 : 1;
  for (std::size_t i = 0; begin <= path.size(); ++i) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (i == wanted) {
      if (end == begin) return {};
      return {{ValueKind::kText, PercentDecode(path.substr(begin, end - begin))}};
    }
    begin = end + 1;
  }
  return {};
}

std::vector<Value> QueryValues(std::string_view target, std::string_view name) {
  std::vector<Value> values;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return values;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (PercentDecode(pair.substr(0, equals)) != name) continue;
    const std::string_view raw = pair.substr(std::min(pair.size(), equals + 1));
    values.push_back({ValueKind::kText, PercentDecode(raw)});
  }
  return values;
}

Value FromNode(JsonNode node) {
  switch (node.kind()) {
    case JsonKind::kNull:
      return {ValueKind::kNull, "null"};
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return {ValueKind::kBool, node.Text()};
    case JsonKind::kNumber:
      return {ValueKind::kNumber, node.Text()};
    case JsonKind::kString:
      return {ValueKind::kText, node.Text()};
    case JsonKind::kArray:
    case JsonKind::kObject:
      break;
  }
  return {ValueKind::kContainer, ""};
}

std::vector<Value> FromPointer(const std::optional<JsonNode>& start, const JsonPointer& pointer) {
  std::vector<Value> values;
  if (!start) return values;
  std::vector<JsonNode> nodes;
  JsonText::Resolve(*start, pointer, nodes);
  for (const JsonNode node : nodes) values.push_back(FromNode(node));
  return values;
}

std::vector<Value> FromHeader(const std::vector<Header>& headers, std::string_view name) {
  const std::string* value = FindHeader(headers, name);
  if (!value) return {};
  return {{ValueKind::kText, *value}};
}

std::optional<JsonNode> Root(const JsonText* document) {
  if (!document) return std::nullopt;
  return document->root();
}

std::vector<Value> Reach(const Expression& expression, const Place& place) {
  const InvokeRecord& invoke = *place.operation.invoke;
  const ReturnRecord* reply = place.operation.reply;
  const auto number = [](std::uint64_t value) {
    return std::vector<Value>{{ValueKind::kNumber, std::to_string(value)}};
  };
  switch (expression.source) {
    case Source::kResponse:
      return FromPointer(Root(place.history.ResponseJson(place.operation)), expression.pointer);
    case Source::kRequest:
      return FromPointer(Root(place.history.RequestJson(place.operation)), expression.pointer);
    case Source::kItem:
      if (!place.item) return {};
      return FromPointer(*place.item, expression.pointer);
    case Source::kPath:
      return PathSegment(invoke.request.target, expression.segment);
    case Source::kQuery:
      return QueryValues(invoke.request.target, expression.argument);
    case Source::kHeader:
      return FromHeader(invoke.request.headers, expression.argument);
    case Source::kResponseHeader:
      if (!reply) return {};
      return FromHeader(reply->response.headers, expression.argument);
    case Source::kStatus:
      if (!reply || reply->response.status == 0) return {};
      return number(static_cast<std::uint64_t>(reply->response.status));
    case Source::kMethod:
      return {{ValueKind::kText, invoke.request.method}};
    case Source::kName:
      return {{ValueKind::kText, invoke.name}};
    case Source::kUser:
      return number(invoke.user);
    case Source::kUserClass:
      return {{ValueKind::kText, invoke.user_class}};
    case Source::kOperation:
      return number(invoke.operation);
    case Source::kLiteral:
      return {expression.literal};
  }
  return {};
}

// -1, 0, 1; empty when the two cannot be ordered.
std::optional<int> Compare(const Value& a, const Value& b, Decimal tolerance) {
  const auto number_a = a.Number();
  const auto number_b = b.Number();
  const bool numeric = a.kind == ValueKind::kNumber || b.kind == ValueKind::kNumber;
  if (numeric && number_a && number_b) {
    if ((*number_a - *number_b).Absolute() <= tolerance) return 0;
    return *number_a < *number_b ? -1 : 1;
  }
  if (a.kind != b.kind || a.kind == ValueKind::kContainer) return std::nullopt;
  const int order = a.text.compare(b.text);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

Truth Holds(const Value& a, Relation relation, const Value& b, Decimal tolerance) {
  const std::optional<int> order = Compare(a, b, tolerance);
  const auto truth = [](bool holds) { return holds ? Truth::kTrue : Truth::kFalse; };
  // Values of different kinds are different, but neither is smaller.
  if (relation == Relation::kEqual) return truth(order == 0);
  if (relation == Relation::kNotEqual) return truth(order != 0);
  if (relation == Relation::kMatches) {
    return truth(a.kind == ValueKind::kText && GlobMatches(b.text, a.text));
  }
  if (!order) return Truth::kUndefined;
  if (relation == Relation::kLess) return truth(*order < 0);
  if (relation == Relation::kLessOrEqual) return truth(*order <= 0);
  if (relation == Relation::kGreater) return truth(*order > 0);
  return truth(*order >= 0);
}

}  // namespace

std::optional<Decimal> Value::Number() const {
  if (kind != ValueKind::kNumber && kind != ValueKind::kText) return std::nullopt;
  return Decimal::FromText(text);
}

std::string Value::Key() const {
  if (kind != ValueKind::kNumber) return text;
  const std::optional<Decimal> number = Decimal::FromText(text);
  return number ? number->ToText() : text;
}

std::vector<Value> Expression::All(const Place& place) const {
  std::vector<Value> values = Reach(*this, place);
  if (combine == Combine::kNone) return values;
  if (combine == Combine::kCount) {
    return {{ValueKind::kNumber, std::to_string(values.size())}};
  }
  Decimal sum;
  for (const Value& value : values) {
    const std::optional<Decimal> number = value.Number();
    if (!number) return {};  // A sum with a hole in it is no sum.
    sum += *number;
  }
  return {{ValueKind::kNumber, sum.ToText()}};
}

std::optional<Value> Expression::One(const Place& place) const {
  std::vector<Value> values = All(place);
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

std::optional<Decimal> Expression::Number(const Place& place) const {
  const std::optional<Value> value = One(place);
  return value ? value->Number() : std::nullopt;
}

Truth Condition::Test(const Place& place, Decimal tolerance) const {
  const std::vector<Value> values = left.All(place);
  if (relation == Relation::kExists) return values.empty() ? Truth::kFalse : Truth::kTrue;
  if (relation == Relation::kAbsent) return values.empty() ? Truth::kTrue : Truth::kFalse;
  const std::optional<Value> other = right.One(place);
  if (values.empty() || !other) return Truth::kUndefined;
  Truth all = Truth::kTrue;
  for (const Value& value : values) {
    const Truth one = Holds(value, relation, *other, tolerance);
    if (one == Truth::kFalse) return Truth::kFalse;
    if (one == Truth::kUndefined) all = Truth::kUndefined;
  }
  return all;
}

bool Condition::NeedsItem() const {
  return left.source == Source::kItem || right.source == Source::kItem;
}

bool GlobMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // where to come back to when a guess was wrong
  std::size_t guess = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      guess = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++guess;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Selector::Matches(const History& history, const Operation& operation) const {
  const InvokeRecord& invoke = *operation.invoke;
  if ((phases >> static_cast<int>(invoke.phase) & 1) == 0) return false;
  if (outcome && operation.outcome() != *outcome) return false;
  const auto named = [&](const std::string& name) { return GlobMatches(name, invoke.name); };
  if (!names.empty() && std::none_of(names.begin(), names.end(), named)) return false;
  const Place place{history, operation};
  return std::all_of(where.begin(), where.end(), [&](const Condition& condition) {
    return condition.Test(place) == Truth::kTrue;
  });
}

bool Selector::MatchesItem(const Place& place) const {
  return std::all_of(where_item.begin(), where_item.end(), [&](const Condition& condition) {
    return condition.Test(place) == Truth::kTrue;
  });
}

std::vector<const Operation*> Selector::Select(const History& history) const {
  std::vector<const Operation*> selected;
  for (const Operation& operation : history.operations()) {
    if (Matches(history, operation)) selected.push_back(&operation);
  }
  return selected;
}

std::optional<std::string> EvaluateKey(const KeyExpression& key, const Place& place) {
  std::string joined;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::optional<Value> value = key[i].One(place);
    if (!value || value->kind == ValueKind::kContainer) return std::nullopt;
    if (i > 0) joined += '\x1f';  // cannot be typed, so that ("a b", "c") differs from ("a", "b c")
    joined += value->Key();
  }
  return joined;
}

}  // namespace redrive
