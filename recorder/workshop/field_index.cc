#include "recorder/workshop/field_index.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/hash.h"

namespace redrive::workshop {
namespace {

// Never 0, which marks a free slot.
std::uint64_t HashOf(std::string_view value) { return HashBytes(value) | 1U; }

}  // namespace

void FieldIndex::Add(std::string_view value, std::uint32_t position) {
  if (next_.size() <= position) next_.resize(position + 1, kNone);
  next_[position] = kNone;
  Slot& slot = Obtain(HashOf(value));
  ++slot.count;
  if (slot.last == kNone) {
    slot.first = slot.last = position;
  } else if (slot.last < position) {
    next_[slot.last] = position;
    slot.last = position;
  } else if (position < slot.first) {
    next_[position] = slot.first;
    slot.first = position;
  } else {
    std::uint32_t before = slot.first;
    while (next_[before] < position) before = next_[before];
    next_[position] = next_[before];
    next_[before] = position;
  }
}

void FieldIndex::Remove(std::string_view value, std::uint32_t position) {
  Slot& slot = Obtain(HashOf(value));
  REDRIVE_CHECK(slot.count > 0);
  --slot.count;
  if (slot.first == position) {
    slot.first = next_[position];
    if (slot.first == kNone) slot.last = kNone;
    return;
  }
  std::uint32_t before = slot.first;
  while (next_[before] != position) before = next_[before];
  next_[before] = next_[position];
  if (slot.last == position) slot.last = before;
}

std::uint32_t FieldIndex::First(std::string_view value) const {
  const Slot* const slot = Lookup(HashOf(value));
  return slot != nullptr ? slot->first : kNone;
}

std::uint32_t FieldIndex::Count(std::string_view value) const {
  const Slot* const slot = Lookup(HashOf(value));
  return slot != nullptr ? slot->count : 0;
}

void FieldIndex::Clear() {
  if (used_ != 0) std::fill(slots_.begin(), slots_.end(), Slot());
  used_ = 0;
  next_.clear();
}

const FieldIndex::Slot* FieldIndex::Lookup(std::uint64_t hash) const {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = (hash >> 1) & mask; slots_[at].hash != 0; at = (at + 1) & mask) {
    if (slots_[at].hash == hash) return &slots_[at];
  }
  return nullptr;
}

FieldIndex::Slot& FieldIndex::Obtain(std::uint64_t hash) {
  if ((used_ + 1) * 2 > slots_.size()) Grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = (hash >> 1) & mask;
  while (slots_[at].hash != 0 && slots_[at].hash != hash) at = (at + 1) & mask;
  if (slots_[at].hash == 0) {
    slots_[at].hash = hash;
    ++used_;
  }
  return slots_[at];
}

void FieldIndex::Grow() {
  std::vector<Slot> old = std::exchange(slots_, {});
  slots_.resize(old.empty() ? 16 : old.size() * 2);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.hash == 0) continue;
    std::size_t at = (slot.hash >> 1) & mask;
    while (slots_[at].hash != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace redrive::workshop
