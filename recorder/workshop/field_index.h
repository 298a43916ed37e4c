// FieldIndex: from the string value of one field to the positions of the documents that have it,
// ascending. A hash table that is looked up and never iterated, so its order decides nothing.
#ifndef REDRIVE_RECORDER_WORKSHOP_FIELD_INDEX_H_
#define REDRIVE_RECORDER_WORKSHOP_FIELD_INDEX_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "recorder/workshop/value.h"

namespace redrive::workshop {

class FieldIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  explicit FieldIndex(std::string_view field) : field_(field) {}

  [[nodiscard]] std::string_view field() const { return field_; }

  // `position` is of a document whose field is `value`. REQUIRES: not yet added.
  void Add(std::string_view value, std::uint32_t position);
  void Remove(std::string_view value, std::uint32_t position);

  // The documents with a value, ascending: first, then Next until
  // kNone; or last, then Previous. Values are told apart by
  // their 63-bit hash: equal hashes of different values, if they ever met, would share a chain.
  struct Chain {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t count = 0;
  };
  [[nodiscard]] Chain Find(std::uint64_t hash) const;  // Filter::HashOfId of the value
  [[nodiscard]] std::uint32_t Next(std::uint32_t position) const { return next_[position]; }
  [[nodiscard]] std::uint32_t Previous(std::uint32_t position) const { return previous_[position]; }

  void Clear();  // keeps memory; forgets the mark

  // From Mark on, changes are remembered and Rollback takes them back, at the cost of their number.
  // Marking again forgets the old mark. REQUIRES for Rollback: Mark was called.
  void Mark();
  void Rollback();

 private:
  // What Rollback takes back: that `position` was added, or was removed from behind `before`.
  struct Change {
    std::uint64_t hash;
    std::uint32_t position;
    std::uint32_t before;
    bool added;
  };
  struct Slot {
    std::uint64_t hash = 0;  // 0: free
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    std::uint32_t count = 0;
  };
  [[nodiscard]] const Slot* Lookup(std::uint64_t hash) const;
  Slot& Obtain(std::uint64_t hash);
  void Grow();
  void LinkBehind(Slot& slot, std::uint32_t before, std::uint32_t position);
  void Unlink(Slot& slot, std::uint32_t position);

  std::string_view field_;
  std::vector<Slot> slots_;  // a power of two
  std::size_t used_ = 0;
  std::vector<std::uint32_t> next_;      // by position
  std::vector<std::uint32_t> previous_;  // by position
  bool marked_ = false;
  std::vector<Change> changes_;  // since Mark, in order
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_FIELD_INDEX_H_
