// Value: a JSON value, 24 bytes. Strings of up to 22 bytes are inline; longer ones, arrays and
// objects are shared and copied on the first write, so a copy of a Value is a snapshot: what a
// reader holds never changes. One Value is not shared between threads; copies of it may be, once
// ShareValuesAcrossThreads was called.
//
//   Value ticket = Object("ticket_id", id, "status", "open");
//   ticket.Set("version", 1);
//   if (ticket["status"] == "open") …
#ifndef REDRIVE_RECORDER_WORKSHOP_VALUE_H_
#define REDRIVE_RECORDER_WORKSHOP_VALUE_H_

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "recorder/workshop/decimal.h"

namespace redrive::workshop {

// Counts of references are updated atomically from now on, in the whole process. An atomic update
// costs a simulated request a tenth of its time, so worlds that keep to one thread do without.
// REQUIRES: no other thread holds a copy of this thread's values yet.
void ShareValuesAcrossThreads();

namespace internal {
inline std::atomic<bool> values_are_shared{false};

inline void AddReference(std::atomic<std::uint32_t>& references) {
  if (values_are_shared.load(std::memory_order_relaxed)) {
    references.fetch_add(1, std::memory_order_relaxed);
  } else {
    references.store(references.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
}
// True when the caller held the last one. The load spares the only owner an update.
inline bool DropReference(std::atomic<std::uint32_t>& references) {
  const std::uint32_t before = references.load(std::memory_order_acquire);
  if (before == 1) return true;
  if (values_are_shared.load(std::memory_order_relaxed)) {
    return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  references.store(before - 1, std::memory_order_relaxed);
  return false;
}

template <typename Word>
bool SameWord(const char* a, const char* b) {
  Word x = 0;
  Word y = 0;
  std::memcpy(&x, a, sizeof(x));
  std::memcpy(&y, b, sizeof(y));
  return x == y;
}
// Names are short and compared more often than anything else: a call would cost more than that.
inline bool SameBytes(const char* a, const char* b, std::size_t size) {
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    return SameWord<std::uint64_t>(a, b) && SameWord<std::uint64_t>(a + size - 8, b + size - 8);
  }
  if (size >= 4) {
    return SameWord<std::uint32_t>(a, b) && SameWord<std::uint32_t>(a + size - 4, b + size - 4);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}
}  // namespace internal

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
           (key.text_ == text.data() || internal::SameBytes(key.text_, text.data(), text.size()));
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
  Value(std::string_view text) {                                             // NOLINT: likewise
    // Literals are laid out where they are used.
    if (__builtin_constant_p(text.size()) && text.size() <= kInlineMax) {
      StoreShort(text);
    } else {
      StoreText(text);
    }
  }
  template <typename Text>
    requires(std::convertible_to<const Text&, std::string_view> &&
             !std::same_as<Text, std::string_view>)
  Value(const Text& text) : Value(static_cast<std::string_view>(text)) {}  // NOLINT: likewise

  Value(const Value& other) noexcept : rep_(other.rep_) {
    if (IsShared()) internal::AddReference(node()->references);
  }
  Value(Value&& other) noexcept : rep_(other.rep_) { other.rep_.tag = Tag::kNull; }
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
    if (IsShared() && internal::DropReference(node()->references)) Delete();
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

  [[nodiscard]] Kind kind() const {
    if (rep_.tag <= Tag::kShort) return static_cast<Kind>(rep_.tag);
    return static_cast<Kind>(static_cast<std::uint8_t>(rep_.tag) - 1);
  }
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
  [[nodiscard]] std::string_view String(std::string_view otherwise = {}) const {
    if (rep_.tag == Tag::kShort) return {reinterpret_cast<const char*>(rep_.data), rep_.length};
    if (rep_.tag != Tag::kLong) return otherwise;
    return {node()->text(), node()->size};
  }

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
  [[nodiscard]] inline std::span<const Member> Members() const;
  [[nodiscard]] inline std::span<const Value> Items() const;

  // Changes. REQUIRES: an object (Set, Add, Mutable, Remove) or an array (Push, MutableItem). A
  // null becomes an empty one first.
  Value& Set(Key key, Value value);         // replaces or appends; returns *this
  inline Value& Add(Key key, Value value);  // appends. REQUIRES: !Has(key)
  Value& Mutable(Key key);                  // the member, made null if absent
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
  // What is shared: this header, then the text, the items or the members, in one block of the frame
  // pool.
  struct alignas(8) Node {
    std::atomic<std::uint32_t> references{1};
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
    [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
    [[nodiscard]] Value* items() { return reinterpret_cast<Value*>(this + 1); }
    [[nodiscard]] Member* members() { return reinterpret_cast<Member*>(this + 1); }
    template <typename Element>
    [[nodiscard]] Element* elements() {
      return reinterpret_cast<Element*>(this + 1);
    }
    [[nodiscard]] bool HasRoom() const {
      return references.load(std::memory_order_acquire) == 1 && size < capacity;
    }
  };

  template <typename Element>
  static Node* NewNode(std::size_t capacity);
  template <typename Element>
  static void DeleteNode(Node* node);
  template <typename Element>
  static Node* OwnNode(Node* node, std::size_t extra);

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
  void StoreShort(std::string_view text) {
    if (!text.empty()) std::memcpy(rep_.data, text.data(), text.size());
    rep_.length = static_cast<std::uint8_t>(text.size());
    rep_.tag = Tag::kShort;
  }
  void StoreText(std::string_view text);
  // REQUIRES: IsShared().
  [[nodiscard]] Node* node() const {
    Node* node = nullptr;
    std::memcpy(&node, rep_.data, sizeof(node));
    return node;
  }
  void Point(Node* node, Tag tag) {
    std::memcpy(rep_.data, &node, sizeof(node));
    rep_.tag = tag;
  }
  void Delete();
  // This value's own array or object with room for `extra` more.
  Node* WritableArray(std::size_t extra);
  Node* WritableObject(std::size_t extra);

  Rep rep_;
};
static_assert(sizeof(Value) == 24);

struct Member {
  Key key;
  Value value;
};

inline Value& Value::Add(Key key, Value value) {
  Node* object = IsObject() ? node() : nullptr;
  if (object == nullptr || !object->HasRoom()) object = WritableObject(1);
  new (object->members() + object->size) Member{std::move(key), std::move(value)};
  ++object->size;
  return *this;
}

inline std::span<const Member> Value::Members() const {
  if (rep_.tag != Tag::kObject) return {};
  return {node()->members(), node()->size};
}

inline std::span<const Value> Value::Items() const {
  if (rep_.tag != Tag::kArray) return {};
  return {node()->items(), node()->size};
}

// Object("code", 0, "ticket", std::move(ticket)): keys (literals) and values in turn, no
// duplicates.
inline void AppendMembers(Value&) {}
template <typename Name, typename Content, typename... Rest>
void AppendMembers(Value& object, Name&& name, Content&& content, Rest&&... rest) {
  object.Add(Key(std::forward<Name>(name)), Value(std::forward<Content>(content)));
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
