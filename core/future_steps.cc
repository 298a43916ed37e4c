#include "core/future_steps.h"

#include <algorithm>
#include <bit>

namespace redrive {

void FutureSteps::Add(std::uint32_t task, const Footprint& footprint, bool learn) {
  if (task >= taken_.size()) taken_.resize(task + 1, 0);
  const std::size_t step = taken_[task]++;
  if (!learn) return;
  if (task >= seen_.size()) seen_.resize(task + 1);
  auto& steps = seen_[task];
  if (step >= steps.size()) steps.resize(step + 1);
  auto& there = steps[step];
  if (std::find(there.begin(), there.end(), footprint) == there.end()) there.push_back(footprint);
}

TaskSet FutureSteps::Persistent(std::span<const Offer> offers, TaskSet asleep) const {
  TaskSet best = 0;
  int best_awake = 0;
  for (const Offer& first : offers) {
    TaskSet members = Only(first.task);
    for (bool grown = true; grown;) {
      grown = false;
      for (const Offer& member : offers) {
        if ((members & Only(member.task)) == 0) continue;
        for (const Offer& other : offers) {
          if ((members & Only(other.task)) != 0) continue;
          if (!MayTouch(other.task, other, member.footprint)) continue;
          members |= Only(other.task);
          grown = true;
        }
      }
    }
    const int awake = std::popcount(members & ~asleep);
    if (best != 0 && awake >= best_awake) continue;
    best = members;
    best_awake = awake;
  }
  return best;
}

bool FutureSteps::MayTouch(std::uint32_t task, const Offer& own, const Footprint& other) const {
  if (Dependent(own.footprint, other)) return true;
  const std::size_t from = task < taken_.size() ? taken_[task] : 0;
  if (task >= seen_.size() || from >= seen_[task].size()) return true;
  for (std::size_t step = from; step < seen_[task].size(); ++step) {
    for (const Footprint& footprint : seen_[task][step]) {
      if (Dependent(footprint, other)) return true;
    }
  }
  return false;
}

}  // namespace redrive
