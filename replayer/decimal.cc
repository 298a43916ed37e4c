#include "replayer/decimal.h"

#include <algorithm>

#include "core/check.h"

namespace redrive {
namespace {

constexpr int kFraction = 18;          // digits behind the point that are kept
constexpr int kWhole = 15;             // digits before the point
constexpr std::size_t kTextMax = 400;  // the longest double in full is about 330 characters
constexpr std::int64_t kScale = 1'000'000'000'000'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The digits of a number and where its point is: value = 0.d1d2d3… * 10^point.
struct Digits {
  std::string digits;
  int point = 0;
  bool negative = false;
};

std::optional<Digits> Split(std::string_view text) {
  Digits result;
  if (text.empty() || text.size() > kTextMax) return std::nullopt;
  std::size_t i = 0;
  if (text[i] == '-' || text[i] == '+') result.negative = text[i++] == '-';
  bool seen_point = false;
  bool seen_digit = false;
  for (; i < text.size(); ++i) {
    if (IsDigit(text[i])) {
      seen_digit = true;
      result.digits += text[i];
      if (!seen_point) ++result.point;
    } else if (text[i] == '.' && !seen_point) {
      seen_point = true;
    } else {
      break;
    }
  }
  if (!seen_digit) return std::nullopt;
  if (i == text.size()) return result;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  ++i;
  bool exponent_negative = false;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) exponent_negative = text[i++] == '-';
  if (i == text.size()) return std::nullopt;
  int exponent = 0;
  for (; i < text.size(); ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    exponent = std::min(exponent * 10 + (text[i] - '0'), 100'000);
  }
  result.point += exponent_negative ? -exponent : exponent;
  return result;
}

}  // namespace

Decimal Decimal::FromInteger(std::int64_t value) {
  REDRIVE_CHECK(value <= 1'000'000'000'000'000 && value >= -1'000'000'000'000'000);
  return Decimal(static_cast<Units>(value) * kScale);
}

std::optional<Decimal> Decimal::FromText(std::string_view text) {
  std::optional<Digits> split = Split(text);
  if (!split) return std::nullopt;
  const std::size_t leading = std::min(split->digits.find_first_not_of('0'), split->digits.size());
  split->digits.erase(0, leading);
  split->point -= static_cast<int>(leading);
  if (split->digits.empty()) return Decimal();
  if (split->point > kWhole) return std::nullopt;
  Units units = 0;
  const int wanted = split->point + kFraction;  // digits that make the count of 10^-18
  for (int i = 0; i < wanted; ++i) {
    const auto at = static_cast<std::size_t>(i);
    units = units * 10 + (at < split->digits.size() ? split->digits[at] - '0' : 0);
  }
  const auto next = static_cast<std::size_t>(std::max(wanted, 0));
  if (wanted >= 0 && next < split->digits.size() && split->digits[next] >= '5') ++units;
  return Decimal(split->negative ? -units : units);
}

std::optional<std::int64_t> Decimal::Scaled(int digits) const {
  constexpr Units kScaledMax = Units{1} << 60;
  Units unit = 1;
  for (int i = digits; i < kFraction; ++i) unit *= 10;
  if (units_ % unit != 0) return std::nullopt;
  const Units scaled = units_ / unit;
  if (scaled > kScaledMax || scaled < -kScaledMax) return std::nullopt;
  return static_cast<std::int64_t>(scaled);
}

std::string Decimal::ToText() const {
  Units rest = units_ < 0 ? -units_ : units_;
  std::string digits;
  for (int i = 0; rest != 0 || i <= kFraction; ++i, rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    if (i == kFraction - 1) digits += '.';
  }
  std::reverse(digits.begin(), digits.end());
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  if (units_ < 0) digits.insert(0, 1, '-');
  return digits;
}

}  // namespace redrive
