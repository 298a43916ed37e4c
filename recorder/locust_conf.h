// Settings files of Locust: locust.conf and the [tool.locust] table of pyproject.toml. Pure text
// in, settings out.
#ifndef REDRIVE_RECORDER_LOCUST_CONF_H_
#define REDRIVE_RECORDER_LOCUST_CONF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

struct LocustSetting {
  std::string name;                 // the long flag without its dashes: "spawn-rate"
  std::vector<std::string> values;  // one, or those of a list "[a, b]"; none: the name stood alone
  std::uint32_t line = 0;
};

enum class LocustConfKind : std::uint8_t {
  kConf,       // "name = value", "name: value", "name value", "name"; [sections] mean nothing
  kPyproject,  // TOML, of which only the table [tool.locust] is read: strings, numbers, booleans
               // and lists on one line
};

// In the order of the file. '#' and ';' begin comments at the start of a line or behind a space.
// Errors (kInvalid), "FILE:LINE: what was expected"; (kLimit) more than 1'000 settings.
[[nodiscard]] Result<std::vector<LocustSetting>> ParseLocustConf(std::string_view text,
                                                                 std::string_view file,
                                                                 LocustConfKind kind);

// "[a, 'b']" or "a": the values of a list as Locust takes them from a file or the environment.
std::vector<std::string> LocustListValues(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOCUST_CONF_H_
