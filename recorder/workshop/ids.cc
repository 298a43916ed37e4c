#include "recorder/workshop/ids.h"

#include <algorithm>

namespace redrive::workshop {

std::string Ids::Lower(std::string_view prefix, std::size_t digits) {
  return Make(prefix, digits, "0123456789abcdef");
}

std::string Ids::Upper(std::string_view prefix, std::size_t digits) {
  return Make(prefix, digits, "0123456789ABCDEF");
}

std::string Ids::Make(std::string_view prefix, std::size_t digits, const char* alphabet) {
  std::string id(prefix.size() + digits, '\0');
  char* out = std::copy(prefix.begin(), prefix.end(), id.data());
  for (; digits > 0; digits -= std::min<std::size_t>(digits, 16)) {
    std::uint64_t bits = rng_.Next();
    char* const end = out + std::min<std::size_t>(digits, 16);
    for (; out != end; ++out, bits >>= 4) *out = alphabet[bits & 15U];
  }
  return id;
}

}  // namespace redrive::workshop
