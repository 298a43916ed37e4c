#include "recorder/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace redrive {
namespace {

RC_GTEST_PROP(HistogramTest, QuantilesAreRightToThreeDigits, ()) {
  auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
      rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 40)));
  Histogram histogram;
  for (const std::int64_t value : values) histogram.Add(value);
  std::sort(values.begin(), values.end());
  RC_ASSERT(histogram.count() == values.size());
  RC_ASSERT(histogram.min() == values.front());
  RC_ASSERT(histogram.max() == values.back());
  for (const std::uint64_t permille : {0U, 1U, 250U, 500U, 900U, 990U, 999U, 1000U}) {
    const std::size_t rank = std::max<std::size_t>(1, (values.size() * permille + 999) / 1000) - 1;
    const std::int64_t exact = values[rank];
    const std::int64_t shown = histogram.Quantile(permille, 1000);
    RC_ASSERT(shown >= exact);
    RC_ASSERT(shown - exact <= exact / 1000);
  }
}

RC_GTEST_PROP(HistogramTest, AddingUpIsLikeAddingEach,
              (const std::vector<std::uint32_t>& left, const std::vector<std::uint32_t>& right)) {
  Histogram a;
  Histogram b;
  Histogram all;
  for (const std::uint32_t value : left) a.Add(value), all.Add(value);
  for (const std::uint32_t value : right) b.Add(value), all.Add(value);
  a.Add(b);
  RC_ASSERT(a.Counts() == all.Counts());
  RC_ASSERT(a.Average() == all.Average());
  RC_ASSERT(a.min() == all.min());
  RC_ASSERT(a.max() == all.max());
}

TEST(HistogramTest, HoldsExtremes) {
  Histogram histogram;
  EXPECT_EQ(histogram.Quantile(1, 2), 0);
  histogram.Add(std::numeric_limits<std::int64_t>::max());
  histogram.Add(-5);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(histogram.Quantile(1, 1), std::numeric_limits<std::int64_t>::max());
}

TEST(StatisticsTest, CountsByNameAndFailureText) {
  Statistics statistics;
  Sample sample;
  sample.intended_ns = 1'000'000;
  sample.sent_ns = 3'000'000;
  sample.done_ns = 5'000'000;
  sample.bytes = 10;
  statistics.Add("GET", "/a", sample);
  sample.accepted = false;
  sample.failure = "status 500";
  statistics.Add("GET", "/a", sample);
  statistics.Add("POST", "/a", sample);
  const RequestStatistics& row = statistics.requests().at({"GET", "/a"});
  EXPECT_EQ(row.count, 2U);
  EXPECT_EQ(row.failures, 1U);
  EXPECT_EQ(row.response_time.max(), 4'000'000);
  EXPECT_EQ(row.service_time.max(), 2'000'000);
  EXPECT_EQ(statistics.Total().count, 3U);
  EXPECT_EQ(statistics.failures().at({"GET", "/a", "status 500"}), 1U);
  const std::string table = StatisticsTable(statistics, std::chrono::seconds(1));
  EXPECT_NE(table.find("1 (50.00%)"), std::string::npos) << table;
  EXPECT_NE(FailuresTable(statistics).find("1  GET /a: status 500"), std::string::npos);
}

TEST(StatisticsTest, FailureTextsAreLimited) {
  Statistics statistics;
  Sample sample;
  sample.accepted = false;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = "failure " + std::to_string(i);
    sample.failure = text;
    statistics.Add("GET", "/a", sample);
  }
  EXPECT_LE(statistics.failures().size(), 1'001U);
  std::uint64_t total = 0;
  for (const auto& [key, count] : statistics.failures()) total += count;
  EXPECT_EQ(total, 5'000U);
}

}  // namespace
}  // namespace redrive
