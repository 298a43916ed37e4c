#include "recorder/locust_statistics.h"

#include <gtest/gtest.h>

#include "recorder/locust_report.h"
#include "recorder/python_text.h"

namespace redrive {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

LocustSample Sample(std::int64_t at_ms, std::int64_t response_ms, std::string_view error = "") {
  LocustSample sample;
  sample.at_unix_ns = kStart + at_ms * 1'000'000;
  sample.response_ns = response_ms * 1'000'000;
  sample.bytes = 10;
  sample.error = error;
  return sample;
}

TEST(LocustStatisticsTest, EveryRequestCountsInItsRowAndInTheTotal) {
  LocustStatistics statistics(kStart);
  statistics.Log("GET", "/b", Sample(500, 20));
  statistics.Log("POST", "/a", Sample(1'500, 105, "HTTPError('500')"));
  statistics.Log("GET", "/a", Sample(2'000, 30));
  statistics.Log("GET", "/b", Sample(2'500, 40));
  EXPECT_EQ(statistics.total().requests, 4U);
  EXPECT_EQ(statistics.total().failures, 1U);
  EXPECT_EQ(statistics.total().content_length, 40U);
  EXPECT_DOUBLE_EQ(statistics.total().min_ms, 20);
  EXPECT_DOUBLE_EQ(statistics.total().max_ms, 105);
  ASSERT_EQ(statistics.entries().size(), 3U);
  EXPECT_EQ(statistics.entries()[0].name, "/b");
  const auto sorted = statistics.Sorted();
  EXPECT_EQ(sorted[0]->method + sorted[0]->name, "GET/a");
  EXPECT_EQ(sorted[1]->method + sorted[1]->name, "POST/a");
  EXPECT_DOUBLE_EQ(statistics.TotalRate(4), 4 / 2.5);
  std::uint64_t requests = 0;
  for (const LocustEntry& entry : statistics.entries()) requests += entry.requests;
  EXPECT_EQ(requests, statistics.total().requests);
}

TEST(LocustStatisticsTest, TheCurrentRateForgetsAStalledTarget) {
  LocustStatistics statistics(kStart);
  for (int i = 0; i < 200; ++i) statistics.Log("GET", "/", Sample(i * 100, 5));
  const auto rate = [&](std::int64_t second) {
    return statistics.CurrentRate(statistics.total().requests_per_second,
                                  kStart / kSecond + second);
  };
  EXPECT_DOUBLE_EQ(rate(20), 10);
  EXPECT_DOUBLE_EQ(rate(27), 5);
  EXPECT_DOUBLE_EQ(rate(60), 0);
  EXPECT_DOUBLE_EQ(rate(1), 0) << "no whole second has passed";
}

TEST(LocustStatisticsTest, CurrentPercentilesLookTenSecondsBack) {
  LocustStatistics statistics(kStart);
  for (int i = 0; i < 300; ++i) statistics.Log("GET", "/", Sample(i * 100, i < 150 ? 10 : 90));
  const std::int64_t now = kStart / kSecond + 30;
  EXPECT_EQ(statistics.total().Percentile(0.5), 90);
  EXPECT_EQ(statistics.total().CurrentPercentile(now, 0.0), 90) << "the first half is forgotten";
  EXPECT_EQ(statistics.total().CurrentPercentile(now - 8, 0.0), 10);
  EXPECT_EQ(statistics.total().CurrentPercentile(now + 1'000, 0.5), 0);
}

TEST(LocustStatisticsTest, ResetForgetsEverythingButTheNames) {
  LocustStatistics statistics(kStart);
  statistics.Log("GET", "/", Sample(100, 10, "CatchResponseError('no')"));
  statistics.Reset(kStart + kSecond);
  EXPECT_EQ(statistics.total().requests, 0U);
  EXPECT_TRUE(statistics.failures().empty());
  EXPECT_EQ(LocustJson(statistics), "[]");
  EXPECT_EQ(LocustStatsCsv(statistics).substr(LocustStatsCsv(statistics).find('\n') + 1),
            "GET,/,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n"
            ",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n");
}

TEST(LocustStatisticsTest, FailureTextsAreLimited) {
  LocustStatistics statistics(kStart);
  for (int i = 0; i < 1'500; ++i) {
    const std::string error = "CatchResponseError('" + std::to_string(i) + "')";
    statistics.Log("GET", "/", Sample(i, 1, error));
  }
  EXPECT_EQ(statistics.failures().size(), 1'001U);
  EXPECT_EQ(statistics.failures().back().error, "(others)");
  EXPECT_EQ(statistics.failures().back().occurrences, 500U);
}

TEST(LocustStatisticsTest, TheMedianStaysBetweenTheExtremes) {
  LocustStatistics statistics(kStart);
  statistics.Log("GET", "/", Sample(100, 2'388));
  const std::string row = LocustStatsCsv(statistics);
  EXPECT_NE(row.find("GET,/,1,0,2388.0,2388.0,2388.0,2388.0,10.0,"), std::string::npos) << row;
  EXPECT_NE(row.find(",2400,2400\r\n"), std::string::npos) << row;
}

TEST(PythonTextTest, FloatsAsRepr) {
  const std::vector<std::pair<double, std::string>> cases = {{0, "0.0"},
                                                             {3, "3.0"},
                                                             {0.1, "0.1"},
                                                             {-2.5, "-2.5"},
                                                             {1e15, "1000000000000000.0"},
                                                             {1e16, "1e+16"},
                                                             {1.5e17, "1.5e+17"},
                                                             {0.0001, "0.0001"},
                                                             {0.00001, "1e-05"},
                                                             {1.25e-7, "1.25e-07"},
                                                             {1.0 / 3, "0.3333333333333333"},
                                                             {123456.789, "123456.789"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(PythonFloat(value), text);
}

TEST(PythonTextTest, StringsAsReprCsvAndJson) {
  EXPECT_EQ(PythonRepr("plain"), "'plain'");
  EXPECT_EQ(PythonRepr("it's"), "\"it's\"");
  EXPECT_EQ(PythonRepr("it's \"so\""), "'it\\'s \"so\"'");
  EXPECT_EQ(PythonRepr("a\nb\\\x01"), "'a\\nb\\\\\\x01'");
  EXPECT_EQ(CsvField("a b"), "a b");
  EXPECT_EQ(CsvField("a,b \"c\""), "\"a,b \"\"c\"\"\"");
  EXPECT_EQ(JsonAscii("\xC3\xA9\n"), "\"\\u00e9\\n\"");
}

}  // namespace
}  // namespace redrive
