#include <vector>

#include "core/check.h"
#include "core/strategies.h"

namespace redrive {
namespace {

// Iterative context bounding (Musuvathi, Qadeer, PLDI 2007): all schedules without preemption, then
// all with one, and so on, each exactly once, so the first find has the fewest preemptions.
//
// A schedule with k + 1 preemptions has one parent: the same up to its last preemption, then zeros,
// which has k. So a level is made from the schedules of the level below: each is extended by a
// preemption at every place after its last decision that is not zero, earliest place first, and
// then goes on with zeros and with the choices that are free because the current task is not
// parked.
class Bounded final : public Strategy {
 public:
  Bounded(std::uint32_t preemptions_max, std::size_t bytes_max)
      : preemptions_max_(preemptions_max), bytes_max_(bytes_max) {}
  std::string name() const override { return "bounded:" + std::to_string(preemptions_max_); }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  SearchProgress progress() const override { return progress_; }

  bool BeginExecution(std::uint64_t execution) override {
    if (execution == 0) {
      Reset();
    } else {
      KeepParent();
      if (!RaiseFreeChoice() && !NextPrefix()) {
        progress_.complete = !progress_.cut && progress_.limit.empty();
        return false;
      }
    }
    position_ = 0;
    next_in_prefix_ = 0;
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override;
  void EndExecution(Ending ending) override {
    progress_.cut = progress_.cut || !IsWhole(ending);
    if (IsWhole(ending)) ++progress_.schedules;
  }

 private:
  struct Decided {
    std::uint32_t position;
    std::uint32_t value;  // not 0
  };
  struct Place {
    std::uint32_t value;
    std::uint32_t bound;
    bool current;  // another value than 0 is a preemption
  };
  struct Parent {
    std::vector<Decided> decided;
    std::uint32_t begin = 0;            // the position of the first place
    std::vector<std::uint32_t> places;  // bound, or 0 where no preemption is possible
  };

  void Reset();
  void KeepParent();
  bool RaiseFreeChoice();
  bool NextPrefix();
  bool NextLevel();

  std::uint32_t preemptions_max_;
  std::size_t bytes_max_;
  std::vector<Parent> parents_;   // schedules of the level below
  std::vector<Parent> children_;  // of this level, to be extended on the next one
  std::size_t bytes_ = 0;         // held by both
  std::uint64_t unextended_ = 0;  // schedules for which there was no memory
  std::size_t parent_ = 0;        // where the enumeration of this level stands
  std::size_t place_ = 0;
  std::uint32_t value_ = 0;
  std::vector<Decided> prefix_;   // ends with the last preemption
  std::uint32_t prefix_end_ = 0;  // positions before are decided by it
  std::vector<Place> path_;       // positions from prefix_end_
  std::uint32_t position_ = 0;
  std::size_t next_in_prefix_ = 0;
  SearchProgress progress_;
};

std::uint32_t Bounded::PickTask(const TaskChoice& choice) {
  const std::uint32_t position = position_++;
  if (position < prefix_end_) {
    if (prefix_[next_in_prefix_].position != position) return 0;
    const std::uint32_t value = prefix_[next_in_prefix_++].value;
    // A smaller bound, here and below, means that the program under test is not deterministic.
    REDRIVE_CHECK(value < choice.bound());
    return value;
  }
  const std::size_t index = position - prefix_end_;
  if (index == path_.size()) {
    path_.push_back({.value = 0, .bound = choice.bound(), .current = choice.first_is_current()});
  }
  const Place& place = path_[index];
  REDRIVE_CHECK(place.bound == choice.bound() && place.current == choice.first_is_current());
  return place.value;
}

void Bounded::Reset() {
  parents_.clear();
  children_.clear();
  bytes_ = 0;
  unextended_ = 0;
  parent_ = 0;
  place_ = 0;
  value_ = 0;
  prefix_.clear();
  prefix_end_ = 0;
  path_.clear();
  progress_ = {.exhaustive = true};
}

// Keeps the schedule just executed for the next level, if it can be extended.
void Bounded::KeepParent() {
  path_.resize(position_ > prefix_end_ ? position_ - prefix_end_ : 0);
  if (progress_.preemptions == preemptions_max_) return;
  std::size_t first = path_.size();  // after the last decision that is not zero
  while (first > 0 && path_[first - 1].value == 0) --first;
  std::size_t end = path_.size();
  while (end > first && !path_[end - 1].current) --end;
  if (end == first) return;
  Parent parent{.decided = prefix_, .begin = prefix_end_ + static_cast<std::uint32_t>(first)};
  for (std::size_t i = 0; i < first; ++i) {
    const std::uint32_t position = prefix_end_ + static_cast<std::uint32_t>(i);
    if (path_[i].value != 0) parent.decided.push_back({position, path_[i].value});
  }
  for (std::size_t i = first; i < end; ++i) {
    parent.places.push_back(path_[i].current ? path_[i].bound : 0);
  }
  const std::size_t bytes = sizeof(Parent) + parent.decided.size() * sizeof(Decided) +
                            parent.places.size() * sizeof(std::uint32_t);
  if (bytes_ + bytes > bytes_max_) {
    ++unextended_;
    progress_.limit = "bounded: the search keeps at most " + std::to_string(bytes_max_) +
                      " bytes, so " + std::to_string(unextended_) + " schedules with " +
                      std::to_string(progress_.preemptions) +
                      " preemptions were not extended: explore fewer requests, or use a lower N";
    return;
  }
  bytes_ += bytes;
  parent.decided.shrink_to_fit();
  parent.places.shrink_to_fit();
  children_.push_back(std::move(parent));
}

bool Bounded::RaiseFreeChoice() {
  while (!path_.empty()) {
    Place& place = path_.back();
    if (!place.current && place.value + 1 < place.bound) {
      ++place.value;
      return true;
    }
    path_.pop_back();
  }
  return false;
}

bool Bounded::NextPrefix() {
  while (true) {
    if (parent_ == parents_.size() && !NextLevel()) return false;
    const Parent& parent = parents_[parent_];
    while (place_ < parent.places.size() && value_ + 1 >= parent.places[place_]) {
      ++place_;
      value_ = 0;
    }
    if (place_ < parent.places.size()) break;
    parents_[parent_++] = {};
    place_ = 0;
  }
  ++value_;
  const Parent& parent = parents_[parent_];
  const std::uint32_t position = parent.begin + static_cast<std::uint32_t>(place_);
  prefix_ = parent.decided;
  prefix_.push_back({position, value_});
  prefix_end_ = position + 1;
  path_.clear();
  return true;
}

bool Bounded::NextLevel() {
  if (progress_.preemptions == preemptions_max_ || children_.empty()) return false;
  ++progress_.preemptions;
  parents_.swap(children_);
  children_.clear();
  parent_ = 0;
  bytes_ = 0;
  for (const Parent& parent : parents_) {
    bytes_ += sizeof(Parent) + parent.decided.size() * sizeof(Decided) +
              parent.places.size() * sizeof(std::uint32_t);
  }
  return true;
}

}  // namespace

std::unique_ptr<Strategy> MakeBounded(std::uint32_t preemptions_max, std::size_t bytes_max) {
  return std::make_unique<Bounded>(preemptions_max, bytes_max);
}

}  // namespace redrive
