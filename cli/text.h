// Small pieces of text that several commands print.
#ifndef REDRIVE_CLI_TEXT_H_
#define REDRIVE_CLI_TEXT_H_

#include <cstdint>
#include <string>

#include "recorder/net/live_run.h"

namespace redrive {

// "38 us", "1.2 ms", "3.45 s": three significant digits at most.
std::string TimeText(std::int64_t nanoseconds);

// "lateness of 512 sends: p50 38 us, p99 1.2 ms, max 3.4 ms"
std::string LatenessText(const Lateness& lateness);

// "connections: 50 opened, 2 of them again; 3 failed, 0.1 s waited before another try; ...".
std::string ConnectionsText(const ConnectionCounts& counts);

}  // namespace redrive

#endif  // REDRIVE_CLI_TEXT_H_
