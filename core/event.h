// Events: the facts of an execution, in one total order. The digest is the hash of all of them.
#ifndef REDRIVE_CORE_EVENT_H_
#define REDRIVE_CORE_EVENT_H_

#include <cstdint>

#include "core/access.h"
#include "core/virtual_time.h"

namespace redrive {

using TaskId = std::uint32_t;
inline constexpr TaskId kNoTask = 0xffffffffU;

// Values are part of the trace format: never renumber.
enum class EventKind : std::uint8_t {
  kStart = 1,   // a task begins
  kStep = 2,    // a parked task was released: label and access of its yield point
  kInvoke = 3,  // a request was sent: label is its name, value the hash of its bytes
  kReturn = 4,  // its response arrived: value is the hash of status and body
  kNote = 5,    // a fact worth keeping; value is free
  kDone = 6,    // a task ended
};

struct Event {
  EventKind kind = EventKind::kNote;
  TaskId task = kNoTask;
  std::uint64_t operation = 0;  // the request it belongs to; 0 is none
  std::uint64_t sequence = 0;   // position in the total order, from 1; set by the world
  VirtualTime at{0};            // set by the world
  Label label{};
  Access access{};
  std::uint64_t value = 0;
};

// Reads events while they happen; must not change anything that the execution can see.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnEvent(const Event& event) = 0;
};

// Order-sensitive running hash. Adds fields, never bytes of structs: padding is not data.
class Digest {
 public:
  void Add(std::uint64_t word) {
    // A bijection of the state for every word, so nothing is ever lost; Scramble() at the end
    // mixes.
    state_ = (state_ ^ word) * 0xd6e8feb86659fd93ULL;
    state_ ^= state_ >> 32;
  }
  void Add(const Event& event) {
    AddEvent(event.kind, event.task, event.operation, event.at, event.label, event.access,
             event.value);
  }
  // The same for an event that nobody needs as a value.
  void AddEvent(EventKind kind, TaskId task, std::uint64_t operation, VirtualTime at,
                const Label& label, const Access& access, std::uint64_t value) {
    const auto head = static_cast<std::uint64_t>(kind) |
                      (static_cast<std::uint64_t>(access.mode) << 8) |
                      (static_cast<std::uint64_t>(task) << 16);
    Add(head ^ (operation << 48 | operation >> 16));
    Add(static_cast<std::uint64_t>(at.count()));
    Add(label.hash);
    Add(access.space.hash ^ (access.key * 0xff51afd7ed558ccdULL) ^ value);
  }
  [[nodiscard]] std::uint64_t value() const { return Scramble(state_); }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3ULL;
};

}  // namespace redrive

#endif  // REDRIVE_CORE_EVENT_H_
