// Sanitisation of request bodies, as the recorded middleware does it: HTML tags are stripped (not
// what stands between them), then what is left is HTML-escaped.
#ifndef REDRIVE_RECORDER_WORKSHOP_SANITIZE_H_
#define REDRIVE_RECORDER_WORKSHOP_SANITIZE_H_

#include <string>
#include <string_view>

#include "recorder/workshop/value.h"

namespace redrive::workshop {

// "<b>A & B</b> <script>x</script>" becomes "A &amp; B x".
std::string SanitizeText(std::string_view text);
// Every string of the value, at any depth.
Value Sanitized(const Value& value);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_SANITIZE_H_
