// Show: a trace as a readable timeline. One event a line, time downwards; each open request holds a
// lane, so requests that overlap stand side by side.
//
//     0.512400 s     812  │ ┌    #41 user 7   POST portal/tickets
//     0.512700 s     813  │ ●    #41          tickets.count_documents  read tickets/*
//     0.512700 s     815  └ │    #40          200 {"code":0,"ticket":{"ticket_id":"TKT-000007"…
#ifndef REDRIVE_REPLAYER_SHOW_H_
#define REDRIVE_REPLAYER_SHOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recorder/trace_records.h"

namespace redrive {

struct ShowOptions {
  std::vector<std::uint64_t> operations;          // only these; empty: all
  std::string name;                               // only requests whose name contains this
  std::optional<std::uint32_t> user;              // only this virtual user
  std::optional<std::uint64_t> around_operation;  // centre on a request …
  std::optional<std::uint64_t> around_event;      // … or on a position in the total order
  std::size_t context = 20;                       // lines before and behind the centre
  bool steps = true;                              // data operations
  bool bodies = false;                            // whole bodies instead of their beginnings
  std::size_t lines_max = 400;                    // 0: all
};

// What was run, where, and how it ended: a block of lines.
std::string ShowHeader(const Trace& trace);

// Deterministic. Ends with a line that says what was left out, if something was.
std::string ShowTimeline(const Trace& trace, const ShowOptions& options);

// Requests per name: count, ok, fail, info.
std::string ShowSummary(const Trace& trace);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SHOW_H_
