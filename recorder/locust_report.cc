#include "recorder/locust_report.h"

#include <algorithm>
#include <cstdio>

#include "recorder/python_text.h"
#include "recorder/sha256.h"

namespace redrive {
namespace {

constexpr const char* kPercentileNames = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%";
constexpr const char* kLineEnd = "\r\n";

// "0" for a zero: Locust's maximum starts as the int 0, and its minimum falls back to it.
std::string FloatOrZero(double value) { return value == 0 ? "0" : PythonFloat(value); }

// An int, unless it was moved inside [min, max], which are floats.
std::string MedianText(const LocustEntry& entry) {
  const LocustTimes::Bucket median = entry.times.Median(entry.requests);
  const auto exact = static_cast<double>(median);
  if (entry.times.empty()) return "0";
  if (exact > entry.max_ms) return FloatOrZero(entry.max_ms);
  if (exact < entry.min_ms) return PythonFloat(entry.min_ms);
  return std::to_string(median);
}

std::string Percentiles(const LocustEntry& entry, std::int64_t now, bool current) {
  std::string text;
  for (const double percent : kLocustPercentiles) {
    text += ',';
    if (entry.requests == 0) {
      text += "N/A";
    } else {
      text += std::to_string(current ? entry.CurrentPercentile(now, percent)
                                     : entry.Percentile(percent));
    }
  }
  return text;
}

std::string AverageLengthText(const LocustEntry& entry) {
  return entry.requests == 0 ? "0" : PythonFloat(entry.AverageLength());
}

std::string StatsRow(const LocustStatistics& statistics, const LocustEntry& entry) {
  return CsvField(entry.method) + ',' + CsvField(entry.name) + ',' +
         std::to_string(entry.requests) + ',' + std::to_string(entry.failures) + ',' +
         MedianText(entry) + ',' + PythonFloat(entry.Average()) + ',' + FloatOrZero(entry.min_ms) +
         ',' + FloatOrZero(entry.max_ms) + ',' + AverageLengthText(entry) + ',' +
         PythonFloat(statistics.TotalRate(entry.requests)) + ',' +
         PythonFloat(statistics.TotalRate(entry.failures)) + Percentiles(entry, 0, false) +
         kLineEnd;
}

// "2023-11-14T22:13:21Z" (Howard Hinnant's civil_from_days).
std::string UtcText(double unix_seconds) {
  const auto seconds = static_cast<std::int64_t>(unix_seconds);
  const std::int64_t days = seconds / 86400 + 719468;
  const std::int64_t era = days / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::int64_t rest = seconds % 86400;
  char text[96];
  std::snprintf(text, sizeof text, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lldZ",
                static_cast<long long>(year), static_cast<long long>(month),
                static_cast<long long>(day), static_cast<long long>(rest / 3600),
                static_cast<long long>(rest / 60 % 60), static_cast<long long>(rest % 60));
  return text;
}

std::string SixDecimals(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

}  // namespace

std::string LocustStatsCsv(const LocustStatistics& statistics) {
  std::string text =
      std::string("Type,Name,Request Count,Failure Count,Median Response Time,") +
      "Average Response Time,Min Response Time,Max Response Time,Average Content Size," +
      "Requests/s,Failures/s," + kPercentileNames + kLineEnd;
  for (const LocustEntry* entry : statistics.Sorted()) text += StatsRow(statistics, *entry);
  return text + StatsRow(statistics, statistics.total());
}

std::string LocustFailuresCsv(const LocustStatistics& statistics) {
  std::vector<std::pair<std::array<std::uint8_t, 32>, const LocustFailure*>> sorted;
  for (const LocustFailure& row : statistics.failures()) {
    const std::string key = row.method + "." + row.name + "." + PythonRepr(row.error);
    sorted.emplace_back(Sha256(key), &row);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text = std::string("Method,Name,Error,Occurrences,First Seen,Last Seen") + kLineEnd;
  for (const auto& [key, row] : sorted) {
    text += CsvField(row->method) + ',' + CsvField(row->name) + ',' + CsvField(row->error) + ',' +
            std::to_string(row->occurrences) + ',' + UtcText(row->first_seen) + ',' +
            UtcText(row->last_seen) + kLineEnd;
  }
  return text;
}

std::string LocustExceptionsCsv(const LocustStatistics& statistics) {
  std::string text = std::string("Count,Message,Traceback,Nodes") + kLineEnd;
  for (const LocustException& row : statistics.exceptions()) {
    std::string nodes;
    for (const std::string& node : row.nodes) nodes += (nodes.empty() ? "" : ", ") + node;
    text += std::to_string(row.count) + ',' + CsvField(row.message) + ',' +
            CsvField(row.traceback) + ',' + CsvField(nodes) + kLineEnd;
  }
  return text;
}

std::string LocustHistoryHead() {
  return std::string("Timestamp,User Count,Type,Name,Requests/s,Failures/s,") + kPercentileNames +
         ",Total Request Count,Total Failure Count,Total Median Response Time," +
         "Total Average Response Time,Total Min Response Time,Total Max Response Time," +
         "Total Average Content Size" + kLineEnd;
}

std::string LocustHistoryRows(const LocustStatistics& statistics, std::int64_t now_unix_seconds,
                              std::uint32_t users, LocustHistory history) {
  std::vector<const LocustEntry*> entries;
  if (history == LocustHistory::kFull) entries = statistics.Sorted();
  entries.push_back(&statistics.total());
  std::string text;
  for (const LocustEntry* entry : entries) {
    const double rate = statistics.CurrentRate(entry->requests_per_second, now_unix_seconds);
    const double failures = statistics.CurrentRate(entry->failures_per_second, now_unix_seconds);
    text += std::to_string(now_unix_seconds) + ',' + std::to_string(users) + ',' +
            CsvField(entry->method) + ',' + CsvField(entry->name) + ',' + SixDecimals(rate) + ',' +
            SixDecimals(failures) +
            Percentiles(*entry, now_unix_seconds, history == LocustHistory::kFull) + ',' +
            std::to_string(entry->requests) + ',' + std::to_string(entry->failures) + ',' +
            MedianText(*entry) + ',' + PythonFloat(entry->Average()) + ',' +
            FloatOrZero(entry->min_ms) + ',' + FloatOrZero(entry->max_ms) + ',' +
            AverageLengthText(*entry) + kLineEnd;
  }
  return text;
}

namespace {

// `"name": {"key": n, …}` as json.dumps(indent=4) lays an object out inside a list of objects.
template <class Pairs>
void JsonObject(const char* name, const Pairs& pairs, std::string* text) {
  *text += std::string("        \"") + name + "\": {";
  bool first = true;
  for (const auto& [key, count] : pairs) {
    *text += std::string(first ? "" : ",") + "\n            \"" + std::to_string(key) +
             "\": " + std::to_string(count);
    first = false;
  }
  *text += first ? "}" : "\n        }";
}

}  // namespace

std::string LocustJson(const LocustStatistics& statistics) {
  std::string text = "[";
  bool first = true;
  for (const LocustEntry& entry : statistics.entries()) {
    if (entry.requests == 0) continue;
    const auto field = [&text](const char* name, const std::string& value) {
      text += std::string("        \"") + name + "\": " + value + ",\n";
    };
    text += std::string(first ? "" : ",") + "\n    {\n";
    first = false;
    field("name", JsonAscii(entry.name));
    field("method", JsonAscii(entry.method));
    field("last_request_timestamp", entry.last_request ? PythonFloat(*entry.last_request) : "null");
    field("start_time", PythonFloat(entry.start_time));
    field("num_requests", std::to_string(entry.requests));
    field("num_none_requests", "0");
    field("num_failures", std::to_string(entry.failures));
    field("total_response_time", FloatOrZero(entry.total_ms));
    field("max_response_time", FloatOrZero(entry.max_ms));
    field("min_response_time", PythonFloat(entry.min_ms));
    field("total_content_length", std::to_string(entry.content_length));
    JsonObject("response_times", entry.times.InOrder(), &text);
    text += ",\n";
    JsonObject("num_reqs_per_sec", entry.requests_per_second, &text);
    text += ",\n";
    JsonObject("num_fail_per_sec", entry.failures_per_second, &text);
    text += "\n    }";
  }
  return text + (first ? "]" : "\n]");
}

}  // namespace redrive
