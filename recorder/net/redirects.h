// Redirects: where an answer leads, and what becomes of the request there. As Locust's HttpUser
// does it (python-requests). No sockets in it.
#ifndef REDRIVE_RECORDER_NET_REDIRECTS_H_
#define REDRIVE_RECORDER_NET_REDIRECTS_H_

#include <string>
#include <string_view>

#include "core/result.h"
#include "recorder/http.h"
#include "recorder/net/url.h"

namespace redrive {

// 301, 302, 303, 307 and 308; a Location header is needed as well.
constexpr bool IsRedirectStatus(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

struct Location {
  Url url;             // scheme, host and port; no base path, no authorization
  std::string target;  // path and query, percent-encoded
};

// A Location header's value, read as RFC 3986 says for a reference that stands at `base`. Its
// fragment is dropped, its user and password are not used. Errors (kInvalid) say what is wrong.
[[nodiscard]] Result<Location> ResolveLocation(const Location& base, std::string_view value);

// 302 and 303 turn every method but HEAD into GET, 301 turns POST into it; the body goes with the
// method. 307 and 308 keep both. On another origin Authorization and Cookie are dropped, except
// that http may be followed to https of the same host with it.
void RewriteForRedirect(int status, const Url& from, const Url& to, Request* request);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_REDIRECTS_H_
