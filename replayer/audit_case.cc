#include "replayer/audit_case.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/commutation_audit.h"
#include "core/follow_tasks.h"
#include "core/rng.h"
#include "recorder/case_runner.h"
#include "replayer/outcome_facts.h"

namespace redrive {
namespace {

std::string Disagreement(std::span<const StepTaken> steps, const Swap& swap,
                         const std::string& difference) {
  return "commutation audit: " + DescribeSwap(steps, swap) +
         " are called independent, but swapping them changes the outcome" + difference +
         "; the access of one of them is wrong, so no reduced search of this case can be trusted";
}

}  // namespace

Result<CaseAudit> AuditCase(const Case& source, std::uint64_t seed, std::uint64_t samples,
                            ResettableFactory handlers) {
  CaseRunnerOptions options;
  options.handlers = std::move(handlers);
  options.keep_steps = true;
  auto runner = CaseRunner::Make(CaseToSpec(source), options);
  if (runner.has_error()) return runner.error();
  const auto random = MakeStrategy("random", Rng(seed).Split("commutation_audit").Next());
  REDRIVE_CHECK(random.has_value());
  CaseAudit audit;
  for (std::uint64_t sample = 0; sample < samples; ++sample) {
    const auto plain = (*runner)->Execute(**random, sample);
    if (!plain || plain->ending != Ending::kDone) continue;
    const std::vector<StepTaken> steps((*runner)->steps().begin(), (*runner)->steps().end());
    const Schedule schedule = (*runner)->schedule();
    Rng rng = Rng(seed).Split("swap").Split(sample);
    const std::optional<Swap> swap = ProposeSwap(steps, rng);
    if (!swap) continue;
    FollowTasks follow(swap->tasks);
    const auto swapped = (*runner)->Execute(follow, 0);
    REDRIVE_CHECK(swapped.has_value());
    if (follow.missed() == swap->first) continue;  // the one made the other possible
    ++audit.swaps;
    if (follow.missed()) {
      audit.disagreement = Disagreement(steps, *swap, " (other steps follow)");
      return audit;
    }
    if (swapped->outcome == plain->outcome) continue;
    const Schedule other = (*runner)->schedule();
    const OutcomeFacts before = FactsUnder(**runner, schedule);
    const OutcomeFacts after = FactsUnder(**runner, other);
    const std::vector<FactDifference> differences = CompareFacts(before, after);
    if (differences.empty()) continue;  // only the order of a list
    audit.disagreement = Disagreement(steps, *swap, " (" + differences.front().place + ")");
    return audit;
  }
  return audit;
}

}  // namespace redrive
