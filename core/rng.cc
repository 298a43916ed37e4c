#include "core/rng.h"

#include "core/check.h"

namespace redrive {

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
