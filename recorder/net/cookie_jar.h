// CookieJar: one virtual user's cookies, as RFC 6265 wants a user agent to keep them. No sockets
// and no clock in it.
//
// Of public suffixes it knows only this: a Domain without a dot inside is refused unless it is the
// host itself. The jar of a user sees one target and where that redirects to.
#ifndef REDRIVE_RECORDER_NET_COOKIE_JAR_H_
#define REDRIVE_RECORDER_NET_COOKIE_JAR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redrive {

// Where a request goes, as far as cookies care.
struct CookiePlace {
  std::string_view host;    // without port
  std::string_view target;  // path and query
  bool secure = false;      // over TLS
};

class CookieJar {
 public:
  static constexpr std::size_t kCookiesMax = 50;  // then the oldest goes
  static constexpr std::size_t kCookieBytesMax = 8192;

  // Takes in the value of one Set-Cookie header of an answer from `from`. `now_s` is the time in
  // seconds since 1970. What the RFC says to ignore is ignored.
  void Store(std::string_view set_cookie, const CookiePlace& from, std::int64_t now_s);

  // The value of the Cookie header for a request to `to`; empty when no cookie belongs there.
  // Longer paths come first, then older cookies.
  [[nodiscard]] std::string HeaderFor(const CookiePlace& to, std::int64_t now_s);

  [[nodiscard]] std::size_t size() const { return cookies_.size(); }

 private:
  struct Cookie {
    std::string name;
    std::string value;
    std::string domain;  // small letters
    std::string path;
    bool host_only = false;
    bool secure = false;
    std::int64_t expires_s = 0;  // kSession: with the jar
  };
  void Put(Cookie cookie, std::int64_t now_s);

  std::vector<Cookie> cookies_;  // in the order of their creation
};

// A date as cookies spell it (RFC 6265, 5.1.1), seconds since 1970; nothing when it is none.
std::optional<std::int64_t> ParseCookieDate(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_COOKIE_JAR_H_
