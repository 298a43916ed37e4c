#include "core/strategy.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/check.h"
#include "core/rng.h"

namespace redrive {
namespace {

class Serial final : public Strategy {
 public:
  std::string name() const override { return "serial"; }
  bool BeginExecution(std::uint64_t execution) override { return execution == 0; }
  std::uint32_t PickTask(const TaskChoice&) override { return 0; }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
};

class RandomWalk final : public Strategy {
 public:
  explicit RandomWalk(std::uint64_t seed) : root_(Rng(seed).Split("random_walk")) {}
  std::string name() const override { return "random"; }
  bool BeginExecution(std::uint64_t execution) override {
    const Rng stream = root_.Split(execution);
    order_ = stream.Split("order");
    draws_ = stream.Split("draws");
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    return static_cast<std::uint32_t>(order_.Below(choice.bound()));
  }
  std::uint32_t PickDraw(Label, std::uint32_t bound) override {
    return static_cast<std::uint32_t>(draws_.Below(bound));
  }

 private:
  Rng root_;
  Rng order_{0};
  Rng draws_{0};
};

// PCT (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): the parked task of highest
// priority goes on; at depth - 1 random steps the running task drops below all others. Only choices
// between two or more tasks count as steps, and the number of steps is learnt from the execution
// before (the first guesses kFirstGuess), as Coyote does.
class Pct final : public Strategy {
 public:
  Pct(std::uint64_t seed, std::uint32_t depth) : root_(Rng(seed).Split("pct")), depth_(depth) {}
  std::string name() const override { return "pct:" + std::to_string(depth_); }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution > 0 && step_ > 0) steps_guess_ = step_;
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
  std::uint64_t step_ = 0;
  std::uint64_t drops_ = 0;
};

// Depth-first through all schedules, the path being data: BeginExecution lowers nothing, it raises
// the last choice that can be raised. Choices beyond the path are 0, so execution 0 is serial.
class DepthFirst final : public Strategy {
 public:
  explicit DepthFirst(std::uint64_t preemptions_max) : preemptions_max_(preemptions_max) {}
  std::string name() const override {
    return preemptions_max_ == kUnbounded ? "dfs" : "bounded:" + std::to_string(preemptions_max_);
  }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution > 0 && !Advance()) return false;
    position_ = 0;
    preemptions_ = 0;
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    if (position_ == path_.size()) {
      path_.push_back({.value = 0,
                       .bound = choice.bound(),
                       .current = choice.first_is_current(),
                       .preemptions_before = preemptions_});
    }
    const Node& node = path_[position_++];
    // A different bound means that the program under test is not deterministic.
    REDRIVE_CHECK(node.bound == choice.bound() && node.current == choice.first_is_current());
    if (node.current && node.value != 0) ++preemptions_;
    return node.value;
  }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }

  static constexpr std::uint64_t kUnbounded = ~std::uint64_t{0};

 private:
  struct Node {
    std::uint32_t value;
    std::uint32_t bound;
    bool current;
    std::uint64_t preemptions_before;
  };

  bool Advance() {
    path_.resize(position_);
    while (!path_.empty()) {
      Node& node = path_.back();
      const bool affordable =
          !node.current || node.value != 0 || node.preemptions_before < preemptions_max_;
      if (affordable && node.value + 1 < node.bound) {
        ++node.value;
        return true;
      }
      path_.pop_back();
    }
    return false;
  }

  std::uint64_t preemptions_max_;
  std::vector<Node> path_;
  std::size_t position_ = 0;
  std::uint64_t preemptions_ = 0;
};

bool ParseNumber(std::string_view text, std::uint32_t* number) {
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

TaskChoice::TaskChoice(std::span<const ParkedTask> parked, TaskId last) : parked_(parked) {
  REDRIVE_CHECK(!parked.empty());
  const std::size_t index = IndexOfParked(parked, last);
  if (index < parked.size()) current_ = index;
}

const ParkedTask& TaskChoice::at(std::uint32_t value) const {
  if (current_ == kNone) return parked_[value];
  if (value == 0) return parked_[current_];
  return parked_[value <= current_ ? value - 1 : value];
}

std::uint32_t TaskChoice::ValueOf(std::size_t index) const {
  const auto value = static_cast<std::uint32_t>(index);
  if (current_ == kNone || index > current_) return value;
  return index == current_ ? 0 : value + 1;
}

Result<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec, std::uint64_t seed) {
  const std::size_t colon = spec.find(':');
  const std::string_view head = spec.substr(0, colon);
  std::uint32_t number = 0;
  if (colon == std::string_view::npos) {
    if (head == "random") return std::unique_ptr<Strategy>(std::make_unique<RandomWalk>(seed));
    if (head == "serial") return std::unique_ptr<Strategy>(std::make_unique<Serial>());
    if (head == "dfs") {
      return std::unique_ptr<Strategy>(std::make_unique<DepthFirst>(DepthFirst::kUnbounded));
    }
    if (head == "pct") return std::unique_ptr<Strategy>(std::make_unique<Pct>(seed, 3));
  } else if (ParseNumber(spec.substr(colon + 1), &number)) {
    if (head == "bounded") return std::unique_ptr<Strategy>(std::make_unique<DepthFirst>(number));
    if (head == "pct" && number >= 1 && number <= 64) {
      return std::unique_ptr<Strategy>(std::make_unique<Pct>(seed, number));
    }
  }
  return Error{ErrorCode::kInvalid, "unknown strategy '" + std::string(spec) +
                                        "': expected random, serial, pct:DEPTH (1 to 64), dfs or "
                                        "bounded:PREEMPTIONS"};
}

}  // namespace redrive
