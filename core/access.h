// What a task will touch next. Two accesses are dependent when their order can matter; every
// reduction of the search rests on this being honest.
#ifndef REDRIVE_CORE_ACCESS_H_
#define REDRIVE_CORE_ACCESS_H_

#include <cstdint>
#include <string_view>

#include "core/hash.h"

namespace redrive {

// A name with its hash. Does not own the text: it must be a literal, or interned by an owner that
// outlives every event (the store owns its collections' names).
struct Label {
  constexpr Label() = default;
  template <std::size_t N>
  consteval Label(const char (&literal)[N])  // NOLINT: implicit by design, Yield("take part", …)
      : text(literal, N - 1), hash(HashName(text)) {}
  static constexpr Label Interned(std::string_view text) { return Label(text, HashName(text)); }

  std::string_view text;
  std::uint64_t hash = 0;

 private:
  constexpr Label(std::string_view text_in, std::uint64_t hash_in) : text(text_in), hash(hash_in) {}
};

enum class Mode : std::uint8_t { kRead, kWrite };

// The resource is a space (a collection, a table) and a key in it; key 0 is the whole space.
// `key_text` is for people and need only live until the yield returns; it never decides anything.
struct Access {
  constexpr Access() = default;  // touches nothing: independent of everything
  constexpr Access(Label space_in, std::uint64_t key_in, Mode mode_in,
                   std::string_view key_text_in = {})
      : space(space_in), key(key_in), mode(mode_in), key_text(key_text_in) {}

  Label space;
  std::uint64_t key = 0;
  Mode mode = Mode::kRead;
  std::string_view key_text;
};

constexpr bool Touches(const Access& access) { return access.space.hash != 0; }

constexpr bool Dependent(const Access& a, const Access& b) {
  if (!Touches(a) || a.space.hash != b.space.hash) return false;
  if (a.mode == Mode::kRead && b.mode == Mode::kRead) return false;
  return a.key == b.key || a.key == 0 || b.key == 0;
}

// Where a task has stopped, before it touches `access`.
struct YieldPoint {
  Label label;
  Access access;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_ACCESS_H_
