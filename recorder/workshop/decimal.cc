#include "recorder/workshop/decimal.h"

#include <charconv>

namespace redrive::workshop {

char* WriteDecimal(char* out, Decimal decimal) {
  // INT64_MIN has no positive counterpart, hence unsigned.
  const bool negative = decimal.scaled() < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(decimal.scaled())
                                  : static_cast<std::uint64_t>(decimal.scaled());
  if (negative) *out++ = '-';
  out = std::to_chars(out, out + 20, magnitude / static_cast<std::uint64_t>(Decimal::kOne)).ptr;
  *out++ = '.';
  auto rest = static_cast<unsigned>(magnitude % static_cast<std::uint64_t>(Decimal::kOne));
  for (int i = 3; i >= 0; --i) {
    out[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  std::ptrdiff_t length = 4;
  while (length > 1 && out[length - 1] == '0') --length;
  return out + length;
}

void AppendDecimal(std::string& out, Decimal decimal) {
  char text[kDecimalTextMax];
  out.append(text, WriteDecimal(text, decimal));
}

std::string ToText(Decimal decimal) {
  std::string text;
  AppendDecimal(text, decimal);
  return text;
}

}  // namespace redrive::workshop
