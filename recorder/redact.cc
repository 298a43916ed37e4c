#include "recorder/redact.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/hash.h"
#include "recorder/sha256.h"

namespace redrive {
namespace {

constexpr std::string_view kNames[] = {
    "authorization",  "proxy_authorization", "cookie",       "set_cookie",
    "x_csrf_token",   "x_portal_session",    "x_api_key",    "password",
    "admin_password", "new_password",        "old_password", "current_password",
    "token",          "session_token",       "access_token", "refresh_token",
    "id_token",       "csrf_token",          "secret",       "client_secret",
    "api_key"};
constexpr std::string_view kMark = "[redacted:";
constexpr std::size_t kNameMax = kSecretNameMax;
constexpr std::size_t kHiddenMax = 4'096;  // secrets whose replacement is remembered
constexpr int kNestingMax = 4;             // JSON in JSON strings in JSON strings …

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string Normal(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    if (c != '-' && c != '_') normal += Lower(c);
  }
  return normal;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "pass%77ord" is a name too.
std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// The index behind the string that begins at `at` (a quote), or the end of a broken one. Looks no
// further than `size_max`.
std::size_t StringEnd(std::string_view text, std::size_t at,
                      std::size_t size_max = std::string_view::npos) {
  const char quote = text[at];
  const std::size_t end = size_max < text.size() - at ? at + size_max : text.size();
  for (std::size_t i = at + 1; i < end; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return end;
}

// Without the quotes, where there are any: a broken string has only the first.
std::string_view Inner(std::string_view quoted) {
  const char quote = quoted.front();
  quoted.remove_prefix(1);
  if (quoted.empty() || quoted.back() != quote) return quoted;
  std::size_t backslashes = 0;
  while (backslashes + 1 < quoted.size() && quoted[quoted.size() - 2 - backslashes] == '\\') {
    ++backslashes;
  }
  if (backslashes % 2 == 0) quoted.remove_suffix(1);
  return quoted;
}

// The value of four hexadecimal digits at `at`, or -1.
int Unit(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return -1;
  int unit = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

void AppendUtf8(std::uint32_t point, std::string* out) {
  if (point < 0x80) {
    *out += static_cast<char>(point);
    return;
  }
  const int tail = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const std::uint32_t lead = tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0;
  *out += static_cast<char>(lead | (point >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) *out += static_cast<char>(0x80 | ((point >> (6 * i)) & 0x3F));
}

// Undoes one level of JSON escapes.
std::string Unescaped(std::string_view text) {
  constexpr std::string_view kFrom = "bfnrt";
  constexpr std::string_view kTo = "\b\f\n\r\t";
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char c = text[++i];
    const int unit = c == 'u' ? Unit(text, i + 1) : -1;
    if (unit < 0) {
      const std::size_t known = kFrom.find(c);
      plain += known == std::string_view::npos ? c : kTo[known];
      continue;
    }
    i += 4;
    auto point = static_cast<std::uint32_t>(unit);
    if (unit >= 0xD800 && unit < 0xDC00 && text.substr(i + 1, 2) == "\\u") {
      const int low = Unit(text, i + 3);
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + static_cast<std::uint32_t>(low - 0xDC00);
        i += 6;
      }
    }
    AppendUtf8(point, &plain);
  }
  return plain;
}

std::string Escaped(std::string_view plain) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : plain) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      text += "\\u00";
      text += kDigits[static_cast<unsigned char>(c) >> 4];
      text += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      text += c;
    }
  }
  return text;
}

// The index behind the value that begins at `at`: a string, an object or array with all that is in
// it, or a number or word. Broken text ends it at its end.
std::size_t ValueEnd(std::string_view text, std::size_t at) {
  if (at == text.size()) return at;
  if (text[at] == '"') return StringEnd(text, at);
  if (text[at] != '{' && text[at] != '[') {
    while (at < text.size() && std::string_view(",}]").find(text[at]) == std::string_view::npos)
      ++at;
    while (at > 0 && IsSpace(text[at - 1])) --at;
    return at;
  }
  std::size_t depth = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = StringEnd(text, at);
      continue;
    }
    if (text[at] == '{' || text[at] == '[') ++depth;
    if (text[at] == '}' || text[at] == ']') --depth;
    ++at;
    if (depth == 0) break;
  }
  return at;
}

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

struct Member {
  std::string name;
  std::size_t value = 0;  // where it begins
};

// The member whose name begins at the quote `at`, if there is one. Every quote is tried, since in
// broken text nobody knows which quotes open and which close.
std::optional<Member> MemberAt(std::string_view text, std::size_t at) {
  const std::size_t name_end = StringEnd(text, at, 6 * kNameMax);
  const std::size_t colon = SkipSpace(text, name_end);
  if (colon >= text.size() || text[colon] != ':') return std::nullopt;
  Member member{.name = Unescaped(Inner(text.substr(at, name_end - at))),
                .value = SkipSpace(text, colon + 1)};
  // Python's way of printing quotes its texts like this; whatever else follows is prose.
  const bool value_quoted = member.value < text.size() && text[member.value] == '\'';
  if (text[at] == '\'' && !value_quoted) return std::nullopt;
  return member;
}

// `quote` is the one around the name.
std::size_t MemberEnd(std::string_view text, std::size_t value, char quote) {
  if (quote == '"') return ValueEnd(text, value);
  // Perhaps inside a JSON string: it must not swallow that one's end.
  const std::size_t end = std::min(text.find_first_of("'\"\\", value + 1), text.size());
  return end < text.size() && text[end] == quote ? end + 1 : end;
}

// Inner text of a string value, otherwise the value as it stands.
std::string SecretOf(std::string_view value) {
  const bool quoted = !value.empty() && (value.front() == '"' || value.front() == '\'');
  return quoted ? Unescaped(Inner(value)) : std::string(value);
}

// Normalised and sorted.
std::vector<std::string> SecretNames(const std::vector<std::string>& extra_names) {
  std::vector<std::string> names;
  for (const std::string_view name : kNames) names.push_back(Normal(name));
  for (const std::string& name : extra_names) names.push_back(Normal(name));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Redactor::Redactor(std::uint64_t key, const std::vector<std::string>& extra_names)
    : key_(key), names_(SecretNames(extra_names)), filter_(names_) {}

bool Redactor::PerhapsSecret(const Request& request) const {
  return PerhapsSecret(request.headers) || filter_.PerhapsParameters(request.target) ||
         filter_.PerhapsBody(request.body);
}

void Redactor::Redact(Request* request) const {
  RedactHeaders(&request->headers);
  if (filter_.PerhapsParameters(request->target)) {
    request->target = RedactParameters(request->target);
  }
  if (filter_.PerhapsBody(request->body)) request->body = RedactBody(request->body);
}

void Redactor::Redact(Response* response) const {
  RedactHeaders(&response->headers);
  if (filter_.PerhapsBody(response->body)) response->body = RedactBody(response->body);
}

bool Redactor::PerhapsSecret(const std::vector<Header>& headers) const {
  return std::any_of(headers.begin(), headers.end(), [this](const Header& header) {
    return filter_.PerhapsName(header.name) || filter_.PerhapsParameters(header.value);
  });
}

std::string Redactor::RedactBody(std::string_view body) const { return RedactJson(body, 0); }

std::string Redactor::RedactJson(std::string_view body, int depth) const {
  constexpr std::string_view kQuotes = "\"'";
  std::string out;
  std::size_t copied = 0;
  std::size_t looked_into = 0;  // strings before were searched for JSON
  std::size_t at = body.find_first_of(kQuotes);
  while (at != std::string_view::npos) {
    const std::optional<Member> member = MemberAt(body, at);
    if (member && IsSecretName(member->name)) {
      const char quote = body[at];
      const std::size_t end = MemberEnd(body, member->value, quote);
      const std::string_view value = body.substr(member->value, end - member->value);
      out += RedactParameters(body.substr(copied, member->value - copied));
      out += value.empty() || value == "null" ? std::string(value)
                                              : quote + Hide(SecretOf(value)) + quote;
      copied = end;
      at = body.find_first_of(kQuotes, copied);
      continue;
    }
    if (body[at] == '"' && at >= looked_into && depth < kNestingMax) {
      const std::size_t end = StringEnd(body, at);
      const std::string_view inner = Inner(body.substr(at, end - at));
      looked_into = end;
      if (inner.find("\\\"") != std::string_view::npos) {
        const std::string plain = Unescaped(inner);
        const std::string clean = RedactJson(plain, depth + 1);
        if (clean != plain) {
          out += RedactParameters(body.substr(copied, at + 1 - copied)) + Escaped(clean);
          copied = at + 1 + inner.size();
          at = body.find_first_of(kQuotes, end);
          continue;
        }
      }
    }
    at = body.find_first_of(kQuotes, at + 1);
  }
  return out + RedactParameters(body.substr(copied));
}

std::string Redactor::RedactParameters(std::string_view text) const {
  constexpr std::string_view kStarts = "?&; \t\r\n\"'";
  constexpr std::string_view kEnds = "&;# \t\r\n\"'<>\\,";
  std::string out;
  std::size_t copied = 0;
  for (std::size_t equals = text.find('='); equals != std::string_view::npos;
       equals = text.find('=', equals + 1)) {
    const std::size_t from = equals - std::min(equals - copied, kNameMax + 1);
    const std::string_view before = text.substr(from, equals - from);
    const std::size_t start = before.find_last_of(kStarts);
    const std::string_view name =
        start == std::string_view::npos ? before : before.substr(start + 1);
    if (name.size() > kNameMax || !IsSecretName(PercentDecoded(name))) continue;
    const std::size_t value = equals + 1;
    const std::size_t value_end = std::min(text.find_first_of(kEnds, value), text.size());
    out += text.substr(copied, value - copied);
    out += Hide(PercentDecoded(text.substr(value, value_end - value)));
    copied = value_end;
    equals = value_end - 1;
  }
  return out + std::string(text.substr(copied));
}

void Redactor::RedactHeaders(std::vector<Header>* headers) const {
  for (Header& header : *headers) {
    std::string& value = header.value;
    if (!filter_.PerhapsName(header.name) && !filter_.PerhapsParameters(value)) continue;
    if (EqualIgnoringCase(header.name, "Cookie") || EqualIgnoringCase(header.name, "Set-Cookie")) {
      // The names and attributes of cookies tell what happened; only values are secret.
      const bool set = EqualIgnoringCase(header.name, "Set-Cookie");
      std::string out;
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = std::min(value.find(';', at), value.size());
        const std::string_view pair = std::string_view(value).substr(at, end - at);
        const std::size_t equals = pair.find('=');
        if (set && at > 0) {
          out += pair;
        } else if (equals == std::string_view::npos) {
          out += Hide(pair);
        } else {
          out += std::string(pair.substr(0, equals + 1)) + Hide(pair.substr(equals + 1));
        }
        if (end < value.size()) out += ';';
        at = end + 1;
      }
      value = out;
    } else if (IsSecretName(header.name)) {
      // "Bearer abc" keeps its scheme, so that abc looks the same here and in a body.
      const std::size_t space = value.find(' ');
      const std::size_t secret = space == std::string::npos ? 0 : space + 1;
      value = value.substr(0, secret) + Hide(std::string_view(value).substr(secret));
    } else {
      value = RedactParameters(value);  // Location, Referer
    }
  }
}

std::string Redactor::Hide(std::string_view secret) const {
  const bool hidden =
      secret.size() == kMark.size() + 9 && secret.starts_with(kMark) && secret.back() == ']';
  if (secret.empty() || hidden) return std::string(secret);
  const auto known = hidden_.find(secret);
  if (known != hidden_.end()) return known->second;
  const std::array<std::uint8_t, 32> hash =
      Sha256("redrive redaction " + ToHex(key_) + ' ' + std::string(secret));
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kMark);
  for (std::size_t i = 0; i < 4; ++i) {
    text += kDigits[hash[i] >> 4];
    text += kDigits[hash[i] & 15];
  }
  text += ']';
  if (hidden_.size() < kHiddenMax) hidden_.emplace(secret, text);
  return text;
}

bool Redactor::IsSecretName(std::string_view name) const {
  if (!filter_.PerhapsName(name)) return false;
  const std::string normal = Normal(name);
  const auto place = std::lower_bound(names_.begin(), names_.end(), normal);
  return place != names_.end() && *place == normal;
}

}  // namespace redrive
