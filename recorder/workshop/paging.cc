#include "recorder/workshop/paging.h"

#include "recorder/workshop/respond.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {

void Paging::ApplyTo(FindOptions& options) const {
  options.Skip(static_cast<std::size_t>((page - 1) * limit));
  options.Limit(static_cast<std::size_t>(limit));
}

std::optional<Response> ReadPaging(const Context& context, Paging& paging) {
  // The upper bound keeps page * limit far from overflow; no list is that long.
  static constexpr FieldRule kRules[] = {
      Defaulted("page", FieldType::kInt).Between(1, 1'000'000'000),
      Defaulted("limit", FieldType::kInt).AtLeast(1)};
  if (auto refused = CheckQuery(context, kRules)) return refused;
  paging.page = QueryInt(context, "page", paging.page);
  paging.limit = QueryInt(context, "limit", paging.limit);
  if (paging.limit > 100) return BadRequest("Limit cannot exceed 100 per page");
  return std::nullopt;
}

Value PageBody(std::span<const Value> data, const Paging& paging, std::int64_t total) {
  return Object("data", Value::ArrayOf(data), "pagination",
                Pagination(paging.page, paging.limit, total));
}

}  // namespace redrive::workshop
