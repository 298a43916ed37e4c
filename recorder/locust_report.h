// What Locust writes about a run: its CSV files, its JSON and its console tables, byte for byte.
// Pure functions from LocustStatistics to text; CSV lines end in "\r\n" as csv.writer's do, also on
// Linux. corpora/locust/ holds what Locust itself wrote for the same numbers.
#ifndef REDRIVE_RECORDER_LOCUST_REPORT_H_
#define REDRIVE_RECORDER_LOCUST_REPORT_H_

#include <cstdint>
#include <string>

#include "recorder/locust_statistics.h"

namespace redrive {

// PREFIX_stats.csv, PREFIX_failures.csv and PREFIX_exceptions.csv, whole.
std::string LocustStatsCsv(const LocustStatistics& statistics);
// Rows in the order of the SHA-256 of method, name and error, which is the order of Locust's.
std::string LocustFailuresCsv(const LocustStatistics& statistics);
std::string LocustExceptionsCsv(const LocustStatistics& statistics);

enum class LocustHistory : std::uint8_t { kAggregated, kFull };

// PREFIX_stats_history.csv: its first line, and what each second appends. With kFull there is a row
// per entry, and the percentiles are those of the last ten seconds instead of the whole run
// (Locust's own rule).
std::string LocustHistoryHead();
std::string LocustHistoryRows(const LocustStatistics& statistics, std::int64_t now_unix_seconds,
                              std::uint32_t users, LocustHistory history);

// --json: the entries in the order of their first request, without the aggregated one; no line end
// behind the last bracket.
std::string LocustJson(const LocustStatistics& statistics);

// The table that is repeated while users run (rates of the last ten seconds before `now`), and the
// three tables of the end. `terminal_columns` is 0 when the output is no terminal.
std::string LocustCurrentTable(const LocustStatistics& statistics, std::int64_t now_unix_seconds,
                               std::size_t terminal_columns);
std::string LocustFinalTables(const LocustStatistics& statistics, std::size_t terminal_columns);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_LOCUST_REPORT_H_
