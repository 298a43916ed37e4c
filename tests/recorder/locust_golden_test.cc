// Byte for byte what Locust's own stats.py wrote for the same numbers (corpora/locust/README.md).
// The JSON holds the numbers; what it leaves out (the aggregated row, the failures, the histogram
// of ten seconds ago) is stated here.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "recorder/locust_report.h"
#include "recorder/python_text.h"

namespace redrive {
namespace {

constexpr std::int64_t kStart = 1'700'000'000;
constexpr std::int64_t kNow = kStart + 29;

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(REDRIVE_SOURCE_DIR) + "/corpora/locust/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

LocustEntry FromJson(const nlohmann::ordered_json& json) {
  LocustEntry entry;
  entry.name = json.at("name").get<std::string>();
  entry.method = json.at("method").get<std::string>();
  entry.start_time = json.at("start_time").get<double>();
  entry.last_request = json.at("last_request_timestamp").get<double>();
  entry.requests = json.at("num_requests").get<std::uint64_t>();
  entry.failures = json.at("num_failures").get<std::uint64_t>();
  entry.total_ms = json.at("total_response_time").get<double>();
  entry.min_ms = json.at("min_response_time").get<double>();
  entry.max_ms = json.at("max_response_time").get<double>();
  entry.content_length = json.at("total_content_length").get<std::uint64_t>();
  for (const auto& [bucket, count] : json.at("response_times").items()) {
    entry.times.Add(std::stoll(bucket), count.get<std::uint64_t>());
  }
  for (const auto& [second, count] : json.at("num_reqs_per_sec").items()) {
    entry.requests_per_second[std::stoll(second)] = count.get<std::uint64_t>();
  }
  for (const auto& [second, count] : json.at("num_fail_per_sec").items()) {
    entry.failures_per_second[std::stoll(second)] = count.get<std::uint64_t>();
  }
  return entry;
}

// The aggregated row is the sum of the others. Its total of response times was added up request by
// request, so it is the float next to the sum whose mean is the golden's.
LocustEntry Aggregate(const std::deque<LocustEntry>& entries) {
  LocustEntry total;
  total.name = "Aggregated";
  total.start_time = kStart;
  total.min_ms = entries.front().min_ms;
  for (const LocustEntry& entry : entries) {
    total.requests += entry.requests;
    total.failures += entry.failures;
    total.total_ms += entry.total_ms;
    total.min_ms = std::min(total.min_ms, entry.min_ms);
    total.max_ms = std::max(total.max_ms, entry.max_ms);
    total.content_length += entry.content_length;
    total.last_request = std::max(total.last_request.value_or(0), *entry.last_request);
    for (const auto& [bucket, count] : entry.times.InOrder()) total.times.Add(bucket, count);
    for (const auto& [second, n] : entry.requests_per_second)
      total.requests_per_second[second] += n;
    for (const auto& [second, n] : entry.failures_per_second)
      total.failures_per_second[second] += n;
  }
  for (int i = -100; i < 100 && PythonFloat(total.Average()) != "163.2952286140721"; ++i) {
    total.total_ms = std::nextafter(total.total_ms, i < 0 ? 0.0 : 1e9);
  }
  return total;
}

std::string HttpError(const std::string& path) {
  return "HTTPError('500 Server Error: Internal Server Error for url: " + path + "')";
}

LocustStatistics GoldenStatistics() {
  std::deque<LocustEntry> entries;
  for (const auto& json : nlohmann::ordered_json::parse(Golden("g.json"))) {
    entries.push_back(FromJson(json));
  }
  LocustEntry total = Aggregate(entries);
  LocustStatistics statistics(kStart * 1'000'000'000);
  statistics.SetEntries(std::move(entries), std::move(total));
  const std::string item = "/api/inventory/[id]";
  statistics.SetFailures({
      {"GET", item, HttpError(item), 8, kStart + 1, kStart + 27},
      {"POST", "/api/tickets", HttpError("/api/tickets"), 2, kStart + 4, kStart + 6},
      {"GET", "/api/tickets", HttpError("/api/tickets"), 4, kStart + 9, kStart + 28},
      {"POST", "/api/auth/login", HttpError("/api/auth/login"), 2, kStart + 10, kStart + 27},
      {"POST", "/api/tickets", "CatchResponseError('duplicate ticket number TKT-000123')", 1,
       kStart + 17, kStart + 17},
  });
  statistics.SetExceptions({{3, "division by zero", "  File \"x.py\", line 1, in t\n", {"local"}}});
  return statistics;
}

TEST(LocustGoldenTest, CsvFiles) {
  const LocustStatistics statistics = GoldenStatistics();
  EXPECT_EQ(LocustStatsCsv(statistics), Golden("g_stats.csv"));
  EXPECT_EQ(LocustFailuresCsv(statistics), Golden("g_failures.csv"));
  EXPECT_EQ(LocustExceptionsCsv(statistics), Golden("g_exceptions.csv"));
}

TEST(LocustGoldenTest, History) {
  const LocustStatistics statistics = GoldenStatistics();
  EXPECT_EQ(
      LocustHistoryHead() + LocustHistoryRows(statistics, kNow, 50, LocustHistory::kAggregated),
      Golden("g_stats_history.csv"));
}

// The full history shows the last ten seconds, of which the goldens keep the percentiles only: ten
// thousand requests are placed so that they have exactly these, on top of what is known.
void AddWindow(LocustEntry& entry, const std::vector<LocustTimes::Bucket>& percentiles) {
  constexpr std::uint64_t kRequests = 10'000;
  const std::vector<std::uint64_t> from = {0, 6600, 7500, 8000, 9000, 9500, 9800, 9900, 9990, 9999};
  const LocustTimes old = entry.times;
  const std::uint64_t requests = entry.requests;
  LocustTimes times;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::uint64_t end = i + 1 < from.size() ? from[i + 1] : kRequests;
    times.Add(percentiles[i], end - from[i]);
  }
  entry.times = old;
  for (const auto& [bucket, count] : times.InOrder()) entry.times.Add(bucket, count);
  entry.requests = requests + kRequests;
  entry.snapshots = {{kNow - 10, old, requests}};
}

TEST(LocustGoldenTest, CurrentPercentilesOfTheFullHistory) {
  const std::string golden = Golden("g_stats_history_full.csv");
  std::istringstream lines(golden);
  std::string line;
  std::getline(lines, line);
  const LocustStatistics statistics = GoldenStatistics();
  std::vector<const LocustEntry*> entries = statistics.Sorted();
  entries.push_back(&statistics.total());
  std::string built = LocustHistoryHead();
  for (const LocustEntry* original : entries) {
    ASSERT_TRUE(std::getline(lines, line));
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    ASSERT_EQ(cells.size(), 24U) << line;
    std::vector<LocustTimes::Bucket> percentiles;
    for (std::size_t i = 6; i < 17; ++i) percentiles.push_back(std::stoll(cells[i]));
    LocustEntry entry = *original;
    AddWindow(entry, percentiles);
    for (std::size_t i = 0; i < kLocustPercentiles.size(); ++i) {
      EXPECT_EQ(entry.CurrentPercentile(kNow, kLocustPercentiles[i]), percentiles[i]) << line;
    }
    // With those percentiles in place, the rest of the row is the writer's.
    std::string ours = LocustHistoryRows(statistics, kNow, 50, LocustHistory::kFull);
    std::istringstream rows(ours);
    std::string found;
    while (std::getline(rows, found) &&
           found.find("," + cells[2] + "," + cells[3] + ",") == std::string::npos) {
    }
    std::vector<std::string> mine;
    std::istringstream mine_row(found);
    for (std::string cell; std::getline(mine_row, cell, ',');) mine.push_back(cell);
    ASSERT_EQ(mine.size(), 24U) << found;
    for (std::size_t i = 6; i < 17; ++i) mine[i] = cells[i];
    for (std::size_t i = 0; i < 24; ++i) built += (i == 0 ? "" : ",") + mine[i];
    built += '\n';
  }
  EXPECT_EQ(built, golden);
}

TEST(LocustGoldenTest, Json) { EXPECT_EQ(LocustJson(GoldenStatistics()), Golden("g.json")); }

TEST(LocustGoldenTest, ConsoleTables) {
  const LocustStatistics statistics = GoldenStatistics();
  EXPECT_EQ(LocustCurrentTable(statistics, kNow, 0), Golden("console_current.txt"));
  EXPECT_EQ(LocustFinalTables(statistics, 0), Golden("console_final.txt"));
}

TEST(LocustGoldenTest, Buckets) {
  std::istringstream lines(Golden("bucket_vectors.txt"));
  double input = 0;
  LocustTimes::Bucket bucket = 0;
  int count = 0;
  while (lines >> input >> bucket) {
    EXPECT_EQ(LocustBucket(input), bucket) << input;
    ++count;
  }
  EXPECT_EQ(count, 27);
}

// "{1: 1, 2: 1} n=2 med=1 p0.5=2 …"
TEST(LocustGoldenTest, Percentiles) {
  std::istringstream lines(Golden("percentile_vectors.txt"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const std::size_t end = line.find('}');
    LocustTimes times;
    std::istringstream pairs(line.substr(1, end - 1));
    for (std::string pair; std::getline(pairs, pair, ',');) {
      const std::size_t colon = pair.find(':');
      times.Add(std::stoll(pair.substr(0, colon)), std::stoull(pair.substr(colon + 1)));
    }
    std::istringstream words(line.substr(end + 1));
    std::uint64_t requests = 0;
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const LocustTimes::Bucket value = std::stoll(word.substr(equals + 1));
      if (name == "n") {
        requests = static_cast<std::uint64_t>(value);
      } else if (name == "med") {
        EXPECT_EQ(times.Median(requests), value) << line;
      } else {
        EXPECT_EQ(times.Percentile(requests, std::stod(name.substr(1))), value) << line << name;
      }
    }
  }
  EXPECT_EQ(count, 6);
}

}  // namespace
}  // namespace redrive
