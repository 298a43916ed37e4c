// Validation of bodies and queries with the errors that pydantic 2 gives (422). Call it first in a
// handler, before any data operation:
//
//   static constexpr FieldRule kRules[] = {
//       Required("subject", FieldType::kString).Length(3, 200),
//       Optional("priority", FieldType::kString).OneOf("low|medium|high"),
//       Required("amount", FieldType::kNumber).Above(0)};
//   if (auto refused = CheckBody(context, kRules)) co_return *std::move(refused);
#ifndef REDRIVE_RECORDER_WORKSHOP_VALIDATE_H_
#define REDRIVE_RECORDER_WORKSHOP_VALIDATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "recorder/http.h"
#include "recorder/workshop/context.h"

namespace redrive::workshop {

enum class FieldType : std::uint8_t {
  kAny,
  kString,
  kInt,
  kNumber,
  kBool,
  kList,
  kObject,
  kEmail,
  kStringList,
  kObjectList,
};

struct FieldRule {
  std::string_view name;
  FieldType type = FieldType::kAny;
  bool required = false;
  bool nullable = false;        // null counts as absent
  std::int64_t length_min = 0;  // of a string or list
  std::int64_t length_max = INT64_MAX;
  std::optional<std::int64_t> above;        // x >
  std::optional<std::int64_t> at_least;     // x >=
  std::optional<std::int64_t> at_most;      // x <=
  std::string_view one_of;                  // "low|medium|high", for strings
  std::span<const FieldRule> members = {};  // of an object, or of each object in a list

  [[nodiscard]] constexpr FieldRule Length(std::int64_t min, std::int64_t max = INT64_MAX) const {
    FieldRule rule = *this;
    rule.length_min = min;
    rule.length_max = max;
    return rule;
  }
  [[nodiscard]] constexpr FieldRule Above(std::int64_t bound) const {
    FieldRule rule = *this;
    rule.above = bound;
    return rule;
  }
  [[nodiscard]] constexpr FieldRule Between(std::int64_t min, std::int64_t max) const {
    FieldRule rule = *this;
    rule.at_least = min;
    rule.at_most = max;
    return rule;
  }
  [[nodiscard]] constexpr FieldRule AtLeast(std::int64_t min) const {
    FieldRule rule = *this;
    rule.at_least = min;
    return rule;
  }
  [[nodiscard]] constexpr FieldRule OneOf(std::string_view alternatives) const {
    FieldRule rule = *this;
    rule.one_of = alternatives;
    return rule;
  }
  [[nodiscard]] constexpr FieldRule Of(std::span<const FieldRule> rules) const {
    FieldRule rule = *this;
    rule.members = rules;
    return rule;
  }
};

constexpr FieldRule Required(std::string_view name, FieldType type) {
  FieldRule rule;
  rule.name = name;
  rule.type = type;
  rule.required = true;
  return rule;
}
// Optional[T] = None: null is accepted.
constexpr FieldRule Optional(std::string_view name, FieldType type) {
  FieldRule rule;
  rule.name = name;
  rule.type = type;
  rule.nullable = true;
  return rule;
}
// T = default: may be absent, but null is refused.
constexpr FieldRule Defaulted(std::string_view name, FieldType type) {
  FieldRule rule;
  rule.name = name;
  rule.type = type;
  return rule;
}

// The 422 answer, or nothing when the body is an object that obeys the rules. Other members of the
// body are ignored, as by pydantic. That a request obeys is remembered with its reading, by the
// place of the rules. REQUIRES: `rules` are static, and one handler's only.
[[nodiscard]] std::optional<Response> CheckBody(const Context& context,
                                                std::span<const FieldRule> rules);
// For a body that is a list of objects.
[[nodiscard]] std::optional<Response> CheckListBody(const Context& context,
                                                    std::span<const FieldRule> rules);
// Query parameters are texts: kInt, kNumber and kBool parse them.
[[nodiscard]] std::optional<Response> CheckQuery(const Context& context,
                                                 std::span<const FieldRule> rules);

// The integer of a query parameter that CheckQuery accepted, or `otherwise` when it is absent.
[[nodiscard]] std::int64_t QueryInt(const Context& context, std::string_view name,
                                    std::int64_t otherwise);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_VALIDATE_H_
