#include "recorder/net/redirects.h"

#include <algorithm>
#include <utility>

namespace redrive {
namespace {

constexpr std::size_t kLocationMax = 8192;

bool HasScheme(std::string_view value) {
  const std::size_t colon = value.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(value[0])) return false;
  return std::all_of(
      value.begin(), value.begin() + static_cast<std::ptrdiff_t>(colon), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      });
}

// RFC 3986, 5.2.4. REQUIRES: `path` begins with a slash.
std::string RemoveDotSegments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") out.resize(std::min(out.size(), out.rfind('/')));
      if (last) out += '/';
    } else {
      out += segment;
    }
    path.remove_prefix(end);
  }
  return out.empty() ? "/" : out;
}

// What may not stand in a request line, and what is beyond ASCII.
std::string Encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Error Wrong(std::string_view value, const std::string& what) {
  return Error{ErrorCode::kInvalid, "Location '" + Encode(value.substr(0, 80)) + "': " + what};
}

// "path?query" in place of, or behind, the base's.
std::string Target(std::string_view base, std::string_view reference) {
  const std::string_view base_path = base.substr(0, base.find('?'));
  const std::size_t question = reference.find('?');
  const std::string_view path = reference.substr(0, question);
  const std::string query(question == std::string_view::npos ? "" : reference.substr(question));
  if (reference.empty()) return std::string(base);
  if (path.empty()) return std::string(base_path) + query;
  if (path.starts_with('/')) return RemoveDotSegments(path) + query;
  const std::string directory(base_path.substr(0, base_path.rfind('/') + 1));
  return RemoveDotSegments((directory.empty() ? "/" : directory) + std::string(path)) + query;
}

}  // namespace

Result<Location> ResolveLocation(const Location& base, std::string_view value) {
  if (value.size() > kLocationMax) {
    return Wrong(value, "longer than " + std::to_string(kLocationMax) + " bytes");
  }
  std::string_view rest = value.substr(0, value.find('#'));
  std::string scheme = base.url.scheme == Scheme::kHttps ? "https" : "http";
  const bool absolute = HasScheme(rest);
  if (absolute) {
    const std::size_t colon = rest.find(':');
    scheme = Lower(rest.substr(0, colon));
    rest.remove_prefix(colon + 1);
    if (!rest.starts_with("//")) return Wrong(value, "'//' is expected behind the scheme");
  }
  Location out{.url = base.url, .target = ""};
  if (rest.starts_with("//")) {
    const std::size_t end = std::min(rest.find_first_of("/?", 2), rest.size());
    const Result<Url> url = ParseUrl(scheme + ":" + std::string(rest.substr(0, end)));
    if (url.has_error()) return Wrong(value, url.error().message);
    out.url = *url;
    rest.remove_prefix(end);
    out.target = Target("/", rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest));
  } else {
    out.target = Target(base.target, rest);
  }
  out.url.base_path.clear();
  out.url.authorization.clear();
  out.target = Encode(out.target);
  return out;
}

void RewriteForRedirect(int status, const Url& from, const Url& to, Request* request) {
  const bool all_to_get = (status == 302 || status == 303) && request->method != "HEAD";
  if (all_to_get || (status == 301 && request->method == "POST")) {
    request->method = "GET";
    request->body.clear();
    std::erase_if(request->headers, [](const Header& header) {
      return EqualIgnoringCase(header.name, "Content-Type") ||
             EqualIgnoringCase(header.name, "Content-Encoding");
    });
  }
  // It named the first place.
  std::erase_if(request->headers,
                [](const Header& header) { return EqualIgnoringCase(header.name, "Host"); });
  const bool same_host = EqualIgnoringCase(from.host, to.host);
  const bool same = same_host && from.scheme == to.scheme && from.port == to.port;
  const bool upgraded = same_host && from.scheme == Scheme::kHttp && from.port == 80 &&
                        to.scheme == Scheme::kHttps && to.port == 443;
  if (same || upgraded) return;
  std::erase_if(request->headers, [](const Header& header) {
    return EqualIgnoringCase(header.name, "Authorization") ||
           EqualIgnoringCase(header.name, "Cookie");
  });
}

}  // namespace redrive
