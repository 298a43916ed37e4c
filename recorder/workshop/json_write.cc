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

// Whether one of eight bytes is below 0x20, a quote or a backslash (or, rarely, none is but a lower
// byte of the word was, which only sends them to the exact check).
bool MayNeedEscape(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t backslash = word ^ (kOnes * '\\');
  const std::uint64_t below = (word - kOnes * 0x20) & ~word;
  return ((below | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) & kHigh) != 0;
}

std::uint64_t LoadWord(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

std::uint32_t LoadHalf(const char* bytes) {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes, sizeof(half));
  return half;
}

// Copies `text` to `out` and returns true, or returns false if a byte may need an escape: what was
// copied by then is to be overwritten. Words may overlap, so that no byte is handled alone.
bool CopyPlain(std::string_view text, char* out) {
  const char* const from = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      const std::uint64_t word = LoadWord(from + at);
      if (MayNeedEscape(word)) return false;
      std::memcpy(out + at, &word, sizeof(word));
    }
    const std::uint64_t last = LoadWord(from + size - 8);
    std::memcpy(out + size - 8, &last, sizeof(last));
    return !MayNeedEscape(last);
  }
  if (size >= 4) {
    const std::uint64_t first = LoadHalf(from);
    const std::uint64_t last = LoadHalf(from + size - 4);
    std::memcpy(out, from, 4);
    std::memcpy(out + size - 4, from + size - 4, 4);
    return !MayNeedEscape(first | last << 32);
  }
  for (std::size_t at = 0; at < size; ++at) {
    if (kEscapes[static_cast<unsigned char>(from[at])] != 0) return false;
    out[at] = from[at];
  }
  return true;
}

// Writes into a buffer that grows and is kept, so that a text costs one copy at its end.
class Writer {
 public:
  explicit Writer(std::string& buffer) : buffer_(buffer) {
    if (buffer_.size() < 4'096) buffer_.resize(4'096);
    at_ = buffer_.data();
    end_ = at_ + buffer_.size();
  }
  [[nodiscard]] std::string_view text() const {
    return {buffer_.data(), static_cast<std::size_t>(at_ - buffer_.data())};
  }

  void Add(const Value& value) {
    MakeRoom(kScalarMax);
    AddInRoom(value);
  }

  void AddString(std::string_view text) {
    MakeRoom(text.size() + kScalarMax);
    AddTextInRoom(text);
  }

 private:
  // What is always left free before a value: enough for a number, or for a name's quotes and colon.
  static constexpr std::size_t kScalarMax = kDecimalTextMax + 8;

  // REQUIRES: kScalarMax bytes of room.
  void AddInRoom(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::kNull:
        return PutWord("null");
      case Value::Kind::kBool:
        return value.Bool() ? PutWord("true") : PutWord("false");
      case Value::Kind::kInt:
        at_ = std::to_chars(at_, end_, value.Int()).ptr;
        return;
      case Value::Kind::kDecimal:
        at_ = WriteDecimal(at_, value.Number());
        return;
      case Value::Kind::kString:
        return AddString(value.String());
      case Value::Kind::kArray:
        return AddItems(value.Items());
      case Value::Kind::kObject:
        return AddMembers(value.Members());
    }
  }

  // REQUIRES: room for the text and its quotes.
  void AddTextInRoom(std::string_view text) {
    *at_ = '"';
    if (!CopyPlain(text, at_ + 1)) return AddEscaped(text);
    at_ += text.size() + 2;
    at_[-1] = '"';
  }

  void MakeRoom(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) Grow(bytes);
  }
  [[gnu::noinline]] void Grow(std::size_t bytes) {
    const auto used = static_cast<std::size_t>(at_ - buffer_.data());
    buffer_.resize((used + bytes) * 2);
    at_ = buffer_.data() + used;
    end_ = buffer_.data() + buffer_.size();
  }
  // REQUIRES: there is room.
  void PutWord(std::string_view word) {
    std::memcpy(at_, word.data(), word.size());
    at_ += word.size();
  }

  void AddItems(std::span<const Value> items) {
    char before = '[';
    for (const Value& item : items) {
      MakeRoom(1);
      *at_++ = before;
      before = ',';
      Add(item);
    }
    MakeRoom(2);
    if (before == '[') *at_++ = '[';
    *at_++ = ']';
  }
  void AddMembers(std::span<const Member> members) {
    char before = '{';
    for (const Member& member : members) {
      const std::string_view name = member.key.text();
      MakeRoom(name.size() + 2 * kScalarMax);
      *at_++ = before;
      before = ',';
      AddTextInRoom(name);
      if (static_cast<std::size_t>(end_ - at_) <= kScalarMax) Grow(kScalarMax + 1);  // was escaped
      *at_++ = ':';
      AddInRoom(member.value);
    }
    MakeRoom(2);
    if (before == '{') *at_++ = '{';
    *at_++ = '}';
  }

  void AddEscaped(std::string_view text) {
    MakeRoom(text.size() * 6 + 2);
    *at_++ = '"';
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const char escape = kEscapes[byte];
      if (escape == 0) {
        *at_++ = c;
        continue;
      }
      *at_++ = '\\';
      *at_++ = escape;
      if (escape != 'u') continue;
      constexpr char kHex[] = "0123456789abcdef";
      *at_++ = '0';
      *at_++ = '0';
      *at_++ = kHex[byte >> 4];
      *at_++ = kHex[byte & 15];
    }
    *at_++ = '"';
  }

  std::string& buffer_;
  char* at_;
  char* end_;
};

// One per thread; only ever as large as the largest text.
std::string& Buffer() {
  thread_local std::string buffer;
  return buffer;
}

}  // namespace

void AppendJson(std::string& out, const Value& value) {
  Writer writer(Buffer());
  writer.Add(value);
  out.append(writer.text());
}

std::string ToJson(const Value& value) {
  Writer writer(Buffer());
  writer.Add(value);
  return std::string(writer.text());
}

void AppendJsonString(std::string& out, std::string_view text) {
  Writer writer(Buffer());
  writer.AddString(text);
  out.append(writer.text());
}

}  // namespace redrive::workshop
