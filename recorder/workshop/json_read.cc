#include <charconv>

#include "recorder/workshop/json_text.h"
#include "recorder/workshop/utf8.h"

namespace redrive::workshop {
namespace {

constexpr const char* kExpectingValue = "Expecting value";
constexpr const char* kNotUtf8 = "Invalid UTF-8";

class Reader {
 public:
  Reader(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  JsonResult Read() {
    JsonResult result;
    if (text_.size() > limits_.bytes_max) {
      Fail("Text too long", limits_.bytes_max);
    } else {
      SkipSpace();
      if (ReadValue(&result.value, 0)) {
        SkipSpace();
        if (at_ != text_.size()) Fail("Extra data", at_);
      }
    }
    if (error_ != nullptr) result.value = Value();
    result.error = error_;
    result.position = error_at_;
    return result;
  }

 private:
  bool Fail(const char* error, std::size_t position) {
    error_ = error;
    error_at_ = position;
    return false;
  }
  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return Fail(kExpectingValue, at_);
    at_ += word.size();
    return true;
  }

  bool ReadValue(Value* out, std::size_t depth) {
    if (depth > limits_.depth_max) return Fail("Too deeply nested", at_);
    if (++values_ > limits_.values_max) return Fail("Too many values", at_);
    switch (Peek()) {
      case '{':
        return ReadObject(out, depth);
      case '[':
        return ReadArray(out, depth);
      case '"': {
        std::string_view text;
        if (!ReadString(&text)) return false;
        *out = Value(text);
        return true;
      }
      case 't':
        *out = Value(true);
        return TakeWord("true");
      case 'f':
        *out = Value(false);
        return TakeWord("false");
      case 'n':
        *out = Value();
        return TakeWord("null");
      default:
        return ReadNumber(out);
    }
  }

  bool ReadObject(Value* out, std::size_t depth) {
    ++at_;
    *out = Value::EmptyObject();
    SkipSpace();
    if (Take('}')) return true;
    while (true) {
      if (Peek() != '"') {
        return Fail("Expecting property name enclosed in double quotes", at_);
      }
      std::string_view name;
      if (!ReadString(&name)) return false;
      Key key = Key::Copy(name);  // before the value reuses the scratch text
      SkipSpace();
      if (!Take(':')) return Fail("Expecting ':' delimiter", at_);
      SkipSpace();
      Value value;
      if (!ReadValue(&value, depth + 1)) return false;
      out->Set(std::move(key), std::move(value));
      SkipSpace();
      if (Take('}')) return true;
      if (!Take(',')) return Fail("Expecting ',' delimiter", at_);
      SkipSpace();
    }
  }

  bool ReadArray(Value* out, std::size_t depth) {
    ++at_;
    *out = Value::EmptyArray();
    SkipSpace();
    if (Take(']')) return true;
    while (true) {
      Value item;
      if (!ReadValue(&item, depth + 1)) return false;
      out->Push(std::move(item));
      SkipSpace();
      if (Take(']')) return true;
      if (!Take(',')) return Fail("Expecting ',' delimiter", at_);
      SkipSpace();
    }
  }

  // The view is of the input, or of scratch_ when the string has escapes.
  bool ReadString(std::string_view* out) {
    const std::size_t open = at_++;
    std::size_t start = at_;
    bool escaped = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (escaped) {
          scratch_.append(text_, start, at_ - start);
          *out = scratch_;
        } else {
          *out = text_.substr(start, at_ - start);
        }
        ++at_;
        return true;
      }
      if (c >= 0x20 && c < 0x7f && c != '\\') {
        ++at_;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fail("Invalid control character at", at_);
      if (c != '\\') {
        const std::size_t length = Utf8SequenceLength(text_.substr(at_, 4));
        if (length == 0) return Fail(kNotUtf8, at_);
        at_ += length;
        continue;
      }
      if (!escaped) scratch_.clear();
      escaped = true;
      scratch_.append(text_, start, at_ - start);
      if (!ReadEscape(open)) return false;
      start = at_;
    }
    return Fail("Unterminated string starting at", open);
  }

  bool ReadEscape(std::size_t open) {
    const std::size_t backslash = at_++;
    if (at_ >= text_.size()) return Fail("Unterminated string starting at", open);
    switch (text_[at_++]) {
      case '"':
        scratch_ += '"';
        return true;
      case '\\':
        scratch_ += '\\';
        return true;
      case '/':
        scratch_ += '/';
        return true;
      case 'b':
        scratch_ += '\b';
        return true;
      case 'f':
        scratch_ += '\f';
        return true;
      case 'n':
        scratch_ += '\n';
        return true;
      case 'r':
        scratch_ += '\r';
        return true;
      case 't':
        scratch_ += '\t';
        return true;
      case 'u':
        return ReadUnicode();
      default:
        return Fail("Invalid \\escape", backslash);
    }
  }

  bool ReadHex4(std::uint32_t* out) {
    const std::string_view digits = text_.substr(at_, 4);
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), *out, 16);
    if (digits.size() != 4 || end.ptr != digits.data() + 4) {
      return Fail("Invalid \\uXXXX escape", at_ - 1);
    }
    at_ += 4;
    return true;
  }

  bool ReadUnicode() {
    std::uint32_t code = 0;
    if (!ReadHex4(&code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      std::uint32_t low = 0;
      if (!ReadHex4(&low)) return false;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        AppendUtf8(0xfffd);
        code = low;
      }
    }
    // A lone surrogate has no UTF-8: it becomes the replacement character.
    AppendUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return true;
  }

  void AppendUtf8(std::uint32_t code) {
    const auto byte = [this](std::uint32_t value) { scratch_ += static_cast<char>(value); };
    if (code < 0x80) {
      byte(code);
    } else if (code < 0x800) {
      byte(0xc0 | code >> 6);
      byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      byte(0xe0 | code >> 12);
      byte(0x80 | (code >> 6 & 0x3f));
      byte(0x80 | (code & 0x3f));
    } else {
      byte(0xf0 | code >> 18);
      byte(0x80 | (code >> 12 & 0x3f));
      byte(0x80 | (code >> 6 & 0x3f));
      byte(0x80 | (code & 0x3f));
    }
  }

  [[nodiscard]] bool AtDigit() const { return Peek() >= '0' && Peek() <= '9'; }
  std::string_view TakeDigits() {
    const std::size_t start = at_;
    while (AtDigit()) ++at_;
    return text_.substr(start, at_ - start);
  }

  bool ReadNumber(Value* out) {
    const std::size_t start = at_;
    const bool negative = Take('-');
    if (!AtDigit()) return Fail(kExpectingValue, start);
    std::string_view whole = TakeDigits();
    if (whole.size() > 1 && whole[0] == '0') {  // "01": the number is 0, then comes extra data
      at_ = start + (negative ? 1 : 0) + 1;
      whole = "0";
    }
    std::string_view fraction;
    bool is_float = false;
    const std::size_t before_fraction = at_;
    if (Take('.')) {
      fraction = TakeDigits();
      is_float = !fraction.empty();
      if (!is_float) at_ = before_fraction;
    }
    int exponent = 0;
    const std::size_t before_exponent = at_;
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      const bool minus = Take('-');
      if (!minus) Take('+');
      const std::string_view digits = TakeDigits();
      if (digits.empty()) {
        at_ = before_exponent;
      } else {
        is_float = true;
        for (const char c : digits) {
          if (exponent < 10'000) exponent = exponent * 10 + (c - '0');
        }
        if (minus) exponent = -exponent;
      }
    }
    return is_float ? MakeDecimal(whole, fraction, exponent, negative, start, out)
                    : MakeInt(text_.substr(start, at_ - start), start, out);
  }

  bool MakeInt(std::string_view digits, std::size_t start, Value* out) {
    std::int64_t number = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (end.ec != std::errc()) return Fail("Number out of range", start);
    *out = Value(number);
    return true;
  }

  // whole.fraction * 10^exponent, rounded half to even at the fourth decimal.
  bool MakeDecimal(std::string_view whole, std::string_view fraction, int exponent, bool negative,
                   std::size_t start, Value* out) {
    // The digits before position `kept` of whole+fraction are the scaled number.
    const std::int64_t kept = static_cast<std::int64_t>(whole.size()) + exponent + 4;
    const auto digit_at = [&](std::int64_t i) -> unsigned {
      const auto at = static_cast<std::size_t>(i);
      if (at < whole.size()) return static_cast<unsigned>(whole[at] - '0');
      if (at < whole.size() + fraction.size()) {
        return static_cast<unsigned>(fraction[at - whole.size()] - '0');
      }
      return 0;
    };
    const auto count = static_cast<std::int64_t>(whole.size() + fraction.size());
    std::uint64_t scaled = 0;
    for (std::int64_t i = 0; i < kept; ++i) {
      if (i >= count && scaled == 0) break;
      if (scaled > static_cast<std::uint64_t>(INT64_MAX - 10) / 10)
        return Fail("Number out of range", start);
      scaled = scaled * 10 + digit_at(i);
    }
    if (kept >= 0 && kept < count) {
      bool rest = false;
      for (std::int64_t i = kept + 1; i < count; ++i) rest = rest || digit_at(i) != 0;
      const unsigned next = digit_at(kept);
      if (next > 5 || (next == 5 && (rest || scaled % 2 != 0))) ++scaled;
    }
    const auto magnitude = static_cast<std::int64_t>(scaled);
    *out = Value(Decimal::FromScaled(negative ? -magnitude : magnitude));
    return true;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  std::string scratch_;
  const char* error_ = nullptr;
  std::size_t error_at_ = 0;
};

}  // namespace

JsonResult ParseJson(std::string_view text, const JsonLimits& limits) {
  return Reader(text, limits).Read();
}

}  // namespace redrive::workshop
