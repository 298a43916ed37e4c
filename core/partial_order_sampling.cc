#include <vector>

#include "core/rng.h"
#include "core/strategies.h"

namespace redrive {
namespace {

// Partial order sampling (Yuan, Yang, Gu, CAV 2018): every pending step has a random priority, the
// highest goes on, and its step redraws the priorities of the pending steps that depend on it. So
// no step is held back for long by one unlucky draw, and each order of a race keeps its chance.
class Pos final : public Strategy {
 public:
  explicit Pos(std::uint64_t seed) : root_(Rng(seed).Split("pos")) {}
  std::string name() const override { return "pos"; }
  bool observes() const override { return true; }
  bool BeginExecution(std::uint64_t execution) override {
    const Rng stream = root_.Split(execution);
    priorities_ = stream.Split("priorities");
    draws_ = stream.Split("draws");
    priority_of_.clear();
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    std::size_t best = 0;
    std::uint64_t best_priority = 0;
    for (std::size_t i = 0; i < choice.parked().size(); ++i) {
      const std::uint64_t priority = Priority(choice.parked()[i].id);
      if (priority <= best_priority) continue;  // ties go to the lower id
      best = i;
      best_priority = priority;
    }
    return choice.ValueOf(best);
  }
  std::uint32_t PickDraw(Label, std::uint32_t bound) override {
    return static_cast<std::uint32_t>(draws_.Below(bound));
  }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override {
    const ParkedTask& taken = choice.at(value);
    for (const ParkedTask& task : choice.parked()) {
      if (task.id >= priority_of_.size()) continue;
      const bool redrawn =
          task.id == taken.id || Dependent(task.point->access, taken.point->access);
      if (redrawn) priority_of_[task.id] = 0;
    }
    return true;
  }

 private:
  std::uint64_t Priority(TaskId id) {
    if (id >= priority_of_.size()) priority_of_.resize(id + 1, 0);
    if (priority_of_[id] == 0) priority_of_[id] = priorities_.Next() | 1U;
    return priority_of_[id];
  }

  Rng root_;
  Rng priorities_{0};
  Rng draws_{0};
  std::vector<std::uint64_t> priority_of_;  // of the pending step, by task id; 0 is not drawn
};

}  // namespace

std::unique_ptr<Strategy> MakePos(std::uint64_t seed) { return std::make_unique<Pos>(seed); }

}  // namespace redrive
