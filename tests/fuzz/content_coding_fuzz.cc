// Any bytes as the body of an answer, under any Content-Encoding: unpacked, refused or left alone,
// never a crash and never more than the limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/net/content_coding.h"

// The first line is the header, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBodyMax = 64U << 10;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view header = text.substr(0, end);
  const std::string wire(text.substr(std::min(end + 1, text.size())));
  std::string body = wire;
  std::string what;
  const redrive::DecodeResult result = redrive::DecodeContent(header, kBodyMax, &body, &what);
  if (result == redrive::DecodeResult::kDone) {
    REDRIVE_CHECK(what.empty());
    REDRIVE_CHECK(body == wire || body.size() <= kBodyMax);
  } else {
    REDRIVE_CHECK(!what.empty());
    REDRIVE_CHECK(body == wire);
  }
  std::string again = wire;
  std::string why;
  REDRIVE_CHECK(redrive::DecodeContent(header, kBodyMax, &again, &why) == result && again == body);
  return 0;
}
