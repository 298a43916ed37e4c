// Url: where a target is, as given on the command line.
#ifndef REDRIVE_RECORDER_NET_URL_H_
#define REDRIVE_RECORDER_NET_URL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace redrive {

enum class Scheme : std::uint8_t { kHttp, kHttps };

struct Url {
  Scheme scheme = Scheme::kHttp;
  std::string host;  // name or address, without the brackets of IPv6
  std::uint16_t port = 80;
  std::string base_path;      // put before every request's target; no slash at the end
  std::string authorization;  // "Basic …" made of user:password@; empty without
  // As the Host header says it: brackets for IPv6, the port unless it is the scheme's own.
  [[nodiscard]] std::string Authority() const;
};

// "http[s]://[user[:password]@]host[:port][/base]". Errors (kInvalid) name the part that is wrong.
[[nodiscard]] Result<Url> ParseUrl(std::string_view text);

// True for localhost, 127.0.0.0/8 and ::1: what may be loaded without --allow-host. Never asks a
// name server, so a name that happens to resolve to loopback is not one. Errors as ParseUrl.
[[nodiscard]] Result<bool> IsLoopbackHost(std::string_view url);
// The same for a host without URL around it.
[[nodiscard]] bool IsLoopbackName(std::string_view host);

// ASCII letters made small: hosts are compared so.
std::string Lower(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_URL_H_
