// History: the operations of a trace as checkers see them, with their bodies parsed on first use.
#ifndef REDRIVE_REPLAYER_HISTORY_H_
#define REDRIVE_REPLAYER_HISTORY_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "recorder/trace_records.h"
#include "replayer/json_text.h"

namespace redrive {

// One request with what became of it. A view: the Trace owns the records.
struct Operation {
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  const InvokeRecord* invoke = nullptr;  // never null
  const ReturnRecord* reply = nullptr;   // null: nothing was recorded

  [[nodiscard]] std::uint64_t id() const { return invoke->operation; }
  // An operation without a recorded return may have happened.
  [[nodiscard]] Outcome outcome() const { return reply ? reply->outcome : Outcome::kInfo; }
  [[nodiscard]] bool ok() const { return outcome() == Outcome::kOk; }
  [[nodiscard]] int status() const { return reply ? reply->response.status : 0; }
  // The interval by event sequence in which it took effect, if it did. What may have happened may
  // also happen late: its interval has no end.
  [[nodiscard]] std::uint64_t begin() const { return invoke->sequence; }
  [[nodiscard]] std::uint64_t end() const {
    return outcome() == Outcome::kInfo ? kNever : reply->sequence;
  }
};

// Whether neither had finished when the other began.
inline bool Overlap(const Operation& a, const Operation& b) {
  return a.begin() < b.end() && b.begin() < a.end();
}

// Not thread-safe: bodies are parsed lazily. REQUIRES: `trace` outlives it and does not change.
class History {
 public:
  explicit History(const Trace& trace);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  [[nodiscard]] const Trace& trace() const { return *trace_; }
  [[nodiscard]] std::span<const Operation> operations() const { return operations_; }
  // REQUIRES: an operation of that number exists.
  [[nodiscard]] const Operation& At(std::uint64_t operation) const;

  // Null when the body is empty or not JSON.
  [[nodiscard]] const JsonText* RequestJson(const Operation& operation) const;
  [[nodiscard]] const JsonText* ResponseJson(const Operation& operation) const;

  // The recorded data operations of one operation, in order; empty for live traces.
  [[nodiscard]] std::span<const StepRecord* const> StepsOf(std::uint64_t operation) const;

 private:
  struct Bodies;
  const Trace* trace_;
  std::vector<Operation> operations_;  // operations_[i].id() == i + 1
  mutable std::vector<Bodies> bodies_;
  mutable std::vector<const StepRecord*> steps_;  // sorted by operation, then sequence
  mutable std::vector<std::size_t> steps_begin_;  // [i]: of operation i; built on first use
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_HISTORY_H_
