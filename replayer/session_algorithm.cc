#include "replayer/session_algorithm.h"

#include <algorithm>
#include <optional>
#include <span>

#include "replayer/key_sort.h"

namespace redrive {
namespace {

bool EarlierIsWrite(Guarantee guarantee) {
  return guarantee == Guarantee::kReadYourWrites || guarantee == Guarantee::kMonotonicWrites;
}

bool LaterIsWrite(Guarantee guarantee) {
  return guarantee == Guarantee::kMonotonicWrites || guarantee == Guarantee::kWritesFollowReads;
}

// `keys` are the accesses of one session and object in order of begin.
void JudgeObject(const std::vector<SessionAccess>& accesses, std::span<const KeyedIndex> keys,
                 Guarantee guarantee, std::vector<SessionProblem>& problems) {
  std::vector<KeyedIndex> ended;
  for (const KeyedIndex& item : keys) {
    if (accesses[item.index].write == EarlierIsWrite(guarantee)) {
      ended.push_back({accesses[item.index].at.end, item.index});
    }
  }
  SortByKey(ended);
  std::optional<std::size_t> newest;
  std::size_t next = 0;
  for (const KeyedIndex& item : keys) {
    const SessionAccess& later = accesses[item.index];
    if (later.write != LaterIsWrite(guarantee)) continue;
    for (; next < ended.size() && ended[next].key < later.at.begin; ++next) {
      const std::size_t candidate = ended[next].index;
      if (!newest || accesses[candidate].version > accesses[*newest].version) newest = candidate;
    }
    if (newest && later.version < accesses[*newest].version) {
      problems.push_back({*newest, item.index});
    }
  }
}

}  // namespace

std::vector<SessionProblem> JudgeSessions(const std::vector<SessionAccess>& accesses,
                                          Guarantee guarantee) {
  std::vector<KeyedIndex> keys(accesses.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys[i] = {accesses[i].at.begin, static_cast<std::uint32_t>(i)};
  }
  SortByKey(keys);
  const auto place = [&](const KeyedIndex& item) {
    const SessionAccess& access = accesses[item.index];
    return std::uint64_t{access.session} << 32 | access.object;
  };
  for (KeyedIndex& item : keys) item.key = place(item);
  SortByKey(keys);
  std::vector<SessionProblem> problems;
  for (std::size_t i = 0; i < keys.size();) {
    std::size_t behind = i;
    while (behind < keys.size() && keys[behind].key == keys[i].key) ++behind;
    JudgeObject(accesses, std::span(keys).subspan(i, behind - i), guarantee, problems);
    i = behind;
  }
  return problems;
}

}  // namespace redrive
