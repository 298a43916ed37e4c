#include "recorder/workshop/ids.h"

namespace redrive::workshop {

std::string Ids::Lower(std::string_view prefix, std::size_t digits) {
  return Make(prefix, digits, "0123456789abcdef");
}

std::string Ids::Upper(std::string_view prefix, std::size_t digits) {
  return Make(prefix, digits, "0123456789ABCDEF");
}

std::string Ids::Make(std::string_view prefix, std::size_t digits, const char* alphabet) {
  std::string id(prefix);
  id.reserve(prefix.size() + digits);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = rng_.Next();
    id += alphabet[bits & 15U];
    bits >>= 4;
  }
  return id;
}

}  // namespace redrive::workshop
