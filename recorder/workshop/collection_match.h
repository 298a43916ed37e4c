// The walk over the documents that a filter matches; for collection*.cc only.
#ifndef REDRIVE_RECORDER_WORKSHOP_COLLECTION_MATCH_H_
#define REDRIVE_RECORDER_WORKSHOP_COLLECTION_MATCH_H_

#include "recorder/workshop/collection.h"

namespace redrive::workshop {

// The index with the fewest candidates; no index when the filter pins no indexed field.
inline Collection::Candidates Collection::CandidatesOf(const Filter& filter) const {
  Candidates best;
  for (const FieldIndex& index : indexes_) {
    const Filter::Condition* const pinned = filter.Pinned(index.field());
    if (pinned == nullptr) continue;
    const FieldIndex::Chain chain = index.Find(pinned->hash);
    if (best.index != nullptr && chain.count >= best.chain.count) continue;
    best = Candidates{&index, chain};
    if (chain.count <= 1) break;  // another index would not spare anything
  }
  return best;
}

template <typename Visit>
void Collection::ForEachMatch(const Filter& filter, Visit visit) const {
  const Candidates candidates = CandidatesOf(filter);
  if (candidates.index == nullptr) {
    for (std::uint32_t at = 0; at < documents_.size(); ++at) {
      if (documents_[at].IsNull() || !filter.Matches(documents_[at])) continue;
      if (!visit(at)) return;
    }
    return;
  }
  for (std::uint32_t at = candidates.chain.first; at != FieldIndex::kNone;) {
    const std::uint32_t next = candidates.index->Next(at);  // visit may erase `at`
    if (filter.Matches(documents_[at]) && !visit(at)) return;
    at = next;
  }
}

template <typename Visit>
void Collection::ForEachMatchFromLast(const Filter& filter, Visit visit) const {
  const Candidates candidates = CandidatesOf(filter);
  if (candidates.index == nullptr) {
    for (std::size_t end = documents_.size(); end > 0; --end) {
      const auto at = static_cast<std::uint32_t>(end - 1);
      if (documents_[at].IsNull() || !filter.Matches(documents_[at])) continue;
      if (!visit(at)) return;
    }
    return;
  }
  std::uint32_t at = candidates.chain.last;
  for (; at != FieldIndex::kNone; at = candidates.index->Previous(at)) {
    if (filter.Matches(documents_[at]) && !visit(at)) return;
  }
}

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_COLLECTION_MATCH_H_
