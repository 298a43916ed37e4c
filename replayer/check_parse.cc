#include "replayer/check_parse.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/nearest.h"

namespace redrive {
namespace {

constexpr std::size_t kListMax = 1000;  // names, conditions, keys of one declaration

const nlohmann::json& EmptyObject() {
  static const nlohmann::json empty = nlohmann::json::object();
  return empty;
}

}  // namespace

SpecReader::SpecReader(const nlohmann::json& object, std::string path, std::optional<Error>& error)
    : object_(&object), path_(std::move(path)), error_(&error) {
  if (!object.is_object()) {
    Fail("", "expected an object, got " + std::string(object.type_name()));
    object_ = &EmptyObject();
  }
}

std::string SpecReader::PathOf(std::string_view key) const {
  return key.empty() ? path_ : path_ + "/" + std::string(key);
}

void SpecReader::Fail(std::string_view key, const std::string& what) {
  if (!*error_) *error_ = Error{ErrorCode::kInvalid, PathOf(key) + ": " + what};
}

const nlohmann::json* SpecReader::Find(std::string_view key) {
  known_.emplace_back(key);
  const auto found = object_->find(std::string(key));
  return found == object_->end() ? nullptr : &*found;
}

bool SpecReader::Has(std::string_view key) { return Find(key) != nullptr; }

std::string SpecReader::Text(std::string_view key, std::string_view fallback) {
  const nlohmann::json* value = Find(key);
  if (!value) return std::string(fallback);
  if (value->is_string()) return value->get<std::string>();
  Fail(key, "expected a string");
  return std::string(fallback);
}

bool SpecReader::Flag(std::string_view key, bool fallback) {
  const nlohmann::json* value = Find(key);
  if (!value) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  Fail(key, "expected true or false");
  return fallback;
}

std::int64_t SpecReader::Integer(std::string_view key, std::int64_t fallback, std::int64_t min,
                                 std::int64_t max) {
  const nlohmann::json* value = Find(key);
  if (!value) return fallback;
  if (value->is_number_integer() && value->get<std::int64_t>() >= min &&
      value->get<std::int64_t>() <= max) {
    return value->get<std::int64_t>();
  }
  Fail(key, "expected a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return fallback;
}

std::int64_t SpecReader::RequiredInteger(std::string_view key, std::int64_t min, std::int64_t max) {
  if (!Has(key)) Fail(key, "missing: a whole number is expected");
  return Integer(key, min, min, max);
}

Decimal SpecReader::Number(std::string_view key, std::string_view fallback) {
  const nlohmann::json* value = Find(key);
  const std::string text = !value               ? std::string(fallback)
                           : value->is_string() ? value->get<std::string>()
                                                : value->dump();
  const std::optional<Decimal> number = Decimal::FromText(text);
  if (!number) Fail(key, "expected a number such as 0.01, got " + text.substr(0, 100));
  return number.value_or(Decimal());
}

Expression SpecReader::ExpressionFrom(const nlohmann::json& value, std::string_view key) {
  if (value.is_number()) return LiteralNumber(value.dump());
  if (value.is_boolean()) {
    Expression literal = LiteralNumber(value.dump());
    literal.literal.kind = ValueKind::kBool;
    return literal;
  }
  if (!value.is_string()) {
    Fail(key, "expected a value: a string such as \"response:/json/pointer\", or a number");
    return {};
  }
  Result<Expression> parsed = ParseExpression(value.get<std::string>());
  if (parsed) return std::move(*parsed);
  Fail(key, parsed.error().message);
  return {};
}

Expression SpecReader::Required(std::string_view key) {
  const nlohmann::json* value = Find(key);
  if (value) return ExpressionFrom(*value, key);
  Fail(key, "missing: a value such as \"response:/json/pointer\" is expected");
  return {};
}

std::optional<Expression> SpecReader::Optional(std::string_view key) {
  const nlohmann::json* value = Find(key);
  if (!value) return std::nullopt;
  return ExpressionFrom(*value, key);
}

KeyExpression SpecReader::Key(std::string_view key, bool required) {
  const nlohmann::json* value = Find(key);
  KeyExpression result;
  if (!value) {
    if (required)
      Fail(key, "missing: a value such as \"path:2\", or an array of them, is expected");
    return result;
  }
  if (!value->is_array()) return {ExpressionFrom(*value, key)};
  if (value->size() > kListMax) Fail(key, "more than 1000 values");
  for (std::size_t i = 0; i < std::min(value->size(), kListMax); ++i) {
    result.push_back(ExpressionFrom((*value)[i], std::string(key) + "/" + std::to_string(i)));
  }
  return result;
}

std::vector<std::string> SpecReader::Texts(std::string_view key) {
  const nlohmann::json* value = Find(key);
  std::vector<std::string> texts;
  if (!value) return texts;
  const nlohmann::json list = value->is_array() ? *value : nlohmann::json::array({*value});
  if (list.size() > kListMax) Fail(key, "more than 1000 texts");
  for (std::size_t i = 0; i < std::min(list.size(), kListMax); ++i) {
    if (list[i].is_string())
      texts.push_back(list[i].get<std::string>());
    else
      Fail(key, "expected a text, or an array of texts");
  }
  return texts;
}

std::vector<JsonPointer> SpecReader::Pointers(std::string_view key) {
  const nlohmann::json* value = Find(key);
  std::vector<JsonPointer> pointers;
  if (!value) return pointers;
  const nlohmann::json list = value->is_array() ? *value : nlohmann::json::array({*value});
  for (const nlohmann::json& entry : list) {
    if (!entry.is_string()) {
      Fail(key, "expected a JSON pointer such as \"/data/*\"");
      continue;
    }
    Result<JsonPointer> pointer = JsonPointer::FromText(entry.get<std::string>());
    if (pointer)
      pointers.push_back(std::move(*pointer));
    else
      Fail(key, pointer.error().message);
  }
  return pointers;
}

std::optional<JsonPointer> SpecReader::Pointer(std::string_view key) {
  std::vector<JsonPointer> pointers = Pointers(key);
  if (pointers.size() > 1) Fail(key, "expected one JSON pointer, got an array");
  if (pointers.empty()) return std::nullopt;
  return std::move(pointers.front());
}

std::vector<Condition> SpecReader::Conditions(std::string_view key) {
  const nlohmann::json* value = Find(key);
  std::vector<Condition> conditions;
  if (!value) return conditions;
  const auto wrong = [&](const std::string& at) {
    Fail(at,
         "expected a condition such as [\"response:/status\", \"==\", \"literal:open\"] or "
         "[\"response:/id\", \"exists\"]");
  };
  const bool single = value->is_array() && !value->empty() && !(*value)[0].is_array();
  const nlohmann::json list = single ? nlohmann::json::array({*value}) : *value;
  if (!list.is_array() || list.size() > kListMax) wrong(std::string(key));
  if (!list.is_array()) return conditions;
  for (std::size_t i = 0; i < std::min(list.size(), kListMax); ++i) {
    const std::string at = single ? std::string(key) : std::string(key) + "/" + std::to_string(i);
    const nlohmann::json& entry = list[i];
    if (!entry.is_array() || entry.size() < 2 || !entry[1].is_string()) {
      wrong(at);
      continue;
    }
    const std::optional<Relation> relation = RelationFromText(entry[1].get<std::string>());
    const bool unary = relation == Relation::kExists || relation == Relation::kAbsent;
    if (!relation || entry.size() != (unary ? 2U : 3U)) {
      wrong(at);
      continue;
    }
    Condition condition{
        .left = ExpressionFrom(entry[0], at), .relation = *relation, .right = {}, .text = {}};
    if (!unary) condition.right = ExpressionFrom(entry[2], at);
    condition.text = condition.left.text + " " + entry[1].get<std::string>() +
                     (unary ? "" : " " + condition.right.text);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

std::vector<std::string> SpecReader::Names(const nlohmann::json& value, std::string_view key) {
  std::vector<std::string> names;
  const nlohmann::json list = value.is_array() ? value : nlohmann::json::array({value});
  if (list.empty() || list.size() > kListMax) Fail(key, "expected 1 to 1000 request names");
  for (const nlohmann::json& name : list) {
    if (name.is_string() && !name.get<std::string>().empty()) {
      names.push_back(name.get<std::string>());
    } else {
      Fail(key, "expected request names, as the scenario groups them");
    }
  }
  return names;
}

Selector SpecReader::OwnSelector(bool names_required) {
  Selector selector;
  const nlohmann::json* names = Find("requests");
  if (names)
    selector.names = Names(*names, "requests");
  else if (names_required)
    Fail("requests", "missing: request names, as the scenario groups them");
  if (const nlohmann::json* phases = Find("phases")) {
    constexpr std::string_view kPhases[] = {"setup", "run", "audit"};
    selector.phases = 0;
    for (const std::string& phase : Names(*phases, "phases")) {
      const auto* found = std::find(std::begin(kPhases), std::end(kPhases), phase);
      if (found == std::end(kPhases))
        Fail("phases", "expected \"setup\", \"run\" or \"audit\"");
      else
        selector.phases |= static_cast<std::uint8_t>(1U << (found - std::begin(kPhases)));
    }
  }
  const std::string outcome = Text("outcome", "");
  if (outcome == "ok")
    selector.outcome = Outcome::kOk;
  else if (outcome == "fail")
    selector.outcome = Outcome::kFail;
  else if (outcome == "info")
    selector.outcome = Outcome::kInfo;
  else if (Has("outcome") && outcome != "any")
    Fail("outcome", "expected ok, fail, info or any");
  for (Condition& condition : Conditions("where")) {
    (condition.NeedsItem() ? selector.where_item : selector.where).push_back(std::move(condition));
  }
  return selector;
}

std::optional<Selector> SpecReader::SelectorAt(std::string_view key) {
  const nlohmann::json* value = Find(key);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    Selector selector;
    selector.names = Names(*value, key);
    return selector;
  }
  SpecReader inner(*value, PathOf(key), *error_);
  Selector selector = inner.OwnSelector(true);
  inner.Finish();
  return selector;
}

std::optional<NumberSource> SpecReader::NumberAt(std::string_view key) {
  const nlohmann::json* value = Find(key);
  if (!value) return std::nullopt;
  NumberSource source;
  if (!value->is_object()) {
    source.fixed = Number(key, "0");
    return source;
  }
  SpecReader inner(*value, PathOf(key), *error_);
  source.requests = inner.OwnSelector(true);
  source.key = inner.Key("item", false);
  source.value = inner.Required("value");
  inner.Finish();
  return source;
}

std::vector<Change> SpecReader::ChangesAt(std::string_view key) {
  const nlohmann::json* value = Find(key);
  std::vector<Change> changes;
  if (!value) return changes;
  const nlohmann::json* first = value->is_array() ? nullptr : value;
  const std::size_t count = first ? 1 : value->size();
  if (count > kListMax) Fail(key, "more than 1000 entries");
  for (std::size_t i = 0; i < std::min(count, kListMax); ++i) {
    const nlohmann::json& entry = first ? *first : (*value)[i];
    const std::string path = PathOf(key) + (first ? "" : "/" + std::to_string(i));
    SpecReader inner(entry, path, *error_);
    Change change;
    change.requests = inner.OwnSelector(true);
    change.key = inner.Key("item", false);
    change.quantity = inner.Has("quantity") ? inner.Required("quantity") : LiteralNumber("1");
    change.each = inner.Pointer("each");
    inner.Finish();
    changes.push_back(std::move(change));
  }
  return changes;
}

const nlohmann::json* SpecReader::ObjectAt(std::string_view key) {
  const nlohmann::json* value = Find(key);
  if (value && !value->is_object()) {
    Fail(key, "expected an object");
    return nullptr;
  }
  return value;
}

void SpecReader::Finish() {
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string nearest = NearestOf(key, known_);
    Fail(key.substr(0, 100),
         nearest.empty() ? "unknown key" : "unknown key; did you mean \"" + nearest + "\"?");
  }
}

}  // namespace redrive
