#include "core/schedule.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace redrive {
namespace {

TEST(ScheduleTest, TextRoundTrip) {
  Rng rng(11);
  for (int i = 0; i < 500; ++i) {
    Schedule schedule;
    const std::uint64_t length = rng.Below(20);
    for (std::uint64_t k = 0; k < length; ++k) {
      Decision decision;
      decision.bound = static_cast<std::uint32_t>(rng.Between(2, 4'000'000'000));
      decision.value = static_cast<std::uint32_t>(rng.Below(decision.bound));
      decision.kind = rng.Below(2) == 0 ? DecisionKind::kTask : DecisionKind::kDraw;
      schedule.push_back(decision);
    }
    const auto parsed = ScheduleFromText(ScheduleToText(schedule));
    ASSERT_TRUE(parsed.has_value()) << "seed 11, round " << i;
    EXPECT_EQ(*parsed, schedule) << "seed 11, round " << i;
  }
}

TEST(ScheduleTest, TextIsReadable) {
  const auto parsed = ScheduleFromText("1/2 d0/1000  2/3");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(ScheduleToText(*parsed), "1/2 d0/1000 2/3");
}

TEST(ScheduleTest, BadTextNamesTheColumn) {
  for (const char* text : {"1", "1/", "/2", "2/2", "1/2x", "x", "1/2 3", "1/99999999999", "-1/2"}) {
    const auto parsed = ScheduleFromText(text);
    ASSERT_TRUE(parsed.has_error()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
  }
  EXPECT_NE(ScheduleFromText("0/2 5/3").error().message.find("column 5"), std::string::npos);
}

TEST(ScheduleTest, LengthIsLimited) {
  EXPECT_EQ(ScheduleFromText("0/2 0/2 0/2", 2).error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace redrive
