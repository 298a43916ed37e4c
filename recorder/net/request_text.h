// The bytes of a request as they go over the wire.
#ifndef REDRIVE_RECORDER_NET_REQUEST_TEXT_H_
#define REDRIVE_RECORDER_NET_REQUEST_TEXT_H_

#include <string>

#include "recorder/http.h"
#include "recorder/net/http_transport.h"

namespace redrive {

// What is the same in all requests to one target.
struct RequestFrame {
  std::string base_path;
  std::string host;           // value of the Host header
  std::string user_agent;     // empty: none
  std::string authorization;  // used where the request brings none; empty: none
  KeepAlive keep_alive = KeepAlive::kOn;
};

// Writes head and body into `out`, whose memory is reused. Content-Length is ours; Host and
// User-Agent only where the request brings none. Returns why it cannot be sent ("header 'X': a line
// break in its value"), or "".
std::string WriteRequest(const RequestFrame& frame, const Request& request, std::string* out);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_REQUEST_TEXT_H_
