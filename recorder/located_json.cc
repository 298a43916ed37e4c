#include "recorder/located_json.h"

#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

namespace redrive {
namespace {

constexpr std::size_t kTextMax = 16U << 20;
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kValuesMax = 1'000'000;

struct Position {
  std::uint32_t line = 1;
  char last = 0;  // the character read last
};

// Counts lines while the lexer reads. nlohmann keeps no positions once it has a token.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Position* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (position_->last == '\n') ++position_->line;
    position_->last = *at_++;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Position* position_;
};

// Records the line of each value and refuses what the tree could not tell any more.
class LineRecorder {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::ordered_json::binary_t;

  LineRecorder(const Position* position, LineMap* lines) : position_(position), lines_(lines) {}

  bool null() { return Value(); }
  bool boolean(bool) { return Value(); }
  bool number_integer(number_integer_t) { return Value(); }
  bool number_unsigned(number_unsigned_t) { return Value(); }
  bool number_float(number_float_t, const string_t&) { return Value(); }
  bool string(string_t&) { return Value(); }
  bool binary(binary_t&) { return Value(); }
  bool start_object(std::size_t) { return Open(false); }
  bool start_array(std::size_t) { return Open(true); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(string_t& name) {
    Level& level = levels_.back();
    level.token = PointerToken(name);
    if (!lines_->emplace(Path(), position_->line).second) {
      return Refuse("the key \"" + name + "\" is given twice");
    }
    return Count();
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 3, column 7: syntax error while …"
    std::string what = error.what();
    const std::size_t colon = what.find(": ");
    if (colon != std::string::npos) what = what.substr(colon + 2);
    return Refuse("not JSON: " + what);
  }

  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint32_t error_line() const { return error_line_; }

 private:
  struct Level {
    bool array = false;
    std::size_t index = 0;
    std::string token;
  };

  bool Refuse(std::string message) {
    error_ = std::move(message);
    error_line_ = position_->line;
    return false;
  }
  bool Count() { return lines_->size() <= kValuesMax || Refuse("more than 1000000 values"); }
  [[nodiscard]] std::string Path() const {
    std::string path;
    for (const Level& level : levels_) path += "/" + level.token;
    return path;
  }
  // A value begins. Of a member the key's line is known; an element's is this one.
  void Begin() {
    if (levels_.empty()) {
      lines_->emplace("", position_->line);
    } else if (levels_.back().array) {
      Level& level = levels_.back();
      level.token = std::to_string(level.index++);
      lines_->emplace(Path(), position_->line);
    }
  }
  bool Value() {
    Begin();
    return Count();
  }
  bool Open(bool array) {
    Begin();
    if (levels_.size() == kDepthMax) return Refuse("nested deeper than 64");
    levels_.push_back(Level{array, 0, ""});
    return Count();
  }
  bool Close() {
    levels_.pop_back();
    return true;
  }

  const Position* position_;
  LineMap* lines_;
  std::vector<Level> levels_;
  std::string error_;
  std::uint32_t error_line_ = 0;
};

}  // namespace

Result<void> ParseLocatedJson(std::string_view text, std::string_view file,
                              nlohmann::ordered_json* root, LineMap* lines) {
  const auto fail = [&](std::uint32_t line, const std::string& message) {
    return Error{ErrorCode::kInvalid,
                 std::string(file) + ":" + std::to_string(line) + ": " + message};
  };
  if (text.size() > kTextMax) return fail(1, "larger than 16 MiB");
  Position position;
  LineRecorder recorder(&position, lines);
  const CountingIterator begin(text.data(), &position);
  const CountingIterator end(text.data() + text.size(), &position);
  if (!nlohmann::ordered_json::sax_parse(
          begin, end, &recorder, nlohmann::ordered_json::input_format_t::json, true, true)) {
    return fail(recorder.error_line(), recorder.error());
  }
  *root = nlohmann::ordered_json::parse(text, nullptr, false, true);
  if (root->is_discarded()) return fail(1, "not JSON");
  return {};
}

std::string PointerToken(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token.push_back(c);
    }
  }
  return token;
}

}  // namespace redrive
