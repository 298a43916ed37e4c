#include "core/wakeup_tree.h"

#include "core/check.h"

namespace redrive {

void WakeupForest::Insert(const StepOrder& order, std::vector<std::uint32_t>* steps, Tree* tree) {
  // Nodes are named by numbers, because the pool moves when it grows: `parent` owns the list.
  Tree parent = kEmpty;
  Tree last = kEmpty;
  for (Tree at = *tree; at != kEmpty;) {
    const Branch& branch = pool_[at].branch;
    bool present = false;
    const std::size_t initial = FindInitial(order, *steps, branch.task, &present);
    const bool matches =
        present ? initial < steps->size() && order.footprint((*steps)[initial]) == branch.footprint
                : IndependentOfAll(order, *steps, branch.footprint);
    if (!matches) {
      last = at;
      at = pool_[at].next;
      continue;
    }
    if (present) steps->erase(steps->begin() + static_cast<std::ptrdiff_t>(initial));
    // A leaf stands for everything that begins like it.
    if (branch.children == kEmpty || steps->empty()) return;
    parent = at;
    last = kEmpty;
    at = branch.children;
  }
  for (const std::uint32_t step : *steps) {
    const Tree added = Allocate(order.task(step), order.footprint(step));
    if (last != kEmpty) {
      pool_[last].next = added;
    } else if (parent != kEmpty) {
      pool_[parent].branch.children = added;
    } else {
      *tree = added;
    }
    last = kEmpty;
    parent = added;
  }
}

void WakeupForest::Add(std::uint32_t task, const Footprint& footprint, Tree* tree) {
  const Tree added = Allocate(task, footprint);
  Tree last = *tree;
  if (last == kEmpty) {
    *tree = added;
    return;
  }
  while (pool_[last].next != kEmpty) last = pool_[last].next;
  pool_[last].next = added;
}

bool WakeupForest::BeginsWith(Tree tree, std::uint32_t task) const {
  for (; tree != kEmpty; tree = pool_[tree].next) {
    if (pool_[tree].branch.task == task) return true;
  }
  return false;
}

WakeupForest::Branch WakeupForest::TakeFirst(Tree* tree) {
  REDRIVE_CHECK(*tree != kEmpty);
  const Tree taken = *tree;
  const Branch branch = pool_[taken].branch;
  *tree = pool_[taken].next;
  pool_[taken].next = free_;
  free_ = taken;
  --nodes_;
  return branch;
}

void WakeupForest::Free(Tree tree) {
  std::vector<Tree> left;
  while (tree != kEmpty || !left.empty()) {
    if (tree == kEmpty) {
      tree = left.back();
      left.pop_back();
    }
    const Branch branch = TakeFirst(&tree);
    if (branch.children != kEmpty) left.push_back(branch.children);
  }
}

void WakeupForest::Clear() {
  pool_.clear();
  free_ = kEmpty;
  nodes_ = 0;
}

WakeupForest::Tree WakeupForest::Allocate(std::uint32_t task, const Footprint& footprint) {
  ++nodes_;
  const Node node{.branch = {.task = task, .footprint = footprint}};
  if (free_ == kEmpty) {
    pool_.push_back(node);
    return static_cast<Tree>(pool_.size() - 1);
  }
  const Tree reused = free_;
  free_ = pool_[reused].next;
  pool_[reused] = node;
  return reused;
}

std::size_t FindInitial(const StepOrder& order, const std::vector<std::uint32_t>& steps,
                        std::uint32_t task, bool* present) {
  std::size_t first = 0;
  while (first < steps.size() && order.task(steps[first]) != task) ++first;
  *present = first < steps.size();
  if (!*present) return steps.size();
  for (std::size_t i = 0; i < first; ++i) {
    if (order.Before(steps[i], steps[first])) return steps.size();
  }
  return first;
}

bool IndependentOfAll(const StepOrder& order, const std::vector<std::uint32_t>& steps,
                      const Footprint& footprint) {
  for (const std::uint32_t step : steps) {
    if (Dependent(order.footprint(step), footprint)) return false;
  }
  return true;
}

}  // namespace redrive
