#include "recorder/net/cookie_jar.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <limits>
#include <utility>

#include "recorder/http.h"
#include "recorder/net/url.h"

namespace redrive {
namespace {

constexpr std::int64_t kSession = std::numeric_limits<std::int64_t>::max();

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

bool IsAddress(const std::string& host) {
  boost::system::error_code error;
  (void)boost::asio::ip::make_address(host, error);
  return !error;
}

// RFC 6265, 5.1.3. REQUIRES: both in small letters.
bool DomainMatches(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) &&
         host[host.size() - domain.size() - 1] == '.' && !IsAddress(std::string(host));
}

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }

// RFC 6265, 5.1.4.
std::string DefaultPath(std::string_view path) {
  const std::size_t last = path.rfind('/');
  if (!path.starts_with('/') || last == 0) return "/";
  return std::string(path.substr(0, last));
}

bool PathMatches(std::string_view path, std::string_view cookie) {
  if (!path.starts_with(cookie)) return false;
  return path.size() == cookie.size() || cookie.ends_with('/') || path[cookie.size()] == '/';
}

// Digits with a sign, held within what a time can be.
std::optional<std::int64_t> ParseMaxAge(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  for (const char c : text)
    value = std::min<std::int64_t>(value * 10 + (c - '0'), 1'000'000'000'000);
  return negative ? -value : value;
}

struct Attributes {
  std::optional<std::int64_t> max_age_s;
  std::optional<std::int64_t> expires_s;
  std::string domain;
  std::string path;
  bool secure = false;
};

// The last of a kind counts.
Attributes ReadAttributes(std::string_view text) {
  Attributes attributes;
  while (!text.empty()) {
    text.remove_prefix(1);  // the ';' before it
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t equals = one.find('=');
    const std::string_view name = Trim(one.substr(0, equals));
    const std::string_view value =
        equals == std::string_view::npos ? "" : Trim(one.substr(equals + 1));
    if (EqualIgnoringCase(name, "Max-Age")) {
      if (const auto age = ParseMaxAge(value)) attributes.max_age_s = age;
    } else if (EqualIgnoringCase(name, "Expires")) {
      if (const auto date = ParseCookieDate(value)) attributes.expires_s = date;
    } else if (EqualIgnoringCase(name, "Domain")) {
      attributes.domain = Lower(value.starts_with('.') ? value.substr(1) : value);
    } else if (EqualIgnoringCase(name, "Path")) {
      attributes.path = value;
    } else if (EqualIgnoringCase(name, "Secure")) {
      attributes.secure = true;
    }
  }
  return attributes;
}

}  // namespace

void CookieJar::Store(std::string_view set_cookie, const CookiePlace& from, std::int64_t now_s) {
  if (set_cookie.size() > kCookieBytesMax || HasControls(set_cookie)) return;
  const std::size_t end = std::min(set_cookie.find(';'), set_cookie.size());
  const std::string_view pair = set_cookie.substr(0, end);
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return;
  Cookie cookie;
  cookie.name = Trim(pair.substr(0, equals));
  cookie.value = Trim(pair.substr(equals + 1));
  if (cookie.name.empty()) return;

  const Attributes attributes = ReadAttributes(set_cookie.substr(end));
  const std::string host = Lower(from.host);
  cookie.domain = attributes.domain;
  if (cookie.domain.empty() || cookie.domain == host) {
    cookie.host_only =
        attributes.domain.empty() || IsAddress(host) || host.find('.') == std::string::npos;
    cookie.domain = host;
  } else {
    const bool suffix = cookie.domain.find('.') == std::string::npos;
    if (suffix || !DomainMatches(host, cookie.domain)) return;
  }
  cookie.path =
      attributes.path.starts_with('/') ? attributes.path : DefaultPath(PathOf(from.target));
  cookie.secure = attributes.secure;
  cookie.expires_s = attributes.expires_s.value_or(kSession);
  if (attributes.max_age_s) {
    cookie.expires_s = *attributes.max_age_s <= 0 ? 0 : now_s + *attributes.max_age_s;
  }
  Put(std::move(cookie), now_s);
}

void CookieJar::Put(Cookie cookie, std::int64_t now_s) {
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& other) {
    return other.name == cookie.name && other.domain == cookie.domain && other.path == cookie.path;
  });
  const bool expired = cookie.expires_s <= now_s;
  if (same != cookies_.end()) {
    if (expired) {
      cookies_.erase(same);
    } else {
      *same = std::move(cookie);  // where the old one stood: its creation time stays
    }
    return;
  }
  if (expired) return;
  std::erase_if(cookies_, [now_s](const Cookie& other) { return other.expires_s <= now_s; });
  if (cookies_.size() == kCookiesMax) cookies_.erase(cookies_.begin());
  cookies_.push_back(std::move(cookie));
}

std::string CookieJar::HeaderFor(const CookiePlace& to, std::int64_t now_s) {
  if (cookies_.empty()) return "";
  const std::string host = Lower(to.host);
  const std::string_view path = PathOf(to.target);
  std::vector<const Cookie*> found;
  for (const Cookie& cookie : cookies_) {
    const bool here = cookie.host_only ? host == cookie.domain : DomainMatches(host, cookie.domain);
    if (here && cookie.expires_s > now_s && (to.secure || !cookie.secure) &&
        PathMatches(path, cookie.path)) {
      found.push_back(&cookie);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const Cookie* a, const Cookie* b) {
    return a->path.size() > b->path.size();
  });
  std::string header;
  for (const Cookie* cookie : found) {
    if (!header.empty()) header += "; ";
    header += cookie->name + "=" + cookie->value;
  }
  return header;
}

}  // namespace redrive
