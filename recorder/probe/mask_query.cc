#include "recorder/probe/mask_query.h"

#include <cctype>

namespace redrive {
namespace {

constexpr std::size_t kShownMax = 200;
constexpr std::string_view kCut = "…";

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// The end of the string that begins at `at` with a quote.
std::size_t EndOfString(std::string_view sql, std::size_t at, bool escapes) {
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (escapes && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == '\'') {
      if (i + 1 >= sql.size() || sql[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return sql.size();
}

// The end of $tag$…$tag$ at `at`; `at` itself when it is none.
std::size_t EndOfDollars(std::string_view sql, std::size_t at) {
  std::size_t i = at + 1;
  if (i < sql.size() && IsDigit(sql[i])) return at;  // $1 is a parameter
  while (i < sql.size() && IsWord(sql[i])) ++i;
  if (i >= sql.size() || sql[i] != '$') return at;
  const std::string_view tag = sql.substr(at, i + 1 - at);
  const std::size_t end = sql.find(tag, i + 1);
  return end == std::string_view::npos ? sql.size() : end + tag.size();
}

// The end of the comment at `at`; `at` itself when it is none. Comments of /* may nest.
std::size_t EndOfComment(std::string_view sql, std::size_t at) {
  const std::string_view start = sql.substr(at, 2);
  if (start == "--") {
    const std::size_t end = sql.find('\n', at);
    return end == std::string_view::npos ? sql.size() : end;
  }
  if (start != "/*") return at;
  int depth = 0;
  for (std::size_t i = at; i < sql.size(); ++i) {
    const std::string_view two = sql.substr(i, 2);
    if (two == "/*") {
      ++depth;
      ++i;
    } else if (two == "*/") {
      ++i;
      if (--depth == 0) return i + 1;
    }
  }
  return sql.size();
}

void Blank(std::string* text) {
  if (!text->empty() && text->back() != ' ') *text += ' ';
}

std::string Shortened(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + std::string(kCut);
}

struct Parts {
  std::string shown;
  std::string password;
};

bool IsSecretParameter(std::string_view pair) {
  std::string name;
  for (const char c : pair.substr(0, pair.find('='))) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const char* word : {"pass", "secret", "token", "properties", "key"}) {
    if (name.find(word) != std::string::npos) return true;
  }
  return false;
}

Parts Split(std::string_view uri) {
  Parts parts;
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return parts;  // what it is nobody knows: show nothing
  parts.shown = std::string(uri.substr(0, scheme + 3));
  std::string_view rest = uri.substr(scheme + 3);
  // A password may have an unescaped '@' or '?' by mistake: the last '@' ends it.
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    const std::size_t colon = user.find(':');
    parts.shown += std::string(user.substr(0, colon)) + "@";
    if (colon != std::string_view::npos) parts.password = std::string(user.substr(colon + 1));
    rest.remove_prefix(at + 1);
  }
  const std::size_t query = rest.find('?');
  parts.shown += std::string(rest.substr(0, query));
  if (query == std::string_view::npos) return parts;
  std::string_view pairs = rest.substr(query + 1);
  char before = '?';
  while (!pairs.empty()) {
    const std::size_t end = pairs.find('&');
    const std::string_view pair = pairs.substr(0, end);
    if (IsSecretParameter(pair)) {
      const std::size_t equals = pair.find('=');
      const bool password = pair.starts_with("password=") && parts.password.empty();
      if (password) parts.password = std::string(pair.substr(equals + 1));
    } else if (!pair.empty()) {
      parts.shown += before + std::string(pair);
      before = '&';
    }
    if (end == std::string_view::npos) break;
    pairs.remove_prefix(end + 1);
  }
  return parts;
}

std::string PercentDecoded(std::string_view text) {
  const auto hex = [](char c) {
    return IsDigit(c) ? c - '0' : std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    if (escape) {
      decoded += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

std::string MaskSql(std::string_view sql) {
  std::string masked;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const std::size_t comment = EndOfComment(sql, i);
    const std::size_t dollars = c == '$' ? EndOfDollars(sql, i) : i;
    if (comment != i || IsSpace(c)) {
      Blank(&masked);
      i = comment != i ? comment : i + 1;
    } else if (dollars != i) {
      masked += '?';
      i = dollars;
    } else if (c == '\'') {
      const bool prefix = !masked.empty() && (masked.back() == 'E' || masked.back() == 'e') &&
                          (masked.size() == 1 || !IsWord(masked[masked.size() - 2]));
      if (prefix) masked.pop_back();
      masked += '?';
      i = EndOfString(sql, i, prefix);
    } else if (c == '"') {  // a name
      const std::size_t end = sql.find('"', i + 1);
      const std::size_t behind = end == std::string_view::npos ? sql.size() : end + 1;
      masked += sql.substr(i, behind - i);
      i = behind;
    } else if (IsDigit(c)) {
      while (i < sql.size() && (IsWord(sql[i]) || sql[i] == '.')) ++i;
      masked += '?';
    } else if (IsWord(c)) {
      while (i < sql.size() && IsWord(sql[i])) masked += sql[i++];
    } else if (c == '$' && i + 1 < sql.size() && IsDigit(sql[i + 1])) {
      masked += sql[i++];
      while (i < sql.size() && IsDigit(sql[i])) masked += sql[i++];
    } else {
      masked += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
      ++i;
    }
  }
  return Shortened(std::move(masked));
}

std::string WithoutPassword(std::string_view uri) { return Split(uri).shown; }

std::string Scrub(std::string message, std::string_view uri) {
  const std::string written = Split(uri).password;
  const std::string decoded = PercentDecoded(written);
  for (const std::string* form : {&written, &decoded}) {
    const std::string& secret = *form;
    if (secret.empty() || (form == &decoded && decoded == written)) continue;
    for (std::size_t at = message.find(secret); at != std::string::npos;
         at = message.find(secret, at + 3)) {
      message.replace(at, secret.size(), "***");
    }
  }
  return message;
}

}  // namespace redrive
