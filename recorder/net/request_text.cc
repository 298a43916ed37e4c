#include "recorder/net/request_text.h"

#include <array>
#include <charconv>
#include <string_view>

namespace redrive {
namespace {

constexpr std::array<bool, 256> TokenCharacters() {  // RFC 9110, 5.6.2
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}

bool IsToken(std::string_view text) {
  static constexpr std::array<bool, 256> kToken = TokenCharacters();
  if (text.empty()) return false;
  bool good = true;
  for (const char c : text) good = good && kToken[static_cast<unsigned char>(c)];
  return good;
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

bool HasLineBreak(std::string_view value) {
  bool found = false;
  for (const char c : value) found = found || c == '\r' || c == '\n' || c == '\0';
  return found;
}

// The headers that are ours unless the request brings them.
struct Brought {
  bool host = false;
  bool user_agent = false;
  bool accept_encoding = false;
  bool authorization = false;
  bool cookie = false;
};

// Returns what is wrong, or "". Most names are told apart by their length.
std::string CheckHeaders(const std::vector<Header>& headers, Brought* brought) {
  for (const Header& header : headers) {
    if (!IsToken(header.name)) {
      return "header '" + header.name.substr(0, 80) + "': not a name that HTTP allows";
    }
    if (HasLineBreak(header.value)) {
      return "header '" + header.name.substr(0, 80) + "': a line break in its value";
    }
    switch (header.name.size()) {
      case 4:
        brought->host = brought->host || EqualIgnoringCase(header.name, "Host");
        break;
      case 6:
        brought->cookie = brought->cookie || EqualIgnoringCase(header.name, "Cookie");
        break;
      case 10:
        brought->user_agent = brought->user_agent || EqualIgnoringCase(header.name, "User-Agent");
        break;
      case 13:
        brought->authorization =
            brought->authorization || EqualIgnoringCase(header.name, "Authorization");
        break;
      case 15:
        brought->accept_encoding =
            brought->accept_encoding || EqualIgnoringCase(header.name, "Accept-Encoding");
        break;
      case 17:
        if (!EqualIgnoringCase(header.name, "Transfer-Encoding")) break;
        return "header '" + header.name + "': the transport frames the body itself";
      default:
        break;
    }
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

std::string WriteRequest(const RequestFrame& frame, const Request& request,
                         std::string_view base_path, std::string_view cookie, std::string* out) {
  if (!IsToken(request.method)) return "method '" + request.method.substr(0, 80) + "': not a name";
  std::string problem = CheckTarget(request.target);
  if (!problem.empty()) return problem;
  Brought brought;
  problem = CheckHeaders(request.headers, &brought);
  if (!problem.empty()) return problem;

  out->clear();
  out->append(request.method).append(" ");
  out->append(base_path).append(request.target).append(" HTTP/1.1\r\n");
  if (!brought.host) AppendHeader("Host", frame.host, out);
  for (const Header& header : request.headers) {
    if (header.name.size() == 14 && EqualIgnoringCase(header.name, "Content-Length")) continue;
    AppendHeader(header.name, header.value, out);
  }
  if (!frame.user_agent.empty() && !brought.user_agent) {
    AppendHeader("User-Agent", frame.user_agent, out);
  }
  if (!frame.accept_encoding.empty() && !brought.accept_encoding) {
    AppendHeader("Accept-Encoding", frame.accept_encoding, out);
  }
  if (!frame.authorization.empty() && !brought.authorization) {
    AppendHeader("Authorization", frame.authorization, out);
  }
  if (!cookie.empty() && !brought.cookie) AppendHeader("Cookie", cookie, out);
  if (frame.keep_alive == KeepAlive::kOff) AppendHeader("Connection", "close", out);
  if (HasBody(request)) {
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof(digits), request.body.size()).ptr;
    AppendHeader("Content-Length", std::string_view(digits, end), out);
  }
  out->append("\r\n").append(request.body);
  return "";
}

}  // namespace redrive
