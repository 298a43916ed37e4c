// Lists and counts of a collection. Under load the same few lists and counts are asked for again
// and again while the collection grows, so what they need is kept up to date with each change: that
// documents stand in the order of a field, and the counts of the last few filters.
#include <algorithm>

#include "core/check.h"
#include "recorder/workshop/collection_match.h"

namespace redrive::workshop {
namespace {

constexpr std::size_t kCountsMax = 4;
constexpr std::size_t kOrderedMax = 4;
constexpr std::uint32_t kWorthRemembering = 64;  // candidates: fewer are counted as fast

// Whether they match the same documents for sure. A condition of one's own is never the same.
bool SameConditions(const Filter& a, const Filter& b) {
  if (a.has_predicate() || b.has_predicate()) return false;
  const auto same = [](const Filter::Condition& x, const Filter::Condition& y) {
    return x.op == y.op && x.field == y.field.text() && x.operand.kind() == y.operand.kind() &&
           x.operand == y.operand;
  };
  return std::equal(a.conditions().begin(), a.conditions().end(), b.conditions().begin(),
                    b.conditions().end(), same);
}

}  // namespace

void Collection::SortFirst(const std::vector<SortField>& sort, std::size_t end,
                           std::vector<std::uint32_t>* positions) const {
  // The first key of each document is looked up once, not at every comparison.
  struct Candidate {
    const Value* key;
    std::uint32_t at;
  };
  std::vector<Candidate> candidates;
  candidates.reserve(positions->size());
  for (const std::uint32_t at : *positions) {
    candidates.push_back(Candidate{&documents_[at].AtPath(sort[0].field.text()), at});
  }
  // Lists are mostly of the latest first, and documents stand in the order they came: beginning at
  // the end, nearly all later candidates fail their first comparison.
  if (sort[0].descending) std::reverse(candidates.begin(), candidates.end());
  const auto before = [&](const Candidate& a, const Candidate& b) {
    int order = Value::Compare(*a.key, *b.key);
    if (order != 0) return sort[0].descending ? order > 0 : order < 0;
    for (std::size_t i = 1; i < sort.size(); ++i) {
      order = Value::Compare(documents_[a.at].AtPath(sort[i].field.text()),
                             documents_[b.at].AtPath(sort[i].field.text()));
      if (order != 0) return sort[i].descending ? order > 0 : order < 0;
    }
    return a.at < b.at;
  };
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(end),
                    candidates.end(), before);
  for (std::size_t i = 0; i < candidates.size(); ++i) (*positions)[i] = candidates[i].at;
}

std::vector<Value> Collection::FindNow(const Filter& filter, const FindOptions& options) const {
  std::vector<std::uint32_t> positions;
  const std::vector<SortField>& sort = options.sort();
  const std::size_t wanted = options.limit() == 0 ? SIZE_MAX : options.skip() + options.limit();
  if (wanted != SIZE_MAX && !sort.empty() && sort[0].descending && NeverFalls(sort[0].field)) {
    positions = LastMatches(filter, sort[0].field.text(), wanted);
  } else {
    ForEachMatch(filter, [&](std::uint32_t at) {
      positions.push_back(at);
      return !sort.empty() || positions.size() < wanted;
    });
  }
  const std::size_t end = std::min(wanted, positions.size());
  if (!sort.empty()) SortFirst(sort, end, &positions);
  std::vector<Value> found;
  for (std::size_t i = options.skip(); i < end; ++i) found.push_back(documents_[positions[i]]);
  return found;
}

std::int64_t Collection::CountNow(const Filter& filter) const {
  if (const FieldIndex* const index = OnlyIndex(filter)) {
    return index->Find(filter.conditions()[0].hash).count;
  }
  for (const CountMemo& memo : counts_) {
    if (SameConditions(memo.filter, filter)) return memo.count;
  }
  std::int64_t count = 0;
  ForEachMatch(filter, [&](std::uint32_t) {
    ++count;
    return true;
  });
  RememberCount(filter, count);
  return count;
}

// The index that alone answers the filter: it pins that field and asks for nothing else.
const FieldIndex* Collection::OnlyIndex(const Filter& filter) const {
  if (!filter.IsOneCondition()) return nullptr;
  for (const FieldIndex& index : indexes_) {
    if (filter.Pinned(index.field()) != nullptr) return &index;
  }
  return nullptr;
}

void Collection::RememberCount(const Filter& filter, std::int64_t count) const {
  if (filter.has_predicate()) return;
  const Candidates candidates = CandidatesOf(filter);
  const std::size_t looked_at =
      candidates.index != nullptr ? candidates.chain.count : documents_.size();
  if (looked_at < kWorthRemembering) return;
  if (counts_.size() == kCountsMax) counts_.erase(counts_.begin());
  counts_.push_back(CountMemo{filter, count});
}

void Collection::Recount(const Value& before, const Value& after) {
  for (CountMemo& memo : counts_) {
    if (!before.IsNull() && memo.filter.Matches(before)) --memo.count;
    if (!after.IsNull() && memo.filter.Matches(after)) ++memo.count;
  }
}

// The last `wanted` matches, and all that equal the first of them in `field`, ascending by
// position. REQUIRES: the field never falls.
std::vector<std::uint32_t> Collection::LastMatches(const Filter& filter, std::string_view field,
                                                   std::size_t wanted) const {
  std::vector<std::uint32_t> positions;
  const Value* smallest = nullptr;
  ForEachMatchFromLast(filter, [&](std::uint32_t at) {
    const Value& key = documents_[at].AtPath(field);
    if (positions.size() >= wanted && Value::Compare(key, *smallest) < 0) return false;
    if (positions.size() < wanted) smallest = &key;
    positions.push_back(at);
    return true;
  });
  std::reverse(positions.begin(), positions.end());
  return positions;
}

bool Collection::NeverFalls(const Key& field) const {
  for (const OrderedField& ordered : ordered_) {
    if (ordered.field == field.text()) return ordered.now.ascending;
  }
  if (ordered_.size() == kOrderedMax) return false;
  OrderedField fresh{field, {}, {}};
  for (std::uint32_t at = 0; at < documents_.size(); ++at) {
    fresh.now.Append(documents_[at], field.text());
    if (at < marked_size_) fresh.marked.Append(MarkedDocument(at), field.text());
  }
  ordered_.push_back(fresh);
  return fresh.now.ascending;
}

void Collection::OrderState::Append(const Value& document, std::string_view field) {
  if (document.IsNull() || !ascending) return;
  const Value& key = document.AtPath(field);
  ascending = Value::Compare(last, key) <= 0;
  last = key;
}

void Collection::NoteInOrder(const Value& document) {
  for (OrderedField& ordered : ordered_) ordered.now.Append(document, ordered.field.text());
}

void Collection::NoteReplaced(const Value& before, const Value& after) {
  for (OrderedField& ordered : ordered_) {
    const std::string_view field = ordered.field.text();
    if (Value::Compare(before.AtPath(field), after.AtPath(field)) != 0) {
      ordered.now.ascending = false;
    }
  }
}

}  // namespace redrive::workshop
