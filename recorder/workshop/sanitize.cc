#include "recorder/workshop/sanitize.h"

#include <algorithm>

namespace redrive::workshop {
namespace {

bool IsClean(std::string_view text) {
  return text.find_first_of("<>&\"'") == std::string_view::npos;
}

bool IsClean(const Value& value) {
  if (value.IsString()) return IsClean(value.String());
  return std::all_of(value.Items().begin(), value.Items().end(),
                     [](const Value& item) { return IsClean(item); }) &&
         std::all_of(value.Members().begin(), value.Members().end(),
                     [](const Member& member) { return IsClean(member.value); });
}

// Removes every "<…>" with something between.
std::string WithoutTags(std::string_view text) {
  std::string plain;
  const std::size_t last_close = text.rfind('>');  // bounds the searches: no quadratic time
  for (std::size_t at = 0; at < text.size();) {
    const bool may_open =
        text[at] == '<' && last_close != std::string_view::npos && at < last_close;
    const std::size_t close = may_open ? text.find('>', at + 1) : std::string_view::npos;
    if (close == std::string_view::npos || close == at + 1) {
      plain += text[at++];
    } else {
      at = close + 1;
    }
  }
  return plain;
}

}  // namespace

std::string SanitizeText(std::string_view text) {
  std::string clean;
  for (const char c : WithoutTags(text)) {
    switch (c) {
      case '&':
        clean += "&amp;";
        break;
      case '<':
        clean += "&lt;";
        break;
      case '>':
        clean += "&gt;";
        break;
      case '"':
        clean += "&quot;";
        break;
      case '\'':
        clean += "&#x27;";
        break;
      default:
        clean += c;
    }
  }
  return clean;
}

Value Sanitized(const Value& value) {
  if (IsClean(value)) return value;
  if (value.IsString()) return Value(SanitizeText(value.String()));
  if (value.IsArray()) {
    Value items = Value::EmptyArray(value.size());
    for (const Value& item : value.Items()) items.Push(Sanitized(item));
    return items;
  }
  Value object = Value::EmptyObject(value.size());
  for (const Member& member : value.Members()) object.Add(member.key, Sanitized(member.value));
  return object;
}

}  // namespace redrive::workshop
