// The parts of the linearizability search that do not depend on the model: which calls are open at
// each return, and which configurations are known to lead nowhere.
#ifndef REDRIVE_REPLAYER_CALL_TIMELINE_H_
#define REDRIVE_REPLAYER_CALL_TIMELINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "replayer/series_algorithm.h"

namespace redrive {

// The returns of a history in order, and for each the calls that are open when it comes. An open
// call has one of 64 slots, which it gives back at its return; answered calls take slots from
// below, unanswered ones, which never return, from above.
// Calls are named by their index in the constructor's list. 21 bytes a call.
class CallTimeline {
 public:
  explicit CallTimeline(const std::vector<Interval>& calls);

  // Not empty: too many calls are open at once (or there are too many calls); ask nothing else.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::uint32_t returns() const {
    return static_cast<std::uint32_t>(returns_.size());
  }
  [[nodiscard]] std::uint32_t CallOfReturn(std::uint32_t i) const { return returns_[i]; }
  [[nodiscard]] unsigned SlotOf(std::uint32_t call) const { return slots_[call]; }
  [[nodiscard]] unsigned SlotOfReturn(std::uint32_t i) const { return slots_[returns_[i]]; }
  // The slots of the calls that began before return `i` and have no return before it; its own call
  // is among them.
  [[nodiscard]] std::uint64_t OpenBefore(std::uint32_t i) const { return open_[i]; }
  // The call in an open slot at that moment. Cheap when `i` moves little from question to question.
  std::uint32_t CallAt(std::uint32_t i, unsigned slot) {
    while (now_ < i) Forward();
    while (now_ > i) Back();
    return holder_[slot];
  }
  [[nodiscard]] const std::vector<std::uint32_t>& unanswered() const { return unanswered_; }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  void Open(const std::vector<Interval>& calls);
  void Forward();
  void Back();

  std::string error_;
  std::vector<std::uint32_t> returns_;      // answered calls by end
  std::vector<std::uint32_t> begins_;       // all calls by begin
  std::vector<std::uint64_t> open_;         // by return
  std::vector<std::uint8_t> slots_;         // by call
  std::vector<std::uint32_t> unanswered_;   // by begin
  std::vector<std::uint32_t> begun_;        // by return: how many of begins_ have begun
  std::array<std::uint32_t, 64> holder_{};  // by slot, at return now_
  std::uint32_t now_ = 0;
};

// A configuration of the search.
struct Configuration {
  std::uint64_t done = 0;
  std::uint32_t passed = 0;
  std::uint32_t state = 0;
  bool operator==(const Configuration&) const = default;
};

// A set of configurations; 32 to 64 bytes each.
class DeadEnds {
 public:
  [[nodiscard]] bool Contains(const Configuration& configuration) const;
  void Insert(const Configuration& configuration);
  [[nodiscard]] std::uint64_t bytes() const { return table_.capacity() * sizeof(Configuration); }

 private:
  [[nodiscard]] std::size_t Find(const Configuration& configuration) const;
  void Grow();

  std::vector<Configuration> table_;  // a power of two, at most half full; passed + 1, 0 is free
  std::size_t size_ = 0;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CALL_TIMELINE_H_
