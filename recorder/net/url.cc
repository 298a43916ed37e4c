#include "recorder/net/url.h"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <optional>

#include "recorder/http.h"

namespace redrive {
namespace {

namespace base64 = boost::beast::detail::base64;

Error Wrong(std::string_view url, std::string_view what) {
  // A password does not belong on a terminal.
  const std::size_t at = url.rfind('@');
  const std::string shown(at == std::string_view::npos ? url : url.substr(at + 1));
  return Error{ErrorCode::kInvalid, "URL '" + shown + "': " + std::string(what)};
}

std::optional<std::string> PercentDecode(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string BasicAuthorization(std::string_view user_and_password) {
  std::string encoded(base64::encoded_size(user_and_password.size()), '\0');
  encoded.resize(
      base64::encode(encoded.data(), user_and_password.data(), user_and_password.size()));
  return "Basic " + encoded;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value == 0 || value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

// Splits "host:port" or "[address]:port" into `url`; an error text, or "".
std::string ParseHostAndPort(std::string_view text, Url* url) {
  std::string_view port;
  bool port_given = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return "the address in brackets has no end";
    url->host = text.substr(1, end - 1);
    boost::system::error_code error;
    (void)boost::asio::ip::make_address_v6(url->host, error);
    if (error) return "'" + url->host + "' is not an IPv6 address";
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return "after the address a ':' and the port is expected";
    port_given = !rest.empty();
    if (port_given) port = rest.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    url->host = text.substr(0, colon);
    port_given = colon != std::string_view::npos;
    if (port_given) port = text.substr(colon + 1);
    if (url->host.empty()) return "the host is missing";
    for (const char c : url->host) {
      if (!IsHostCharacter(c)) return std::string("a host cannot hold '") + c + "'";
    }
  }
  if (!port_given) return "";
  const std::optional<std::uint16_t> number = ParsePort(port);
  if (!number) return "port '" + std::string(port) + "' is not a number from 1 to 65535";
  url->port = *number;
  return "";
}

}  // namespace

std::string Url::Authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const std::uint16_t usual = scheme == Scheme::kHttps ? 443 : 80;
  if (port != usual) out += ":" + std::to_string(port);
  return out;
}

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  if (text.size() > 8192) return Wrong(text.substr(0, 40), "longer than 8192 bytes");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      return Wrong("", "holds a blank or a control character");
    }
  }
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return Wrong(text, "http:// or https:// is expected first");
  const std::string_view scheme = text.substr(0, colon);
  if (EqualIgnoringCase(scheme, "https")) {
    url.scheme = Scheme::kHttps;
    url.port = 443;
  } else if (!EqualIgnoringCase(scheme, "http")) {
    return Wrong(text, "scheme '" + std::string(scheme) + "' is neither http nor https");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::optional<std::string> user = PercentDecode(authority.substr(0, at));
    if (!user) return Wrong(text, "the user or password has a broken %-escape");
    url.authorization = BasicAuthorization(*user);
    authority.remove_prefix(at + 1);
  }
  const std::string problem = ParseHostAndPort(authority, &url);
  if (!problem.empty()) return Wrong(text, problem);
  if (path.find_first_of("?#") != std::string_view::npos) {
    return Wrong(text, "a target has no query and no fragment: give them in the requests");
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  url.base_path = path;
  return url;
}

Result<bool> IsLoopbackHost(std::string_view text) {
  const Result<Url> url = ParseUrl(text);
  if (url.has_error()) return url.error();
  return IsLoopbackName(url->host);
}

bool IsLoopbackName(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (EqualIgnoringCase(host, "localhost")) return true;
  boost::system::error_code error;
  const boost::asio::ip::address address = boost::asio::ip::make_address(host, error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace redrive
