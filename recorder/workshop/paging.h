// Paging of lists by page and limit, with the workshop's two refusals.
#ifndef REDRIVE_RECORDER_WORKSHOP_PAGING_H_
#define REDRIVE_RECORDER_WORKSHOP_PAGING_H_

#include <cstdint>
#include <optional>
#include <span>

#include "recorder/workshop/context.h"

namespace redrive::workshop {

struct Paging {
  std::int64_t page = 1;
  std::int64_t limit = 25;
  // Adds skip and limit.
  void ApplyTo(FindOptions& options) const;
};

// Reads ?page&limit into `paging`, whose limit is the default. 422 for what is no number or below
// 1, 400 for a limit above 100.
[[nodiscard]] std::optional<Response> ReadPaging(const Context& context, Paging& paging);

// {data, pagination} of one page.
[[nodiscard]] Value PageBody(std::span<const Value> data, const Paging& paging, std::int64_t total);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_PAGING_H_
