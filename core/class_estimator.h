// ClassEstimator: how many classes of equivalent schedules there are, without visiting them all.
//
// Knuth's estimator (Mathematics of Computation 29, 1975) over the tree of choices that sleep sets
// leave: a probe walks down at random, and the product of the numbers of branches on its way is an
// unbiased estimate of the number of leaves; a probe that sleep sets block counts 0. Each class has
// exactly one leaf. The error falls with the square root of the probes; it can be large where the
// tree is uneven, and is itself estimated from the probes.
#ifndef REDRIVE_CORE_CLASS_ESTIMATOR_H_
#define REDRIVE_CORE_CLASS_ESTIMATOR_H_

#include <string>

#include "core/future_steps.h"
#include "core/offers.h"
#include "core/rng.h"
#include "core/strategy.h"

namespace redrive {

struct ClassEstimate {
  double mean = 0;
  double standard_error = 0;  // of the mean; meaningful from two probes
  std::uint64_t probes = 0;   // blocked ones included, lessons not
  std::uint64_t blocked = 0;
};

// "about 4.1e5 ± 20 % classes (300 probes)", or why there is no estimate.
std::string EstimateToText(const ClassEstimate& estimate);

// A strategy whose executions are the probes; draws are fixed at 0, as in dpor. Each probe that is
// not blocked is a whole execution, and may be judged like any other.
class ClassEstimator final : public Strategy {
 public:
  explicit ClassEstimator(std::uint64_t seed) : root_(Rng(seed).Split("class_estimator")) {}

  std::string name() const override { return "estimate"; }
  bool observes() const override { return true; }
  bool BeginExecution(std::uint64_t execution) override;
  std::uint32_t PickTask(const TaskChoice& choice) override;
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override;
  void EndExecution(Ending ending) override;
  SearchProgress progress() const override { return progress_; }

  std::uint64_t lessons() const override { return kLessons; }

  [[nodiscard]] ClassEstimate estimate() const;

  static constexpr std::uint64_t kLessons = 16;

 private:
  bool Enter(const TaskChoice& choice);

  Rng root_;
  Rng order_{0};
  Offers offers_;  // of the current choice point only
  FutureSteps future_;
  bool lesson_ = true;
  TaskSet branches_ = 0;  // a persistent set at the current choice point
  TaskSet asleep_ = 0;    // at the current choice point, earlier branches included once picked
  bool entered_ = false;
  double product_ = 1;
  std::uint64_t probes_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // sum of squared differences from the mean (Welford, 1962)
  SearchProgress progress_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_CLASS_ESTIMATOR_H_
