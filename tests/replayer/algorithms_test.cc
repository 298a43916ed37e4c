// The pure algorithms on long and strange histories. What they say of small ones is compared with
// exhaustive search in *_differential_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"
#include "replayer/chain_algorithm.h"
#include "replayer/counter_algorithm.h"
#include "replayer/key_sort.h"
#include "replayer/linearizability.h"
#include "replayer/named_models.h"
#include "replayer/register_algorithm.h"
#include "replayer/series_algorithm.h"
#include "replayer/stock_algorithm.h"

namespace redrive {
namespace {

TEST(ChainAlgorithmTest, LongChainWithRepeatedValuesIsDecidedFast) {
  // Up and down between 0 and 1 ten thousand times, one after the other.
  std::vector<ChainLink> links;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const auto from = static_cast<std::int64_t>(i % 2);
    links.push_back(
        {{2 * i + 1, 2 * i + 2}, Decimal::FromInteger(from), Decimal::FromInteger(1 - from)});
  }
  const ChainVerdict verdict = JudgeChain(links, {}, Decimal(), Decimal());
  EXPECT_FALSE(verdict.undecided);
  EXPECT_TRUE(verdict.problems.empty());
}

TEST(SeriesAlgorithmTest, HugeHoleIsCountedNotWalked) {
  const std::vector<Issued> issued{{{1, 2}, 1}, {{3, 4}, 4'000'000'000'000'000'000}};
  const auto problems = JudgeSeries(issued, {}, {.gap_free = true});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].fault, SeriesFault::kGap);
  EXPECT_EQ(problems[0].number, 2);
  EXPECT_EQ(problems[0].missing, 3'999'999'999'999'999'998U);
}

}  // namespace
}  // namespace redrive
