#include <algorithm>
#include <vector>

#include "core/rng.h"
#include "core/strategies.h"

namespace redrive {
namespace {

// PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): the parked task of highest
// priority goes on; at depth - 1 random steps the running task drops below all others. Only choices
// between two or more tasks count as steps, and the number of steps is learnt from the first
// execution (which guesses kFirstGuess), as Coyote does.
class Pct final : public Strategy {
 public:
  Pct(std::uint64_t seed, std::uint32_t depth) : root_(Rng(seed).Split("pct")), depth_(depth) {}
  std::string name() const override { return "pct:" + std::to_string(depth_); }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution == 0) {
      steps_guess_ = kFirstGuess;
      learnt_ = false;
    } else if (!learnt_ && step_ > 0) {
      steps_guess_ = step_;
      learnt_ = true;
    }
    const Rng stream = root_.Split(execution);
    priorities_ = stream.Split("priorities");
    draws_ = stream.Split("draws");
    Rng points = stream.Split("change_points");
    change_points_.clear();
    for (std::uint32_t i = 1; i < depth_; ++i) change_points_.push_back(points.Below(steps_guess_));
    std::sort(change_points_.begin(), change_points_.end());
    priority_of_.clear();
    step_ = 0;
    drops_ = 0;
    next_change_ = 0;
    return true;
  }
  std::uint64_t lessons() const override { return 1; }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    std::size_t best = Highest(choice);
    while (next_change_ < change_points_.size() && change_points_[next_change_] <= step_) {
      // Dropped tasks rank below every initial priority, the latest drop lowest.
      Priority(choice.parked()[best].id) = kDropBase - ++drops_;
      ++next_change_;
      best = Highest(choice);
    }
    ++step_;
    return choice.ValueOf(best);
  }
  std::uint32_t PickDraw(Label, std::uint32_t bound) override {
    return static_cast<std::uint32_t>(draws_.Below(bound));
  }

 private:
  static constexpr std::uint64_t kFirstGuess = 64;
  static constexpr std::uint64_t kDropBase = 1ULL << 32;

  std::uint64_t& Priority(TaskId id) {
    if (id >= priority_of_.size()) priority_of_.resize(id + 1, 0);
    if (priority_of_[id] == 0) priority_of_[id] = kDropBase + (priorities_.Next() >> 1);
    return priority_of_[id];
  }
  std::size_t Highest(const TaskChoice& choice) {
    std::size_t best = 0;
    std::uint64_t best_priority = Priority(choice.parked()[0].id);
    for (std::size_t i = 1; i < choice.parked().size(); ++i) {
      const std::uint64_t priority = Priority(choice.parked()[i].id);
      if (priority <= best_priority) continue;
      best = i;
      best_priority = priority;
    }
    return best;
  }

  Rng root_;
  std::uint32_t depth_;
  Rng priorities_{0};
  Rng draws_{0};
  std::vector<std::uint64_t> priority_of_;  // by task id; 0 is "not met yet"
  std::vector<std::uint64_t> change_points_;
  std::size_t next_change_ = 0;
  std::uint64_t steps_guess_ = kFirstGuess;
  bool learnt_ = false;
  std::uint64_t step_ = 0;
  std::uint64_t drops_ = 0;
};

}  // namespace

std::unique_ptr<Strategy> MakePct(std::uint64_t seed, std::uint32_t depth) {
  return std::make_unique<Pct>(seed, depth);
}

}  // namespace redrive
