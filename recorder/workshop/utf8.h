// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#ifndef REDRIVE_RECORDER_WORKSHOP_UTF8_H_
#define REDRIVE_RECORDER_WORKSHOP_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace redrive::workshop {

// The length of the UTF-8 sequence at the start of `text`, or 0 when it is not one.
std::size_t Utf8SequenceLength(std::string_view text);

// Each byte that is part of no sequence becomes U+FFFD, as Python's errors="replace".
std::string WithValidUtf8(std::string text);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_UTF8_H_
