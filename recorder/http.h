// HTTP requests and responses as all layers pass them. Plain values; the owner is whoever holds
// one.
#ifndef REDRIVE_RECORDER_HTTP_H_
#define REDRIVE_RECORDER_HTTP_H_

#include <string>
#include <string_view>
#include <vector>

namespace redrive {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

// `target` is path and query as on the request line ("/api/tickets?page=1"), percent-encoded.
struct Request {
  std::string method = "GET";
  std::string target = "/";
  std::vector<Header> headers;  // without Host and Content-Length: the transport adds them
  std::string body;
  bool operator==(const Request&) const = default;
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;
  bool operator==(const Response&) const = default;
};

// The first header of that name, ASCII case ignored (RFC 9110, 5.1); null when absent.
const std::string* FindHeader(const std::vector<Header>& headers, std::string_view name);

bool EqualIgnoringCase(std::string_view a, std::string_view b);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_HTTP_H_
