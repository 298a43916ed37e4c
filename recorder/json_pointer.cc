#include "recorder/json_pointer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace redrive {
namespace {

// A reading position in JSON text. Every move checks the end.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    SkipSpace();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  // The string at the position with its quotes, or nothing.
  std::optional<std::string_view> TakeString() {
    SkipSpace();
    if (Peek() != '"') return std::nullopt;
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\') {
        at_ += 2;
      } else if (text_[at_++] == '"') {
        return text_.substr(begin, at_ - begin);
      }
    }
    at_ = text_.size();
    return std::nullopt;
  }

  // The value at the position as written. Containers are skipped by counting brackets, so depth
  // costs nothing and broken insides are not noticed.
  std::optional<std::string_view> TakeValue() {
    SkipSpace();
    const std::size_t begin = at_;
    if (Peek() == '"') return TakeString();
    if (Peek() == '{' || Peek() == '[') {
      std::uint64_t depth = 0;
      while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '"') {
          if (!TakeString()) return std::nullopt;
          continue;
        }
        ++at_;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return text_.substr(begin, at_ - begin);
      }
      return std::nullopt;
    }
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']' &&
           text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != '\n' && text_[at_] != '\r') {
      ++at_;
    }
    if (at_ == begin) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// Whether the JSON string `quoted` is `plain`; decodes only when there is an escape in it.
bool StringIs(std::string_view quoted, std::string_view plain) {
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside == plain;
  const auto decoded = DecodeJsonString(quoted);
  return decoded && *decoded == plain;
}

std::optional<std::string_view> FindMember(std::string_view json, std::string_view key) {
  Scanner scanner(json);
  if (!scanner.Take('{')) return std::nullopt;
  if (scanner.Take('}')) return std::nullopt;
  do {
    const auto name = scanner.TakeString();
    if (!name || !scanner.Take(':')) return std::nullopt;
    const bool found = StringIs(*name, key);
    const auto value = scanner.TakeValue();
    if (!value || found) return value;
  } while (scanner.Take(','));
  return std::nullopt;
}

std::optional<std::string_view> FindElement(std::string_view json, std::uint64_t index) {
  Scanner scanner(json);
  if (!scanner.Take('[')) return std::nullopt;
  if (scanner.Take(']')) return std::nullopt;
  do {
    const auto value = scanner.TakeValue();
    if (!value || index-- == 0) return value;
  } while (scanner.Take(','));
  return std::nullopt;
}

// The first element whose member `key` is `wanted`, as a string or as written.
std::optional<std::string_view> FindWhere(std::string_view json, std::string_view key,
                                          std::string_view wanted) {
  Scanner scanner(json);
  if (!scanner.Take('[')) return std::nullopt;
  if (scanner.Take(']')) return std::nullopt;
  do {
    const auto value = scanner.TakeValue();
    if (!value) return std::nullopt;
    const auto member = FindMember(*value, key);
    if (!member) continue;
    if ((*member)[0] == '"' ? StringIs(*member, wanted) : *member == wanted) return value;
  } while (scanner.Take(','));
  return std::nullopt;
}

// "~1" is '/', "~0" is '~' (RFC 6901, 4).
std::string Unescape(std::string_view token) {
  std::string plain;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      plain.push_back(token[++i] == '0' ? '~' : '/');
    } else {
      plain.push_back(token[i]);
    }
  }
  return plain;
}

bool IsIndex(std::string_view token, std::uint64_t* index) {
  if (token.empty() || (token.size() > 1 && token[0] == '0')) return false;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), *index);
  return error == std::errc() && end == token.data() + token.size();
}

bool IsSelector(std::string_view token, std::string_view* key, std::string_view* wanted) {
  if (token.size() < 4 || token.front() != '[' || token.back() != ']') return false;
  const std::size_t equals = token.find('=');
  if (equals == std::string_view::npos || equals == 1) return false;
  *key = token.substr(1, equals - 1);
  *wanted = token.substr(equals + 1, token.size() - equals - 2);
  return true;
}

std::optional<std::string_view> FindToken(std::string_view json, std::string_view token) {
  std::uint64_t index = 0;
  std::string_view key;
  std::string_view wanted;
  if (json.front() == '{') {
    if (token.find('~') == std::string_view::npos) return FindMember(json, token);
    return FindMember(json, Unescape(token));
  }
  if (json.front() != '[') return std::nullopt;
  if (IsIndex(token, &index)) return FindElement(json, index);
  if (IsSelector(token, &key, &wanted)) return FindWhere(json, Unescape(key), Unescape(wanted));
  return std::nullopt;
}

void AppendUtf8(std::uint32_t code, std::string* out) {
  const auto add = [&](std::uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | code >> 6);
    add(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  } else {
    add(0xf0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3f));
    add(0x80 | (code >> 6 & 0x3f));
    add(0x80 | (code & 0x3f));
  }
}

bool TakeHex4(std::string_view text, std::size_t at, std::uint32_t* code) {
  if (at + 4 > text.size()) return false;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + 4, *code, 16);
  return error == std::errc() && end == begin + 4;
}

// Decodes "\uXXXX" with `at` on the first digit; moves `at` behind what was used.
bool DecodeUnicode(std::string_view text, std::size_t* at, std::string* out) {
  std::uint32_t code = 0;
  if (!TakeHex4(text, *at, &code)) return false;
  *at += 4;
  if (code >= 0xd800 && code < 0xdc00 && text.substr(*at, 2) == "\\u") {
    std::uint32_t low = 0;
    if (!TakeHex4(text, *at + 2, &low)) return false;
    if (low >= 0xdc00 && low < 0xe000) {
      *at += 6;
      AppendUtf8(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), out);
      return true;
    }
  }
  AppendUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, out);
  return true;
}

}  // namespace

std::optional<std::string_view> FindJson(std::string_view text, std::string_view pointer) {
  Scanner scanner(text);
  std::optional<std::string_view> value = scanner.TakeValue();
  while (value && !pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    value = FindToken(*value, token);
  }
  return value;
}

std::optional<std::string> DecodeJsonString(std::string_view json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return std::nullopt;
  const std::string_view inside = json.substr(1, json.size() - 2);
  std::string plain;
  plain.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size();) {
    if (inside[i] == '"') return std::nullopt;
    if (inside[i] != '\\') {
      plain.push_back(inside[i++]);
      continue;
    }
    if (i + 1 >= inside.size()) return std::nullopt;
    const char escape = inside[i + 1];
    i += 2;
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        plain.push_back(escape);
        break;
      case 'b':
        plain.push_back('\b');
        break;
      case 'f':
        plain.push_back('\f');
        break;
      case 'n':
        plain.push_back('\n');
        break;
      case 'r':
        plain.push_back('\r');
        break;
      case 't':
        plain.push_back('\t');
        break;
      case 'u':
        if (!DecodeUnicode(inside, &i, &plain)) return std::nullopt;
        break;
      default:
        return std::nullopt;
    }
  }
  return plain;
}

void AppendJsonEscaped(std::string_view text, std::string* out) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  const auto plain = [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  };
  const auto rest = std::find_if_not(text.begin(), text.end(), plain);
  out->append(text.begin(), rest);
  text.remove_prefix(static_cast<std::size_t>(rest - text.begin()));
  for (const char c : text) {
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out->append("\\u00");
          out->push_back(kHexDigits[static_cast<unsigned char>(c) >> 4]);
          out->push_back(kHexDigits[static_cast<unsigned char>(c) & 15]);
        } else {
          out->push_back(c);
        }
    }
  }
}

Result<void> CheckJsonPointer(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') {
    return Error{ErrorCode::kInvalid,
                 "a JSON pointer begins with '/' (or is empty), as in \"/ticket/ticket_id\""};
  }
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '~' &&
        (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1'))) {
      return Error{ErrorCode::kInvalid,
                   "in a JSON pointer '~' is written \"~0\" and '/' in a name \"~1\""};
    }
    if (pointer[i] != '[' || i == 0 || pointer[i - 1] != '/') continue;
    std::string_view key;
    std::string_view wanted;
    const std::string_view rest = pointer.substr(i);
    if (!IsSelector(rest.substr(0, rest.find('/')), &key, &wanted)) {
      return Error{ErrorCode::kInvalid, "expected \"[key=value]\" in the JSON pointer"};
    }
  }
  return {};
}

}  // namespace redrive
