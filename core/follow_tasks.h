// FollowTasks: a strategy that releases the tasks of a list, one for each step, then goes on with
// 0.
#ifndef REDRIVE_CORE_FOLLOW_TASKS_H_
#define REDRIVE_CORE_FOLLOW_TASKS_H_

#include <optional>
#include <vector>

#include "core/strategy.h"

namespace redrive {

// One execution; draws are 0. The list holds every step, also those with one candidate only.
class FollowTasks final : public Strategy {
 public:
  explicit FollowTasks(std::vector<TaskId> tasks) : tasks_(std::move(tasks)) {}

  std::string name() const override { return "follow"; }
  bool observes() const override { return true; }
  bool BeginExecution(std::uint64_t execution) override;
  std::uint32_t PickTask(const TaskChoice& choice) override;
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override;
  void EndExecution(Ending ending) override;

  // The first place in the list where another task was released, because the wanted one was not
  // parked or the execution had ended. None: the list was followed to its end.
  [[nodiscard]] std::optional<std::size_t> missed() const { return missed_; }

 private:
  std::vector<TaskId> tasks_;
  std::size_t position_ = 0;
  std::optional<std::size_t> missed_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_FOLLOW_TASKS_H_
