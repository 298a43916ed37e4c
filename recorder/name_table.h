// NameTable: numbers for texts that were written before, of one chunk of a trace.
#ifndef REDRIVE_RECORDER_NAME_TABLE_H_
#define REDRIVE_RECORDER_NAME_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace redrive {

// The names that a chunk has met, by number. Only looked up, never iterated: open addressing over
// the texts in the chunk itself, which the recording of every request can afford.
class NameTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  // The number of `name`, or kNone. `hash` is HashBytes(name).
  [[nodiscard]] std::uint32_t Find(std::string_view chunk, std::string_view name,
                                   std::uint64_t hash) const {
    for (std::size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.number == kNone) return kNone;
      if (slot.tag == Tag(hash) && chunk.substr(slot.offset, slot.size) == name) return slot.number;
    }
  }
  // REQUIRES: Find has not found it; `offset` is where its text begins in the chunk.
  void Add(std::size_t offset, std::size_t size, std::uint64_t hash) {
    if (2 * (entries_.size() + 1) > slots_.size()) Grow();
    const Slot slot{.tag = Tag(hash),
                    .number = static_cast<std::uint32_t>(entries_.size()),
                    .offset = static_cast<std::uint32_t>(offset),
                    .size = static_cast<std::uint32_t>(size)};
    entries_.push_back(hash);
    Place(slot, hash);
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // Forgets the names from number `size` on.
  void Shrink(std::size_t size) {
    if (size == entries_.size()) return;
    entries_.resize(size);
    std::vector<Slot> kept;
    for (const Slot& slot : slots_) {
      if (slot.number < size) kept.push_back(slot);
    }
    std::fill(slots_.begin(), slots_.end(), Slot());
    for (const Slot& slot : kept) Place(slot, entries_[slot.number]);
  }
  void Clear() {
    entries_.clear();
    std::fill(slots_.begin(), slots_.end(), Slot());
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = kNone;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };
  static std::uint32_t Tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  void Place(const Slot& slot, std::uint64_t hash) {
    std::size_t at = hash & mask_;
    while (slots_[at].number != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
  void Grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.number != kNone) Place(slot, entries_[slot.number]);
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(256);
  std::size_t mask_ = slots_.size() - 1;
  std::vector<std::uint64_t> entries_;  // the hash of each name, by number
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NAME_TABLE_H_
