// Small helpers of the stock flows: members of bodies and documents, conditions of atomic updates.
#ifndef REDRIVE_RECORDER_WORKSHOP_STOCK_H_
#define REDRIVE_RECORDER_WORKSHOP_STOCK_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "recorder/workshop/context.h"

namespace redrive::workshop {

// A float of the request model: 2 becomes 2.0; `otherwise` when absent or null.
inline Value FloatMember(const Value& body, std::string_view name, Value otherwise = Value()) {
  const Value& given = body[name];
  if (given.IsNull()) return otherwise;
  return given.Number();
}

// Any other optional member of the request model.
inline Value MemberOr(const Value& body, std::string_view name, Value otherwise = Value()) {
  const Value& given = body[name];
  return given.IsNull() ? otherwise : given;
}

inline Decimal AvailableOf(const Value& item) {
  return item["quantity"].Number() - item["reserved_quantity"].Number();
}

// As Python prints the number: an int without, a float with decimals.
inline std::string NumberText(const Value& number) {
  return number.IsInt() ? std::to_string(number.Int()) : ToText(number.Number());
}

// `item_id` of the organisation, provided that `quantity` of it is free: $expr of one atomic
// update.
inline Filter ItemWithAvailable(std::string_view item_id, Decimal quantity) {
  Filter filter = Where("item_id", item_id);
  filter.If([quantity](const Value& item) { return AvailableOf(item) >= quantity; });
  return filter;
}

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_STOCK_H_
