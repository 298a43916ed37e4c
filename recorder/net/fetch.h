// Fetch: one GET, for those who want an answer and not a load. Blocks the calling thread; the
// connection is new each time.
#ifndef REDRIVE_RECORDER_NET_FETCH_H_
#define REDRIVE_RECORDER_NET_FETCH_H_

#include <string>

#include "core/result.h"

namespace redrive {

struct FetchTarget {
  std::string url;     // scheme and authority
  std::string target;  // path and query
};

// "http[s]://[user[:password]@]host[:port][/path][?query]". Errors (kInvalid) name the part that
// is wrong.
[[nodiscard]] Result<FetchTarget> ParseFetchTarget(const std::string& url);

// The body of an answer of 200, at most 16 MiB. Comes back within five seconds. Certificates are
// verified. Errors: kIo (look-up, connection, time), kInvalid (another status, not HTTP).
[[nodiscard]] Result<std::string> Fetch(const FetchTarget& target);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_FETCH_H_
