// CheckLinearizability: can a sequential model have given all answers of a history in some order
// within real time? The search of Wing and Gong (J. Parallel Distrib. Comput. 17, 1993) with
// Lowe's just-in-time order and memory of dead ends (Concurrency Computat. 29, 2017).
//
// A model is a type of yours; this one is a register that holds a number:
//
//   struct RegisterModel {
//     using State = std::int64_t;             // ==, and a StateHash (sequential_model.h)
//     struct Operation {
//       bool write = false;
//       std::int64_t value = 0;               // written, or shown by the answer
//       bool operator==(const Operation&) const = default;  // optional: fewer orders to try
//     };
//     std::vector<State> Initial() const { return {0}; }    // several: any of them
//     // Pure: the state after `operation` with the answer it got; empty when `state` cannot have
//     // given that answer. May also return std::vector<State>, for models that may go on in
//     // several ways.
//     std::optional<State> Apply(const State& state, const Operation& operation) const {
//       if (operation.write) return operation.value;
//       if (state != operation.value) return std::nullopt;
//       return state;
//     }
//   };
//
//   std::vector<Call<RegisterModel::Operation>> calls;      // in any order
//   calls.push_back({{.begin = 1, .end = 4}, {.write = true, .value = 7}});
//   calls.push_back({{.begin = 2, .end = kUnanswered}, {.write = true, .value = 8}});
//   const auto verdict = CheckLinearizability(RegisterModel{}, calls);
//
// A call without answer may take effect at any time after its begin, or never. The model must
// accept it wherever it may have had its effect; where it had none, it is as if it never was.
// Independent objects (documents, counters) are judged one by one: build the calls per key.
#ifndef REDRIVE_REPLAYER_LINEARIZABILITY_H_
#define REDRIVE_REPLAYER_LINEARIZABILITY_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "replayer/call_timeline.h"
#include "replayer/sequential_model.h"

namespace redrive {

struct LinearizabilityLimits {
  std::uint64_t nodes_max = 10'000'000;  // configurations looked at
};

enum class Linearizable : std::uint8_t { kYes, kNo, kUndecided };

template <class Model>
struct LinearizabilityVerdict {
  Linearizable outcome = Linearizable::kUndecided;
  std::string why;  // of kUndecided: too many calls open at once, or the limit was reached
  // Of kYes: an order that the model accepts, as indexes of calls; unanswered ones may be absent.
  std::vector<std::uint32_t> order;
  // Of kNo: the first answer (by its end) that no order explains: up to there, without it, there
  // is one. `last` and `state` are where one of the longest orders stands then.
  std::uint32_t stuck = 0;
  std::optional<std::uint32_t> last;
  std::optional<typename Model::State> state;
  std::uint64_t nodes = 0;
  std::uint64_t bytes = 0;  // what the search allocated, at its peak
};

// The search. Depth first over configurations (returns passed, calls done among the open ones,
// state); a configuration without a way to the end is remembered and never entered again. At a
// quiescent point, where no answered call is open, only the state is left of a configuration: each
// possible state is carried across once, so the cost is a sum over the windows between such points.
template <SequentialModel Model>
class LinearizabilitySearch {
 public:
  using State = typename Model::State;
  using Operation = typename Model::Operation;
  using Verdict = LinearizabilityVerdict<Model>;

  LinearizabilitySearch(const Model& model, const std::vector<Call<Operation>>& calls,
                        const LinearizabilityLimits& limits)
      : model_(model), calls_(calls), limits_(limits), timeline_(IntervalsOf(calls)) {}

  Verdict Run() {
    if (!timeline_.error().empty()) {
      verdict_.why = timeline_.error();
      return std::move(verdict_);
    }
    PairTwins();
    verdict_.outcome = Linearizable::kNo;
    frames_.reserve(calls_.size() + 1);
    for (const State& initial : model_.Initial()) {
      if (Enter(0, 0, states_.IdOf(initial)) || Search()) {
        verdict_.outcome = Linearizable::kYes;
        for (const Frame& frame : frames_) verdict_.order.push_back(frame.chosen);
        break;
      }
      if (verdict_.outcome == Linearizable::kUndecided) break;
    }
    verdict_.bytes =
        timeline_.bytes() + dead_.bytes() + states_.bytes() + frames_.capacity() * sizeof(Frame);
    return std::move(verdict_);
  }

 private:
  // A configuration and what is left to try from it.
  struct Frame {
    std::uint64_t done = 0;     // slots of open calls that have taken effect
    std::uint64_t untried = 0;  // slots of calls that may come next
    std::uint32_t passed = 0;   // returns
    std::uint32_t state = 0;
    std::uint32_t chosen = 0;  // the call tried last
    std::uint32_t way = 0;     // which of the model's next states comes next
  };

  static std::vector<Interval> IntervalsOf(const std::vector<Call<Operation>>& calls) {
    std::vector<Interval> intervals;
    intervals.reserve(calls.size());
    for (const Call<Operation>& call : calls) intervals.push_back(call.at);
    return intervals;
  }

  // Of equal unanswered calls the one that began first goes first: an order that does otherwise
  // can be mended by swapping the two.
  void PairTwins() {
    if constexpr (std::equality_comparable<Operation>) {
      const std::vector<std::uint32_t>& open = timeline_.unanswered();
      for (std::size_t i = 0; i < open.size(); ++i) {
        for (std::size_t j = i; j > 0; --j) {
          if (!(calls_[open[j - 1]].operation == calls_[open[i]].operation)) continue;
          twin_[timeline_.SlotOf(open[i])] = std::uint64_t{1} << timeline_.SlotOf(open[j - 1]);
          break;
        }
      }
    }
  }

  // Goes to a configuration; true when it is the end of a complete order.
  bool Enter(std::uint32_t passed, std::uint64_t done, std::uint32_t state) {
    while (passed < timeline_.returns()) {
      const std::uint64_t bit = std::uint64_t{1} << timeline_.SlotOfReturn(passed);
      if ((done & bit) == 0) break;
      done &= ~bit;
      ++passed;
    }
    if (passed == timeline_.returns()) return true;
    ++verdict_.nodes;
    if (passed > deepest_ || !verdict_.state) Deepest(passed, state);
    if (dead_.Contains({done, passed, state})) return false;
    frames_.push_back({done, timeline_.OpenBefore(passed) & ~done, passed, state, 0, 0});
    Narrow(frames_.back());
    return false;
  }

  // A call that changes nothing, and can give its answer now, comes now: in any order in which it
  // comes later it can be moved here.
  void Narrow(Frame& frame) {
    if constexpr (KnowsReadOnly<Model>) {
      for (std::uint64_t left = frame.untried; left != 0; left &= left - 1) {
        const auto slot = static_cast<unsigned>(std::countr_zero(left));
        const Operation& operation = calls_[timeline_.CallAt(frame.passed, slot)].operation;
        if (!model_.ReadOnly(operation) || !Next(frame.state, operation)) continue;
        frame.untried = std::uint64_t{1} << slot;
        return;
      }
    }
  }

  void Deepest(std::uint32_t passed, std::uint32_t state) {
    deepest_ = passed;
    verdict_.stuck = timeline_.CallOfReturn(passed);
    verdict_.state = states_[state];
    verdict_.last.reset();
    if (!frames_.empty()) verdict_.last = frames_.back().chosen;
  }

  // True: the frames hold a complete order. False: there is none from here, or the limit came.
  bool Search() {
    while (!frames_.empty()) {
      if (verdict_.nodes > limits_.nodes_max) {
        verdict_.outcome = Linearizable::kUndecided;
        verdict_.why = "the search for an order reached its limit of " +
                       std::to_string(limits_.nodes_max) + " configurations";
        return false;
      }
      Frame& frame = frames_.back();
      if (frame.untried == 0) {
        dead_.Insert({frame.done, frame.passed, frame.state});
        frames_.pop_back();
        continue;
      }
      if (Step(frame)) return true;
    }
    return false;
  }

  // Tries the next call of `frame`, which is the last one.
  bool Step(Frame& frame) {
    const unsigned slot = SlotToTry(frame);
    const std::uint64_t bit = std::uint64_t{1} << slot;
    if ((twin_[slot] & ~frame.done) != 0) {
      frame.untried &= ~bit;
      return false;
    }
    const std::uint32_t call = timeline_.CallAt(frame.passed, slot);
    auto next = Next(frame.state, calls_[call].operation, frame.way);
    if (!next) {
      frame.untried &= ~bit;
      frame.way = 0;
      return false;
    }
    if constexpr (kDeterministic) {
      frame.untried &= ~bit;
    } else {
      ++frame.way;
    }
    frame.chosen = call;
    return Enter(frame.passed, frame.done | bit, states_.IdOf(*next));
  }

  // The call whose return comes next goes first; then those after which it fits; unanswered ones
  // (the high slots) last.
  unsigned SlotToTry(const Frame& frame) {
    const unsigned due = timeline_.SlotOfReturn(frame.passed);
    if ((frame.untried >> due & 1) != 0) return due;
    if constexpr (kDeterministic) {
      const Operation& awaited = calls_[timeline_.CallOfReturn(frame.passed)].operation;
      for (std::uint64_t left = frame.untried; left != 0; left &= left - 1) {
        const auto slot = static_cast<unsigned>(std::countr_zero(left));
        const Operation& operation = calls_[timeline_.CallAt(frame.passed, slot)].operation;
        const std::optional<State> next = model_.Apply(states_[frame.state], operation);
        if (next && model_.Apply(*next, awaited)) return slot;
      }
    }
    return static_cast<unsigned>(std::countr_zero(frame.untried));
  }

  // The first, second, … state after `operation`; empty when there is none (any more).
  std::optional<State> Next(std::uint32_t state, const Operation& operation,
                            std::uint32_t way = 0) const {
    auto next = model_.Apply(states_[state], operation);
    if constexpr (kDeterministic) {
      return next;
    } else {
      if (way >= next.size()) return std::nullopt;
      return std::move(next[way]);
    }
  }

  static constexpr bool kDeterministic =
      std::is_same_v<decltype(std::declval<const Model&>().Apply(std::declval<const State&>(),
                                                                 std::declval<const Operation&>())),
                     std::optional<State>>;

  const Model& model_;
  const std::vector<Call<Operation>>& calls_;
  LinearizabilityLimits limits_;
  CallTimeline timeline_;
  StateTable<State> states_;
  DeadEnds dead_;
  std::vector<Frame> frames_;
  std::uint64_t twin_[64] = {};  // by slot: the slot that must be done before; 0: none
  std::uint32_t deepest_ = 0;
  Verdict verdict_;
};

// Deterministic: equal calls give equal verdicts. At most 64 calls may be open at one time
// (unanswered ones stay open), and 2^31 in all; otherwise undecided.
template <SequentialModel Model>
LinearizabilityVerdict<Model> CheckLinearizability(
    const Model& model, const std::vector<Call<typename Model::Operation>>& calls,
    const LinearizabilityLimits& limits = {}) {
  return LinearizabilitySearch<Model>(model, calls, limits).Run();
}

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_LINEARIZABILITY_H_
