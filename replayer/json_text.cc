#include "replayer/json_text.h"

#include <charconv>
#include <utility>

namespace redrive {
namespace {

constexpr std::size_t kDepthMax = 128;
constexpr std::size_t kNodesMax = 4'000'000;
constexpr std::size_t kTextMax = 0xffff'fff0U;

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// REQUIRES: four hexadecimal digits stand at `at`; the parser has seen to it.
std::uint32_t Hex4(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return value;
}

std::string Unescape(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    const char escape = raw[++i];
    constexpr std::string_view kFrom = "bfnrt";
    constexpr std::string_view kTo = "\b\f\n\r\t";
    const std::size_t simple = kFrom.find(escape);
    if (simple != std::string_view::npos) {
      out += kTo[simple];
    } else if (escape != 'u') {
      out += escape;
    } else {
      std::uint32_t code = Hex4(raw, i + 1);
      i += 4;
      const bool high = code >= 0xd800 && code < 0xdc00;
      if (high && raw.size() - i > 6 && raw[i + 1] == '\\' && raw[i + 2] == 'u') {
        const std::uint32_t low = Hex4(raw, i + 3);
        if (low >= 0xdc00 && low < 0xe000) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
      }
      // A lone surrogate has no UTF-8 form.
      AppendUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, out);
    }
  }
  return out;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

// Iterative, so that nesting cannot exhaust the stack.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) { document_.text_ = text; }

  Result<JsonText> Run() {
    if (text().size() > kTextMax) return Fail(ErrorCode::kLimit, "more than 4 GB");
    SkipSpace();
    if (!Value()) return Failure();
    while (!open_.empty()) {
      if (!Continue()) return Failure();
    }
    SkipSpace();
    if (at_ != text().size()) return Fail(ErrorCode::kInvalid, "text behind the value");
    return std::move(document_);
  }

 private:
  using Node = JsonText::Node;

  [[nodiscard]] std::string_view text() const { return document_.text_; }
  [[nodiscard]] char Peek() const { return at_ < text().size() ? text()[at_] : '\0'; }

  Error Fail(ErrorCode code, const char* what) const {
    return {code, "JSON, byte " + std::to_string(at_) + ": " + what};
  }
  Error Failure() const { return Fail(code_, what_); }
  bool Wrong(const char* what, ErrorCode code = ErrorCode::kInvalid) {
    what_ = what;
    code_ = code;
    return false;
  }

  void SkipSpace() {
    while (at_ < text().size() && (text()[at_] == ' ' || text()[at_] == '\t' ||
                                   text()[at_] == '\n' || text()[at_] == '\r')) {
      ++at_;
    }
  }

  // After a value inside the innermost container: its end, or the next member.
  bool Continue() {
    SkipSpace();
    Node& container = document_.nodes_[open_.back()];
    const bool object = container.kind == JsonKind::kObject;
    const bool first = open_.back() + 1 == document_.nodes_.size();
    if (Peek() == (object ? '}' : ']')) {
      ++at_;
      container.next = static_cast<std::uint32_t>(document_.nodes_.size());
      open_.pop_back();
      return true;
    }
    if (!first) {
      if (Peek() != ',') return Wrong(object ? "',' or '}' expected" : "',' or ']' expected");
      ++at_;
      SkipSpace();
    }
    Node key;
    if (object) {
      if (Peek() != '"') return Wrong("a member name expected");
      if (!String(key.key_offset, key.key_size, key.key_escaped)) return false;
      SkipSpace();
      if (Peek() != ':') return Wrong("':' expected");
      ++at_;
      SkipSpace();
    }
    return Value(key);
  }

  bool Value() { return Value(Node{}); }

  bool Value(Node node) {
    if (document_.nodes_.size() >= kNodesMax) return Wrong("too many values", ErrorCode::kLimit);
    const char c = Peek();
    if (c == '{' || c == '[') {
      if (open_.size() >= kDepthMax) return Wrong("nested too deeply", ErrorCode::kLimit);
      node.kind = c == '{' ? JsonKind::kObject : JsonKind::kArray;
      ++at_;
      open_.push_back(static_cast<std::uint32_t>(document_.nodes_.size()));
      document_.nodes_.push_back(node);
      return true;
    }
    if (c == '"') {
      node.kind = JsonKind::kString;
      if (!String(node.offset, node.size, node.escaped)) return false;
    } else if (c == '-' || IsDigit(c)) {
      node.kind = JsonKind::kNumber;
      node.offset = static_cast<std::uint32_t>(at_);
      if (!Number()) return false;
      node.size = static_cast<std::uint32_t>(at_) - node.offset;
    } else if (!Word(node)) {
      return Wrong("a value expected");
    }
    node.next = static_cast<std::uint32_t>(document_.nodes_.size()) + 1;
    document_.nodes_.push_back(node);
    return true;
  }

  bool Word(Node& node) {
    constexpr std::pair<std::string_view, JsonKind> kWords[] = {
        {"null", JsonKind::kNull}, {"true", JsonKind::kTrue}, {"false", JsonKind::kFalse}};
    for (const auto& [word, kind] : kWords) {
      if (text().substr(at_, word.size()) != word) continue;
      node.kind = kind;
      node.offset = static_cast<std::uint32_t>(at_);
      node.size = static_cast<std::uint32_t>(word.size());
      at_ += word.size();
      return true;
    }
    return false;
  }

  bool String(std::uint32_t& offset, std::uint32_t& size, bool& escaped) {
    offset = static_cast<std::uint32_t>(++at_);
    for (; at_ < text().size() && text()[at_] != '"'; ++at_) {
      const auto c = static_cast<unsigned char>(text()[at_]);
      if (c < 0x20) return Wrong("a control character in a string");
      if (c == '\\') {
        escaped = true;
        if (!Escape()) return Wrong("an unknown escape in a string");
      }
    }
    if (at_ == text().size()) return Wrong("a string without end");
    size = static_cast<std::uint32_t>(at_) - offset;
    ++at_;
    return true;
  }

  // Moves to the last character of the escape.
  bool Escape() {
    ++at_;
    if (Peek() != 'u') {
      return Peek() != '\0' &&
             std::string_view("\"\\/bfnrt").find(Peek()) != std::string_view::npos;
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (!IsHex(Peek())) return false;
    }
    return true;
  }

  bool Number() {
    if (Peek() == '-') ++at_;
    if (Peek() == '0') {
      ++at_;
    } else if (!Digits()) {
      return Wrong("a digit expected");
    }
    if (Peek() == '.') {
      ++at_;
      if (!Digits()) return Wrong("a digit expected behind the point");
    }
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!Digits()) return Wrong("a digit expected in the exponent");
    }
    return true;
  }

  bool Digits() {
    const std::size_t from = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ != from;
  }

  JsonText document_;
  std::size_t at_ = 0;
  std::vector<std::uint32_t> open_;  // the containers around at_
  const char* what_ = "";
  ErrorCode code_ = ErrorCode::kInvalid;
};

Result<JsonText> JsonText::Parse(std::string_view text) { return JsonParser(text).Run(); }

std::string JsonText::Decode(std::uint32_t offset, std::uint32_t size, bool escaped) const {
  const std::string_view raw = text_.substr(offset, size);
  return escaped ? Unescape(raw) : std::string(raw);
}

bool JsonText::KeyIs(const Node& node, std::string_view key) const {
  if (node.key_escaped) return Decode(node.key_offset, node.key_size, true) == key;
  return text_.substr(node.key_offset, node.key_size) == key;
}

JsonKind JsonNode::kind() const { return document_->nodes_[index_].kind; }

std::string JsonNode::Text() const {
  const JsonText::Node& node = document_->nodes_[index_];
  return document_->Decode(node.offset, node.size, node.escaped);
}

std::string JsonNode::Key() const {
  const JsonText::Node& node = document_->nodes_[index_];
  return document_->Decode(node.key_offset, node.key_size, node.key_escaped);
}

std::vector<JsonNode> JsonNode::Children() const {
  std::vector<JsonNode> children;
  const std::uint32_t end = document_->nodes_[index_].next;
  for (std::uint32_t i = index_ + 1; i < end; i = document_->nodes_[i].next) {
    children.emplace_back(document_, i);
  }
  return children;
}

void JsonText::Resolve(JsonNode start, const JsonPointer& pointer, std::vector<JsonNode>& out) {
  std::vector<JsonNode> reached{start};
  for (const std::string& segment : pointer.segments) {
    std::vector<JsonNode> next;
    for (const JsonNode node : reached) {
      const std::vector<Node>& nodes = node.document_->nodes_;
      const bool array = node.kind() == JsonKind::kArray;
      std::uint32_t wanted = 0;
      const bool indexed =
          array && std::from_chars(segment.data(), segment.data() + segment.size(), wanted).ptr ==
                       segment.data() + segment.size();
      std::uint32_t position = 0;
      for (std::uint32_t i = node.index_ + 1; i < nodes[node.index_].next; i = nodes[i].next) {
        const bool every = segment == "*";
        const bool hit =
            array ? indexed && position == wanted : node.document_->KeyIs(nodes[i], segment);
        ++position;
        if (!every && !hit) continue;
        next.emplace_back(node.document_, i);
        if (!every) break;
      }
    }
    reached = std::move(next);
  }
  out.insert(out.end(), reached.begin(), reached.end());
}

Result<JsonPointer> JsonPointer::FromText(std::string_view text) {
  JsonPointer pointer;
  pointer.text = std::string(text);
  if (text.empty()) return pointer;
  if (text[0] != '/') {
    return Error{ErrorCode::kInvalid,
                 "a JSON pointer starts with '/', got \"" + pointer.text + "\""};
  }
  if (text.size() > 1000) return Error{ErrorCode::kLimit, "a JSON pointer of over 1000 bytes"};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      pointer.segments.emplace_back();
    } else if (text[i] != '~') {
      pointer.segments.back() += text[i];
    } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
      pointer.segments.back() += text[++i] == '0' ? '~' : '/';
    } else {
      return Error{ErrorCode::kInvalid,
                   "'~' in the JSON pointer \"" + pointer.text + "\" must be ~0 or ~1"};
    }
  }
  return pointer;
}

}  // namespace redrive
