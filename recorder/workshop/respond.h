// The workshop's answers, shaped as FastAPI's.
#ifndef REDRIVE_RECORDER_WORKSHOP_RESPOND_H_
#define REDRIVE_RECORDER_WORKSHOP_RESPOND_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "recorder/http.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {

[[nodiscard]] Response Json(int status, const Value& body);
[[nodiscard]] inline Response Ok(const Value& body) { return Json(200, body); }
// {"detail": detail}; detail is a text or an object.
[[nodiscard]] Response Detail(int status, const Value& detail);
[[nodiscard]] inline Response NotFound(std::string_view detail) { return Detail(404, detail); }
[[nodiscard]] inline Response BadRequest(std::string_view detail) { return Detail(400, detail); }
// What an unhandled exception (for example a duplicate key) becomes on authenticated routes.
[[nodiscard]] Response CrashedInTenantGuard();

// "INV-" and a number padded to `digits`: "INV-00001".
[[nodiscard]] std::string Numbered(std::string_view prefix, std::int64_t number, int digits);

// {page, limit, total_count, total_pages, has_next, has_prev}; total_pages is 1 for an empty set.
[[nodiscard]] Value Pagination(std::int64_t page, std::int64_t limit, std::int64_t total);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_RESPOND_H_
