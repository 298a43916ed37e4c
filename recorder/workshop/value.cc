#include "recorder/workshop/value.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "core/check.h"
#include "core/frame_pool.h"

namespace redrive::workshop {

// Shared parts: a header and its elements in one block of the frame pool.
struct Value::TextNode {
  std::atomic<std::uint32_t> references{1};
  std::uint32_t size = 0;
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  static std::size_t Bytes(std::size_t size) { return sizeof(TextNode) + size; }
};

struct alignas(8) Value::ArrayNode {
  using Element = Value;
  std::atomic<std::uint32_t> references{1};
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  [[nodiscard]] Value* elements() { return reinterpret_cast<Value*>(this + 1); }
};

struct alignas(8) Value::ObjectNode {
  using Element = Member;
  std::atomic<std::uint32_t> references{1};
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  [[nodiscard]] Member* elements() { return reinterpret_cast<Member*>(this + 1); }
};

namespace {

template <typename Node>
std::size_t BytesFor(std::size_t capacity) {
  return sizeof(Node) + capacity * sizeof(typename Node::Element);
}

template <typename Node>
Node* NewNode(std::size_t capacity) {
  static_assert(sizeof(Node) % alignof(typename Node::Element) == 0);
  REDRIVE_CHECK(capacity < UINT32_MAX);
  Node* const node = new (AllocateFrame(BytesFor<Node>(capacity))) Node();
  node->capacity = static_cast<std::uint32_t>(capacity);
  return node;
}

template <typename Node>
void DeleteNode(Node* node) {
  std::destroy_n(node->elements(), node->size);
  const std::size_t bytes = BytesFor<Node>(node->capacity);
  node->~Node();
  FreeFrame(node, bytes);
}

// True when the caller held the last reference. The load spares the unique owner an atomic update.
template <typename Node>
bool DropReference(Node* node) {
  if (node->references.load(std::memory_order_acquire) == 1) return true;
  return node->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

// The caller's own node with room for `extra` more: `node` itself, or a copy that replaces it.
template <typename Node>
Node* OwnNode(Node* node, std::size_t extra) {
  const bool alone = node->references.load(std::memory_order_acquire) == 1;
  const std::size_t needed = node->size + extra;
  if (alone && needed <= node->capacity) return node;
  const std::size_t capacity = needed <= node->capacity ? node->capacity : needed + needed / 2;
  Node* const fresh = NewNode<Node>(capacity);
  if (alone) {
    std::uninitialized_move_n(node->elements(), node->size, fresh->elements());
    fresh->size = node->size;
    DeleteNode(node);
  } else {
    std::uninitialized_copy_n(node->elements(), node->size, fresh->elements());
    fresh->size = node->size;
    if (DropReference(node)) DeleteNode(node);
  }
  return fresh;
}

const Value kNullValue;

}  // namespace

Value::Value(std::string_view text) {
  if (text.size() <= kInlineMax) {
    if (!text.empty()) std::memcpy(rep_.data, text.data(), text.size());
    rep_.length = static_cast<std::uint8_t>(text.size());
    rep_.tag = Tag::kShort;
    return;
  }
  REDRIVE_CHECK(text.size() < UINT32_MAX);
  auto* const node = new (AllocateFrame(TextNode::Bytes(text.size()))) TextNode();
  node->size = static_cast<std::uint32_t>(text.size());
  std::memcpy(node->text(), text.data(), text.size());
  Point(node, Tag::kLong);
}

Value Value::EmptyObject(std::size_t capacity) {
  Value value;
  value.Point(NewNode<ObjectNode>(capacity), Tag::kObject);
  return value;
}

Value Value::EmptyArray(std::size_t capacity) {
  Value value;
  value.Point(NewNode<ArrayNode>(capacity), Tag::kArray);
  return value;
}

void Value::Retain() const {
  // All nodes begin with their count; reached through the right type all the same.
  if (rep_.tag == Tag::kLong) {
    Pointer<TextNode>()->references.fetch_add(1, std::memory_order_relaxed);
  } else if (rep_.tag == Tag::kArray) {
    Pointer<ArrayNode>()->references.fetch_add(1, std::memory_order_relaxed);
  } else {
    Pointer<ObjectNode>()->references.fetch_add(1, std::memory_order_relaxed);
  }
}

void Value::Drop() {
  if (rep_.tag == Tag::kLong) {
    auto* const node = Pointer<TextNode>();
    if (!DropReference(node)) return;
    const std::size_t bytes = TextNode::Bytes(node->size);
    node->~TextNode();
    FreeFrame(node, bytes);
  } else if (rep_.tag == Tag::kArray) {
    auto* const node = Pointer<ArrayNode>();
    if (DropReference(node)) DeleteNode(node);
  } else {
    auto* const node = Pointer<ObjectNode>();
    if (DropReference(node)) DeleteNode(node);
  }
}

Value::Kind Value::kind() const {
  switch (rep_.tag) {
    case Tag::kNull:
      return Kind::kNull;
    case Tag::kBool:
      return Kind::kBool;
    case Tag::kInt:
      return Kind::kInt;
    case Tag::kDecimal:
      return Kind::kDecimal;
    case Tag::kShort:
    case Tag::kLong:
      return Kind::kString;
    case Tag::kArray:
      return Kind::kArray;
    case Tag::kObject:
      return Kind::kObject;
  }
  return Kind::kNull;
}

bool Value::Truthy() const {
  switch (kind()) {
    case Kind::kNull:
      return false;
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kDecimal:
      return Load() != 0;
    case Kind::kString:
      return !String().empty();
    case Kind::kArray:
    case Kind::kObject:
      return size() != 0;
  }
  return false;
}

std::int64_t Value::Int(std::int64_t otherwise) const {
  if (rep_.tag == Tag::kInt) return Load();
  return rep_.tag == Tag::kDecimal ? Decimal::FromScaled(Load()).whole() : otherwise;
}

Decimal Value::Number(Decimal otherwise) const {
  if (rep_.tag == Tag::kInt) return Decimal(Load());
  return rep_.tag == Tag::kDecimal ? Decimal::FromScaled(Load()) : otherwise;
}

std::string_view Value::String(std::string_view otherwise) const {
  if (rep_.tag == Tag::kShort) return {reinterpret_cast<const char*>(rep_.data), rep_.length};
  if (rep_.tag != Tag::kLong) return otherwise;
  auto* const node = Pointer<TextNode>();
  return {node->text(), node->size};
}

std::span<const Member> Value::Members() const {
  if (rep_.tag != Tag::kObject) return {};
  auto* const node = Pointer<ObjectNode>();
  return {node->elements(), node->size};
}

std::span<const Value> Value::Items() const {
  if (rep_.tag != Tag::kArray) return {};
  auto* const node = Pointer<ArrayNode>();
  return {node->elements(), node->size};
}

std::size_t Value::size() const {
  return rep_.tag == Tag::kObject ? Members().size() : Items().size();
}

const Value* Value::Find(std::string_view key) const {
  for (const Member& member : Members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  const Value* const found = Find(key);
  return found != nullptr ? *found : kNullValue;
}

const Value& Value::AtPath(std::string_view dotted) const {
  const std::size_t dot = dotted.find('.');
  if (dot == std::string_view::npos) {
    if (!IsArray()) return (*this)[dotted];
    std::size_t index = 0;
    for (const char c : dotted) {
      if (c < '0' || c > '9' || index > UINT32_MAX) return kNullValue;
      index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    return index < size() ? Items()[index] : kNullValue;
  }
  return AtPath(dotted.substr(0, dot)).AtPath(dotted.substr(dot + 1));
}

Value::ObjectNode* Value::WritableObject(std::size_t extra) {
  if (IsNull()) *this = EmptyObject();
  REDRIVE_CHECK(IsObject());
  auto* const node = OwnNode(Pointer<ObjectNode>(), extra);
  Point(node, Tag::kObject);
  return node;
}

Value::ArrayNode* Value::WritableArray(std::size_t extra) {
  if (IsNull()) *this = EmptyArray();
  REDRIVE_CHECK(IsArray());
  auto* const node = OwnNode(Pointer<ArrayNode>(), extra);
  Point(node, Tag::kArray);
  return node;
}

Value& Value::Add(Key key, Value value) {
  ObjectNode* const node = WritableObject(1);
  new (node->elements() + node->size) Member{std::move(key), std::move(value)};
  ++node->size;
  return *this;
}

Value& Value::Set(Key key, Value value) {
  Mutable(std::move(key)) = std::move(value);
  return *this;
}

Value& Value::Mutable(Key key) {
  ObjectNode* node = WritableObject(0);
  for (std::uint32_t i = 0; i < node->size; ++i) {
    if (node->elements()[i].key == key.text()) return node->elements()[i].value;
  }
  Add(std::move(key), Value());
  node = Pointer<ObjectNode>();
  return node->elements()[node->size - 1].value;
}

bool Value::Remove(std::string_view key) {
  if (!Has(key)) return false;
  ObjectNode* const node = WritableObject(0);
  Member* const end = node->elements() + node->size;
  Member* const kept = std::remove_if(node->elements(), end,
                                      [&](const Member& member) { return member.key == key; });
  std::destroy(kept, end);
  node->size = static_cast<std::uint32_t>(kept - node->elements());
  return true;
}

Value& Value::Push(Value item) {
  ArrayNode* const node = WritableArray(1);
  new (node->elements() + node->size) Value(std::move(item));
  ++node->size;
  return *this;
}

Value& Value::MutableItem(std::size_t index) {
  REDRIVE_CHECK(index < size());
  return WritableArray(0)->elements()[index];
}

bool operator==(const Value& a, const Value& b) {
  if (a.IsNumber() || b.IsNumber()) {
    return a.IsNumber() && b.IsNumber() && a.Number() == b.Number();
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kBool:
      return a.Bool() == b.Bool();
    case Value::Kind::kString:
      return a.String() == b.String();
    case Value::Kind::kArray:
      return std::equal(a.Items().begin(), a.Items().end(), b.Items().begin(), b.Items().end());
    case Value::Kind::kObject:
      return a.size() == b.size() &&
             std::all_of(a.Members().begin(), a.Members().end(), [&](const Member& member) {
               const Value* const other = b.Find(member.key.text());
               return other != nullptr && *other == member.value;
             });
    default:
      return true;  // null
  }
}

int Value::Compare(const Value& a, const Value& b) {
  const auto rank = [](const Value& value) {
    if (value.IsNull()) return 0;
    if (value.IsNumber()) return 1;
    if (value.IsString()) return 2;
    if (value.IsObject()) return 3;
    return value.IsArray() ? 4 : 5;
  };
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (rank(a) != rank(b)) return order(rank(a), rank(b));
  if (a.IsNumber()) return order(a.Number(), b.Number());
  if (a.IsString()) return order(a.String(), b.String());
  if (a.IsBool()) return order(a.Bool(), b.Bool());
  return order(a.size(), b.size());
}

}  // namespace redrive::workshop
