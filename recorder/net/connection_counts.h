// ConnectionCounts: what a run's connections did beside carrying requests.
#ifndef REDRIVE_RECORDER_NET_CONNECTION_COUNTS_H_
#define REDRIVE_RECORDER_NET_CONNECTION_COUNTS_H_

#include <chrono>
#include <cstdint>

namespace redrive {

struct ConnectionCounts {
  std::uint64_t opened = 0;             // connected, TLS handshake included
  std::uint64_t reopened = 0;           // of these: in place of one that was meant to be kept
  std::uint64_t failed = 0;             // attempts that were refused, timed out or not trusted
  std::chrono::nanoseconds backoff{0};  // waited before trying again, summed over users
  std::uint64_t handshakes = 0;         // of TLS
  std::uint64_t resumed = 0;            // of these: with an earlier session
  std::uint64_t resent = 0;             // sent a second time, the kept connection being gone
  std::uint64_t redirects = 0;          // followed
};

}  // namespace redrive

#endif  // REDRIVE_RECORDER_NET_CONNECTION_COUNTS_H_
