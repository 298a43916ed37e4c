// Any bytes as a Location header: a place or an error, and a place can be written into a request
// and leads to itself when it is named again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "recorder/net/redirects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const redrive::Url url = redrive::ParseUrl("https://shop.example:8443").value();
  const redrive::Location base{.url = url, .target = "/a/b?c"};
  const redrive::Result<redrive::Location> found = redrive::ResolveLocation(base, value);
  if (found.has_error()) {
    REDRIVE_CHECK(!found.error().message.empty());
    return 0;
  }
  REDRIVE_CHECK(found->target.starts_with('/'));
  for (const char c : found->target) {
    REDRIVE_CHECK(static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7f);
  }
  REDRIVE_CHECK(!found->url.host.empty() && found->url.port != 0);
  REDRIVE_CHECK(found->url.authorization.empty() && found->url.base_path.empty());
  if (found->target.starts_with("//")) return 0;  // as a reference it would name a host
  const redrive::Result<redrive::Location> again = redrive::ResolveLocation(*found, found->target);
  REDRIVE_CHECK(again.has_value() || found->target.size() > 8192);
  if (again.has_value()) REDRIVE_CHECK(again->target == found->target);
  return 0;
}
