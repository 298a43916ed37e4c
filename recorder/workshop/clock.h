// Calendar time of the workshop: integer arithmetic on the proleptic Gregorian calendar, UTC.
#ifndef REDRIVE_RECORDER_WORKSHOP_CLOCK_H_
#define REDRIVE_RECORDER_WORKSHOP_CLOCK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/virtual_time.h"

namespace redrive::workshop {

struct Date {
  std::int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  auto operator<=>(const Date&) const = default;
};

// The text of an instant, without memory of its own: nearly every document holds a few.
class InstantText {
 public:
  static constexpr std::size_t kSizeMax = 40;
  InstantText(const char* text, std::size_t size);  // REQUIRES: size <= kSizeMax
  friend bool operator==(const InstantText& a, std::string_view b) {
    return std::string_view(a) == b;
  }
  operator std::string_view() const { return {text_, size_}; }        // NOLINT: it is a text
  operator std::string() const { return std::string(text_, size_); }  // NOLINT: likewise

 private:
  char text_[kSizeMax];
  std::size_t size_;
};

// An instant, in microseconds since 1970-01-01T00:00:00Z.
class Instant {
 public:
  constexpr Instant() = default;
  constexpr explicit Instant(std::int64_t unix_us) : unix_us_(unix_us) {}
  static constexpr Instant At(std::int64_t epoch_seconds, VirtualTime now) {
    return Instant(epoch_seconds * 1'000'000 + now.count() / 1'000);
  }

  [[nodiscard]] constexpr std::int64_t unix_us() const { return unix_us_; }
  [[nodiscard]] std::int64_t unix_seconds() const;  // rounded down
  [[nodiscard]] Instant PlusSeconds(std::int64_t seconds) const;
  [[nodiscard]] Instant PlusDays(std::int64_t days) const { return PlusSeconds(days * 86'400); }
  [[nodiscard]] Date date() const;

  [[nodiscard]] InstantText Iso() const;        // "2026-01-05T04:30:00.000000+00:00"
  [[nodiscard]] InstantText NaiveMs() const;    // "2026-01-05T04:30:00.123000", cut to ms
  [[nodiscard]] std::string DateText() const;   // "2026-01-05"
  [[nodiscard]] std::string YearMonth() const;  // "202601"

  constexpr auto operator<=>(const Instant&) const = default;

 private:
  std::int64_t unix_us_ = 0;
};

std::int64_t DaysFromDate(Date date);  // since 1970-01-01
Date DateFromDays(std::int64_t days);
int DaysInMonth(std::int64_t year, int month);
// Exactly "YYYY-MM-DD" and a real date; empty otherwise.
std::optional<Date> ParseDate(std::string_view text);
std::string DateText(Date date);
std::string_view MonthName(int month);  // "January"; REQUIRES: 1..12
// The first day of the month of `instant`: "2026-01-01".
std::string MonthStart(Instant instant);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_CLOCK_H_
