#include "recorder/workshop/utf8.h"

namespace redrive::workshop {

std::size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead < 0xf0) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead < 0xf5) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) >= 0x90;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string WithValidUtf8(std::string text) {
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = Utf8SequenceLength(std::string_view(text).substr(at, 4));
    if (length == 0 && valid.empty()) valid.assign(text, 0, at);  // the first fault: copy from here
    if (length == 0) {
      valid += "\xef\xbf\xbd";
    } else if (!valid.empty()) {
      valid.append(text, at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return valid.empty() ? text : valid;
}

}  // namespace redrive::workshop
