// WakeupForest: the wakeup trees of optimal DPOR (Abdulla, Aronis, Jonsson, Sagonas, JACM 64(4),
// 2017): for each choice point, the beginnings of schedules that must still be tried there, such
// that none of them leads to a class of schedules that another one covers.
//
// A tree is the list of its branches, named by its first one. Nodes come from one pool.
#ifndef REDRIVE_CORE_WAKEUP_TREE_H_
#define REDRIVE_CORE_WAKEUP_TREE_H_

#include <cstdint>
#include <vector>

#include "core/step_order.h"

namespace redrive {

class WakeupForest {
 public:
  using Tree = std::uint32_t;
  static constexpr Tree kEmpty = 0xffffffffU;

  struct Branch {
    std::uint32_t task = 0;
    Footprint footprint;
    Tree children = kEmpty;
  };

  void Clear();

  // Adds to `tree` the schedule `steps` (numbers of steps of `order`, used up), unless the tree
  // has one already whose continuations cover it.
  void Insert(const StepOrder& order, std::vector<std::uint32_t>* steps, Tree* tree);

  // Adds a branch of one step, for which there must be none yet.
  void Add(std::uint32_t task, const Footprint& footprint, Tree* tree);
  // True when a branch of `tree` begins with `task`.
  [[nodiscard]] bool BeginsWith(Tree tree, std::uint32_t task) const;

  // Takes the first branch off. REQUIRES: *tree is not empty.
  Branch TakeFirst(Tree* tree);
  void Free(Tree tree);

  [[nodiscard]] std::size_t nodes() const { return nodes_; }

 private:
  struct Node {
    Branch branch;
    Tree next = kEmpty;  // the sibling after this one, or the next free node
  };

  Tree Allocate(std::uint32_t task, const Footprint& footprint);

  std::vector<Node> pool_;
  Tree free_ = kEmpty;
  std::size_t nodes_ = 0;
};

// Where in `steps` the first step of `task` is, if no other of them happens before it: then the
// schedule can begin with it. steps.size() otherwise; *present says whether the task has any step.
std::size_t FindInitial(const StepOrder& order, const std::vector<std::uint32_t>& steps,
                        std::uint32_t task, bool* present);

// True when `footprint` is dependent with none of `steps`.
bool IndependentOfAll(const StepOrder& order, const std::vector<std::uint32_t>& steps,
                      const Footprint& footprint);

}  // namespace redrive

#endif  // REDRIVE_CORE_WAKEUP_TREE_H_
