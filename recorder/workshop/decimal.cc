#include "recorder/workshop/decimal.h"

#include <charconv>

namespace redrive::workshop {

void AppendDecimal(std::string& out, Decimal decimal) {
  // INT64_MIN has no positive counterpart, hence unsigned.
  const bool negative = decimal.scaled() < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(decimal.scaled())
                                  : static_cast<std::uint64_t>(decimal.scaled());
  char digits[24];
  const auto whole = std::to_chars(digits, digits + sizeof(digits),
                                   magnitude / static_cast<std::uint64_t>(Decimal::kOne));
  if (negative) out += '-';
  out.append(digits, whole.ptr);
  out += '.';
  auto rest = static_cast<unsigned>(magnitude % static_cast<std::uint64_t>(Decimal::kOne));
  char fraction[4];
  for (int i = 3; i >= 0; --i) {
    fraction[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  std::size_t length = 4;
  while (length > 1 && fraction[length - 1] == '0') --length;
  out.append(fraction, length);
}

std::string ToText(Decimal decimal) {
  std::string text;
  AppendDecimal(text, decimal);
  return text;
}

}  // namespace redrive::workshop
