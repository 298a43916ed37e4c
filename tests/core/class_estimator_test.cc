#include "core/class_estimator.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/random_programs.h"
#include "tests/core/small_program.h"

namespace redrive {
namespace {

ClassEstimate Estimate(const Program& program, std::uint64_t probes, std::uint64_t seed = 7) {
  ClassEstimator estimator(seed);
  RunSearch(program, estimator, probes);
  return estimator.estimate();
}

TEST(ClassEstimatorTest, LostUpdatesAreEstimatedWithinTheError) {
  const double classes[] = {4, 36, 576};
  for (int tasks = 2; tasks <= 4; ++tasks) {
    const ClassEstimate estimate = Estimate(LostUpdates(tasks), 4'000);
    EXPECT_EQ(estimate.probes, 4'000U - ClassEstimator::kLessons);
    EXPECT_NEAR(estimate.mean, classes[tasks - 2], 3 * estimate.standard_error + 1e-9);
    EXPECT_LT(estimate.standard_error, 0.1 * estimate.mean);
  }
}

TEST(ClassEstimatorTest, RandomProgramsAreEstimatedWithoutBias) {
  double ratios = 0;
  std::uint64_t seed = 0;  // one stream for all would give all the same error
  constexpr int kPrograms = 500;
  ExpectHolds(kPrograms, [&] {
    const Program program = RandomProgram({.sleeps = true});
    const auto classes = static_cast<double>(RunSearch(program, "dfs").Classes().size());
    const ClassEstimate estimate = Estimate(program, 1'000, ++seed);
    RC_ASSERT(std::abs(estimate.mean - classes) <= 5 * estimate.standard_error + 1e-9);
    ratios += estimate.mean / classes;
  });
  EXPECT_NEAR(ratios / kPrograms, 1.0, 0.01);
}

TEST(ClassEstimatorTest, TextSaysHowSureItIs) {
  EXPECT_EQ(EstimateToText({.mean = 412'345, .standard_error = 82'000, .probes = 300}),
            "about 4.1e5 ± 20 % classes (300 probes)");
  EXPECT_EQ(EstimateToText({.mean = 36.2, .standard_error = 0.4, .probes = 50}),
            "about 36 ± 1 % classes (50 probes)");
  EXPECT_EQ(EstimateToText({.mean = 36, .probes = 1}),
            "no estimate of the classes: fewer than two probes");
  EXPECT_EQ(EstimateToText({.mean = 0, .probes = 9, .blocked = 9}),
            "no estimate of the classes: every probe was blocked (9 probes)");
  EXPECT_EQ(EstimateToText({.mean = HUGE_VAL, .probes = 9}), "more than 1e150 classes (9 probes)");
}

}  // namespace
}  // namespace redrive
