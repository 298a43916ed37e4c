#include "recorder/workshop/filter.h"

#include <algorithm>

namespace redrive::workshop {
namespace {

const Value& FieldOf(const Value& document, std::string_view field) {
  return field.find('.') == std::string_view::npos ? document[field] : document.AtPath(field);
}

bool SameKind(const Value& a, const Value& b) {
  return (a.IsNumber() && b.IsNumber()) || a.kind() == b.kind();
}

bool Contains(const Value& list, const Value& value) {
  return std::any_of(list.Items().begin(), list.Items().end(),
                     [&](const Value& item) { return item == value; });
}

bool Holds(const Value& field, Op op, const Value& operand) {
  switch (op) {
    case Op::kEq:
      return field == operand;
    case Op::kNe:
      return !(field == operand);
    case Op::kIn:
      return Contains(operand, field);
    case Op::kNotIn:
      return !Contains(operand, field);
    case Op::kExists:
      return field.IsNull() != operand.Bool();
    case Op::kGt:
      return SameKind(field, operand) && Value::Compare(field, operand) > 0;
    case Op::kGe:
      return SameKind(field, operand) && Value::Compare(field, operand) >= 0;
    case Op::kLt:
      return SameKind(field, operand) && Value::Compare(field, operand) < 0;
    case Op::kLe:
      return SameKind(field, operand) && Value::Compare(field, operand) <= 0;
  }
  return false;
}

// The member that `path` leads to, made (as objects on the way) when absent.
Value& MutableAt(Value& document, const Key& path) {
  const std::size_t dot = path.text().find('.');
  if (dot == std::string_view::npos) return document.Mutable(path);
  Value& parent = document.Mutable(Key::Copy(path.text().substr(0, dot)));
  if (!parent.IsObject()) parent = Value::EmptyObject();
  return MutableAt(parent, Key::Copy(path.text().substr(dot + 1)));
}

Value Sum(const Value& a, const Value& b) {
  if ((a.IsInt() || !a.IsNumber()) && b.IsInt()) {
    // Wraps as MongoDB's int64 does.
    return Value(static_cast<std::int64_t>(static_cast<std::uint64_t>(a.Int()) +
                                           static_cast<std::uint64_t>(b.Int())));
  }
  return Value(a.Number() + b.Number());
}

}  // namespace

bool Filter::Matches(const Value& document) const {
  for (const Condition& condition : conditions()) {
    if (!Holds(FieldOf(document, condition.field.text()), condition.op, condition.operand)) {
      return false;
    }
  }
  return !predicate_ || predicate_(document);
}

Update& Update::SetAll(const Value& object) {
  for (const Member& member : object.Members()) Add(Verb::kSet, member.key, member.value);
  return *this;
}

void Update::ApplyTo(Value& document, bool inserting) const {
  for (const Change& change : changes_) {
    switch (change.verb) {
      case Verb::kSetOnInsert:
        if (!inserting) break;
        [[fallthrough]];
      case Verb::kSet:
        MutableAt(document, change.field) = change.operand;
        break;
      case Verb::kUnset:
        document.Remove(change.field.text());
        break;
      case Verb::kInc: {
        Value& field = MutableAt(document, change.field);
        field = Sum(field, change.operand);
        break;
      }
      case Verb::kPush:
        MutableAt(document, change.field).Push(change.operand);
        break;
      case Verb::kMax: {
        Value& field = MutableAt(document, change.field);
        if (Value::Compare(field, change.operand) < 0) field = change.operand;
        break;
      }
    }
  }
  if (apply_) apply_(document);
}

}  // namespace redrive::workshop
