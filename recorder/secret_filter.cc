#include "recorder/secret_filter.h"

#include <cstring>

namespace redrive {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool Holds(std::string_view text, char c) {
  return !text.empty() && std::memchr(text.data(), c, text.size()) != nullptr;
}

}  // namespace

SecretFilter::SecretFilter(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name.empty()) continue;
    known_[Index(name.front(), name[name.size() - (name.size() > 1 ? 2 : 1)], name.back())] = true;
  }
}

bool SecretFilter::PerhapsParameters(std::string_view text) const {
  constexpr std::string_view kStarts = "?&; \t\r\n\"'";
  for (std::size_t equals = text.find('='); equals != std::string_view::npos;
       equals = text.find('=', equals + 1)) {
    std::size_t start = equals;
    bool encoded = false;
    while (start > 0 && equals - start <= kSecretNameMax &&
           kStarts.find(text[start - 1]) == std::string_view::npos) {
      --start;
      encoded = encoded || text[start] == '%';
    }
    if (encoded || PerhapsName(text.substr(start, equals - start))) return true;
  }
  return false;
}

bool SecretFilter::PerhapsBody(std::string_view body) const {
  // Escapes may hide a name, and apostrophes may be Python's quotes.
  if (Holds(body, '\\') || Holds(body, '\'')) return true;
  for (std::size_t colon = body.find(':'); colon != std::string_view::npos;
       colon = body.find(':', colon + 1)) {
    std::size_t end = colon;
    while (end > 0 && IsSpace(body[end - 1])) --end;
    if (end < 2 || body[end - 1] != '"') continue;
    --end;
    std::size_t start = end;
    while (start > 0 && end - start <= kSecretNameMax && body[start - 1] != '"') --start;
    if (PerhapsName(body.substr(start, end - start))) return true;
  }
  return PerhapsParameters(body);
}

}  // namespace redrive
