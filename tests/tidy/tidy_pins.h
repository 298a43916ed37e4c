// Which third-party headers may be included where.
#ifndef REDRIVE_TESTS_TIDY_TIDY_PINS_H_
#define REDRIVE_TESTS_TIDY_TIDY_PINS_H_

#include <string_view>
#include <vector>

namespace redrive::tidy {

struct Pin {
  std::vector<std::string_view> headers;  // prefixes; a trailing '>' means the whole name
  std::vector<std::string_view> allowed;  // prefixes of paths
  std::string_view remedy;
};

const std::vector<Pin>& Pins();

}  // namespace redrive::tidy

#endif  // REDRIVE_TESTS_TIDY_TIDY_PINS_H_
