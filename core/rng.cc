#include "core/rng.h"

#include "core/check.h"

namespace redrive {

std::uint64_t Rng::Below(std::uint64_t bound) {
  REDRIVE_CHECK(bound > 0);
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(Next()) * bound;
  auto low = static_cast<std::uint64_t>(product);
  if (low < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (low < threshold) {
      product = static_cast<Wide>(Next()) * bound;
      low = static_cast<std::uint64_t>(product);
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t Rng::Between(std::int64_t first, std::int64_t last) {
  REDRIVE_CHECK(first <= last);
  const std::uint64_t span = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
  if (span == ~std::uint64_t{0}) return static_cast<std::int64_t>(Next());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) + Below(span + 1));
}

bool Rng::Chance(Ratio ratio) {
  REDRIVE_CHECK(ratio.numerator <= ratio.denominator);
  return Below(ratio.denominator) < ratio.numerator;
}

}  // namespace redrive
