// Decimal: an exact number for comparing what services answer. 0 equals 0.0, 1e2 equals 100, and
// 0.1 + 0.2 equals 0.3; no double is involved.
#ifndef REDRIVE_REPLAYER_DECIMAL_H_
#define REDRIVE_REPLAYER_DECIMAL_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redrive {

// A count of 10^-18. Text is accepted up to 10^15 in magnitude, so that 10^5 of them can be added
// without overflow; digits behind the 18th are rounded half away from zero (they are the residue of
// somebody else's floating point, such as 2.842170943040401e-14).
class Decimal {
 public:
  constexpr Decimal() = default;
  static Decimal FromInteger(std::int64_t value);  // REQUIRES: |value| <= 10^15
  // A JSON number, also with a leading '+' or zeros; empty when it is none or out of range.
  static std::optional<Decimal> FromText(std::string_view text);

  Decimal operator+(Decimal other) const { return Decimal(units_ + other.units_); }
  Decimal operator-(Decimal other) const { return Decimal(units_ - other.units_); }
  Decimal operator-() const { return Decimal(-units_); }
  Decimal& operator+=(Decimal other) { return *this = *this + other; }
  Decimal& operator-=(Decimal other) { return *this = *this - other; }
  [[nodiscard]] Decimal Absolute() const { return units_ < 0 ? -*this : *this; }
  std::strong_ordering operator<=>(const Decimal& other) const {
    if (units_ == other.units_) return std::strong_ordering::equal;
    return units_ < other.units_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  bool operator==(const Decimal& other) const { return units_ == other.units_; }

  // This times 10^digits, when that is a whole number of at most 2^60 in magnitude.
  // REQUIRES: 0 <= digits <= 18.
  [[nodiscard]] std::optional<std::int64_t> Scaled(int digits) const;

  // The shortest text: "7", "-0.25".
  [[nodiscard]] std::string ToText() const;

 private:
  __extension__ using Units = __int128;
  constexpr explicit Decimal(Units units) : units_(units) {}
  Units units_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_DECIMAL_H_
