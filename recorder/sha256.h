// SHA-256 (FIPS 180-4), for hashes that must be one-way. Everything else uses core/hash.h, which is
// fifty times faster.
#ifndef REDRIVE_RECORDER_SHA256_H_
#define REDRIVE_RECORDER_SHA256_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace redrive {

std::array<std::uint8_t, 32> Sha256(std::string_view bytes);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SHA256_H_
