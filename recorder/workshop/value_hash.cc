#include "recorder/workshop/value_hash.h"

#include <bit>
#include <cstring>

#include "core/hash.h"

namespace redrive::workshop {
namespace {

// Folded products as in wyhash (W. Yi); the secrets are odd and have no pattern.
constexpr std::uint64_t kSecrets[] = {0x9e3779b97f4a7c15ULL, 0xc2b2ae3d27d4eb4fULL,
                                      0xd6e8feb86659fd93ULL, 0xa0761d6478bd642fULL};

constexpr std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <typename Word>
std::uint64_t Load(const char* bytes) {
  unsigned char raw[sizeof(Word)];
  std::memcpy(raw, bytes, sizeof(raw));
  Word word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, raw, sizeof(word));
  } else {
    for (std::size_t i = 0; i < sizeof(raw); ++i) word |= static_cast<Word>(raw[i]) << (8 * i);
  }
  return word;
}

// Most names and texts are short; the words may overlap. `secret` tells names from texts.
inline std::uint64_t HashText(std::string_view text, std::uint64_t secret) {
  const std::size_t size = text.size();
  const char* const bytes = text.data();
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (size > 32) {
    first = HashBytes(text);
  } else if (size > 16) {
    first = Fold(Load<std::uint64_t>(bytes) ^ kSecrets[3], Load<std::uint64_t>(bytes + 8) ^ secret);
    last = Fold(Load<std::uint64_t>(bytes + size - 16) ^ secret,
                Load<std::uint64_t>(bytes + size - 8) ^ kSecrets[3]);
  } else if (size >= 8) {
    first = Load<std::uint64_t>(bytes);
    last = Load<std::uint64_t>(bytes + size - 8);
  } else if (size >= 4) {
    first = Load<std::uint32_t>(bytes);
    last = Load<std::uint32_t>(bytes + size - 4);
  } else if (size > 0) {
    first = static_cast<unsigned char>(bytes[0]);
    last = static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[size / 2])) << 8 |
           static_cast<unsigned char>(bytes[size - 1]);
  }
  return Fold(secret ^ size, Fold(first ^ kSecrets[1], last ^ kSecrets[2]));
}

constexpr std::uint64_t Tagged(Value::Kind kind, std::uint64_t content) {
  return Fold(content ^ kSecrets[3],
              kSecrets[static_cast<std::size_t>(kind) % 4] + 2 * static_cast<std::uint64_t>(kind));
}

std::uint64_t HashMembers(std::span<const Member> members) {
  std::uint64_t sum = members.size();
  for (const Member& member : members) {
    sum += Fold(HashText(member.key.text(), kSecrets[0]) ^ kSecrets[1],
                HashValue(member.value) ^ kSecrets[2]);
  }
  return sum;
}

std::uint64_t HashItems(std::span<const Value> items) {
  std::uint64_t state = items.size();
  for (const Value& item : items) state = Fold(state ^ kSecrets[2], HashValue(item) ^ kSecrets[0]);
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
      return HashText(value.String(), kSecrets[2]);
    case Value::Kind::kArray:
      return Tagged(kind, HashItems(value.Items()));
    case Value::Kind::kObject:
      return Tagged(kind, HashMembers(value.Members()));
  }
  return 0;
}

}  // namespace redrive::workshop
