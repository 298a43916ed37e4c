// Any bytes as Set-Cookie headers of any places: never a crash, never more cookies than the limit,
// and what is sent back fits on one line and belongs where it is sent.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/net/cookie_jar.h"

namespace {

using redrive::CookieJar;
using redrive::CookiePlace;

// The part up to the next line end, which is taken off.
std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = std::min(text->find('\n'), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

}  // namespace

// Lines by three: host, target, cookie. The first byte of a host says whether it is over TLS.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  CookieJar jar;
  std::int64_t now_s = 1'700'000'000;
  while (!text.empty()) {
    CookiePlace place;
    place.host = TakeLine(&text);
    place.secure = place.host.starts_with('+');
    if (place.secure) place.host.remove_prefix(1);
    place.target = TakeLine(&text);
    const std::string_view cookie = TakeLine(&text);
    if (place.host.find('\x7f') != std::string_view::npos) continue;
    const std::size_t before = jar.size();
    jar.Store(cookie, place, now_s);
    REDRIVE_CHECK(jar.size() <= CookieJar::kCookiesMax);
    REDRIVE_CHECK(jar.size() <= before + 1);
    const std::string header = jar.HeaderFor(place, now_s);
    REDRIVE_CHECK(header.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    REDRIVE_CHECK(header.empty() || jar.size() > 0);
    // A place that shares no domain with any other: nothing may leak there.
    REDRIVE_CHECK(jar.HeaderFor({.host = "\x7f", .target = "/", .secure = true}, now_s).empty());
    now_s += 60;
  }
  return 0;
}
