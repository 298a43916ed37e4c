// Dates of cookies: RFC 6265, 5.1.1, which reads whatever servers have ever sent.
#include <array>
#include <utility>

#include "recorder/http.h"
#include "recorder/net/cookie_jar.h"

namespace redrive {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsDelimiter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x09 || (byte >= 0x20 && byte <= 0x2f) || (byte >= 0x3b && byte <= 0x40) ||
         (byte >= 0x5b && byte <= 0x60) || (byte >= 0x7b && byte <= 0x7e);
}

// Takes `min` to `max` digits off the front; nothing when there are fewer, or more follow.
std::optional<int> TakeNumber(std::string_view* text, std::size_t min, std::size_t max) {
  std::size_t digits = 0;
  int value = 0;
  while (digits < text->size() && digits < max && IsDigit((*text)[digits])) {
    value = value * 10 + ((*text)[digits++] - '0');
  }
  if (digits < min || (digits < text->size() && IsDigit((*text)[digits]))) return std::nullopt;
  text->remove_prefix(digits);
  return value;
}

bool TakeColon(std::string_view* text) {
  if (!text->starts_with(':')) return false;
  text->remove_prefix(1);
  return true;
}

std::optional<int> MonthOf(std::string_view token) {
  constexpr auto kMonths = std::to_array<std::string_view>(
      {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"});
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (EqualIgnoringCase(token.substr(0, 3), kMonths[i])) return static_cast<int>(i) + 1;
  }
  return std::nullopt;
}

struct Time {
  int hour;
  int minute;
  int second;
};

std::optional<Time> TimeOf(std::string_view token) {
  const auto hour = TakeNumber(&token, 1, 2);
  if (!hour || !TakeColon(&token)) return std::nullopt;
  const auto minute = TakeNumber(&token, 1, 2);
  if (!minute || !TakeColon(&token)) return std::nullopt;
  const auto second = TakeNumber(&token, 1, 2);
  if (!second) return std::nullopt;
  return Time{*hour, *minute, *second};
}

// Days from 1970-01-01, for years from 1601.
std::int64_t DaysFrom(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era_year = y % 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = era_year * 365 + era_year / 4 - era_year / 100 + day_of_year;
  return y / 400 * 146097 + day_of_era - 719468;
}

struct Found {
  std::optional<Time> time;
  std::optional<int> day;
  std::optional<int> month;
  std::optional<int> year;
};

// Each token is the first of what it can be that has not been seen.
void TakeToken(std::string_view token, Found* found) {
  if (!found->time) {
    found->time = TimeOf(token);
    if (found->time) return;
  }
  if (!found->day) {
    std::string_view rest = token;
    found->day = TakeNumber(&rest, 1, 2);
    if (found->day) return;
  }
  if (!found->month) {
    found->month = MonthOf(token);
    if (found->month) return;
  }
  if (!found->year) found->year = TakeNumber(&token, 2, 4);
}

}  // namespace

std::optional<std::int64_t> ParseCookieDate(std::string_view text) {
  Found found;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    while (at < text.size() && !IsDelimiter(text[at])) ++at;
    if (at > begin) TakeToken(text.substr(begin, at - begin), &found);
    while (at < text.size() && IsDelimiter(text[at])) ++at;
  }
  if (!found.time || !found.day || !found.month || !found.year) return std::nullopt;
  int year = *found.year;
  if (year >= 70 && year <= 99) year += 1900;
  if (year >= 0 && year <= 69) year += 2000;
  const Time& time = *found.time;
  if (*found.day < 1 || *found.day > 31 || year < 1601 || time.hour > 23 || time.minute > 59 ||
      time.second > 59) {
    return std::nullopt;
  }
  return DaysFrom(year, *found.month, *found.day) * 86400 + time.hour * 3600 + time.minute * 60 +
         time.second;
}

}  // namespace redrive
