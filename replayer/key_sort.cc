#include "replayer/key_sort.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace redrive {
namespace {

constexpr std::size_t kInsertionMax = 48;
constexpr unsigned kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;

void InsertionSort(std::vector<KeyedIndex>& items) {
  for (std::size_t i = 1; i < items.size(); ++i) {
    const KeyedIndex moved = items[i];
    std::size_t at = i;
    for (; at > 0 && items[at - 1].key > moved.key; --at) items[at] = items[at - 1];
    items[at] = moved;
  }
}

void SortByDigit(const std::vector<KeyedIndex>& from, std::vector<KeyedIndex>& to,
                 std::uint64_t smallest, unsigned shift) {
  std::array<std::size_t, kDigits> begins{};
  const auto digit = [&](const KeyedIndex& item) {
    return static_cast<std::size_t>((item.key - smallest) >> shift) & (kDigits - 1);
  };
  for (const KeyedIndex& item : from) ++begins[digit(item)];
  std::size_t sum = 0;
  for (std::size_t& begin : begins) sum += std::exchange(begin, sum);
  for (const KeyedIndex& item : from) to[begins[digit(item)]++] = item;
}

}  // namespace

void SortByKey(std::vector<KeyedIndex>& items) {
  std::uint64_t smallest = UINT64_MAX;
  std::uint64_t largest = 0;
  std::uint64_t previous = 0;
  bool sorted = true;
  for (const KeyedIndex& item : items) {
    sorted = sorted && previous <= item.key;
    previous = item.key;
    smallest = std::min(smallest, item.key);
    largest = std::max(largest, item.key);
  }
  if (sorted) return;
  if (items.size() <= kInsertionMax) {
    InsertionSort(items);
    return;
  }
  std::vector<KeyedIndex> other(items.size());
  for (unsigned shift = 0; shift < 64 && ((largest - smallest) >> shift) > 0; shift += kDigitBits) {
    SortByDigit(items, other, smallest, shift);
    items.swap(other);
  }
}

}  // namespace redrive
