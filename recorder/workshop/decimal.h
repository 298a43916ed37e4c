// Decimal: money and quantities as exact fixed point with four decimals. Never a double: sums must
// be equal on every machine.
#ifndef REDRIVE_RECORDER_WORKSHOP_DECIMAL_H_
#define REDRIVE_RECORDER_WORKSHOP_DECIMAL_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

namespace redrive::workshop {

// Arithmetic saturates at the ends of the range (about ±922 trillion).
class Decimal {
 public:
  static constexpr std::int64_t kOne = 10'000;

  constexpr Decimal() = default;
  constexpr Decimal(std::int64_t whole) : scaled_(Clamp(Wide{whole} * kOne)) {}  // NOLINT: a number
  static constexpr Decimal FromScaled(std::int64_t scaled) {
    Decimal decimal;
    decimal.scaled_ = scaled;
    return decimal;
  }
  // 1234 paise are FromHundredths(1234).
  static constexpr Decimal FromHundredths(std::int64_t hundredths) {
    return FromScaled(Clamp(Wide{hundredths} * (kOne / 100)));
  }

  [[nodiscard]] constexpr std::int64_t scaled() const { return scaled_; }
  // Towards zero.
  [[nodiscard]] constexpr std::int64_t whole() const { return scaled_ / kOne; }
  [[nodiscard]] constexpr bool is_whole() const { return scaled_ % kOne == 0; }

  constexpr auto operator<=>(const Decimal&) const = default;
  constexpr Decimal operator-() const { return FromScaled(Clamp(-Wide{scaled_})); }
  constexpr Decimal& operator+=(Decimal other) {
    scaled_ = Clamp(Wide{scaled_} + other.scaled_);
    return *this;
  }
  constexpr Decimal& operator-=(Decimal other) {
    scaled_ = Clamp(Wide{scaled_} - other.scaled_);
    return *this;
  }
  friend constexpr Decimal operator+(Decimal a, Decimal b) { return a += b; }
  friend constexpr Decimal operator-(Decimal a, Decimal b) { return a -= b; }
  // Rounded half to even at the fourth decimal.
  friend constexpr Decimal operator*(Decimal a, Decimal b) {
    return FromScaled(DivideHalfEven(Wide{a.scaled_} * b.scaled_, kOne));
  }
  // Rounded half to even at the fourth decimal; by zero gives zero.
  friend constexpr Decimal operator/(Decimal a, Decimal b) {
    if (b.scaled_ == 0) return Decimal();
    return FromScaled(DivideHalfEven(Wide{a.scaled_} * kOne, b.scaled_));
  }

  // Python's round(x, 2): half to even.
  [[nodiscard]] constexpr Decimal RoundedToCents() const {
    return FromHundredths(DivideHalfEven(scaled_, kOne / 100));
  }

 private:
  __extension__ using Wide = __int128;
  static constexpr std::int64_t Clamp(Wide value) {
    if (value > INT64_MAX) return INT64_MAX;
    if (value < INT64_MIN) return INT64_MIN;
    return static_cast<std::int64_t>(value);
  }
  static constexpr std::int64_t DivideHalfEven(Wide numerator, Wide denominator) {
    if (denominator < 0) {
      numerator = -numerator;
      denominator = -denominator;
    }
    const bool negative = numerator < 0;
    if (negative) numerator = -numerator;
    Wide quotient = numerator / denominator;
    const Wide twice = (numerator % denominator) * 2;
    if (twice > denominator || (twice == denominator && quotient % 2 != 0)) ++quotient;
    return Clamp(negative ? -quotient : quotient);
  }

  std::int64_t scaled_ = 0;
};

// As Python prints the float: "226.0", "226.5", "-0.25", "0.0".
void AppendDecimal(std::string& out, Decimal decimal);
// The same to `out`, which has room for kDecimalTextMax bytes; returns the end of the text.
inline constexpr std::size_t kDecimalTextMax = 32;
char* WriteDecimal(char* out, Decimal decimal);
std::string ToText(Decimal decimal);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_DECIMAL_H_
