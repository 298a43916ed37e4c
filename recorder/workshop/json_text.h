// JSON text <-> Value. The reader is strict (RFC 8259) and bounded; its errors are worded and
// placed as Python's json module does, since the workshop's clients see them.
#ifndef REDRIVE_RECORDER_WORKSHOP_JSON_TEXT_H_
#define REDRIVE_RECORDER_WORKSHOP_JSON_TEXT_H_

#include <string>
#include <string_view>

#include "recorder/workshop/value.h"

namespace redrive::workshop {

struct JsonLimits {
  std::size_t bytes_max = std::size_t{1} << 20;
  std::size_t depth_max = 32;
  std::size_t values_max = 100'000;
};

struct JsonResult {
  Value value;
  const char* error = nullptr;  // null: parsed; otherwise "Expecting value", … (static text)
  std::size_t position = 0;     // byte offset of the error
};

// Numbers without fraction and exponent become ints, others decimals rounded to four places; both
// are refused outside their range. Of equal keys the last wins.
[[nodiscard]] JsonResult ParseJson(std::string_view text, const JsonLimits& limits = {});

// Compact, UTF-8 unescaped, as Starlette's JSONResponse writes it.
void AppendJson(std::string& out, const Value& value);
[[nodiscard]] std::string ToJson(const Value& value);
// The text as a JSON string, with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_JSON_TEXT_H_
