// Rng: a counter-based generator of integers. The n-th draw depends on key and n only, and a split
// depends on the key and the label only: one more draw here moves nothing there.
// Integers only: floating point and <random> distributions differ between libraries.
#ifndef REDRIVE_CORE_RNG_H_
#define REDRIVE_CORE_RNG_H_

#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "core/hash.h"

namespace redrive {

// An exact probability. REQUIRES: 0 < denominator, numerator <= denominator.
struct Ratio {
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
};

class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) : key_(Scramble(seed ^ kSeedSalt)) {}

  // A stream of its own. Does not draw from this one.
  [[nodiscard]] constexpr Rng Split(std::string_view label) const {
    return Rng(Scramble(key_ + kSplitSalt) ^ HashName(label), Key{});
  }
  [[nodiscard]] constexpr Rng Split(std::uint64_t index) const {
    return Rng(Scramble(key_ ^ (index * kGolden + kSplitSalt)), Key{});
  }

  constexpr std::uint64_t Next() { return Scramble(key_ + kGolden * ++counter_); }

  // Uniform in [0, bound), by Lemire's method (ACM TOMACS 29, 2019). REQUIRES: bound > 0.
  std::uint64_t Below(std::uint64_t bound) {
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

  // Uniform in [first, last], both included. REQUIRES: first <= last.
  std::int64_t Between(std::int64_t first, std::int64_t last);

  bool Chance(Ratio ratio);

 private:
  struct Key {};
  static constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
  static constexpr std::uint64_t kSeedSalt = 0x5265647269766521ULL;
  static constexpr std::uint64_t kSplitSalt = 0x53706c697421ULL;

  constexpr Rng(std::uint64_t key, Key) : key_(Scramble(key)) {}

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_RNG_H_
