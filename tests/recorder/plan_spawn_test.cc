#include "recorder/plan_spawn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "recorder/load_shape.h"
#include "recorder/plan.h"
#include "tests/recorder/scenario_testing.h"

namespace redrive {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

UserClass Class(std::string name, std::uint32_t weight, std::uint32_t fixed = 0) {
  UserClass result;
  result.name = std::move(name);
  result.weight = weight;
  result.fixed_count = fixed;
  return result;
}

std::vector<Spawn> Stages(const std::vector<Stage>& stages,
                          const std::vector<UserClass>& classes = {Class("A", 1)}) {
  VirtualTime end{0};
  for (const Stage& stage : stages) end += stage.duration;
  auto spawned = SpawnStages(stages, classes, end, 1'000'000);
  EXPECT_TRUE(spawned.has_value());
  return *spawned;
}

std::size_t ActiveAt(const std::vector<Spawn>& users, VirtualTime at) {
  return static_cast<std::size_t>(
      std::count_if(users.begin(), users.end(),
                    [at](const Spawn& user) { return user.start <= at && at < user.stop; }));
}

TEST(SpawnStagesTest, WhoComesAfterAValleyIsNewAndTheLastOnesStopFirst) {
  const std::vector<Spawn> users =
      Stages({{seconds(10), 4, 4'000}, {seconds(10), 1, 3'000}, {seconds(10), 3, 2'000}});
  ASSERT_EQ(users.size(), 6U);  // four, and two new ones
  EXPECT_EQ(users[0].stop, seconds(30));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(users[i].stop, seconds(10)) << i;
  for (std::size_t i = 4; i < 6; ++i) EXPECT_EQ(users[i].start, seconds(20)) << i;
  EXPECT_EQ(ActiveAt(users, seconds(15)), 1U);
  EXPECT_EQ(ActiveAt(users, seconds(25)), 3U);
}

TEST(SpawnStagesTest, AMissingFixedUserComesBackFirst) {
  // Locust's dispatcher looks for fixed counts again whenever a user has stopped.
  const std::vector<UserClass> classes = {Class("A", 1), Class("B", 1, 2)};
  const std::vector<Spawn> users =
      Stages({{seconds(1), 4, 9'000}, {seconds(1), 1, 9'000}, {seconds(1), 4, 9'000}}, classes);
  std::string order;
  for (const Spawn& user : users) order += classes[user.user_class].name;
  EXPECT_EQ(order,
            "BBAA"
            "BAA");
}

TEST(SpawnStagesTest, TooManyInAllStagesTogetherAreRefused) {
  const auto spawned =
      SpawnStages({{seconds(1), 6, 9'000}, {seconds(1), 0, 9'000}, {seconds(1), 6, 9'000}},
                  {Class("A", 1)}, seconds(3), 11);
  ASSERT_TRUE(spawned.has_error());
  EXPECT_EQ(spawned.error().code, ErrorCode::kLimit);
}

// locust/examples/custom_shape/double_wave.py, in Python's words.
long LocustsWave(const DoubleWaveShape& shape, double t, double limit) {
  const double x = t / (limit / 10 * 2 / 3);
  const double users = (static_cast<double>(shape.peak_one_users) - shape.min_users) *
                           std::pow(std::exp(1.0), -std::pow(x - 5, 2)) +
                       (static_cast<double>(shape.peak_two_users) - shape.min_users) *
                           std::pow(std::exp(1.0), -std::pow(x - 10, 2)) +
                       shape.min_users;
  return std::lrint(users);
}

TEST(LoadShapeTest, TheDoubleWaveIsLocusts) {
  const DoubleWaveShape shapes[] = {{20, 60, 40}, {0, 1'000, 777}, {50, 10, 90}, {7, 7, 100'000}};
  std::size_t compared = 0;
  for (const DoubleWaveShape& shape : shapes) {
    for (const std::uint64_t limit : {15ULL, 60ULL, 599ULL, 600ULL, 86'400ULL}) {
      const std::uint64_t pace = std::max<std::uint64_t>(1, limit / 700);
      for (std::uint64_t second = 0; second < limit; second += pace) {
        const auto expected =
            LocustsWave(shape, static_cast<double>(second), static_cast<double>(limit));
        ASSERT_EQ(DoubleWaveUsers(shape, second, limit), expected) << second << " of " << limit;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 5'000U);
  const DoubleWaveShape stock;
  EXPECT_EQ(DoubleWaveUsers(stock, 0, 600), 20U);
  EXPECT_EQ(DoubleWaveUsers(stock, 200, 600), 60U);
  EXPECT_EQ(DoubleWaveUsers(stock, 400, 600), 40U);
}

TEST(LoadShapeTest, TheWaveIsWalkedSecondBySecond) {
  DoubleWaveShape shape{4, 16, 10};
  shape.time_limit = seconds(60);
  const auto stages = StagesOfShape(shape);
  ASSERT_TRUE(stages.has_value());
  const std::vector<Spawn> users = Stages(*stages);
  for (std::uint64_t second = 0; second < 60; ++second) {
    EXPECT_EQ(ActiveAt(users, seconds(second) + milliseconds(999)),
              DoubleWaveUsers(shape, second, 60))
        << second;
  }
}

TEST(LoadShapeTest, StepsRiseAndSpikesFall) {
  StepShape step;
  step.step_time = seconds(30);
  step.time_limit = seconds(75);
  const auto steps = StagesOfShape(step);
  ASSERT_TRUE(steps.has_value());
  ASSERT_EQ(steps->size(), 3U);
  const std::vector<Spawn> stepped = Stages(*steps);
  EXPECT_EQ(ActiveAt(stepped, seconds(29)), 10U);
  EXPECT_EQ(ActiveAt(stepped, seconds(59)), 20U);
  EXPECT_EQ(ActiveAt(stepped, seconds(74)), 30U);
  EXPECT_EQ(ActiveAt(stepped, seconds(75)), 0U);

  SpikeShape spike{3, 20, seconds(20), seconds(10), 20'000, seconds(50)};
  const auto stages = StagesOfShape(spike);
  ASSERT_TRUE(stages.has_value());
  const std::vector<Spawn> spiked = Stages(*stages);
  EXPECT_EQ(ActiveAt(spiked, seconds(19)), 3U);
  EXPECT_EQ(ActiveAt(spiked, seconds(20)), 20U);
  EXPECT_EQ(ActiveAt(spiked, seconds(49)), 3U);
  spike.spike_time = seconds(31);
  EXPECT_TRUE(StagesOfShape(spike).has_error());
}

Arrivals Rates(std::uint64_t start, std::vector<Arrivals::Stage> stages) {
  Arrivals arrivals;
  arrivals.rate_milli = start;
  arrivals.max_users = 1;
  arrivals.stages = std::move(stages);
  return arrivals;
}

std::vector<Spawn> Arrive(const Arrivals& arrivals, std::uint64_t seed = 1,
                          VirtualTime end = VirtualTime::max()) {
  const auto spawned =
      SpawnArrivals(arrivals, {Class("A", 3), Class("B", 1)}, end, 1'000'000, Rng(seed));
  EXPECT_TRUE(spawned.has_value());
  return *spawned;
}

TEST(ArrivalsTest, AConstantRateIsEvenlySpaced) {
  Arrivals arrivals = Rates(50'000, {{seconds(2), 50'000}});
  const std::vector<Spawn> users = Arrive(arrivals);
  ASSERT_EQ(users.size(), 100U);
  for (std::size_t i = 0; i < users.size(); ++i) {
    EXPECT_EQ(users[i].start, milliseconds(20) * static_cast<std::int64_t>(i)) << i;
    EXPECT_EQ(users[i].stop, VirtualTime::max());
  }
  EXPECT_EQ(std::count_if(users.begin(), users.end(),
                          [](const Spawn& user) { return user.user_class == 0; }),
            75);
  arrivals.per = std::chrono::minutes(1);  // 50 a minute
  ASSERT_EQ(Arrive(arrivals).size(), 2U);
  EXPECT_EQ(Arrive(arrivals)[1].start, milliseconds(1'200));
  EXPECT_EQ(Arrive(Rates(333, {{seconds(10), 333}})).size(), 4U);  // 0, 3.003, 6.006, 9.009 s
  EXPECT_EQ(Arrive(Rates(50'000, {{seconds(2), 50'000}}), 1, seconds(1)).size(), 50U);
}

TEST(ArrivalsTest, ARampFollowsTheAreaUnderTheRate) {
  // From 2 to 20 a second in 20 s, so on for 10 s, down to nothing in 5 s.
  const std::vector<Spawn> users =
      Arrive(Rates(2'000, {{seconds(20), 20'000}, {seconds(10), 20'000}, {seconds(5), 0}}));
  ASSERT_EQ(users.size(), 470U);  // 220 + 200 + 50
  for (std::size_t n = 0; n < 220; ++n) {
    // 2 t + 0.45 t^2 = n
    const double t = (-2 + std::sqrt(4 + 1.8 * static_cast<double>(n))) / 0.9;
    EXPECT_NEAR(static_cast<double>(users[n].start.count()) / 1e9, t, 2e-6) << n;
  }
  EXPECT_EQ(users[220].start, seconds(20));
  EXPECT_EQ(users[420].start, seconds(30));
  for (std::size_t n = 420; n < 470; ++n) {
    const double t = 5 - std::sqrt(25 - static_cast<double>(n - 420) / 2);
    EXPECT_NEAR(static_cast<double>(users[n].start.count()) / 1e9, 30 + t, 2e-6) << n;
  }
}

TEST(ArrivalsTest, HugeRatesAndLongTimesDoNotOverflow) {
  const VirtualTime week = std::chrono::hours(24 * 7);
  Arrivals slow = Rates(1, {{week, 1}});
  slow.per = week;
  EXPECT_EQ(Arrive(slow).size(), 1U);
  const auto refused = SpawnArrivals(Rates(1'000'000'000, {{week, 1'000'000'000}}), {Class("A", 1)},
                                     week, 1'000, Rng(1));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::kLimit);
  // The millionth arrival of a ramp over a week: 2 000 000 t^2 / (2 week^2) of them until t.
  const double rate = 2'000'000 / (7.0 * 24 * 3600);
  const std::vector<Spawn> ramp =
      Arrive(Rates(0, {{week, static_cast<std::uint64_t>(rate * 1000)}}));
  EXPECT_NEAR(static_cast<double>(ramp.size()), 1'000'000, 400);
  EXPECT_LT(ramp.back().start, week);
  EXPECT_GT(ramp.back().start, week - seconds(2));
}

TEST(ArrivalsTest, PoissonGapsAreExponential) {
  Arrivals arrivals = Rates(1'000'000, {{seconds(100), 1'000'000}});
  arrivals.poisson = true;
  const std::vector<Spawn> users = Arrive(arrivals, 42);
  EXPECT_NEAR(static_cast<double>(users.size()), 100'000, 4 * std::sqrt(100'000.0));
  double sum = 0;
  double squares = 0;
  std::size_t above_three = 0;
  for (std::size_t i = 1; i < users.size(); ++i) {
    const double gap = static_cast<double>((users[i].start - users[i - 1].start).count()) / 1e6;
    sum += gap;
    squares += gap * gap;
    above_three += gap > 3 ? 1 : 0;
  }
  const auto count = static_cast<double>(users.size() - 1);
  const double mean = sum / count;
  EXPECT_NEAR(mean, 1, 0.02);                           // ms
  EXPECT_NEAR(squares / count - mean * mean, 1, 0.05);  // of an exponential: its mean squared
  EXPECT_NEAR(static_cast<double>(above_three) / count, std::exp(-3.0), 0.005);
  EXPECT_NE(users[5].start, Arrive(arrivals, 43)[5].start);
}

TEST(DealTest, OneToEachInTurn) {
  using Dealt = std::vector<std::uint32_t>;
  EXPECT_EQ(DealIterations(7, {0, 0, 0}), (Dealt{3, 2, 2}));
  EXPECT_EQ(DealIterations(2, {0, 0, 0}), (Dealt{1, 1}));
  EXPECT_EQ(DealIterations(10, {2, 0, 1, 0}), (Dealt{2, 4, 1, 3}));
  EXPECT_EQ(DealIterations(100, {2, 3}), (Dealt{2, 3}));
  EXPECT_EQ(DealIterations(20'000'000, {0, 1}), (Dealt{19'999'999, 1}));
  // In bulk it is what round after round gives.
  Rng rng(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::uint32_t> limits(1 + rng.Below(6));
    for (std::uint32_t& limit : limits) limit = static_cast<std::uint32_t>(rng.Below(5));
    const std::uint64_t iterations = 1 + rng.Below(30);
    Dealt expected(limits.size(), 0);
    std::uint64_t left = iterations;
    for (int turn = 0; turn < 40; ++turn) {
      for (std::size_t i = 0; i < limits.size() && left > 0; ++i) {
        if (limits[i] != 0 && expected[i] == limits[i]) continue;
        ++expected[i];
        --left;
      }
    }
    while (!expected.empty() && expected.back() == 0) expected.pop_back();
    EXPECT_EQ(DealIterations(iterations, limits), expected);
  }
}

}  // namespace
}  // namespace redrive
