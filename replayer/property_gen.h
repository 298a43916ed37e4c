// Generators of parallel plans and of schedules, in rapidcheck's terms: what they make comes with
// the ways to make it smaller. rapidcheck itself knows no concurrency; that part is ours, after
// quickcheck-state-machine and eqc_statem (Claessen et al., "Finding Race Conditions in Erlang with
// QuickCheck and PULSE", ICFP 2009).
#ifndef REDRIVE_REPLAYER_PROPERTY_GEN_H_
#define REDRIVE_REPLAYER_PROPERTY_GEN_H_

#include <rapidcheck/Gen.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/strategy.h"
#include "replayer/property_model.h"

namespace redrive::par {

struct PlanSize {
  std::uint32_t prefix = 6;  // most commands before the lanes, besides what the lanes' need
  std::uint32_t lanes = 2;   // from 1 to kLanesMax
  std::uint32_t length = 2;  // most commands of a lane, from 1 to kLengthMax
};
inline constexpr std::uint32_t kPrefixMax = 50;
inline constexpr std::uint32_t kLanesMax = 8;
inline constexpr std::uint32_t kLengthMax = 8;

// Whether the prefix is taken command by command, and every command of the lanes may be sent (what
// it uses was made by the prefix or its own lane, its precondition holds) in every order of the
// lanes. Equal states that are reached by different orders are walked once; when more than
// `states_max` are met the answer is no, so a plan is never kept unchecked.
inline constexpr std::size_t kStatesMax = 20'000;
bool HoldsInEveryOrder(const Model& model, const Plan& plan, std::size_t states_max = kStatesMax);

// Ids 1, 2, … in order of the plan; empty lanes go.
Plan Canonical(const Plan& plan);

// Choices by number, each taken modulo the candidates of its moment and 0 beyond the end: any list
// of small numbers is a schedule, so lists can be cut and numbers lowered freely.
using Choices = std::vector<std::uint8_t>;

// Follows the choices; every execution starts at their begin.
class ChoiceStrategy final : public Strategy {
 public:
  void Follow(Choices choices) { choices_ = std::move(choices); }
  [[nodiscard]] std::string name() const override { return "choices"; }
  bool BeginExecution(std::uint64_t execution) override;
  std::uint32_t PickTask(const TaskChoice& choice) override { return Take(choice.bound()); }
  std::uint32_t PickDraw(Label label, std::uint32_t bound) override;

 private:
  std::uint32_t Take(std::uint32_t bound);

  Choices choices_;
  std::size_t at_ = 0;
};

// The choices that make these decisions again; without the zeros at the end.
Choices ChoicesOf(const Schedule& schedule);

namespace gen {

// Plans that HoldsInEveryOrder; each draws which kinds are on at all (swarm testing: Groce et al.,
// ISSTA 2012). Deterministic in the rc::Random that is passed; rapidcheck's size, up to
// rc::kNominalSize, scales `size`. A plan may be empty when nothing can be sent. Its shrinks drop
// commands with all that uses their results, move a lane's first command before the lanes, and
// lower arguments; all of them hold in every order again.
// REQUIRES: CheckModel(*model).
rc::Gen<Plan> ParallelPlan(std::shared_ptr<const Model> model, PlanSize size);

// Choices for about `length` decisions, of which either each is drawn or only one to three.
rc::Gen<Choices> Schedule(std::size_t length);

}  // namespace gen

// The same ways to shrink, for values that were found otherwise.
rc::Shrinkable<Plan> ShrinkablePlan(std::shared_ptr<const Model> model, Plan plan);
rc::Shrinkable<Choices> ShrinkableChoices(Choices choices);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_GEN_H_
