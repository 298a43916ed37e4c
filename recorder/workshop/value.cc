#include "recorder/workshop/value.h"

#include <algorithm>
#include <memory>
#include <new>

#include "core/check.h"
#include "core/frame_pool.h"

namespace redrive::workshop {

namespace {

const Value kNullValue;

}  // namespace

void ShareValuesAcrossThreads() {
  internal::values_are_shared.store(true, std::memory_order_seq_cst);
}

template <typename Element>
Value::Node* Value::NewNode(std::size_t capacity) {
  static_assert(sizeof(Node) % alignof(Element) == 0);
  REDRIVE_CHECK(capacity < UINT32_MAX);
  auto* const node = new (AllocateFrame(sizeof(Node) + capacity * sizeof(Element))) Node();
  node->capacity = static_cast<std::uint32_t>(capacity);
  return node;
}

template <typename Element>
void Value::DeleteNode(Node* node) {
  std::destroy_n(node->elements<Element>(), node->size);
  const std::size_t bytes = sizeof(Node) + node->capacity * sizeof(Element);
  node->~Node();
  FreeFrame(node, bytes);
}

// The caller's own node with room for `extra` more: `node` itself, or a copy that replaces it.
template <typename Element>
Value::Node* Value::OwnNode(Node* node, std::size_t extra) {
  const bool alone = node->references.load(std::memory_order_acquire) == 1;
  const std::size_t needed = node->size + extra;
  if (alone && needed <= node->capacity) return node;
  const std::size_t capacity = needed <= node->capacity ? node->capacity : needed + needed / 2;
  Node* const fresh = NewNode<Element>(capacity);
  Element* const elements = node->elements<Element>();
  if (alone) {
    std::uninitialized_move_n(elements, node->size, fresh->elements<Element>());
  } else {
    std::uninitialized_copy_n(elements, node->size, fresh->elements<Element>());
  }
  fresh->size = node->size;
  if (alone || internal::DropReference(node->references)) DeleteNode<Element>(node);
  return fresh;
}

void Value::StoreText(std::string_view text) {
  if (text.size() <= kInlineMax) {
    StoreShort(text);
    return;
  }
  Node* const node = NewNode<char>(text.size());
  node->size = static_cast<std::uint32_t>(text.size());
  std::memcpy(node->text(), text.data(), text.size());
  Point(node, Tag::kLong);
}

Value Value::EmptyObject(std::size_t capacity) {
  Value value;
  value.Point(NewNode<Member>(capacity), Tag::kObject);
  return value;
}

Value Value::EmptyArray(std::size_t capacity) {
  Value value;
  value.Point(NewNode<Value>(capacity), Tag::kArray);
  return value;
}

void Value::Delete() {
  if (rep_.tag == Tag::kLong) {
    DeleteNode<char>(node());
  } else if (rep_.tag == Tag::kArray) {
    DeleteNode<Value>(node());
  } else {
    DeleteNode<Member>(node());
  }
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

Value::Node* Value::WritableObject(std::size_t extra) {
  if (IsNull()) *this = EmptyObject();
  REDRIVE_CHECK(IsObject());
  Node* const own = OwnNode<Member>(node(), extra);
  Point(own, Tag::kObject);
  return own;
}

Value::Node* Value::WritableArray(std::size_t extra) {
  if (IsNull()) *this = EmptyArray();
  REDRIVE_CHECK(IsArray());
  Node* const own = OwnNode<Value>(node(), extra);
  Point(own, Tag::kArray);
  return own;
}

Value& Value::Set(Key key, Value value) {
  Mutable(std::move(key)) = std::move(value);
  return *this;
}

Value& Value::Mutable(Key key) {
  Node* object = WritableObject(0);
  for (std::uint32_t i = 0; i < object->size; ++i) {
    Member& member = object->members()[i];
    if (member.key == key.text()) return member.value;
  }
  Add(std::move(key), Value());
  object = node();
  return object->members()[object->size - 1].value;
}

bool Value::Remove(std::string_view key) {
  if (!Has(key)) return false;
  Node* const object = WritableObject(0);
  Member* const end = object->members() + object->size;
  Member* const kept = std::remove_if(object->members(), end,
                                      [&](const Member& member) { return member.key == key; });
  std::destroy(kept, end);
  object->size = static_cast<std::uint32_t>(kept - object->members());
  return true;
}

Value& Value::Push(Value item) {
  Node* const array = WritableArray(1);
  new (array->items() + array->size) Value(std::move(item));
  ++array->size;
  return *this;
}

Value& Value::MutableItem(std::size_t index) {
  REDRIVE_CHECK(index < size());
  return WritableArray(0)->items()[index];
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
