// StepOrder: the steps of one execution with their partial order, for strategies that reason about
// equivalence. Two steps are ordered when the same task takes both, or when their accesses are
// dependent (core/access.h), or when time had to pass between them because nobody was parked, and
// transitively; all else may be swapped without anybody noticing.
// Vector clocks, as in Flanagan and Godefroid, POPL 2005.
#ifndef REDRIVE_CORE_STEP_ORDER_H_
#define REDRIVE_CORE_STEP_ORDER_H_

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/access.h"

namespace redrive {

// An access with its names as small numbers, valid within one Footprints.
struct Footprint {
  std::uint32_t space = 0;     // 0 touches nothing
  std::uint32_t resource = 0;  // number of (space, key)
  Mode mode = Mode::kRead;
  bool whole = false;  // key 0: the whole space
  bool operator==(const Footprint&) const = default;
};

constexpr bool Dependent(const Footprint& a, const Footprint& b) {
  if (a.space == 0 || a.space != b.space) return false;
  if (a.mode == Mode::kRead && b.mode == Mode::kRead) return false;
  return a.resource == b.resource || a.whole || b.whole;
}

// Numbers spaces and resources in the order in which they are first met.
class Footprints {
 public:
  Footprint Of(const Access& access);
  // The resource number of the whole space, or 0 when nobody has touched it as a whole.
  [[nodiscard]] std::uint32_t WholeOf(std::uint32_t space) const { return wholes_[space]; }
  [[nodiscard]] std::size_t spaces() const { return wholes_.size(); }  // numbers are below
  [[nodiscard]] std::size_t resources() const { return resources_ + 1U; }

 private:
  std::map<std::uint64_t, std::uint32_t> spaces_;                                 // by hash
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> resource_of_;  // space, key
  std::vector<std::uint32_t> wholes_ = {0};
  std::uint32_t resources_ = 0;
};

class StepOrder {
 public:
  // `footprints` must outlive this.
  explicit StepOrder(const Footprints& footprints) : footprints_(footprints) {}

  // Every step pushed so far happens before every one that is pushed from now on.
  void BeginEpoch() { epoch_begins_ = true; }
  // Appends a step. Costs the number of tasks and of steps since the resource was last written.
  // REQUIRES: task < 64.
  void Push(std::uint32_t task, const Footprint& footprint);
  // Keeps the first `size` steps.
  void Truncate(std::size_t size);

  [[nodiscard]] std::size_t size() const { return steps_.size(); }
  [[nodiscard]] std::uint32_t task(std::size_t i) const { return steps_[i].task; }
  [[nodiscard]] const Footprint& footprint(std::size_t i) const { return steps_[i].footprint; }
  // True when step i happens before step j, or is it. REQUIRES: i <= j.
  [[nodiscard]] bool Before(std::size_t i, std::size_t j) const {
    return clocks_[j * stride_ + steps_[i].task] >= steps_[i].ordinal;
  }
  // The steps i < j of other tasks that are in a race with j: dependent, and no step in between
  // orders them. Descending.
  [[nodiscard]] std::span<const std::uint32_t> RacesOf(std::size_t j) const;
  // Numbers held by the clocks: steps times tasks, which is what memory goes by.
  [[nodiscard]] std::size_t clock_entries() const { return clocks_.size(); }

 private:
  static constexpr std::int32_t kNone = -1;
  struct Step {
    Footprint footprint;
    std::uint32_t task = 0;
    std::uint32_t epoch = 0;    // the first step of its epoch
    std::uint32_t ordinal = 0;  // of this task's steps, from 1
    std::int32_t previous_of_task = kNone;
    std::int32_t previous_in_space = kNone;  // chains of steps, each to the one before
    std::int32_t previous_on_resource = kNone;
    std::size_t races_begin = 0;
  };

  void InheritClock(const Step& step, std::uint32_t* clock) const;
  void Widen(std::uint32_t task);
  void JoinDependent(const Footprint& footprint, std::uint32_t* clock);
  void Join(std::int32_t i, std::uint32_t* clock);

  const Footprints& footprints_;
  std::vector<Step> steps_;
  std::vector<std::uint32_t> races_;
  std::vector<std::uint32_t> clocks_;  // stride_ numbers a step
  std::size_t stride_ = 4;
  bool epoch_begins_ = false;
  std::vector<std::int32_t> last_of_task_;  // last steps, by their number
  std::vector<std::int32_t> last_in_space_;
  std::vector<std::int32_t> last_on_resource_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_STEP_ORDER_H_
