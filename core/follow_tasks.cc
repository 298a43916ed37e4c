#include "core/follow_tasks.h"

namespace redrive {

bool FollowTasks::BeginExecution(std::uint64_t execution) {
  if (execution > 0) return false;  // missed() goes on to speak of the one execution
  position_ = 0;
  missed_.reset();
  return true;
}

std::uint32_t FollowTasks::PickTask(const TaskChoice& choice) {
  if (position_ >= tasks_.size() || missed_) return 0;
  const std::size_t index = IndexOfParked(choice.parked(), tasks_[position_]);
  return index < choice.bound() ? choice.ValueOf(index) : 0;
}

bool FollowTasks::OnStep(const TaskChoice& choice, std::uint32_t value) {
  if (position_ < tasks_.size() && !missed_ && choice.at(value).id != tasks_[position_]) {
    missed_ = position_;
  }
  ++position_;
  return true;
}

void FollowTasks::EndExecution(Ending /*ending*/) {
  if (position_ < tasks_.size() && !missed_) missed_ = position_;
}

}  // namespace redrive
