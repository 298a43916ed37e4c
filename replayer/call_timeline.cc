#include "replayer/call_timeline.h"

#include <bit>

#include "core/hash.h"
#include "replayer/key_sort.h"

namespace redrive {
namespace {

constexpr std::uint64_t kForever = UINT64_MAX;
constexpr std::size_t kCallsMax = std::size_t{1} << 31;

std::vector<std::uint32_t> IndexesOf(std::vector<KeyedIndex>& keys) {
  SortByKey(keys);
  std::vector<std::uint32_t> indexes;
  indexes.reserve(keys.size());
  for (const KeyedIndex& item : keys) indexes.push_back(item.index);
  return indexes;
}

}  // namespace

CallTimeline::CallTimeline(const std::vector<Interval>& calls) {
  if (calls.size() > kCallsMax) {
    error_ = "more than 2^31 requests";
    return;
  }
  std::vector<KeyedIndex> keys;
  keys.reserve(calls.size());
  for (std::uint32_t i = 0; i < calls.size(); ++i) keys.push_back({calls[i].begin, i});
  begins_ = IndexesOf(keys);
  keys.clear();
  for (std::uint32_t i = 0; i < calls.size(); ++i) {
    if (calls[i].end != kForever) keys.push_back({calls[i].end, i});
  }
  returns_ = IndexesOf(keys);
  Open(calls);
}

void CallTimeline::Open(const std::vector<Interval>& calls) {
  slots_.resize(calls.size());
  open_.reserve(returns_.size());
  begun_.reserve(returns_.size());
  std::uint64_t open = 0;
  std::uint32_t begun = 0;
  for (const std::uint32_t returning : returns_) {
    for (; begun < begins_.size() && calls[begins_[begun]].begin <= calls[returning].end; ++begun) {
      const std::uint32_t call = begins_[begun];
      if (~open == 0) {
        error_ = "more than 64 requests are open at one time (those without an answer stay open)";
        return;
      }
      const bool answered = calls[call].end != kForever;
      slots_[call] =
          static_cast<std::uint8_t>(answered ? std::countr_one(open) : 63 - std::countl_one(open));
      open |= std::uint64_t{1} << slots_[call];
      if (!answered) unanswered_.push_back(call);
      if (begun_.empty()) holder_[slots_[call]] = call;
    }
    begun_.push_back(begun);
    open_.push_back(open);
    open &= ~(std::uint64_t{1} << slots_[returning]);
  }
}

void CallTimeline::Forward() {
  for (std::uint32_t i = begun_[now_]; i < begun_[now_ + 1]; ++i) {
    holder_[slots_[begins_[i]]] = begins_[i];
  }
  ++now_;
}

// Whoever sat in a slot at the return before sits there again: only the returning call's slot can
// have been given to another one since.
void CallTimeline::Back() {
  --now_;
  holder_[slots_[returns_[now_]]] = returns_[now_];
}

std::uint64_t CallTimeline::bytes() const {
  return 4 * (returns_.capacity() + begins_.capacity() + unanswered_.capacity() +
              begun_.capacity()) +
         8 * open_.capacity() + slots_.capacity();
}

std::size_t DeadEnds::Find(const Configuration& configuration) const {
  const std::uint64_t where = std::uint64_t{configuration.passed} << 32 | configuration.state;
  std::size_t at = Scramble(Scramble(where) ^ configuration.done) & (table_.size() - 1);
  while (table_[at].passed != 0 && !(table_[at] == configuration)) {
    at = (at + 1) & (table_.size() - 1);
  }
  return at;
}

bool DeadEnds::Contains(const Configuration& configuration) const {
  if (size_ == 0) return false;
  Configuration stored = configuration;
  ++stored.passed;
  return table_[Find(stored)].passed != 0;
}

void DeadEnds::Insert(const Configuration& configuration) {
  if (2 * (size_ + 1) > table_.size()) Grow();
  Configuration stored = configuration;
  ++stored.passed;
  Configuration& place = table_[Find(stored)];
  if (place.passed != 0) return;
  place = stored;
  ++size_;
}

void DeadEnds::Grow() {
  std::vector<Configuration> old(table_.empty() ? 64 : 2 * table_.size());
  old.swap(table_);
  for (const Configuration& configuration : old) {
    if (configuration.passed != 0) table_[Find(configuration)] = configuration;
  }
}

}  // namespace redrive
