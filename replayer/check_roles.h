// Roles: the kinds of operations that a check of one object tells apart, such as its writes and its
// reads, and what became of each.
#ifndef REDRIVE_REPLAYER_CHECK_ROLES_H_
#define REDRIVE_REPLAYER_CHECK_ROLES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replayer/check_effects.h"
#include "replayer/check_parse.h"
#include "replayer/judgement.h"
#include "replayer/series_algorithm.h"

namespace redrive {

// What a declaration may say of a role. An empty name: it has no such key.
struct RoleForm {
  std::string_view name;           // the key of the object: "write"
  std::string_view value;          // its first expression: "value"
  std::string_view other;          // its second one: "from"
  std::string_view condition;      // "refused_when"
  std::string_view value_default;  // a number; empty: the expression is required
  std::string_view other_default;
};

struct Role {
  bool given = false;
  Selector requests;
  KeyExpression key;  // of the object; the check's own where the role has none
  std::optional<Expression> value;
  std::optional<Expression> other;
  std::vector<Condition> condition;

  // Whether there is a condition and all of it holds.
  [[nodiscard]] bool Applies(const Place& place) const;
};

// Reads the object under form.name; absent: a role that is not given.
Role ReadRole(SpecReader& reader, const RoleForm& form, const KeyExpression& common_key);

inline Interval At(const Operation& operation) { return {operation.begin(), operation.end()}; }

// "#12".
std::string NumberOf(const Operation& operation);

// Whether `operation` counts for a history of an object that begins with `initial`: it began after
// the initial value was read. One that ran meanwhile may be in the value or not; when it changes
// the object (or may have), that is reported and `certain` becomes false.
bool CountsFrom(Judgement& judgement, const Reading* initial, const Operation& operation,
                bool changes, bool& certain);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECK_ROLES_H_
