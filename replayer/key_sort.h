// A stable sort of small records by a 64-bit key, for histories of millions of operations: such
// lists are already sorted, or sorted but for the few operations that overlap, or have keys of few
// bits.
#ifndef REDRIVE_REPLAYER_KEY_SORT_H_
#define REDRIVE_REPLAYER_KEY_SORT_H_

#include <cstdint>
#include <vector>

namespace redrive {

struct KeyedIndex {
  std::uint64_t key = 0;
  std::uint32_t index = 0;
};

// By key, equal keys in their order before. Sorted input costs one pass; otherwise least
// significant digit first (11 bits), over the bits in which keys differ: O(n) for the event numbers
// of a trace. Takes as much memory again while it runs.
void SortByKey(std::vector<KeyedIndex>& items);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_KEY_SORT_H_
