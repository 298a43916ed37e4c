#include "core/class_estimator.h"

#include <bit>
#include <cmath>
#include <cstdio>

namespace redrive {

bool ClassEstimator::BeginExecution(std::uint64_t execution) {
  if (execution == 0) {
    probes_ = 0;
    mean_ = 0;
    squares_ = 0;
    progress_ = {};
    future_.Forget();
  }
  lesson_ = execution < kLessons;
  future_.Begin();
  if (!progress_.limit.empty()) return false;
  order_ = root_.Split(execution);
  offers_.Truncate(0);
  asleep_ = 0;
  entered_ = false;
  product_ = 1;
  return true;
}

// Reads the candidates of the coming step, once. False when all that need be tried are asleep.
bool ClassEstimator::Enter(const TaskChoice& choice) {
  entered_ = true;
  offers_.Truncate(0);
  if (!offers_.Push(choice)) {
    progress_.limit = "estimate: " + std::string(offers_.limit());
    return true;
  }
  TaskSet parked = 0;
  for (const Offer& offer : offers_.at(0)) parked |= Only(offer.task);
  asleep_ &= parked;
  branches_ = lesson_ ? parked : future_.Persistent(offers_.at(0), asleep_);
  return (branches_ & ~asleep_) != 0;
}

std::uint32_t ClassEstimator::PickTask(const TaskChoice& choice) {
  if (!progress_.limit.empty()) return 0;
  if (!Enter(choice)) return kAbandon;
  if (!progress_.limit.empty()) return 0;
  if (lesson_) return static_cast<std::uint32_t>(order_.Below(choice.bound()));
  const TaskSet others = ~branches_;
  const auto degree = static_cast<std::uint32_t>(std::popcount(branches_ & ~asleep_));
  product_ *= degree;
  // Branches are numbered as their candidates are; those before the chosen one fall asleep.
  for (std::uint64_t skip = order_.Below(degree); skip > 0; --skip) {
    asleep_ |= Only(offers_.FirstAwake(0, asleep_ | others)->task);
  }
  return offers_.FirstAwake(0, asleep_ | others)->value;
}

bool ClassEstimator::OnStep(const TaskChoice& choice, std::uint32_t value) {
  if (!progress_.limit.empty()) return true;
  if (!entered_ && !Enter(choice)) return false;
  entered_ = false;
  if (!progress_.limit.empty()) return true;
  for (const Offer& offer : offers_.at(0)) {
    if (offer.value != value) continue;
    if (!lesson_) asleep_ = offers_.StillAsleep(0, asleep_, offer);
    future_.Add(offer.task, offer.footprint, lesson_);
    break;
  }
  return true;
}

void ClassEstimator::EndExecution(Ending ending) {
  if (!progress_.limit.empty()) return;
  if (lesson_) {
    if (IsWhole(ending)) ++progress_.schedules;
    return;
  }
  double sample = 0;
  if (IsWhole(ending)) {
    sample = product_;
    ++progress_.schedules;
  } else if (ending == Ending::kRedundant) {
    ++progress_.redundant;
  } else {
    progress_.cut = true;
    return;
  }
  ++probes_;
  const double difference = sample - mean_;
  mean_ += difference / static_cast<double>(probes_);
  squares_ += difference * (sample - mean_);
}

ClassEstimate ClassEstimator::estimate() const {
  ClassEstimate estimate{.mean = mean_, .probes = probes_, .blocked = progress_.redundant};
  if (probes_ > 1) {
    const auto n = static_cast<double>(probes_);
    estimate.standard_error = std::sqrt(squares_ / (n * (n - 1)));
  }
  return estimate;
}

std::string EstimateToText(const ClassEstimate& estimate) {
  const std::string probes = "(" + std::to_string(estimate.probes) + " probes)";
  if (estimate.probes < 2) return "no estimate of the classes: fewer than two probes";
  if (estimate.mean <= 0) return "no estimate of the classes: every probe was blocked " + probes;
  if (!std::isfinite(estimate.mean) || !std::isfinite(estimate.standard_error)) {
    return "more than 1e150 classes " + probes;
  }
  char number[32];
  if (estimate.mean < 1000) {
    std::snprintf(number, sizeof number, "%.0f", estimate.mean);
  } else {
    const int exponent = static_cast<int>(std::floor(std::log10(estimate.mean)));
    std::snprintf(number, sizeof number, "%.1fe%d", estimate.mean / std::pow(10, exponent),
                  exponent);
  }
  const double percent = 100 * estimate.standard_error / estimate.mean;
  return "about " + std::string(number) + " ± " + std::to_string(std::lround(percent)) +
         " % classes " + probes;
}

}  // namespace redrive
