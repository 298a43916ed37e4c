#include "recorder/workshop/rate_limiter.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace redrive::workshop {
namespace {

constexpr std::uint64_t kSeed = 20260105;
constexpr RateCategory kFew{"few", 3, 60};
constexpr RateCategory kMany{"many", 20, 10};

// What `hits` random requests from moment `at` on are answered.
std::string Answers(RateLimiter& limiter, Rng rng, int hits, VirtualTime at) {
  std::string answers;
  for (int i = 0; i < hits; ++i) {
    at += std::chrono::milliseconds(rng.Below(2'000));
    const std::string client = "10.0.0." + std::to_string(rng.Below(4));
    const RateCategory& category = rng.Below(2) == 0 ? kFew : kMany;
    answers += std::to_string(limiter.Hit(client, category, at)) + " ";
  }
  return answers;
}

TEST(RateLimiterTest, ARollbackForgetsWhatCameAfterTheMark) {
  for (std::uint64_t round = 0; round < 200; ++round) {
    const Rng rng = Rng(kSeed).Split(round);
    RateLimiter rolled_back;
    RateLimiter copy;
    const VirtualTime later = std::chrono::seconds(60);
    (void)Answers(rolled_back, rng.Split("before"), 60, VirtualTime{0});
    (void)Answers(copy, rng.Split("before"), 60, VirtualTime{0});
    rolled_back.Mark();
    const std::string first = Answers(rolled_back, rng.Split("after"), 60, later);
    rolled_back.Rollback();
    EXPECT_EQ(Answers(rolled_back, rng.Split("after"), 60, later), first) << "round " << round;
    rolled_back.Rollback();
    EXPECT_EQ(Answers(rolled_back, rng.Split("other"), 60, later),
              Answers(copy, rng.Split("other"), 60, later))
        << "round " << round;
  }
}

// Past its limit of clients the limiter forgets them all; a rollback remembers them again.
TEST(RateLimiterTest, ARollbackRemembersClientsThatWereForgotten) {
  RateLimiter limiter;
  const VirtualTime now = std::chrono::seconds(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.Hit("known", kFew, now), 0);
  limiter.Mark();
  EXPECT_GT(limiter.Hit("known", kFew, now), 0);
  for (int i = 0; i < 100'000; ++i) (void)limiter.Hit(std::to_string(i), kFew, now);
  EXPECT_EQ(limiter.Hit("known", kFew, now), 0) << "was not forgotten";
  limiter.Rollback();
  EXPECT_GT(limiter.Hit("known", kFew, now), 0);
}

}  // namespace
}  // namespace redrive::workshop
