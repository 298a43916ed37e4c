#include "replayer/millionths.h"

namespace redrive {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kWholeMax = 1'000'000'000'000;

bool DigitAt(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

}  // namespace

std::string ReadMillionths(std::string_view text, std::size_t* at, std::int64_t* millionths) {
  const std::size_t start = *at;
  std::int64_t whole = 0;
  while (DigitAt(text, *at) && whole <= kWholeMax) whole = whole * 10 + (text[(*at)++] - '0');
  const bool has_whole = *at > start;
  std::int64_t fraction = 0;
  if (*at < text.size() && text[*at] == '.') {
    const std::size_t decimals = ++*at;
    for (std::int64_t place = kMillion / 10; DigitAt(text, *at) && place > 0; place /= 10) {
      fraction += place * (text[(*at)++] - '0');
    }
    if (*at == decimals) return "expected digits behind the point";
  } else if (!has_whole) {
    return "expected a number";
  }
  if (whole > kWholeMax || DigitAt(text, *at)) {
    *at = start;
    return "expected a number of at most twelve digits and six decimals";
  }
  *millionths = whole * kMillion + fraction;
  return "";
}

}  // namespace redrive
