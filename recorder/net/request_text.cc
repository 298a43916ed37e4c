#include "recorder/net/request_text.h"

#include <string_view>

namespace redrive {
namespace {

bool IsToken(std::string_view text) {  // RFC 9110, 5.6.2
  if (text.empty()) return false;
  for (const char c : text) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alphanumeric && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string CheckTarget(std::string_view target) {
  if (!target.starts_with('/'))
    return "target '" + std::string(target.substr(0, 80)) + "': a '/' is expected first";
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (static_cast<unsigned char>(target[i]) <= ' ' || target[i] == '\x7f') {
      return "target: a blank or control character at byte " + std::to_string(i) +
             ", which must be percent-encoded";
    }
  }
  return "";
}

std::string CheckHeader(const Header& header) {
  const std::string name = "header '" + header.name.substr(0, 80) + "'";
  if (!IsToken(header.name)) return name + ": not a name that HTTP allows";
  if (EqualIgnoringCase(header.name, "Transfer-Encoding")) {
    return name + ": the transport frames the body itself";
  }
  if (header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    return name + ": a line break in its value";
  }
  return "";
}

void AppendHeader(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ").append(value).append("\r\n");
}

bool HasBody(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

std::string WriteRequest(const RequestFrame& frame, const Request& request, std::string* out) {
  if (!IsToken(request.method)) return "method '" + request.method.substr(0, 80) + "': not a name";
  std::string problem = CheckTarget(request.target);
  if (!problem.empty()) return problem;

  out->clear();
  out->append(request.method).append(" ");
  out->append(frame.base_path).append(request.target).append(" HTTP/1.1\r\n");
  if (FindHeader(request.headers, "Host") == nullptr) AppendHeader("Host", frame.host, out);
  for (const Header& header : request.headers) {
    problem = CheckHeader(header);
    if (!problem.empty()) return problem;
    if (EqualIgnoringCase(header.name, "Content-Length")) continue;
    AppendHeader(header.name, header.value, out);
  }
  if (!frame.user_agent.empty() && FindHeader(request.headers, "User-Agent") == nullptr) {
    AppendHeader("User-Agent", frame.user_agent, out);
  }
  if (!frame.authorization.empty() && FindHeader(request.headers, "Authorization") == nullptr) {
    AppendHeader("Authorization", frame.authorization, out);
  }
  if (frame.keep_alive == KeepAlive::kOff) AppendHeader("Connection", "close", out);
  if (HasBody(request)) AppendHeader("Content-Length", std::to_string(request.body.size()), out);
  out->append("\r\n").append(request.body);
  return "";
}

}  // namespace redrive
