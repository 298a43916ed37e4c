// Finds one value in JSON text without building a document: what virtual users extract with. Never
// throws and never reads outside the text; broken JSON gives "not found" or the value before the
// break. Of repeated keys the first counts.
#ifndef REDRIVE_RECORDER_JSON_POINTER_H_
#define REDRIVE_RECORDER_JSON_POINTER_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace redrive {

// A JSON pointer (RFC 6901), and one more kind of reference token: "[key=value]" is the first
// element of an array that is an object whose member `key` is that string or number:
//   /accounts/[account_code=1100]/account_id
// Gives the value as written, without white space around it.
std::optional<std::string_view> FindJson(std::string_view text, std::string_view pointer);

// The text of a JSON string with its escapes resolved ("\ud83d\ude00" becomes UTF-8, a lone
// surrogate U+FFFD); empty when `json` is not a complete JSON string.
std::optional<std::string> DecodeJsonString(std::string_view json);

// Appends `text` as it stands between the quotes of a JSON string.
void AppendJsonEscaped(std::string_view text, std::string* out);

// What is wrong with `pointer`, if anything.
[[nodiscard]] Result<void> CheckJsonPointer(std::string_view pointer);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_JSON_POINTER_H_
