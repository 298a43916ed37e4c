#include <array>
#include <charconv>
#include <cstring>

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

// The first byte from `at` that needs an escape, or the end. Eight bytes at a time: a byte of the
// word is below 0x20, a quote or a backslash exactly when its high bit comes out set (or when a
// lower one did, which only sends it to the exact check).
std::size_t SkipPlain(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  while (at + 8 <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof(word));
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    const std::uint64_t below = (word - kOnes * 0x20) & ~word;
    const std::uint64_t hit =
        (below | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) & kHigh;
    if (hit != 0) break;
    at += 8;
  }
  while (at < text.size() && kEscapes[static_cast<unsigned char>(text[at])] == 0) ++at;
  return at;
}

void AppendInt(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, end.ptr);
}

}  // namespace

void AppendJson(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      out += "null";
      return;
    case Value::Kind::kBool:
      out += value.Bool() ? "true" : "false";
      return;
    case Value::Kind::kInt:
      AppendInt(out, value.Int());
      return;
    case Value::Kind::kDecimal:
      AppendDecimal(out, value.Number());
      return;
    case Value::Kind::kString:
      AppendJsonString(out, value.String());
      return;
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
  for (std::size_t start = 0;;) {
    const std::size_t at = SkipPlain(text, start);
    out.append(text.data() + start, at - start);
    if (at == text.size()) break;
    start = at + 1;
    const auto byte = static_cast<unsigned char>(text[at]);
    const char escape = kEscapes[byte];
    out += '\\';
    out += escape;
    if (escape == 'u') {
      constexpr char kHex[] = "0123456789abcdef";
      out += "00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out += '"';
}

}  // namespace redrive::workshop
