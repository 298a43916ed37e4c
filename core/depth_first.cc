#include <vector>

#include "core/check.h"
#include "core/strategies.h"

namespace redrive {
namespace {

// Depth-first through all schedules, the path being data: BeginExecution lowers nothing, it raises
// the last choice that can be raised. Choices beyond the path are 0, so execution 0 is serial.
class DepthFirst final : public Strategy {
 public:
  std::string name() const override { return "dfs"; }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution == 0) {
      path_.clear();
      progress_ = {.exhaustive = true};
    } else if (!Advance()) {
      progress_.complete = !progress_.cut;
      return false;
    }
    position_ = 0;
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    if (position_ == path_.size()) path_.push_back({.value = 0, .bound = choice.bound()});
    const Node& node = path_[position_++];
    // A different bound means that the program under test is not deterministic.
    REDRIVE_CHECK(node.bound == choice.bound());
    return node.value;
  }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  void EndExecution(Ending ending) override {
    progress_.cut = progress_.cut || !IsWhole(ending);
    if (IsWhole(ending)) ++progress_.schedules;
  }
  SearchProgress progress() const override { return progress_; }

 private:
  struct Node {
    std::uint32_t value;
    std::uint32_t bound;
  };

  bool Advance() {
    path_.resize(position_);
    while (!path_.empty()) {
      Node& node = path_.back();
      if (node.value + 1 < node.bound) {
        ++node.value;
        return true;
      }
      path_.pop_back();
    }
    return false;
  }

  std::vector<Node> path_;
  std::size_t position_ = 0;
  SearchProgress progress_;
};

}  // namespace

std::unique_ptr<Strategy> MakeDepthFirst() { return std::make_unique<DepthFirst>(); }

}  // namespace redrive
