#include "core/nearest.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

TEST(NearestTest, DistanceCountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("sitting", "kitten"), 3U);
  EXPECT_EQ(EditDistance("abc", "abc"), 0U);
  EXPECT_EQ(EditDistance("rnu", "run"), 1U);
  EXPECT_EQ(EditDistance("abcd", "badc"), 2U);
}

TEST(NearestTest, FindsASlipAndGivesUpOnStrangers) {
  const std::vector<std::string> known{"--seed", "--users", "--speed"};
  EXPECT_EQ(NearestOf("--sed", known), "--seed");
  EXPECT_EQ(NearestOf("--frobnicate", known), "");
  EXPECT_EQ(NearestOf("--seed", {}), "");
  EXPECT_EQ(NearestOf("ab", {"xy"}), "");
}

TEST(NearestTest, OfEqualsTheFirst) { EXPECT_EQ(NearestOf("cat", {"bat", "rat"}), "bat"); }

TEST(NearestTest, LongWordsAreNotCompared) {
  EXPECT_EQ(NearestOf(std::string(101, 'a'), {std::string(101, 'a')}), "");
}

}  // namespace
}  // namespace redrive
