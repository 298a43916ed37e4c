#include "replayer/decimal.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

std::string Shown(std::string_view text) {
  const std::optional<Decimal> number = Decimal::FromText(text);
  return number ? number->ToText() : "none";
}

TEST(DecimalTest, ReadsAndWrites) {
  EXPECT_EQ(Shown("0"), "0");
  EXPECT_EQ(Shown("-0.0"), "0");
  EXPECT_EQ(Shown("12.50"), "12.5");
  EXPECT_EQ(Shown("-0.25"), "-0.25");
  EXPECT_EQ(Shown("1e2"), "100");
  EXPECT_EQ(Shown("1.5E-3"), "0.0015");
  EXPECT_EQ(Shown("007"), "7");
  EXPECT_EQ(Shown("999999999999999"), "999999999999999");
  EXPECT_EQ(Shown("0.000000000000000001"), "0.000000000000000001");
}

TEST(DecimalTest, RoundsBehindTheEighteenthDigit) {
  EXPECT_EQ(Shown("0.0000000000000000005"), "0.000000000000000001");
  EXPECT_EQ(Shown("0.0000000000000000004"), "0");
  EXPECT_EQ(Shown("-0.0000000000000000005"), "-0.000000000000000001");
  EXPECT_EQ(Shown("5e-324"), "0");
}

TEST(DecimalTest, RefusesWhatIsNoNumberOrTooLarge) {
  for (const char* text : {"", "-", ".", "e5", "1e", "1e+", "0x10", "1 ", " 1", "1.2.3", "NaN",
                           "1000000000000000", "1e99999999999"}) {
    EXPECT_EQ(Shown(text), "none") << text;
  }
}

TEST(DecimalTest, ComputesExactly) {
  const Decimal sum = *Decimal::FromText("0.1") + *Decimal::FromText("0.2");
  EXPECT_EQ(sum, *Decimal::FromText("0.3"));
  EXPECT_LT(*Decimal::FromText("-1"), *Decimal::FromText("-0.99"));
  EXPECT_EQ((-sum).Absolute(), sum);
}

}  // namespace
}  // namespace redrive
