// Simpler values: what a request body can be shrunk to, one change at a time.
#ifndef REDRIVE_REPLAYER_SIMPLER_JSON_H_
#define REDRIVE_REPLAYER_SIMPLER_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redrive {

enum class Simpler : std::uint8_t {
  kAll,
  kNumbers,  // only numbers, in place
};

// All bodies that differ from `body` in one place and are simpler there, the boldest first: members
// and elements left out, numbers towards 0 and 1, texts towards "" and "aaa". Texts with "${" are
// left out as a whole or stay. Each is smaller in a well-founded order, so taking them again and
// again ends. Empty when `body` is not JSON. Deterministic.
std::vector<std::string> SimplerBodies(std::string_view body, Simpler what);

// The same for a plain text.
std::vector<std::string> SimplerTexts(const std::string& text);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SIMPLER_JSON_H_
