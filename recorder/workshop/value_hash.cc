#include "recorder/workshop/value_hash.h"

#include "core/hash.h"

namespace redrive::workshop {
namespace {

// Odd, so that multiplying loses nothing; one per use, so that no two uses can cancel out.
constexpr std::uint64_t kMember = 0x9e3779b97f4a7c15ULL;
constexpr std::uint64_t kItem = 0xc2b2ae3d27d4eb4fULL;

std::uint64_t Tagged(Value::Kind kind, std::uint64_t content) {
  return Scramble(content + (static_cast<std::uint64_t>(kind) + 1) * 0xd6e8feb86659fd93ULL);
}

std::uint64_t HashMembers(const Value& object) {
  std::uint64_t sum = object.size();
  for (const Member& member : object.Members()) {
    sum += Scramble(HashBytes(member.key.text()) * kMember + HashValue(member.value));
  }
  return sum;
}

std::uint64_t HashItems(const Value& array) {
  std::uint64_t state = array.size();
  for (const Value& item : array.Items()) state = Scramble(state * kItem + HashValue(item));
  return state;
}

}  // namespace

std::uint64_t HashValue(const Value& value) {
  const Value::Kind kind = value.kind();
  switch (kind) {
    case Value::Kind::kNull:
      return Tagged(kind, 0);
    case Value::Kind::kBool:
      return Tagged(kind, value.Bool() ? 1 : 0);
    case Value::Kind::kInt:
      return Tagged(kind, static_cast<std::uint64_t>(value.Int()));
    case Value::Kind::kDecimal:
      return Tagged(kind, static_cast<std::uint64_t>(value.Number().scaled()));
    case Value::Kind::kString:
      return Tagged(kind, HashBytes(value.String()));
    case Value::Kind::kArray:
      return Tagged(kind, HashItems(value));
    case Value::Kind::kObject:
      return Tagged(kind, HashMembers(value));
  }
  return 0;
}

}  // namespace redrive::workshop
