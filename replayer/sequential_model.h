// What the linearizability checker asks of a sequential model, and how it keeps states apart.
#ifndef REDRIVE_REPLAYER_SEQUENTIAL_MODEL_H_
#define REDRIVE_REPLAYER_SEQUENTIAL_MODEL_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "replayer/series_algorithm.h"

namespace redrive {

inline constexpr std::uint64_t kUnanswered = UINT64_MAX;  // as the end of a call

template <class Operation>
struct Call {
  Interval at;
  Operation operation;
};

// StateHash: equal states have equal hashes. For a state of your own, write a free function of this
// name beside it.
template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T>
constexpr std::uint64_t StateHash(T value) {
  return Scramble(static_cast<std::uint64_t>(value) + 0x9e3779b97f4a7c15ULL);
}
inline std::uint64_t StateHash(const std::string& value) { return HashBytes(value); }
template <class A, class B>
std::uint64_t StateHash(const std::pair<A, B>& value) {
  return Scramble(StateHash(value.first) * 3 + StateHash(value.second));
}
template <class T>
std::uint64_t StateHash(const std::vector<T>& value) {
  std::uint64_t hash = value.size();
  for (const T& element : value) hash = Scramble(hash * 3 + StateHash(element));
  return hash;
}

template <class T, class State>
concept NextStates = std::same_as<T, std::optional<State>> || std::same_as<T, std::vector<State>>;

template <class M>
concept SequentialModel = std::equality_comparable<typename M::State> &&
                          requires(const M& model, const typename M::State& state,
                                   const typename M::Operation& operation) {
                            { model.Initial() } -> std::same_as<std::vector<typename M::State>>;
                            { model.Apply(state, operation) } -> NextStates<typename M::State>;
                            { StateHash(state) } -> std::same_as<std::uint64_t>;
                          };

// A model may also say which operations never change any state, whatever they answer:
//   bool ReadOnly(const Operation&) const;
// Such a call goes first wherever it fits, which spares the search all other places for it.
template <class M>
concept KnowsReadOnly = requires(const M& model, const typename M::Operation& operation) {
  { model.ReadOnly(operation) } -> std::same_as<bool>;
};

// Numbers states from 0 in the order in which they are met.
template <class State>
class StateTable {
 public:
  const State& operator[](std::uint32_t id) const { return states_[id]; }

  std::uint32_t IdOf(const State& state) {
    if (2 * (states_.size() + 1) > slots_.size()) Grow();
    std::size_t at = StateHash(state) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if (states_[slots_[at] - 1] == state) return slots_[at] - 1;
    }
    states_.push_back(state);
    slots_[at] = static_cast<std::uint32_t>(states_.size());
    return slots_[at] - 1;
  }

  // Without what states allocate themselves.
  [[nodiscard]] std::uint64_t bytes() const {
    return states_.capacity() * sizeof(State) + slots_.capacity() * sizeof(std::uint32_t);
  }

 private:
  void Grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), 0);
    for (std::size_t i = 0; i < states_.size(); ++i) {
      std::size_t at = StateHash(states_[i]) & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<State> states_;
  std::vector<std::uint32_t> slots_;  // id + 1; 0 is free; a power of two, at most half full
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SEQUENTIAL_MODEL_H_
