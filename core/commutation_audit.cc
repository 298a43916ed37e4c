#include "core/commutation_audit.h"

#include <utility>

#include "core/check.h"

namespace redrive {

std::optional<Swap> ProposeSwap(std::span<const StepTaken> steps, Rng& rng) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (steps[i].task == steps[i + 1].task) continue;
    if (!Dependent(steps[i].access, steps[i + 1].access)) candidates.push_back(i);
  }
  if (candidates.empty()) return std::nullopt;
  Swap swap{.first = candidates[rng.Below(candidates.size())]};
  for (const StepTaken& step : steps) swap.tasks.push_back(step.task);
  std::swap(swap.tasks[swap.first], swap.tasks[swap.first + 1]);
  return swap;
}

std::string DescribeSwap(std::span<const StepTaken> steps, const Swap& swap) {
  REDRIVE_CHECK(swap.first + 1 < steps.size());
  const auto describe = [&](std::size_t i) {
    const StepTaken& step = steps[i];
    std::string text = "step " + std::to_string(i + 1) + ", task " + std::to_string(step.task) +
                       " at " + std::string(step.label.text);
    if (Touches(step.access)) text += " (" + std::string(step.access.space.text) + ")";
    return text;
  };
  return describe(swap.first) + ", and " + describe(swap.first + 1);
}

void StepLog::OnEvent(const Event& event) {
  if (event.kind != EventKind::kStep) return;
  StepTaken step{.task = event.task, .label = event.label, .access = event.access};
  step.access.key_text = {};
  steps_.push_back(step);
}

}  // namespace redrive
