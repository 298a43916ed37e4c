#include "recorder/workshop/validate.h"

#include <charconv>
#include <string>

#include "recorder/workshop/json_text.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

// Where a value stands: "body", "lines", 0, … as a chain on the stack, written out for errors only.
struct Place {
  const Place* above = nullptr;
  std::string_view name;
  std::int64_t index = -1;  // in a list, instead of a name

  [[nodiscard]] Value Text() const {
    Value path = above != nullptr ? above->Text() : Value::EmptyArray();
    return path.Push(index >= 0 ? Value(index) : Value(name));
  }
};

// Collects pydantic's error objects.
class Errors {
 public:
  void Add(std::string_view type, const Place& where, std::string_view message, const Value& input,
           Value context = Value()) {
    Value error = Object("type", type, "loc", where.Text(), "msg", message, "input", input);
    if (!context.IsNull()) error.Add("ctx", std::move(context));
    if (errors_.size() < 100) errors_.Push(std::move(error));
  }
  [[nodiscard]] std::optional<Response> Answer() const {
    if (errors_.empty()) return std::nullopt;
    return Json(422, Object("detail", errors_));
  }

 private:
  Value errors_;
};

std::int64_t CharactersOf(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return count;
}

std::string Plural(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

bool IsOneOf(std::string_view text, std::string_view alternatives) {
  while (true) {
    const std::size_t bar = alternatives.find('|');
    if (alternatives.substr(0, bar) == text) return true;
    if (bar == std::string_view::npos) return false;
    alternatives.remove_prefix(bar + 1);
  }
}

void CheckString(const FieldRule& rule, const Place& where, const Value& value, Errors& errors) {
  if (!value.IsString()) {
    errors.Add("string_type", where, "Input should be a valid string", value);
    return;
  }
  const std::int64_t length = CharactersOf(value.String());
  if (rule.type == FieldType::kEmail) {
    const std::size_t at = value.String().find('@');
    const std::string_view reason = "An email address must have an @-sign.";
    const bool good = at != std::string_view::npos && at > 0 &&
                      value.String().find('.', at) != std::string_view::npos &&
                      value.String().find(' ') == std::string_view::npos;
    if (!good) {
      errors.Add("value_error", where, "value is not a valid email address: " + std::string(reason),
                 value, Object("reason", reason));
    }
  } else if (length < rule.length_min) {
    errors.Add("string_too_short", where,
               "String should have at least " + Plural(rule.length_min, "character"), value,
               Object("min_length", rule.length_min));
  } else if (length > rule.length_max) {
    errors.Add("string_too_long", where,
               "String should have at most " + Plural(rule.length_max, "character"), value,
               Object("max_length", rule.length_max));
  } else if (!rule.one_of.empty() && !IsOneOf(value.String(), rule.one_of)) {
    const std::string pattern = "^(" + std::string(rule.one_of) + ")$";
    errors.Add("string_pattern_mismatch", where, "String should match pattern '" + pattern + "'",
               value, Object("pattern", pattern));
  }
}

void CheckBounds(const FieldRule& rule, const Place& where, const Value& value, Decimal number,
                 Errors& errors) {
  const bool is_int = rule.type == FieldType::kInt;
  const auto shown = [&](std::int64_t bound) {
    return is_int ? Value(bound) : Value(Decimal(bound));
  };
  if (rule.above && number <= Decimal(*rule.above)) {
    errors.Add("greater_than", where, "Input should be greater than " + std::to_string(*rule.above),
               value, Object("gt", shown(*rule.above)));
  } else if (rule.at_least && number < Decimal(*rule.at_least)) {
    errors.Add("greater_than_equal", where,
               "Input should be greater than or equal to " + std::to_string(*rule.at_least), value,
               Object("ge", shown(*rule.at_least)));
  } else if (rule.at_most && number > Decimal(*rule.at_most)) {
    errors.Add("less_than_equal", where,
               "Input should be less than or equal to " + std::to_string(*rule.at_most), value,
               Object("le", shown(*rule.at_most)));
  }
}

// A number as the text of a query parameter or a lax JSON string; null when it is none.
Value NumberFromText(std::string_view text, bool whole) {
  const JsonResult parsed = ParseJson(text);
  if (parsed.error != nullptr || !parsed.value.IsNumber()) return Value();
  if (!whole) return parsed.value;
  return parsed.value.Number().is_whole() ? Value(parsed.value.Int()) : Value();
}

void CheckNumber(const FieldRule& rule, const Place& where, const Value& value, Errors& errors) {
  const bool whole = rule.type == FieldType::kInt;
  Value number = value;
  if (value.IsString()) {
    number = NumberFromText(value.String(), whole);
    if (number.IsNull()) {
      errors.Add(whole ? "int_parsing" : "float_parsing", where,
                 whole ? "Input should be a valid integer, unable to parse string as an integer"
                       : "Input should be a valid number, unable to parse string as a number",
                 value);
      return;
    }
  }
  if (!number.IsNumber()) {
    errors.Add(whole ? "int_type" : "float_type", where,
               whole ? "Input should be a valid integer" : "Input should be a valid number", value);
    return;
  }
  if (whole && !number.Number().is_whole()) {
    errors.Add("int_from_float", where,
               "Input should be a valid integer, got a number with a fractional part", value);
    return;
  }
  CheckBounds(rule, where, value, number.Number(), errors);
}

void CheckMembers(std::span<const FieldRule> rules, const Place& where, const Value& object,
                  Errors& errors);

void CheckList(const FieldRule& rule, const Place& where, const Value& value, Errors& errors) {
  if (!value.IsArray()) {
    errors.Add("list_type", where, "Input should be a valid list", value);
    return;
  }
  const auto size = static_cast<std::int64_t>(value.size());
  if (size < rule.length_min) {
    errors.Add("too_short", where,
               "List should have at least " + Plural(rule.length_min, "item") +
                   " after validation, not " + std::to_string(size),
               value,
               Object("field_type", "List", "min_length", rule.length_min, "actual_length", size));
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value& item = value.Items()[i];
    const auto index = static_cast<std::int64_t>(i);
    if (rule.type == FieldType::kStringList && !item.IsString()) {
      errors.Add("string_type", Place{&where, {}, index}, "Input should be a valid string", item);
    }
    if (rule.type == FieldType::kObjectList) {
      CheckMembers(rule.members, Place{&where, {}, index}, item, errors);
    }
  }
}

void CheckField(const FieldRule& rule, const Place& where, const Value& value, Errors& errors) {
  switch (rule.type) {
    case FieldType::kAny:
      return;
    case FieldType::kString:
    case FieldType::kEmail:
      CheckString(rule, where, value, errors);
      return;
    case FieldType::kInt:
    case FieldType::kNumber:
      CheckNumber(rule, where, value, errors);
      return;
    case FieldType::kBool: {
      const bool text = value == "true" || value == "false" || value == "1" || value == "0";
      if (!value.IsBool() && !text) {
        errors.Add("bool_type", where, "Input should be a valid boolean", value);
      }
      return;
    }
    case FieldType::kObject:
      CheckMembers(rule.members, where, value, errors);
      return;
    case FieldType::kList:
    case FieldType::kStringList:
    case FieldType::kObjectList:
      CheckList(rule, where, value, errors);
      return;
  }
}

void CheckMembers(std::span<const FieldRule> rules, const Place& where, const Value& object,
                  Errors& errors) {
  if (!object.IsObject()) {
    errors.Add("model_attributes_type", where,
               "Input should be a valid dictionary or object to extract fields from", object);
    return;
  }
  for (const FieldRule& rule : rules) {
    const Value* const value = object.Find(rule.name);
    if (value == nullptr) {
      if (rule.required) errors.Add("missing", Place{&where, rule.name}, "Field required", object);
    } else if (!(value->IsNull() && rule.nullable)) {
      CheckField(rule, Place{&where, rule.name}, *value, errors);
    }
  }
}

// A body that cannot be looked into at all.
std::optional<Response> CheckReadable(const Context& context) {
  const RequestBody& sent = context.reading.Body();
  if (sent.error != nullptr) {
    if (std::string_view(sent.error) == "Invalid UTF-8") {
      return BadRequest("There was an error parsing the body");
    }
    Errors errors;
    const Place body{nullptr, "body"};
    errors.Add("json_invalid", Place{&body, {}, static_cast<std::int64_t>(sent.error_at)},
               "JSON decode error", Value::EmptyObject(), Object("error", sent.error));
    return errors.Answer();
  }
  if (context.request.body.empty()) {
    Errors errors;
    errors.Add("missing", Place{nullptr, "body"}, "Field required", Value());
    return errors.Answer();
  }
  return std::nullopt;
}

}  // namespace

std::optional<Response> CheckBody(const Context& context, std::span<const FieldRule> rules) {
  if (context.reading.body_obeys == rules.data()) return std::nullopt;
  if (auto unreadable = CheckReadable(context)) return unreadable;
  Errors errors;
  const Place where{nullptr, "body"};
  CheckMembers(rules, where, context.body, errors);
  std::optional<Response> refusal = errors.Answer();
  if (!refusal) context.reading.body_obeys = rules.data();
  return refusal;
}

std::optional<Response> CheckListBody(const Context& context, std::span<const FieldRule> rules) {
  if (auto unreadable = CheckReadable(context)) return unreadable;
  Errors errors;
  FieldRule rule;
  rule.type = FieldType::kObjectList;
  rule.members = rules;
  CheckField(rule, Place{nullptr, "body"}, context.body, errors);
  return errors.Answer();
}

std::optional<Response> CheckQuery(const Context& context, std::span<const FieldRule> rules) {
  if (context.reading.query_obeys == rules.data()) return std::nullopt;
  Errors errors;
  for (const FieldRule& rule : rules) {
    bool present = false;
    for (const auto& [name, value] : context.reading.query) present = present || name == rule.name;
    const Place query{nullptr, "query"};
    const Place where{&query, rule.name};
    if (present) {
      CheckField(rule, where, Value(context.Query(rule.name)), errors);
    } else if (rule.required) {
      errors.Add("missing", where, "Field required", Value());
    }
  }
  std::optional<Response> refusal = errors.Answer();
  if (!refusal) context.reading.query_obeys = rules.data();
  return refusal;
}

std::int64_t QueryInt(const Context& context, std::string_view name, std::int64_t otherwise) {
  const std::string_view text = context.Query(name);
  return text.empty() ? otherwise : NumberFromText(text, true).Int(otherwise);
}

}  // namespace redrive::workshop
