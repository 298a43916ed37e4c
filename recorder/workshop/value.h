// Value: a JSON value, 24 bytes. Strings of up to 22 bytes are inline; longer ones, arrays and
// objects are shared and copied on the first write, so a copy of a Value is a snapshot: what a
// reader holds never changes. Copies may be passed to other threads; one Value is not shared.
//
//   Value ticket = Object("ticket_id", id, "status", "open");
//   ticket.Set("version", 1);
//   if (ticket["status"] == "open") …
#ifndef REDRIVE_RECORDER_WORKSHOP_VALUE_H_
#define REDRIVE_RECORDER_WORKSHOP_VALUE_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "recorder/workshop/decimal.h"

namespace redrive::workshop {

// The name of a member. From a literal it costs nothing; other texts are copied unless they are
// among the names that requests are known to use (value_keys.cc).
class Key {
 public:
  // REQUIRES: a string literal (it is not copied).
  template <std::size_t N>
  constexpr Key(const char (&literal)[N])  // NOLINT: implicit by design, Set("status", …)
      : text_(literal), size_(static_cast<std::uint32_t>(N - 1)) {}
  static Key Copy(std::string_view text);
  // `text` must live as long as the process.
  static constexpr Key Static(std::string_view text) {
    return Key(text.data(), static_cast<std::uint32_t>(text.size()), false);
  }

  Key(const Key& other) : text_(other.text_), size_(other.size_), owned_(other.owned_) {
    if (owned_) Retain();
  }
  Key(Key&& other) noexcept
      : text_(other.text_), size_(other.size_), owned_(std::exchange(other.owned_, false)) {}
  Key& operator=(Key other) noexcept {
    std::swap(text_, other.text_);
    std::swap(size_, other.size_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  constexpr ~Key() {
    if (owned_) Drop();
  }

  [[nodiscard]] std::string_view text() const { return {text_, size_}; }
  friend bool operator==(const Key& key, std::string_view text) {
    return key.size_ == text.size() &&
           (key.text_ == text.data() || std::memcmp(key.text_, text.data(), text.size()) == 0);
  }

 private:
  constexpr Key(const char* text, std::uint32_t size, bool owned)
      : text_(text), size_(size), owned_(owned) {}
  void Retain() const;
  void Drop();

  const char* text_;
  std::uint32_t size_;
  bool owned_ = false;
};

struct Member;

class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kDecimal, kString, kArray, kObject };
  static constexpr std::size_t kInlineMax = 22;

  Value() noexcept = default;
  Value(std::nullptr_t) noexcept {}               // NOLINT: a JSON literal
  Value(std::same_as<bool> auto flag) noexcept {  // NOLINT: a JSON literal
    Store(flag ? 1 : 0, Tag::kBool);
  }
  template <typename Integer>
    requires(std::integral<Integer> && !std::same_as<Integer, bool> && !std::same_as<Integer, char>)
  Value(Integer number) noexcept {  // NOLINT: a JSON literal
    Store(static_cast<std::int64_t>(number), Tag::kInt);
  }
  Value(Decimal number) noexcept { Store(number.scaled(), Tag::kDecimal); }  // NOLINT: likewise
  Value(std::string_view text);                                              // NOLINT: likewise
  Value(const char* text) : Value(std::string_view(text)) {}                 // NOLINT: likewise
  Value(const std::string& text) : Value(std::string_view(text)) {}          // NOLINT: likewise

  Value(const Value& other) noexcept : rep_(other.rep_) {
    if (IsShared()) Retain();
  }
  Value(Value&& other) noexcept : rep_(std::exchange(other.rep_, Rep())) {}
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    Swap(copy);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~Value() {
    if (IsShared()) Drop();
  }
  void Swap(Value& other) noexcept { std::swap(rep_, other.rep_); }

  static Value EmptyObject(std::size_t capacity = 8);
  static Value EmptyArray(std::size_t capacity = 4);
  template <typename Range>
  static Value ArrayOf(const Range& items) {
    Value array = EmptyArray(std::size(items));
    for (const auto& item : items) array.Push(Value(item));
    return array;
  }

  [[nodiscard]] Kind kind() const;
  [[nodiscard]] bool IsNull() const { return rep_.tag == Tag::kNull; }
  [[nodiscard]] bool IsBool() const { return rep_.tag == Tag::kBool; }
  [[nodiscard]] bool IsInt() const { return rep_.tag == Tag::kInt; }
  [[nodiscard]] bool IsNumber() const { return rep_.tag == Tag::kInt || rep_.tag == Tag::kDecimal; }
  [[nodiscard]] bool IsString() const { return rep_.tag == Tag::kShort || rep_.tag == Tag::kLong; }
  [[nodiscard]] bool IsArray() const { return rep_.tag == Tag::kArray; }
  [[nodiscard]] bool IsObject() const { return rep_.tag == Tag::kObject; }
  // Python's truth: null, false, 0, "" and empty containers are false.
  [[nodiscard]] bool Truthy() const;

  // Each returns its default when the value is of another kind; numbers convert (Int towards zero).
  [[nodiscard]] bool Bool() const { return rep_.tag == Tag::kBool && Load() != 0; }
  [[nodiscard]] std::int64_t Int(std::int64_t otherwise = 0) const;
  [[nodiscard]] Decimal Number(Decimal otherwise = Decimal()) const;
  // The view lives as long as this Value (or, for long strings, any copy) is unchanged.
  [[nodiscard]] std::string_view String(std::string_view otherwise = {}) const;

  // Members and items. Reading what is not there gives null.
  [[nodiscard]] const Value* Find(std::string_view key) const;  // null pointer: absent
  [[nodiscard]] bool Has(std::string_view key) const { return Find(key) != nullptr; }
  const Value& operator[](std::string_view key) const;
  template <std::size_t N>
  const Value& operator[](const char (&key)[N]) const {
    return (*this)[std::string_view(key, N - 1)];
  }
  // "customer.address.city"; array items by number.
  [[nodiscard]] const Value& AtPath(std::string_view dotted) const;
  [[nodiscard]] std::size_t size() const;  // members, items; 0 for scalars
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::span<const Member> Members() const;
  [[nodiscard]] std::span<const Value> Items() const;

  // Changes. REQUIRES: an object (Set, Add, Mutable, Remove) or an array (Push, MutableItem). A
  // null becomes an empty one first.
  Value& Set(Key key, Value value);  // replaces or appends; returns *this
  Value& Add(Key key, Value value);  // appends. REQUIRES: !Has(key)
  Value& Mutable(Key key);           // the member, made null if absent
  bool Remove(std::string_view key);
  Value& Push(Value item);                // returns *this
  Value& MutableItem(std::size_t index);  // REQUIRES: index < size()

  // Numbers compare by value (1 == 1.0); object order does not matter.
  friend bool operator==(const Value& a, const Value& b);
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const Value& a, const Text& text) {
    return a.IsString() && a.String() == std::string_view(text);
  }
  // Total order for sorting and range filters: null < numbers < strings < objects < arrays < bools,
  // as MongoDB's; containers by size only.
  [[nodiscard]] static int Compare(const Value& a, const Value& b);

 private:
  enum class Tag : std::uint8_t { kNull, kBool, kInt, kDecimal, kShort, kLong, kArray, kObject };
  struct Rep {
    alignas(8) unsigned char data[kInlineMax] = {};
    std::uint8_t length = 0;  // of an inline string
    Tag tag = Tag::kNull;
  };
  struct TextNode;
  struct ArrayNode;
  struct ObjectNode;

  [[nodiscard]] bool IsShared() const { return rep_.tag >= Tag::kLong; }
  void Store(std::int64_t number, Tag tag) {
    std::memcpy(rep_.data, &number, sizeof(number));
    rep_.tag = tag;
  }
  [[nodiscard]] std::int64_t Load() const {
    std::int64_t number = 0;
    std::memcpy(&number, rep_.data, sizeof(number));
    return number;
  }
  template <typename Node>
  [[nodiscard]] Node* Pointer() const {
    Node* node = nullptr;
    std::memcpy(&node, rep_.data, sizeof(node));
    return node;
  }
  template <typename Node>
  void Point(Node* node, Tag tag) {
    std::memcpy(rep_.data, &node, sizeof(node));
    rep_.tag = tag;
  }
  void Retain() const;
  void Drop();
  // This value's own array or object with room for `extra` more.
  ArrayNode* WritableArray(std::size_t extra);
  ObjectNode* WritableObject(std::size_t extra);

  Rep rep_;
};
static_assert(sizeof(Value) == 24);

struct Member {
  Key key;
  Value value;
};

// Object("code", 0, "ticket", std::move(ticket)): keys (literals) and values in turn, no
// duplicates.
inline void AppendMembers(Value&) {}
template <typename... Rest>
void AppendMembers(Value& object, Key key, Value value, Rest&&... rest) {
  object.Add(std::move(key), std::move(value));
  AppendMembers(object, std::forward<Rest>(rest)...);
}
template <typename... Rest>
Value Object(Rest&&... rest) {
  static_assert(sizeof...(rest) % 2 == 0);
  Value object = Value::EmptyObject(sizeof...(rest) / 2);
  AppendMembers(object, std::forward<Rest>(rest)...);
  return object;
}
template <typename... Rest>
Value Array(Rest&&... rest) {
  Value array = Value::EmptyArray(sizeof...(rest));
  (array.Push(Value(std::forward<Rest>(rest))), ...);
  return array;
}

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_VALUE_H_
