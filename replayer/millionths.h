// Decimals of people as whole millionths: thresholds are compared as integers.
#ifndef REDRIVE_REPLAYER_MILLIONTHS_H_
#define REDRIVE_REPLAYER_MILLIONTHS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redrive {

// Reads a decimal without sign at `*at`, at most 10^12 with six decimals, and moves `*at` behind
// it. "" when it did, else what was expected; `*at` is then where.
std::string ReadMillionths(std::string_view text, std::size_t* at, std::int64_t* millionths);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_MILLIONTHS_H_
