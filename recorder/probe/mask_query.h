// What of a query may be shown: its shape, not the data in it.
#ifndef REDRIVE_RECORDER_PROBE_MASK_QUERY_H_
#define REDRIVE_RECORDER_PROBE_MASK_QUERY_H_

#include <string>
#include <string_view>

namespace redrive {

// Literals become "?", comments go, white space becomes one blank; at most 200 bytes. Knows the
// strings of PostgreSQL: '…' with '' and (after E) \', $tag$…$tag$. A string that does not end is
// masked to the end.
std::string MaskSql(std::string_view sql);

// A URI as it may be shown: "postgresql://app@host/db?sslmode=require". The password and
// parameters that may hold secrets are left out, however malformed the rest is.
std::string WithoutPassword(std::string_view uri);

// Takes every occurrence of the URI's password, as written and percent-decoded, out of `message`.
std::string Scrub(std::string message, std::string_view uri);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_PROBE_MASK_QUERY_H_
