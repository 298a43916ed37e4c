#include <array>
#include <charconv>

#include "recorder/workshop/json_text.h"

namespace redrive::workshop {
namespace {

// What follows the backslash; 'u' for the long form, 0 for bytes that stand for themselves.
constexpr auto kEscapes = [] {
  std::array<char, 256> escapes{};
  for (int c = 0; c < 0x20; ++c) escapes[static_cast<std::size_t>(c)] = 'u';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  return escapes;
}();

void AppendInt(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, end.ptr);
}

}  // namespace

void AppendJson(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull: out += "null"; return;
    case Value::Kind::kBool: out += value.Bool() ? "true" : "false"; return;
    case Value::Kind::kInt: AppendInt(out, value.Int()); return;
    case Value::Kind::kDecimal: AppendDecimal(out, value.Number()); return;
    case Value::Kind::kString: AppendJsonString(out, value.String()); return;
    case Value::Kind::kArray: {
      char before = '[';
      for (const Value& item : value.Items()) {
        out += before;
        before = ',';
        AppendJson(out, item);
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    case Value::Kind::kObject: {
      char before = '{';
      for (const Member& member : value.Members()) {
        out += before;
        before = ',';
        AppendJsonString(out, member.key.text());
        out += ':';
        AppendJson(out, member.value);
      }
      out += before == '{' ? "{}" : "}";
      return;
    }
  }
}

std::string ToJson(const Value& value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, start, i - start);
    start = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      constexpr char kHex[] = "0123456789abcdef";
      out += "00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

}  // namespace redrive::workshop
