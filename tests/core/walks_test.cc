// The random strategies' promises, measured with fixed seeds.
#include <gtest/gtest.h>

#include <map>

#include "tests/core/small_program.h"

namespace redrive {
namespace {

constexpr Op kWrite{OpKind::kWrite, 1};
constexpr Op kNothing{OpKind::kNothing};

// Counts what `name_of` makes of each execution but the first, from which weights are learnt.
template <typename NameOf>
std::map<std::string, std::uint64_t> Tally(const Program& program, std::string_view spec,
                                           std::uint64_t executions, NameOf name_of) {
  std::map<std::string, std::uint64_t> tally;
  const Search search = RunSearch(program, spec, executions + 1);
  for (std::size_t i = 1; i < search.whole.size(); ++i) ++tally[name_of(search.whole[i])];
  return tally;
}

std::map<std::string, std::uint64_t> Orders(const Program& program, std::string_view spec,
                                            std::uint64_t executions) {
  return Tally(program, spec, executions, [](const Execution& e) { return e.schedule; });
}

double ChiSquare(const std::map<std::string, std::uint64_t>& tally, double total, double cells) {
  const double expected = total / cells;
  double sum = (cells - static_cast<double>(tally.size())) * expected;  // cells never met
  for (const auto& [name, count] : tally) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

TEST(WalksTest, UrwIsUniformOverInterleavings) {
  // 4 and 2 steps: 15 interleavings. The 99.9 % quantile of chi-square with 14 degrees is 36.1.
  const Program uneven{.tasks = {Body(4, kWrite), Body(2, kWrite)}};
  EXPECT_LT(ChiSquare(Orders(uneven, "urw", 15'000), 15'000, 15), 36.1);
  EXPECT_GT(ChiSquare(Orders(uneven, "random", 15'000), 15'000, 15), 1'000);
  // 3, 2 and 1 steps: 60 interleavings; the quantile with 59 degrees is 98.3.
  const Program three{.tasks = {Body(3, kWrite), Body(2, kWrite), Body(1, kWrite)}};
  EXPECT_LT(ChiSquare(Orders(three, "urw", 30'000), 30'000, 60), 98.3);
}

// One write is far away, behind steps that do not matter, another one near: how often is the far
// one first?
std::uint64_t FarFirst(std::string_view spec, std::size_t distance, std::uint64_t executions) {
  Body far_away(distance, kNothing);
  far_away.push_back(kWrite);
  const Program program{.tasks = {far_away, {kWrite}}};
  const auto tally = Tally(program, spec, executions, [](const Execution& execution) {
    return execution.canonical.find("1:1w") < execution.canonical.find("0:1w") ? "near" : "far";
  });
  const auto far = tally.find("far");
  return far == tally.end() ? 0 : far->second;
}

TEST(WalksTest, SurwIsUniformOverTheStepsThatMatter) {
  EXPECT_NEAR(static_cast<double>(FarFirst("surw", 10, 10'000)), 5'000, 200);
  // All steps alike: the far write comes first in one of twelve interleavings.
  EXPECT_NEAR(static_cast<double>(FarFirst("urw", 10, 12'000)), 1'000, 120);
  // A fair coin at every step, eleven times.
  EXPECT_LT(FarFirst("random", 10, 10'000), 20U);
}

TEST(WalksTest, PosIsNotHeldUpByStepsThatDoNotMatter) {
  // The far write comes first when eleven fresh priorities all beat one that stays: 1 in 12.
  EXPECT_NEAR(static_cast<double>(FarFirst("pos", 10, 12'000)), 1'000, 120);
}

TEST(WalksTest, PosMeetsEveryClass) {
  const Program program = LostUpdates(3);
  const Search sampled = RunSearch(program, "pos", 3'000);
  EXPECT_EQ(sampled.Classes(), RunSearch(program, "dfs").Classes());
}

TEST(WalksTest, EqualSeedsGiveEqualExecutions) {
  const Program program{.tasks = {Body(4, kWrite), {kNothing, {OpKind::kSleep, 2}, kWrite}}};
  for (const char* spec : {"urw", "surw", "pos", "estimate"}) {
    const auto a = MakeStrategy(spec, 9).value();
    const auto b = MakeStrategy(spec, 9).value();
    const auto c = MakeStrategy(spec, 10).value();
    const auto orders = [&](Strategy& strategy) {
      std::string text;
      for (const Execution& e : RunSearch(program, strategy, 100).whole) text += e.schedule + "\n";
      return text;
    };
    const std::string first = orders(*a);
    EXPECT_EQ(first, orders(*b)) << spec;
    EXPECT_EQ(first, orders(*a)) << spec << " begun anew";
    EXPECT_NE(first, orders(*c)) << spec;
  }
}

}  // namespace
}  // namespace redrive
