#include "recorder/workshop/clock.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/check.h"

namespace redrive::workshop {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400LL * 1'000'000;

std::int64_t FloorDivide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// REQUIRES: 0 <= number < 2^32, 0 < digits <= 8.
void AppendPadded(std::string& out, std::int64_t number, int digits) {
  char text[8];
  auto rest = static_cast<std::uint32_t>(number);
  for (int i = digits - 1; i >= 0; --i) {
    text[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  out.append(text, static_cast<std::size_t>(digits));
}

void AppendDate(std::string& out, Date date) {
  AppendPadded(out, date.year, 4);
  out += '-';
  AppendPadded(out, date.month, 2);
  out += '-';
  AppendPadded(out, date.day, 2);
}

// The two digits of each number below 100.
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// REQUIRES: number < 100.
char* WritePair(char* out, std::uint32_t number) {
  std::memcpy(out, &kPairs[std::size_t{2} * number], 2);
  return out + 2;
}

// "2026-01-05T", remembered: most instants of a run are of one day.
std::string_view DateAndT(std::int64_t days) {
  thread_local std::int64_t last_days = INT64_MIN;
  thread_local std::string last;
  if (days != last_days) {
    last.clear();
    AppendDate(last, DateFromDays(days));
    last += 'T';
    last_days = days;
  }
  return last;
}

// "2026-01-05T04:30:00.000000" and then `zone`, with microseconds below a multiple of `unit` cut.
InstantText TimeText(std::int64_t unix_us, std::int64_t unit, std::string_view zone) {
  const std::int64_t days = FloorDivide(unix_us, kMicrosPerDay);
  const std::int64_t in_day = unix_us - days * kMicrosPerDay;
  const auto seconds = static_cast<std::uint32_t>(in_day / 1'000'000);
  const auto micros = static_cast<std::uint32_t>(in_day % 1'000'000 / unit * unit);
  const std::string_view date = DateAndT(days);
  char text[InstantText::kSizeMax];
  char* out = std::copy(date.begin(), date.end(), text);
  out = WritePair(out, seconds / 3600);
  *out++ = ':';
  out = WritePair(out, seconds / 60 % 60);
  *out++ = ':';
  out = WritePair(out, seconds % 60);
  *out++ = '.';
  out = WritePair(out, micros / 10'000);
  out = WritePair(out, micros / 100 % 100);
  out = WritePair(out, micros % 100);
  out = std::copy(zone.begin(), zone.end(), out);
  return {text, static_cast<std::size_t>(out - text)};
}

}  // namespace

InstantText::InstantText(const char* text, std::size_t size) : size_(size) {
  REDRIVE_CHECK(size <= kSizeMax);
  std::memcpy(text_, text, size);
}

std::int64_t Instant::unix_seconds() const { return FloorDivide(unix_us_, 1'000'000); }

Instant Instant::PlusSeconds(std::int64_t seconds) const {
  return Instant(unix_us_ + seconds * 1'000'000);
}

Date Instant::date() const { return DateFromDays(FloorDivide(unix_us_, kMicrosPerDay)); }

InstantText Instant::Iso() const { return TimeText(unix_us_, 1, "+00:00"); }

InstantText Instant::NaiveMs() const { return TimeText(unix_us_, 1'000, ""); }

std::string Instant::DateText() const { return workshop::DateText(date()); }

std::string Instant::YearMonth() const {
  std::string text;
  AppendPadded(text, date().year, 4);
  AppendPadded(text, date().month, 2);
  return text;
}

// H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil, civil_from_days.
std::int64_t DaysFromDate(Date date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = FloorDivide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t shifted_month = (date.month + 9) % 12;  // March is 0
  const std::int64_t day_of_year = (153 * shifted_month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date DateFromDays(std::int64_t days) {
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = FloorDivide(shifted, 146'097);
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  date.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

int DaysInMonth(std::int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  REDRIVE_CHECK(month >= 1 && month <= 12);
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

std::optional<Date> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::int64_t numbers[3] = {0, 0, 0};
  std::size_t part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    numbers[part] = numbers[part] * 10 + (text[i] - '0');
  }
  const Date date{numbers[0], static_cast<int>(numbers[1]), static_cast<int>(numbers[2])};
  if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1) return std::nullopt;
  if (date.day > DaysInMonth(date.year, date.month)) return std::nullopt;
  return date;
}

std::string DateText(Date date) {
  std::string text;
  AppendDate(text, date);
  return text;
}

std::string_view MonthName(int month) {
  constexpr std::array<std::string_view, 12> kNames = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  REDRIVE_CHECK(month >= 1 && month <= 12);
  return kNames[static_cast<std::size_t>(month - 1)];
}

std::string MonthStart(Instant instant) {
  Date date = instant.date();
  date.day = 1;
  return DateText(date);
}

}  // namespace redrive::workshop
