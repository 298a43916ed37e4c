// Content codings of answers: gzip and deflate (RFC 9110, 8.4.1), with a limit on what comes out.
#ifndef REDRIVE_RECORDER_NET_CONTENT_CODING_H_
#define REDRIVE_RECORDER_NET_CONTENT_CODING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace redrive {

enum class DecodeResult : std::uint8_t {
  kDone,      // also when there was nothing to decode
  kBroken,    // the bytes are not of that coding, or end early
  kTooLarge,  // more than `body_max` bytes came out
};

// Undoes the codings that a Content-Encoding header names, the last one first. What is neither gzip
// nor deflate (with or without zlib's wrapping, as both are sent under that name) is left as it is.
// On kDone `body` is replaced; otherwise it stays, and `what` names the coding and what is wrong.
DecodeResult DecodeContent(std::string_view content_encoding, std::size_t body_max,
                           std::string* body, std::string* what);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_CONTENT_CODING_H_
