// Offers: the candidates of one choice point after another, with footprints and small task numbers,
// for the strategies that walk the tree of choices with sleep sets (Godefroid, 1996).
#ifndef REDRIVE_CORE_OFFERS_H_
#define REDRIVE_CORE_OFFERS_H_

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/step_order.h"
#include "core/strategy.h"

namespace redrive {

struct Offer {
  std::uint32_t task = 0;   // small number, below 64
  std::uint32_t value = 0;  // the number of the candidate
  Footprint footprint;
  std::uint64_t print = 0;  // of task, label and access: equal steps have equal ones
};

// Sets of tasks, one bit each.
using TaskSet = std::uint64_t;
constexpr TaskSet Only(std::uint32_t task) { return TaskSet{1} << task; }

class Offers {
 public:
  static constexpr std::size_t kTasksMax = 64;
  static constexpr std::size_t kOffersMax = 8'000'000;  // about 320 MB

  // Appends the candidates as choice point number size(), in the order of `choice.parked()`.
  // False when a limit is reached: then `limit()` names it, and nothing is appended.
  bool Push(const TaskChoice& choice);
  // Keeps the first `size` choice points.
  void Truncate(std::size_t size);

  [[nodiscard]] std::size_t size() const { return begins_.size(); }
  [[nodiscard]] std::span<const Offer> at(std::size_t point) const;
  // Null when `task` is not among the candidates.
  [[nodiscard]] const Offer* Find(std::size_t point, std::uint32_t task) const;
  // The tasks of `asleep` whose steps at `point` do not depend on `step`.
  [[nodiscard]] TaskSet StillAsleep(std::size_t point, TaskSet asleep, const Offer& step) const;
  // The first candidate by number that is not in `asleep`; null when there is none.
  [[nodiscard]] const Offer* FirstAwake(std::size_t point, TaskSet asleep) const;

  [[nodiscard]] const Footprints& footprints() const { return footprints_; }
  [[nodiscard]] std::string_view limit() const { return limit_; }

  static std::uint64_t Print(const ParkedTask& task);

 private:
  Footprints footprints_;
  std::map<TaskId, std::uint32_t> numbers_;
  std::vector<Offer> offers_;
  std::vector<std::size_t> begins_;
  std::string_view limit_;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_OFFERS_H_
