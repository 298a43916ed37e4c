#include "recorder/workshop/field_index.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "recorder/workshop/filter.h"

namespace redrive::workshop {
void FieldIndex::Add(std::string_view value, std::uint32_t position) {
  if (next_.size() <= position) {
    next_.resize(position + 1, kNone);
    previous_.resize(position + 1, kNone);
  }
  const std::uint64_t hash = Filter::HashOfId(value);
  Slot& slot = Obtain(hash);
  std::uint32_t before = slot.last;  // new documents have the highest position
  while (before != kNone && before > position) before = previous_[before];
  LinkBehind(slot, before, position);
  if (marked_) changes_.push_back(Change{hash, position, before, true});
}

void FieldIndex::Remove(std::string_view value, std::uint32_t position) {
  const std::uint64_t hash = Filter::HashOfId(value);
  Slot& slot = Obtain(hash);
  REDRIVE_CHECK(slot.count > 0);
  if (marked_) changes_.push_back(Change{hash, position, previous_[position], false});
  Unlink(slot, position);
}

void FieldIndex::Mark() {
  marked_ = true;
  changes_.clear();
}

void FieldIndex::Rollback() {
  REDRIVE_CHECK(marked_);
  // Backwards, so that each finds its neighbours as they were when it happened.
  for (std::size_t i = changes_.size(); i-- > 0;) {
    const Change& change = changes_[i];
    Slot& slot = Obtain(change.hash);
    if (change.added) {
      Unlink(slot, change.position);
    } else {
      LinkBehind(slot, change.before, change.position);
    }
  }
  changes_.clear();
}

// `before` is kNone for the first place.
void FieldIndex::LinkBehind(Slot& slot, std::uint32_t before, std::uint32_t position) {
  const std::uint32_t after = before == kNone ? slot.first : next_[before];
  next_[position] = after;
  previous_[position] = before;
  (before == kNone ? slot.first : next_[before]) = position;
  (after == kNone ? slot.last : previous_[after]) = position;
  ++slot.count;
}

void FieldIndex::Unlink(Slot& slot, std::uint32_t position) {
  const std::uint32_t before = previous_[position];
  const std::uint32_t after = next_[position];
  (before == kNone ? slot.first : next_[before]) = after;
  (after == kNone ? slot.last : previous_[after]) = before;
  --slot.count;
}

FieldIndex::Chain FieldIndex::Find(std::uint64_t hash) const {
  const Slot* const slot = Lookup(hash);
  return slot != nullptr ? Chain{slot->first, slot->last, slot->count} : Chain{};
}

void FieldIndex::Clear() {
  if (used_ != 0) std::fill(slots_.begin(), slots_.end(), Slot());
  used_ = 0;
  next_.clear();
  previous_.clear();
  marked_ = false;
  changes_.clear();
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

// Values that no document has any more lose their place here, so a table that is rolled back again
// and again stays as small as what it holds.
void FieldIndex::Grow() {
  std::vector<Slot> old = std::exchange(slots_, {});
  const auto live = static_cast<std::size_t>(
      std::count_if(old.begin(), old.end(), [](const Slot& slot) { return slot.count > 0; }));
  std::size_t size = 16;
  while (size < (live + 1) * 4) size *= 2;
  slots_.resize(size);
  used_ = live;
  const std::size_t mask = size - 1;
  for (const Slot& slot : old) {
    if (slot.count == 0) continue;
    std::size_t at = (slot.hash >> 1) & mask;
    while (slots_[at].hash != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

}  // namespace redrive::workshop
