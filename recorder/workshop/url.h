// The encoded parts of a request line.
#ifndef REDRIVE_RECORDER_WORKSHOP_URL_H_
#define REDRIVE_RECORDER_WORKSHOP_URL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redrive::workshop {

// "%41" becomes "A"; what is no such escape stays. Bytes that are not UTF-8 become U+FFFD.
std::string PercentDecode(std::string_view text);

// "a=1&b=x+y" decoded, '+' as space, in order; at most 100 parameters.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);

// The value of a cookie in a Cookie header; empty when absent.
std::string_view CookieValue(std::string_view header, std::string_view name);

// RFC 4648 section 5, without padding. Decoding gives false on any other character.
std::string Base64UrlEncode(std::string_view bytes);
bool Base64UrlDecode(std::string_view text, std::string* bytes);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_URL_H_
