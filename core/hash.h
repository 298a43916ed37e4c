// Hashes that are equal on every machine and compiler. Not for security.
#ifndef REDRIVE_CORE_HASH_H_
#define REDRIVE_CORE_HASH_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace redrive {

// A bijective scrambler of 64 bits (the finaliser of splitmix64; Steele, Lea, Flood, OOPSLA 2014).
constexpr std::uint64_t Scramble(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return x;
}

// FNV-1a, for names known at compile time.
constexpr std::uint64_t HashName(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

// XXH3 (64 bits), for bytes.
std::uint64_t HashBytes(std::string_view bytes);

// Sixteen lower-case hexadecimal digits.
std::string ToHex(std::uint64_t value);

// Accepts exactly what ToHex writes; returns false otherwise.
bool FromHex(std::string_view text, std::uint64_t* value);

}  // namespace redrive

#endif  // REDRIVE_CORE_HASH_H_
