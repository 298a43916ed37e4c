// Filters and updates of the document store, in MongoDB's meaning.
//
//   Where("ticket_id", id).And("organization_id", org)            equality
//   Where("status", Op::kNe, "closed").And("amount", Op::kGt, 0)  $ne, $gt, …
//   Update().Set("status", "closed").Inc("version", 1).Push("status_history", entry)
//
// Fields may be dotted paths. A filter must outlive the awaited operation: a temporary inside the
// co_await expression does.
#ifndef REDRIVE_RECORDER_WORKSHOP_FILTER_H_
#define REDRIVE_RECORDER_WORKSHOP_FILTER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/hash.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {

enum class Op : std::uint8_t {
  kEq,  // {field: null} also matches an absent field
  kNe,
  kGt,
  kGe,
  kLt,
  kLe,  // ranges match only values of the same kind, as MongoDB's
  kIn,  // the operand is an array
  kNotIn,
  kExists,  // the operand is true or false
};

class Filter {
 public:
  static constexpr std::size_t kConditionsMax = 8;

  struct Condition {
    Key field;
    Op op;
    Value operand;
    std::uint64_t hash;  // HashOfId of the operand, if the filter demands a string to equal it
  };
  // By which resources and indexes know a string; never 0.
  static std::uint64_t HashOfId(std::string_view id) { return HashBytes(id) | 1U; }

  Filter() {}  // leaves the places of conditions as they are
  Filter(const Filter& other) : predicate_(other.predicate_) {
    for (const Condition& condition : other.conditions()) Append(condition);
  }
  Filter(Filter&& other) noexcept : predicate_(std::move(other.predicate_)) {
    for (std::size_t i = 0; i < other.size_; ++i) Append(std::move(other.places_[i].condition));
  }
  Filter& operator=(Filter other) noexcept {
    DropAll();
    for (std::size_t i = 0; i < other.size_; ++i) Append(std::move(other.places_[i].condition));
    predicate_ = std::move(other.predicate_);
    return *this;
  }
  ~Filter() { DropAll(); }

  Filter& And(Key field, Value operand) {
    return And(std::move(field), Op::kEq, std::move(operand));
  }
  Filter& And(Key field, Op op, Value operand) {
    const std::uint64_t hash = op == Op::kEq && operand.IsString() ? HashOfId(operand.String()) : 0;
    Append(Condition{std::move(field), op, std::move(operand), hash});
    return *this;
  }
  // $expr: any condition on the document, tested in the same atomic step.
  Filter& If(std::function<bool(const Value&)> predicate) {
    predicate_ = std::move(predicate);
    return *this;
  }

  [[nodiscard]] bool Matches(const Value& document) const;
  [[nodiscard]] std::span<const Condition> conditions() const {
    return {&places_[0].condition, size_};
  }
  [[nodiscard]] bool IsOneCondition() const { return size_ == 1 && !predicate_; }
  [[nodiscard]] bool has_predicate() const { return static_cast<bool>(predicate_); }
  // The condition that demands a string field to equal its operand; null when there is none.
  [[nodiscard]] const Condition* Pinned(std::string_view field) const {
    for (const Condition& condition : conditions()) {
      if (condition.hash != 0 && condition.field == field) return &condition;
    }
    return nullptr;
  }

 private:
  // Memory for a condition. Most filters have one or two: the other places are never touched.
  union Place {
    Place() {}   // NOLINT: a condition begins in Append
    ~Place() {}  // NOLINT: and ends in ~Filter
    Condition condition;
  };
  void Append(Condition condition) {
    REDRIVE_CHECK(size_ < kConditionsMax);
    new (&places_[size_++].condition) Condition(std::move(condition));
  }

  void DropAll() {
    for (std::size_t i = 0; i < size_; ++i) places_[i].condition.~Condition();
    size_ = 0;
  }

  std::array<Place, kConditionsMax> places_;
  std::size_t size_ = 0;
  std::function<bool(const Value&)> predicate_;
};

inline Filter Where(Key field, Value operand) {
  Filter filter;
  filter.And(std::move(field), Op::kEq, std::move(operand));
  return filter;
}
inline Filter Where(Key field, Op op, Value operand) {
  Filter filter;
  filter.And(std::move(field), op, std::move(operand));
  return filter;
}
// Matches every document.
inline Filter Everything() { return {}; }

class Update {
 public:
  enum class Verb : std::uint8_t { kSet, kSetOnInsert, kUnset, kInc, kPush, kMax };
  struct Change {
    Verb verb;
    Key field;
    Value operand;
  };

  Update() = default;
  Update& Set(Key field, Value value) {
    return Add(Verb::kSet, std::move(field), std::move(value));
  }
  Update& SetOnInsert(Key field, Value value) {
    return Add(Verb::kSetOnInsert, std::move(field), std::move(value));
  }
  Update& Unset(Key field) { return Add(Verb::kUnset, std::move(field), Value()); }
  // An absent field counts as 0; int + int stays int, otherwise decimal.
  Update& Inc(Key field, Value by) { return Add(Verb::kInc, std::move(field), std::move(by)); }
  // REQUIRES: the field is an array, null or absent.
  Update& Push(Key field, Value item) {
    return Add(Verb::kPush, std::move(field), std::move(item));
  }
  Update& Max(Key field, Value value) {
    return Add(Verb::kMax, std::move(field), std::move(value));
  }
  // $set of every member of `object`.
  Update& SetAll(const Value& object);
  // An aggregation pipeline: any change of the document, in the same atomic step, after the others.
  Update& Apply(std::function<void(Value&)> change) {
    apply_ = std::move(change);
    return *this;
  }

  void ApplyTo(Value& document, bool inserting) const;

 private:
  Update& Add(Verb verb, Key field, Value operand) {
    if (changes_.empty()) changes_.reserve(8);
    changes_.push_back(Change{verb, std::move(field), std::move(operand)});
    return *this;
  }
  std::vector<Change> changes_;
  std::function<void(Value&)> apply_;
};

// The order of a Find: fields with direction, ties in insertion order.
struct SortField {
  Key field;
  bool descending = false;
};

class FindOptions {
 public:
  FindOptions() = default;
  FindOptions& Ascending(Key field) {
    sort_.push_back(SortField{std::move(field), false});
    return *this;
  }
  FindOptions& Descending(Key field) {
    sort_.push_back(SortField{std::move(field), true});
    return *this;
  }
  FindOptions& Skip(std::size_t count) {
    skip_ = count;
    return *this;
  }
  FindOptions& Limit(std::size_t count) {  // 0: all
    limit_ = count;
    return *this;
  }
  [[nodiscard]] const std::vector<SortField>& sort() const { return sort_; }
  [[nodiscard]] std::size_t skip() const { return skip_; }
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  std::vector<SortField> sort_;
  std::size_t skip_ = 0;
  std::size_t limit_ = 0;
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_FILTER_H_
