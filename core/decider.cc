#include "core/decider.h"

#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

// Who goes on and with what: two executions that agree here took the same step.
std::uint32_t Fingerprint(const ParkedTask& task) {
  const std::uint64_t mixed = Scramble(task.point->label.hash ^ task.id);
  return static_cast<std::uint32_t>(mixed) | 1U;  // 0 is reserved for "unknown"
}

std::string Describe(const ParkedTask& task) {
  return "task " + std::to_string(task.id) + " at " + std::string(task.point->label.text);
}

}  // namespace

TaskId Decider::PickTask(std::span<const ParkedTask> parked, TaskId last) {
  if (!divergence_.empty()) throw Divergence(divergence_);
  TaskChoice choice(parked, last);
  if (waited_) {
    waited_ = false;
    choice.MarkAfterWait();
  }
  if (choice.bound() == 1) {
    if (observes_ && !strategy_->OnStep(choice, 0)) return kNoTask;
    return parked.front().id;
  }

  Decision decision{.bound = choice.bound(), .kind = DecisionKind::kTask};
  if (!TakeRecorded(decision, "tasks to choose from", &decision.value)) {
    if (!divergence_.empty()) throw Divergence(divergence_);
    decision.value = strategy_->PickTask(choice);
    if (decision.value == kAbandon) return kNoTask;
    REDRIVE_CHECK(decision.value < decision.bound);
  }
  const ParkedTask& chosen = choice.at(decision.value);
  decision.fingerprint = Fingerprint(chosen);
  const std::size_t index = schedule_.size();
  if (index < prefix_.size() && prefix_[index].fingerprint != 0 &&
      prefix_[index].fingerprint != decision.fingerprint) {
    throw Divergence("decision " + std::to_string(index) +
                     ": the recorded choice was another step than " + Describe(chosen) +
                     ", which replay offers in its place");
  }
  if (observes_ && !strategy_->OnStep(choice, decision.value)) return kNoTask;
  if (choice.first_is_current() && decision.value != 0) ++preemptions_;
  schedule_.push_back(decision);
  return chosen.id;
}

std::uint32_t Decider::Draw(Label label, std::uint32_t bound) {
  REDRIVE_CHECK(bound > 0);
  if (bound == 1) return 0;
  Decision decision{.bound = bound,
                    .fingerprint = static_cast<std::uint32_t>(label.hash) | 1U,
                    .kind = DecisionKind::kDraw};
  const std::size_t index = schedule_.size();
  if (!TakeRecorded(decision, label.text, &decision.value)) {
    decision.value = divergence_.empty() ? strategy_->PickDraw(label, bound) : 0;
    REDRIVE_CHECK(decision.value < bound);
  } else if (prefix_[index].fingerprint != 0 &&
             prefix_[index].fingerprint != decision.fingerprint) {
    KeepDivergence("decision " + std::to_string(index) +
                   ": the recorded draw was another one than " + std::string(label.text) +
                   ", which replay asks for");
  }
  schedule_.push_back(decision);
  return decision.value;
}

bool Decider::Begin(std::uint64_t execution, std::span<const Decision> prefix) {
  prefix_ = prefix;
  schedule_.clear();
  preemptions_ = 0;
  waited_ = false;
  divergence_.clear();
  return strategy_->BeginExecution(execution);
}

bool Decider::TakeRecorded(Decision offered, std::string_view what, std::uint32_t* value) {
  const std::size_t index = schedule_.size();
  if (index >= prefix_.size() || !divergence_.empty()) return false;
  const Decision& recorded = prefix_[index];
  if (recorded.kind != offered.kind || recorded.bound != offered.bound) {
    const auto name = [](DecisionKind kind) {
      return std::string(kind == DecisionKind::kTask ? "a choice of " : "a draw below ");
    };
    KeepDivergence("decision " + std::to_string(index) + ": recorded " + name(recorded.kind) +
                   std::to_string(recorded.bound) + ", replay offers " + name(offered.kind) +
                   std::to_string(offered.bound) + " (" + std::string(what) + ")");
    return false;
  }
  *value = recorded.value;
  return true;
}

void Decider::KeepDivergence(std::string message) {
  if (divergence_.empty()) divergence_ = std::move(message);
}

void Decider::CheckPrefix() const {
  if (!divergence_.empty()) throw Divergence(divergence_);
  if (schedule_.size() < prefix_.size()) {
    throw Divergence("decision " + std::to_string(schedule_.size()) + ": " +
                     std::to_string(prefix_.size()) +
                     " decisions were recorded, but the execution ended here");
  }
}

}  // namespace redrive
