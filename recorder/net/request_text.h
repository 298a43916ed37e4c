// The bytes of a request as they go over the wire.
#ifndef REDRIVE_RECORDER_NET_REQUEST_TEXT_H_
#define REDRIVE_RECORDER_NET_REQUEST_TEXT_H_

#include <string>
#include <string_view>

#include "recorder/http.h"
#include "recorder/net/http_transport.h"

namespace redrive {

// What is the same in all requests to one target.
struct RequestFrame {
  std::string base_path;
  std::string host;             // value of the Host header
  std::string user_agent;       // empty: none
  std::string accept_encoding;  // empty: none
  std::string authorization;    // used where the request brings none; empty: none
  KeepAlive keep_alive = KeepAlive::kOn;
};

// Writes head and body into `out`, whose memory is reused. Content-Length is ours; the frame's
// headers and `cookie` (the value of Cookie; empty: none) only where the request brings none.
// `base_path` stands before the target: the frame's, or "" where a redirect has named all of it.
// Returns why it cannot be sent ("header 'X': a line break in its value"), or "".
std::string WriteRequest(const RequestFrame& frame, const Request& request,
                         std::string_view base_path, std::string_view cookie, std::string* out);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_REQUEST_TEXT_H_
