#include "recorder/workshop/clock.h"

#include <gtest/gtest.h>

namespace redrive::workshop {
namespace {

TEST(Clock, WritesInstantsAsTheRecordedApplication) {
  const Instant start = Instant::At(kDefaultEpochSeconds, VirtualTime{123'456'789});
  EXPECT_EQ(start.Iso(), "2026-01-05T04:30:00.123456+00:00");
  EXPECT_EQ(start.NaiveMs(), "2026-01-05T04:30:00.123000");
  EXPECT_EQ(start.DateText(), "2026-01-05");
  EXPECT_EQ(start.YearMonth(), "202601");
  EXPECT_EQ(MonthStart(start), "2026-01-01");
  EXPECT_EQ(start.PlusDays(-5).DateText(), "2025-12-31");
}

TEST(Clock, EveryDayOfFourCenturiesFollowsTheOneBefore) {
  Date date{1900, 1, 1};
  for (std::int64_t days = DaysFromDate(date); days < DaysFromDate({2300, 1, 1}); ++days) {
    ASSERT_EQ(DateFromDays(days), date);
    ASSERT_EQ(DaysFromDate(date), days);
    if (++date.day > DaysInMonth(date.year, date.month)) {
      date.day = 1;
      if (++date.month > 12) {
        date.month = 1;
        ++date.year;
      }
    }
  }
}

TEST(Clock, AcceptsRealDatesOnly) {
  EXPECT_EQ(ParseDate("2024-02-29"), (Date{2024, 2, 29}));
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "24-01-01x",
                           "2024-01-32", "", "2024/01/01", "0000-01-01"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(Clock, InstantsBeforeTheEpochRoundDown) {
  EXPECT_EQ(Instant(-1).unix_seconds(), -1);
  EXPECT_EQ(Instant(-1).Iso(), "1969-12-31T23:59:59.999999+00:00");
}

}  // namespace
}  // namespace redrive::workshop
