#include "recorder/workshop/respond.h"

#include "recorder/workshop/json_text.h"

namespace redrive::workshop {

Response Json(int status, const Value& body) {
  Response response;
  response.status = status;
  response.headers.reserve(4);
  response.headers.push_back(Header{"Content-Type", "application/json"});
  response.body = ToJson(body);
  return response;
}

Response Detail(int status, const Value& detail) { return Json(status, Object("detail", detail)); }

Response CrashedInTenantGuard() {
  return Detail(500, "Internal server error during tenant validation");
}

std::string Numbered(std::string_view prefix, std::int64_t number, int digits) {
  std::string digits_text = std::to_string(number);
  std::string text(prefix);
  for (auto size = static_cast<int>(digits_text.size()); size < digits; ++size) text += '0';
  return text += digits_text;
}

Value Pagination(std::int64_t page, std::int64_t limit, std::int64_t total) {
  const std::int64_t pages = total <= 0 ? 1 : (total + limit - 1) / limit;
  return Object("page", page, "limit", limit, "total_count", total, "total_pages", pages,
                "has_next", page < pages, "has_prev", page > 1);
}

}  // namespace redrive::workshop
