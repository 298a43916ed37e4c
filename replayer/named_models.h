// The sequential models that scenarios call by name. Values are numbers that stand for equal
// values; what they are in the answers is the caller's business.
#ifndef REDRIVE_REPLAYER_NAMED_MODELS_H_
#define REDRIVE_REPLAYER_NAMED_MODELS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "replayer/sequential_model.h"

namespace redrive {

// A register, a compare-and-set register, a status that only allowed moves may change.
struct RegisterModel {
  using State = std::int64_t;
  enum class Kind : std::uint8_t {
    kWrite,
    kRead,
    kCompareAndSet,  // it was `expected` and became `value`
    kRefused,        // it was not `expected`
  };
  struct Operation {
    Kind kind = Kind::kRead;
    std::int64_t value = 0;
    std::int64_t expected = 0;
    bool operator==(const Operation&) const = default;
  };
  std::vector<State> initial;
  [[nodiscard]] std::vector<State> Initial() const { return initial; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind == Kind::kRead || operation.kind == Kind::kRefused;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

// A counter: blind additions, additions that answer the new number, reads.
struct CounterModel {
  using State = std::int64_t;
  enum class Kind : std::uint8_t { kAdd, kAddAndGet, kRead };
  struct Operation {
    Kind kind = Kind::kRead;
    std::int64_t by = 1;
    std::int64_t value = 0;  // answered
    bool operator==(const Operation&) const = default;
  };
  State initial = 0;
  [[nodiscard]] std::vector<State> Initial() const { return {initial}; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind == Kind::kRead;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

// A stock that never falls below zero.
struct StockModel {
  using State = std::int64_t;
  enum class Kind : std::uint8_t {
    kDeduct,
    kRefused,  // there was less than `quantity`
    kAdd,
    kRead,  // `quantity` was there
  };
  struct Operation {
    Kind kind = Kind::kRead;
    std::int64_t quantity = 0;
    bool operator==(const Operation&) const = default;
  };
  State initial = 0;
  [[nodiscard]] std::vector<State> Initial() const { return {initial}; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind == Kind::kRefused || operation.kind == Kind::kRead;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

// One element of a set: sets are judged element by element.
struct MembershipModel {
  enum class State : std::uint8_t { kOut, kIn };
  enum class Kind : std::uint8_t {
    kAdd,            // it is in the set now
    kAddRefused,     // it was there already
    kRemove,         // it was there and is no more
    kRemoveRefused,  // it was not there
    kContains,
    kContainsNot,
  };
  struct Operation {
    Kind kind = Kind::kContains;
    bool operator==(const Operation&) const = default;
  };
  State initial = State::kOut;
  [[nodiscard]] std::vector<State> Initial() const { return {initial}; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind != Kind::kAdd && operation.kind != Kind::kRemove;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

// First in, first out.
struct QueueModel {
  using State = std::vector<std::int64_t>;
  enum class Kind : std::uint8_t {
    kEnqueue,
    kDequeue,
    kDequeueSome,  // unanswered: whatever was in front
    kEmpty,        // a dequeue that found nothing
  };
  struct Operation {
    Kind kind = Kind::kEmpty;
    std::int64_t value = 0;
    bool operator==(const Operation&) const = default;
  };
  [[nodiscard]] std::vector<State> Initial() const { return {{}}; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind == Kind::kEmpty;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

// A lock, or a claim that at most one wins: nobody then releases.
struct LockModel {
  using State = std::int64_t;  // the holder; kFree
  static constexpr std::int64_t kFree = -1;
  enum class Kind : std::uint8_t {
    kAcquire,         // it was free and is the owner's now
    kAcquireRefused,  // somebody held it
    kRelease,         // the owner held it
    kReleaseRefused,  // the owner did not
  };
  struct Operation {
    Kind kind = Kind::kAcquire;
    std::int64_t owner = 0;
    bool operator==(const Operation&) const = default;
  };
  [[nodiscard]] std::vector<State> Initial() const { return {kFree}; }
  [[nodiscard]] bool ReadOnly(const Operation& operation) const {
    return operation.kind == Kind::kAcquireRefused || operation.kind == Kind::kReleaseRefused;
  }
  [[nodiscard]] std::optional<State> Apply(const State& state, const Operation& operation) const;
};

inline std::optional<std::int64_t> RegisterModel::Apply(const State& state,
                                                        const Operation& operation) const {
  switch (operation.kind) {
    case Kind::kWrite:
      return operation.value;
    case Kind::kRead:
      if (state != operation.value) return std::nullopt;
      return state;
    case Kind::kCompareAndSet:
      if (state != operation.expected) return std::nullopt;
      return operation.value;
    case Kind::kRefused:
      break;
  }
  if (state == operation.expected) return std::nullopt;
  return state;
}

inline std::optional<std::int64_t> CounterModel::Apply(const State& state,
                                                       const Operation& operation) const {
  const State next = operation.kind == Kind::kRead ? state : state + operation.by;
  if (operation.kind != Kind::kAdd && next != operation.value) return std::nullopt;
  return next;
}

inline std::optional<std::int64_t> StockModel::Apply(const State& state,
                                                     const Operation& operation) const {
  switch (operation.kind) {
    case Kind::kAdd:
      return state + operation.quantity;
    case Kind::kDeduct:
      if (state < operation.quantity) return std::nullopt;
      return state - operation.quantity;
    case Kind::kRefused:
      if (state >= operation.quantity) return std::nullopt;
      return state;
    case Kind::kRead:
      break;
  }
  if (state != operation.quantity) return std::nullopt;
  return state;
}

inline std::optional<MembershipModel::State> MembershipModel::Apply(
    const State& state, const Operation& operation) const {
  switch (operation.kind) {
    case Kind::kAdd:
      return State::kIn;
    case Kind::kRemove:
      if (state == State::kOut) return std::nullopt;
      return State::kOut;
    case Kind::kAddRefused:
    case Kind::kContains:
      if (state == State::kOut) return std::nullopt;
      return state;
    case Kind::kRemoveRefused:
    case Kind::kContainsNot:
      break;
  }
  if (state == State::kIn) return std::nullopt;
  return state;
}

inline std::optional<QueueModel::State> QueueModel::Apply(const State& state,
                                                          const Operation& operation) const {
  State next = state;
  switch (operation.kind) {
    case Kind::kEnqueue:
      next.push_back(operation.value);
      return next;
    case Kind::kEmpty:
      if (!state.empty()) return std::nullopt;
      return next;
    case Kind::kDequeue:
      if (state.empty() || state.front() != operation.value) return std::nullopt;
      break;
    case Kind::kDequeueSome:
      if (state.empty()) return std::nullopt;
      break;
  }
  next.erase(next.begin());
  return next;
}

inline std::optional<std::int64_t> LockModel::Apply(const State& state,
                                                    const Operation& operation) const {
  switch (operation.kind) {
    case Kind::kAcquire:
      if (state != kFree) return std::nullopt;
      return operation.owner;
    case Kind::kAcquireRefused:
      if (state == kFree) return std::nullopt;
      return state;
    case Kind::kRelease:
      if (state != operation.owner) return std::nullopt;
      return kFree;
    case Kind::kReleaseRefused:
      break;
  }
  if (state == operation.owner) return std::nullopt;
  return state;
}

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_NAMED_MODELS_H_
