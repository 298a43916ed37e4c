// Small programs as data, executed in the bare world: what a search found is compared with what a
// full enumeration finds. Memory is a few numbers; a write depends on everything its task has read.
#ifndef REDRIVE_TESTS_CORE_SMALL_PROGRAM_H_
#define REDRIVE_TESTS_CORE_SMALL_PROGRAM_H_

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/commutation_audit.h"
#include "core/sim_world.h"

namespace redrive {

enum class OpKind { kRead, kWrite, kReadAll, kWriteAll, kNothing, kSleep, kStart };

struct Op {
  OpKind kind = OpKind::kRead;
  std::uint64_t key = 1;  // 1 to 3; of kSleep: the pause; of kStart: which helper begins
};

using Body = std::vector<Op>;

struct Program {
  std::vector<Body> tasks;            // begin at once
  std::vector<Body> helpers;          // begin when a task says so
  std::vector<std::uint64_t> delays;  // empty, or when each task begins: then a step takes time 1
};

struct Execution {
  Ending ending = Ending::kDone;
  std::string schedule;
  std::uint64_t preemptions = 0;
  std::string canonical;                // equal for equivalent schedules, and for no others
  std::array<std::uint64_t, 4> memory;  // in the end; place 0 is not used
};

// The Foata normal form: layers of steps that do not depend on each other, each step in the first
// layer after all that it depends on. Computed pair by pair, unlike anything in core.
inline std::string FoataForm(std::span<const StepTaken> steps) {
  std::vector<std::size_t> layer(steps.size(), 0);
  std::map<std::size_t, std::set<std::pair<TaskId, std::string>>> layers;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool ordered =
          steps[i].task == steps[j].task || Dependent(steps[i].access, steps[j].access);
      if (ordered) layer[i] = std::max(layer[i], layer[j] + 1);
    }
    const Access& access = steps[i].access;
    layers[layer[i]].insert(
        {steps[i].task, std::to_string(access.key) + (access.mode == Mode::kWrite ? "w" : "r")});
  }
  std::string form;
  for (const auto& [number, members] : layers) {
    form += '|';
    for (const auto& [task, text] : members) form += std::to_string(task) + ":" + text + " ";
  }
  return form;
}

class SmallWorld {
 public:
  SmallWorld(const Program& program, Decider& decider)
      : program_(program), decider_(decider), world_(decider, OptionsOf(program, &log_)) {}

  // One execution of the decider's strategy, which has begun.
  Execution Execute() {
    world_.Reset();
    log_.Clear();
    memory_ = {};
    for (std::size_t i = 0; i < program_.tasks.size(); ++i) {
      StartTask(program_.tasks[i], program_.delays.empty() ? 0 : program_.delays[i]);
    }
    Execution execution;
    execution.ending = Explore(world_, decider_, {});
    execution.schedule = ScheduleToText(decider_.schedule());
    execution.preemptions = decider_.preemptions();
    execution.memory = memory_;
    execution.canonical = FoataForm(log_.steps());
    return execution;
  }
  [[nodiscard]] std::span<const StepTaken> steps() const { return log_.steps(); }

 private:
  static std::uint64_t Mix(std::uint64_t a, std::uint64_t b) { return Scramble(a * 31 + b + 7); }

  static SimOptions OptionsOf(const Program& program, EventSink* log) {
    return {.step_time = VirtualTime(program.delays.empty() ? 0 : 1), .sink = log};
  }

  void StartTask(const Body& body, std::uint64_t at) {
    Env& env = world_.NewTask("task");
    world_.Start(env, RunBody(env, body), VirtualTime(at));
  }

  Task<void> RunBody(Env& env, const Body& body) {
    std::uint64_t seen = env.id() + 1;
    for (const Op& op : body) {
      if (op.kind == OpKind::kSleep) {
        const VirtualTime pause(op.key);
        co_await env.Sleep(pause);
        continue;
      }
      const Access access = AccessOf(op);
      co_await env.Yield("op", access);
      Perform(op, &seen);
    }
  }

  static Access AccessOf(const Op& op) {
    static constexpr Label kMemory{"memory"};
    const bool all = op.kind == OpKind::kReadAll || op.kind == OpKind::kWriteAll;
    const bool writes = op.kind == OpKind::kWrite || op.kind == OpKind::kWriteAll;
    if (op.kind == OpKind::kNothing || op.kind == OpKind::kStart) return {};
    return Access(kMemory, all ? 0 : op.key, writes ? Mode::kWrite : Mode::kRead);
  }

  void Perform(const Op& op, std::uint64_t* seen) {
    if (op.kind == OpKind::kStart) StartTask(program_.helpers.at(op.key), 0);
    if (op.kind == OpKind::kRead) *seen = Mix(*seen, memory_.at(op.key));
    if (op.kind == OpKind::kWrite) memory_.at(op.key) = Mix(*seen, op.key);
    for (std::size_t key = 1; key < memory_.size(); ++key) {
      if (op.kind == OpKind::kReadAll) *seen = Mix(*seen, memory_[key]);
      if (op.kind == OpKind::kWriteAll) memory_[key] = Mix(*seen, key);
    }
  }

  const Program& program_;
  Decider& decider_;
  StepLog log_;
  SimWorld world_;
  std::array<std::uint64_t, 4> memory_{};
};

// `tasks` times: read one number, then write it.
inline Program LostUpdates(int tasks) {
  const Body body = {{OpKind::kRead, 1}, {OpKind::kWrite, 1}};
  return {.tasks = std::vector<Body>(static_cast<std::size_t>(tasks), body)};
}

struct Search {
  std::vector<Execution> whole;  // executions that were not abandoned
  std::uint64_t redundant = 0;
  SearchProgress progress;

  [[nodiscard]] std::set<std::string> Classes() const {
    std::set<std::string> classes;
    for (const Execution& execution : whole) classes.insert(execution.canonical);
    return classes;
  }
  [[nodiscard]] std::set<std::array<std::uint64_t, 4>> Outcomes() const {
    std::set<std::array<std::uint64_t, 4>> outcomes;
    for (const Execution& execution : whole) outcomes.insert(execution.memory);
    return outcomes;
  }
};

// Executes until the strategy has nothing left, or `executions_max`.
inline Search RunSearch(const Program& program, Strategy& strategy,
                        std::uint64_t executions_max = 1'000'000) {
  Search search;
  Decider decider(strategy);
  SmallWorld world(program, decider);
  for (std::uint64_t n = 0; n < executions_max && decider.Begin(n); ++n) {
    Execution execution = world.Execute();
    if (execution.ending == Ending::kRedundant) {
      ++search.redundant;
    } else {
      search.whole.push_back(std::move(execution));
    }
  }
  search.progress = strategy.progress();
  return search;
}

inline Search RunSearch(const Program& program, std::string_view spec,
                        std::uint64_t executions_max = 1'000'000) {
  const auto strategy = MakeStrategy(spec, 42).value();
  return RunSearch(program, *strategy, executions_max);
}

}  // namespace redrive

#endif  // REDRIVE_TESTS_CORE_SMALL_PROGRAM_H_
