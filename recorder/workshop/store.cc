#include "recorder/workshop/store.h"

#include <algorithm>

#include "recorder/handler.h"

namespace redrive::workshop {
namespace {

// Every collection has the organisation's id as an index behind its own.
CollectionSpec Spec(std::string_view name, std::string_view id_field,
                    std::vector<std::string_view> indexed) {
  indexed.push_back("organization_id");
  return {.name = name, .id_field = id_field, .indexed = std::move(indexed)};
}

template <typename... Fields>
CollectionSpec SpecOf(std::string_view name, std::string_view id_field, Fields... fields) {
  return Spec(name, id_field, std::vector<std::string_view>{fields...});
}

}  // namespace

Store::Store(Threads threads)
    : mutex_in_use_(threads == Threads::kMany ? &mutex_ : nullptr)
#define REDRIVE_WORKSHOP_MAKE(name, ...) , name(SpecOf(#name, __VA_ARGS__), mutex_in_use_)
          REDRIVE_WORKSHOP_COLLECTIONS(REDRIVE_WORKSHOP_MAKE)
#undef REDRIVE_WORKSHOP_MAKE
{
  if (threads == Threads::kMany) ShareValuesAcrossThreads();
  // As in the recorded application: an entry per source document. Entries without one are free.
  journal_entries.AddUnique({"source_document_id", "source_document_type", "organization_id"});
  credit_notes.AddUnique({"credit_note_number", "organization_id"});
}

void Store::Clear() {
  changed_.clear();
#define REDRIVE_WORKSHOP_CLEAR(name, ...) name.Clear();
  REDRIVE_WORKSHOP_COLLECTIONS(REDRIVE_WORKSHOP_CLEAR)
#undef REDRIVE_WORKSHOP_CLEAR
}

void Store::Mark() {
  changed_.clear();
#define REDRIVE_WORKSHOP_MARK(name, ...) \
  name.ReportChangesTo(&changed_);       \
  name.Mark();
  REDRIVE_WORKSHOP_COLLECTIONS(REDRIVE_WORKSHOP_MARK)
#undef REDRIVE_WORKSHOP_MARK
}

void Store::Rollback() {
  for (Collection* const collection : changed_) collection->Rollback();
  changed_.clear();
}

std::uint64_t Store::ChangeDigest() const {
  std::uint64_t digest = 0;
  for (const Collection* const collection : changed_) {
    if (collection != &journal_account_cache) digest += collection->ChangeDigest();
  }
  return digest;
}

std::vector<StateChange> Store::Changes() const {
  std::vector<StateChange> changes;
  for (const Collection* const collection : changed_) {
    if (collection != &journal_account_cache) collection->AppendChanges(&changes);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const StateChange& a, const StateChange& b) {
    return a.resource < b.resource;
  });
  return changes;
}

}  // namespace redrive::workshop
