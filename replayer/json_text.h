// JsonText: a parsed JSON body that keeps every number as it was written, in 24 bytes a value.
// A DOM of doubles would lose what a checker of money needs, and cost ten times the memory.
#ifndef REDRIVE_REPLAYER_JSON_TEXT_H_
#define REDRIVE_REPLAYER_JSON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

enum class JsonKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

class JsonText;

// One value inside a JsonText; copied freely, valid as long as the JsonText and its text are.
class JsonNode {
 public:
  JsonNode(const JsonText* document, std::uint32_t index) : document_(document), index_(index) {}
  [[nodiscard]] JsonKind kind() const;
  // A string decoded, a number as written, true, false, null; containers give "".
  [[nodiscard]] std::string Text() const;
  [[nodiscard]] std::string Key() const;  // of an object's member; "" elsewhere
  // The children in order; none for scalars.
  [[nodiscard]] std::vector<JsonNode> Children() const;
  // Calls visit(node) for this node and all below it, in document order.
  template <typename Visit>
  void ForEachBelow(Visit visit) const;

 private:
  friend class JsonText;
  const JsonText* document_;
  std::uint32_t index_;
};

// A JSON pointer (RFC 6901) split into segments; the segment "*" stands for every element of an
// array or every member of an object.
struct JsonPointer {
  std::vector<std::string> segments;
  std::string text;
  // Accepts "" and "/a/0/*"; ~0 and ~1 are unescaped.
  [[nodiscard]] static Result<JsonPointer> FromText(std::string_view text);
};

class JsonText {
 public:
  // Parses strictly by RFC 8259. `text` must outlive the result. Errors (kInvalid, kLimit) name the
  // byte. Limits: nesting 128, 4 million values.
  [[nodiscard]] static Result<JsonText> Parse(std::string_view text);

  [[nodiscard]] JsonNode root() const { return {this, 0}; }
  // All values the pointer reaches from `start`, in document order; none when absent. Of equal
  // member names the first counts.
  static void Resolve(JsonNode start, const JsonPointer& pointer, std::vector<JsonNode>& out);

 private:
  friend class JsonNode;
  friend class JsonParser;
  struct Node {
    std::uint32_t key_offset = 0;
    std::uint32_t key_size = 0;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t next = 0;  // index behind this value and all below it
    JsonKind kind = JsonKind::kNull;
    bool key_escaped = false;
    bool escaped = false;
  };
  [[nodiscard]] bool KeyIs(const Node& node, std::string_view key) const;
  [[nodiscard]] std::string Decode(std::uint32_t offset, std::uint32_t size, bool escaped) const;

  std::string_view text_;
  std::vector<Node> nodes_;  // in document order; the root is nodes_[0]
};

template <typename Visit>
void JsonNode::ForEachBelow(Visit visit) const {
  for (std::uint32_t i = index_; i < document_->nodes_[index_].next; ++i) {
    visit(JsonNode(document_, i));
  }
}

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_JSON_TEXT_H_
