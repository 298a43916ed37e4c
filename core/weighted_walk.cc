#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "core/strategies.h"

namespace redrive {
namespace {

// Executions that are learnt from: enough to meet what tasks touch, and the same for every part of
// a campaign.
constexpr std::uint64_t kLessons = 16;

// Steps by task, learnt from the last lesson that ran to its end.
class StepCounts {
 public:
  void Begin() { taken_.clear(); }
  void Add(TaskId task) {
    if (task >= taken_.size()) taken_.resize(task + 1, 0);
    ++taken_[task];
  }
  void Learn() {
    learnt_.swap(taken_);
    has_learnt_ = true;
  }
  void Forget() { *this = StepCounts(); }
  [[nodiscard]] bool has_learnt() const { return has_learnt_; }
  // What `task` has still to do, by what it did last time.
  [[nodiscard]] std::uint64_t Left(TaskId task) const {
    const std::uint64_t all = task < learnt_.size() ? learnt_[task] : 0;
    const std::uint64_t done = task < taken_.size() ? taken_[task] : 0;
    return all > done ? all - done : 0;
  }

 private:
  std::vector<std::uint32_t> taken_;
  std::vector<std::uint32_t> learnt_;
  bool has_learnt_ = false;
};

// Uniform random walk (the unselective form of SURW; Zhao, Wolff, Mathur, Roychoudhury, ASPLOS
// 2025): a task goes on with a chance in proportion to the steps that it has left. Where tasks do
// not block and take the steps they took before, every interleaving is equally likely.
class Urw : public Strategy {
 public:
  explicit Urw(std::uint64_t seed, std::string_view stream = "urw")
      : root_(Rng(seed).Split(stream)) {}
  std::string name() const override { return "urw"; }
  bool observes() const override { return true; }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution == 0) counts_.Forget();
    lesson_ = execution < kLessons;
    const Rng stream = root_.Split(execution);
    order_ = stream.Split("order");
    draws_ = stream.Split("draws");
    counts_.Begin();
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    if (!counts_.has_learnt()) return static_cast<std::uint32_t>(order_.Below(choice.bound()));
    return PickByWeight(choice, [this](const ParkedTask& task) {
      return std::max<std::uint64_t>(counts_.Left(task.id), 1);
    });
  }
  std::uint32_t PickDraw(Label, std::uint32_t bound) override {
    return static_cast<std::uint32_t>(draws_.Below(bound));
  }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override {
    counts_.Add(choice.at(value).id);
    return true;
  }
  void EndExecution(Ending ending) override {
    if (lesson_ && IsWhole(ending)) counts_.Learn();
  }
  std::uint64_t lessons() const override { return kLessons; }

 protected:
  // REQUIRES: some weight is not 0.
  template <typename Weight>
  std::uint32_t PickByWeight(const TaskChoice& choice, Weight weight) {
    sums_.clear();
    std::uint64_t total = 0;
    for (const ParkedTask& task : choice.parked()) {
      total += weight(task);
      sums_.push_back(total);
    }
    const std::uint64_t point = order_.Below(total);
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), point);
    return choice.ValueOf(static_cast<std::size_t>(found - sums_.begin()));
  }

  Rng root_;
  Rng order_{0};
  Rng draws_{0};
  StepCounts counts_;
  bool lesson_ = true;
  std::vector<std::uint64_t> sums_;  // kept for its memory
};

// Which accesses can matter: another task touches the same, and one of the two writes. Learnt from
// all lessons so far; a whole space counts as each of its keys.
class SharedResources {
 public:
  void Add(TaskId task, const Access& access) {
    if (!Touches(access)) return;
    uses_[{access.space.hash, access.key}].Add(task, access.mode);
    if (access.key != 0) any_[access.space.hash].Add(task, access.mode);
  }
  [[nodiscard]] bool Matters(const Access& access) const {
    if (!Touches(access)) return false;
    const auto own = uses_.find({access.space.hash, access.key});
    if (own == uses_.end()) return true;  // not met yet
    Use use = own->second;
    if (access.key != 0) {
      const auto whole = uses_.find({access.space.hash, 0});
      if (whole != uses_.end()) use.Add(whole->second);
    } else {
      const auto any = any_.find(access.space.hash);
      if (any != any_.end()) use.Add(any->second);
    }
    return use.shared && use.written;
  }

 private:
  struct Use {
    TaskId task = kNoTask;
    bool shared = false;
    bool written = false;
    void Add(TaskId other, Mode mode) {
      shared = shared || (task != kNoTask && task != other);
      task = other;
      written = written || mode == Mode::kWrite;
    }
    void Add(const Use& other) {
      shared = shared || other.shared || task != other.task;
      written = written || other.written;
    }
  };
  std::map<std::pair<std::uint64_t, std::uint64_t>, Use> uses_;  // by space and key
  std::map<std::uint64_t, Use> any_;                             // keyed accesses, by space
};

// Selective uniform random walk (SURW, same paper): uniform over the interleavings of the steps
// that can matter. One task is drawn by the steps that matter it has left; until it takes one, no
// other task may take one, and all else runs in random order.
class Surw final : public Urw {
 public:
  explicit Surw(std::uint64_t seed) : Urw(seed, "surw") {}
  std::string name() const override { return "surw"; }
  bool BeginExecution(std::uint64_t execution) override {
    if (execution == 0) shared_ = {};
    intended_ = kNoTask;
    met_.clear();
    next_matters_.clear();
    return Urw::BeginExecution(execution);
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    if (!counts_.has_learnt()) return Urw::PickTask(choice);
    if (IndexOfParked(choice.parked(), intended_) == choice.bound()) Intend(choice);
    const auto may_run = [this](const ParkedTask& task) -> std::uint64_t {
      return task.id == intended_ || !Matters(task) ? 1 : 0;
    };
    return PickByWeight(choice, may_run);
  }
  bool OnStep(const TaskChoice& choice, std::uint32_t value) override {
    const ParkedTask& task = choice.at(value);
    const Access& access = task.point->access;
    if (Matters(task)) {
      counts_.Add(task.id);
      if (task.id == intended_) intended_ = kNoTask;
    }
    next_matters_[task.id] = Known::kNot;
    met_.emplace_back(task.id, Access(access.space, access.key, access.mode));
    return true;
  }
  void EndExecution(Ending ending) override {
    if (!lesson_) return;
    for (const auto& [task, access] : met_) shared_.Add(task, access);
    if (!IsWhole(ending)) return;
    counts_.Begin();  // again, by what is known now
    for (const auto& [task, access] : met_) {
      if (shared_.Matters(access)) counts_.Add(task);
    }
    counts_.Learn();
  }

 private:
  enum class Known : std::uint8_t { kNot, kYes, kNo };

  // Looked up once for each step, not each time that it is a candidate.
  bool Matters(const ParkedTask& task) {
    if (task.id >= next_matters_.size()) next_matters_.resize(task.id + 1, Known::kNot);
    Known& known = next_matters_[task.id];
    if (known == Known::kNot) {
      known = shared_.Matters(task.point->access) ? Known::kYes : Known::kNo;
    }
    return known == Known::kYes;
  }

  void Intend(const TaskChoice& choice) {
    const auto weight = [this](const ParkedTask& task) {
      const std::uint64_t next = Matters(task) ? 1 : 0;
      return std::max(counts_.Left(task.id), next);
    };
    const bool any = std::any_of(choice.parked().begin(), choice.parked().end(),
                                 [&](const ParkedTask& task) { return weight(task) > 0; });
    intended_ = any ? choice.at(PickByWeight(choice, weight)).id : choice.parked().front().id;
  }

  SharedResources shared_;
  std::vector<std::pair<TaskId, Access>> met_;  // in this execution
  std::vector<Known> next_matters_;             // of the pending step, by task id
  TaskId intended_ = kNoTask;
};

}  // namespace

std::unique_ptr<Strategy> MakeUrw(std::uint64_t seed) { return std::make_unique<Urw>(seed); }
std::unique_ptr<Strategy> MakeSurw(std::uint64_t seed) { return std::make_unique<Surw>(seed); }

}  // namespace redrive
