#include "replayer/check_roles.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace redrive {
namespace {

std::optional<Expression> ReadValue(SpecReader& reader, std::string_view key,
                                    std::string_view fallback) {
  if (key.empty()) return std::nullopt;
  if (reader.Has(key) || fallback.empty()) return reader.Required(key);
  return LiteralNumber(fallback);
}

}  // namespace

bool Role::Applies(const Place& place) const {
  return !condition.empty() &&
         std::all_of(condition.begin(), condition.end(),
                     [&](const Condition& one) { return one.Test(place) == Truth::kTrue; });
}

Role ReadRole(SpecReader& reader, const RoleForm& form, const KeyExpression& common_key) {
  Role role;
  const nlohmann::json* object = reader.ObjectAt(form.name);
  if (!object) return role;
  role.given = true;
  SpecReader inner(*object, reader.PathOf(form.name), reader.error());
  role.requests = inner.OwnSelector(true);
  role.key = inner.Key("key", false);
  if (role.key.empty()) role.key = common_key;
  role.value = ReadValue(inner, form.value, form.value_default);
  role.other = ReadValue(inner, form.other, form.other_default);
  if (!form.condition.empty()) role.condition = inner.Conditions(form.condition);
  // A misspelt key explains a missing one, so it is reported instead of it.
  std::optional<Error> missing;
  std::swap(reader.error(), missing);
  inner.Finish();
  if (!reader.error()) std::swap(reader.error(), missing);
  return role;
}

std::string NumberOf(const Operation& operation) { return "#" + std::to_string(operation.id()); }

bool CountsFrom(Judgement& judgement, const Reading* initial, const Operation& operation,
                bool changes, bool& certain) {
  const Operation* reader = initial ? initial->reader : nullptr;
  if (!reader) return true;
  if (reader == &operation || operation.end() < reader->begin()) return false;
  if (operation.begin() > reader->end()) return true;
  if (changes) {
    judgement.Missing(operation, "ran while the initial value was read");
    certain = false;
  }
  return false;
}

}  // namespace redrive
