#include <algorithm>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/offers.h"
#include "core/strategies.h"
#include "core/wakeup_tree.h"

namespace redrive {
namespace {

// Dynamic partial order reduction, stateless: one execution of each class of equivalent schedules.
// It begins as optimal DPOR with wakeup trees (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014; JACM
// 64(4), 2017), in which no execution is wasted.
//
// A choice point is kept for every step, forced ones included. After each execution every race of
// its new steps is reversed: the beginning of a schedule that runs the later step first is added to
// the choice point before the earlier one, unless the sleep set there or its wakeup tree says that
// an equivalent schedule is, or will be, executed anyway.
//
// A plan of several steps needs that nobody joins in while others are parked: a task that is
// started by another one, waits for it, or is woken by the time that steps take, cannot be planned
// with. As soon as one is met, and when memory for plans runs out, the search goes on with source
// sets (source-DPOR, same papers): only first steps are planned, and where none of the tasks that
// could begin a reversal is parked, every candidate is tried. Sleep sets still let no class be
// executed twice, but an execution may turn out to be redundant and is then abandoned.
class Dpor final : public Strategy {
 public:
  explicit Dpor(std::size_t wakeups_max) : wakeups_max_(wakeups_max) {}
  std::string name() const override { return "dpor"; }
  bool observes() const override { return true; }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }
  SearchProgress progress() const override { return progress_; }

  bool BeginExecution(std::uint64_t execution) override;
  std::uint32_t PickTask(const TaskChoice& choice) override {
    picked_ = true;
    return Decide(choice);
  }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override;
  void EndExecution(Ending ending) override;

 private:
  // The choice before one step.
  struct Point {
    TaskSet parked = 0;
    TaskSet asleep = 0;  // to begin with them is to repeat an execution
    WakeupForest::Tree wakeups = WakeupForest::kEmpty;  // still to be tried
    std::uint32_t chosen = 0;                           // index among the offers
    bool fixed = false;                                 // by a prefix: not ours to change
    bool after_wait = false;
    bool all = false;  // every candidate is to be tried
  };

  void Reset();
  std::uint32_t Decide(const TaskChoice& choice);
  bool AddPoint(const TaskChoice& choice);
  bool Choose(std::size_t at, bool is_new);
  bool ChooseOffer(std::size_t at, const Offer* offer);
  void CheckSame(const TaskChoice& choice) const;
  const Offer& Chosen(std::size_t at) const { return offers_.at(at)[points_[at].chosen]; }
  void ReverseRaces();
  void ReverseRace(std::size_t first, std::size_t second);
  void PlanFirstStep(Point* point, std::size_t at);
  bool IsCovered(const Point& point, std::size_t at) const;
  bool Advance();
  void GiveUp(std::string_view limit);

  const std::size_t wakeups_max_;
  Offers offers_;
  StepOrder order_{offers_.footprints()};
  WakeupForest forest_;
  std::vector<Point> points_;
  WakeupForest::Tree handed_ = WakeupForest::kEmpty;  // the rest of the schedule being followed
  std::size_t position_ = 0;                          // steps of this execution so far
  std::size_t reversed_ = 0;                          // races of the steps before are dealt with
  bool picked_ = false;                               // PickTask was asked about the coming step
  bool ended_ = true;
  bool first_steps_only_ = false;        // source sets, not wakeup trees
  std::vector<std::uint32_t> reversal_;  // kept for its memory
  SearchProgress progress_;
};

bool Dpor::BeginExecution(std::uint64_t execution) {
  if (execution == 0) {
    Reset();
  } else {
    if (!ended_) EndExecution(Ending::kStopped);  // it threw: what it did is still known
    if (!progress_.limit.empty()) return false;
    if (!Advance()) {
      progress_.complete = !progress_.cut && !progress_.surprised;
      return false;
    }
  }
  position_ = 0;
  picked_ = false;
  ended_ = false;
  return true;
}

void Dpor::Reset() {
  forest_.Clear();
  points_.clear();
  offers_.Truncate(0);
  order_.Truncate(0);
  handed_ = WakeupForest::kEmpty;
  reversed_ = 0;
  first_steps_only_ = false;
  progress_ = {.exhaustive = true};
}

std::uint32_t Dpor::Decide(const TaskChoice& choice) {
  if (!progress_.limit.empty()) return 0;
  if (position_ < points_.size()) {
    CheckSame(choice);
  } else if (AddPoint(choice) && !Choose(position_, true)) {
    points_.pop_back();
    offers_.Truncate(position_);
    return kAbandon;
  }
  return progress_.limit.empty() ? Chosen(position_).value : 0;
}

bool Dpor::OnStep(const TaskChoice& choice, std::uint32_t value) {
  const bool was_picked = std::exchange(picked_, false);
  if (!progress_.limit.empty()) return true;
  if (!was_picked && choice.bound() == 1) {
    if (Decide(choice) == kAbandon) return false;
  } else if (!was_picked && position_ < points_.size()) {
    CheckSame(choice);
  } else if (!was_picked && AddPoint(choice)) {
    Point& point = points_.back();
    point.fixed = true;
    while (offers_.at(position_)[point.chosen].value != value) ++point.chosen;
  }
  if (!progress_.limit.empty()) return true;
  if (position_ == order_.size()) {
    const Offer& step = Chosen(position_);
    if (points_[position_].after_wait) order_.BeginEpoch();
    order_.Push(step.task, step.footprint);
  }
  ++position_;
  return true;
}

void Dpor::EndExecution(Ending ending) {
  ended_ = true;
  if (IsWhole(ending)) {
    REDRIVE_CHECK(!progress_.limit.empty() || position_ == points_.size());  // as CheckSame
    ++progress_.schedules;
  } else if (ending == Ending::kRedundant) {
    ++progress_.redundant;
  } else {
    progress_.cut = true;
  }
  if (progress_.limit.empty()) ReverseRaces();
}

// Appends a choice point, with what is asleep there. False when a limit was reached.
bool Dpor::AddPoint(const TaskChoice& choice) {
  if (!offers_.Push(choice)) {
    GiveUp(offers_.limit());
    return false;
  }
  if (order_.clock_entries() > Offers::kOffersMax * 8) {
    GiveUp("the search keeps at most 64,000,000 clock entries: explore fewer requests at once");
    return false;
  }
  Point point;
  for (const Offer& offer : offers_.at(position_)) point.parked |= Only(offer.task);
  if (position_ > 0) {
    const Point& before = points_[position_ - 1];
    point.asleep =
        offers_.StillAsleep(position_ - 1, before.asleep, Chosen(position_ - 1)) & point.parked;
    const TaskSet known = before.parked;
    if (choice.after_wait()) {
      point.after_wait = true;
      progress_.waited = true;
    } else if ((point.parked & ~known) != 0) {
      progress_.joined = true;
      first_steps_only_ = true;
    }
  }
  point.wakeups = std::exchange(handed_, WakeupForest::kEmpty);
  points_.push_back(point);
  return true;
}

// The next candidate of the choice point: what the wakeup tree wants, or if it wants nothing and
// the point is new, the first one. False when nothing is left to try here.
bool Dpor::Choose(std::size_t at, bool is_new) {
  Point& point = points_[at];
  const bool is_free = is_new && point.wakeups == WakeupForest::kEmpty;
  while (point.wakeups != WakeupForest::kEmpty) {
    const WakeupForest::Branch branch = forest_.TakeFirst(&point.wakeups);
    const Offer* const offer = offers_.Find(at, branch.task);
    const bool fits = offer != nullptr && offer->footprint == branch.footprint;
    if (fits && (point.asleep & Only(branch.task)) == 0) {
      handed_ = branch.children;
      return ChooseOffer(at, offer);
    }
    forest_.Free(branch.children);
    if (fits) continue;
    // The task touches something else than it did before, although nothing came earlier that it
    // depends on: an access of the program is wrong.
    point.all = true;
    progress_.surprised = true;
  }
  if (!is_free && !point.all) return false;
  return ChooseOffer(at, offers_.FirstAwake(at, point.asleep));
}

bool Dpor::ChooseOffer(std::size_t at, const Offer* offer) {
  if (offer == nullptr) return false;
  points_[at].chosen = static_cast<std::uint32_t>(offer - offers_.at(at).data());
  return true;
}

// A program that offers something else after the same steps is not deterministic: a search over it
// would prove nothing.
void Dpor::CheckSame(const TaskChoice& choice) const {
  const Offer& chosen = Chosen(position_);
  REDRIVE_CHECK(choice.bound() == offers_.at(position_).size());
  REDRIVE_CHECK(choice.after_wait() == points_[position_].after_wait || position_ == 0);
  REDRIVE_CHECK(Offers::Print(choice.at(chosen.value)) == chosen.print);
}

void Dpor::ReverseRaces() {
  for (; reversed_ < order_.size(); ++reversed_) {
    for (const std::uint32_t first : order_.RacesOf(reversed_)) ReverseRace(first, reversed_);
  }
}

// Plans a schedule in which `second` comes before `first`.
void Dpor::ReverseRace(std::size_t first, std::size_t second) {
  Point& point = points_[first];
  if (point.fixed || offers_.at(first).size() == 1) return;
  reversal_.clear();
  for (std::size_t i = first + 1; i < second; ++i) {
    if (!order_.Before(first, i)) reversal_.push_back(static_cast<std::uint32_t>(i));
  }
  reversal_.push_back(static_cast<std::uint32_t>(second));
  if (forest_.nodes() + reversal_.size() > wakeups_max_) first_steps_only_ = true;
  if (first_steps_only_) {
    PlanFirstStep(&point, first);
  } else if (!IsCovered(point, first)) {
    forest_.Insert(order_, &reversal_, &point.wakeups);
  }
}

// Source sets: one of the tasks that can begin the reversal must be among those tried.
void Dpor::PlanFirstStep(Point* point, std::size_t at) {
  const Offer* beginning = nullptr;
  for (const Offer& offer : offers_.at(at)) {
    bool present = false;
    const std::size_t initial = FindInitial(order_, reversal_, offer.task, &present);
    if (initial == reversal_.size()) continue;
    if ((point->asleep & Only(offer.task)) != 0) return;
    if (forest_.BeginsWith(point->wakeups, offer.task)) return;
    if (beginning == nullptr) beginning = &offer;
  }
  if (point->all) return;
  if (beginning == nullptr) {
    point->all = true;
  } else {
    forest_.Add(beginning->task, beginning->footprint, &point->wakeups);
  }
}

// True when a task that is asleep at the choice point could begin the reversal, or could come
// before all of it without changing anything: then it has been executed from there.
bool Dpor::IsCovered(const Point& point, std::size_t at) const {
  if (point.asleep == 0) return false;
  for (const Offer& offer : offers_.at(at)) {
    if ((point.asleep & Only(offer.task)) == 0) continue;
    bool present = false;
    const std::size_t initial = FindInitial(order_, reversal_, offer.task, &present);
    if (initial < reversal_.size()) return true;
    if (!present && IndependentOfAll(order_, reversal_, offer.footprint)) return true;
  }
  return false;
}

bool Dpor::Advance() {
  forest_.Free(std::exchange(handed_, WakeupForest::kEmpty));
  while (!points_.empty()) {
    const std::size_t at = points_.size() - 1;
    Point& point = points_.back();
    point.asleep |= Only(Chosen(at).task);
    if (!point.fixed && Choose(at, false)) {
      order_.Truncate(at);
      reversed_ = at;
      return true;
    }
    offers_.Truncate(at);
    points_.pop_back();
  }
  return false;
}

void Dpor::GiveUp(std::string_view limit) { progress_.limit = "dpor: " + std::string(limit); }

}  // namespace

std::unique_ptr<Strategy> MakeDpor(std::size_t wakeups_max) {
  return std::make_unique<Dpor>(wakeups_max);
}

}  // namespace redrive
