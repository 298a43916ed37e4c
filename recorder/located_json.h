// JSON text of people (comments allowed) with the line of every value, for messages that say where.
#ifndef REDRIVE_RECORDER_LOCATED_JSON_H_
#define REDRIVE_RECORDER_LOCATED_JSON_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace redrive {

// The line, from 1, of each value by its JSON pointer; "" is the root. A member's line is its
// key's.
using LineMap = std::map<std::string, std::uint32_t, std::less<>>;

// Keeps the order of members. Errors (kInvalid): not JSON, a key given twice in one object, nested
// deeper than 64, over 16 MiB. `file` is for messages: "file:line: …".
[[nodiscard]] Result<void> ParseLocatedJson(std::string_view text, std::string_view file,
                                            nlohmann::ordered_json* root, LineMap* lines);

// "~0" and "~1" for '~' and '/' (RFC 6901).
std::string PointerToken(std::string_view key);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOCATED_JSON_H_
