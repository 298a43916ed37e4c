#include "recorder/workshop/collection.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "core/check.h"
#include "recorder/workshop/collection_match.h"

namespace redrive::workshop {
const CollectionLabels& CollectionLabels::Of(std::string_view name) {
  struct Owned {
    std::string name;
    std::deque<std::string> texts;  // stable addresses
    CollectionLabels labels;
  };
  static std::mutex mutex;
  static auto* const all = new std::map<std::string, Owned, std::less<>>();  // never freed
  const std::scoped_lock lock(mutex);
  const auto found = all->find(name);
  if (found != all->end()) return found->second.labels;
  Owned& owned = (*all)[std::string(name)];
  owned.name = name;
  const auto label = [&](std::string_view operation) {
    owned.texts.push_back(owned.name + "." + std::string(operation));
    return Label::Interned(owned.texts.back());
  };
  owned.labels.name = Label::Interned(owned.name);
  owned.labels.find_one = label("find_one");
  owned.labels.find = label("find");
  owned.labels.count = label("count_documents");
  owned.labels.insert_one = label("insert_one");
  owned.labels.update_one = label("update_one");
  owned.labels.update_many = label("update_many");
  owned.labels.find_one_and_update = label("find_one_and_update");
  owned.labels.delete_one = label("delete_one");
  owned.labels.delete_many = label("delete_many");
  owned.labels.aggregate = label("aggregate");
  owned.labels.bulk_write = label("bulk_write");
  return owned.labels;
}

Collection::Collection(const CollectionSpec& spec, std::mutex* mutex)
    : labels_(&CollectionLabels::Of(spec.name)), id_field_(spec.id_field), mutex_(mutex) {
  indexes_.emplace_back(id_field_);
  for (const std::string_view field : spec.indexed) {
    if (field != id_field_) indexes_.emplace_back(field);
  }
}

Access Collection::AccessOf(const Filter& filter, Mode mode) const {
  const Filter::Condition* const id = filter.Pinned(id_field_);
  if (id == nullptr) return Access(labels_->name, 0, mode);
  return Access(labels_->name, id->hash, mode, NameOf(id->operand.String()));
}

Access Collection::AccessOfUpdate(const Filter& filter, Upsert upsert) const {
  if (upsert == Upsert::kYes && !unique_.empty()) return Access(labels_->name, 0, Mode::kWrite);
  return AccessOf(filter, Mode::kWrite);
}

Access Collection::AccessOfInsert(const Value& document) const {
  const Value& id = document[id_field_];
  if (!unique_.empty() || !id.IsString()) return Access(labels_->name, 0, Mode::kWrite);
  return Access(labels_->name, KeyOf(id.String()), Mode::kWrite, NameOf(id.String()));
}

std::string_view Collection::NameOf(std::string_view id) const {
  // A session's id is the credential itself, and steps are recorded: its hash names it as well.
  return id_field_ == "session_token" ? std::string_view() : id;
}

Value Collection::FindOneNow(const Filter& filter) const {
  Value found;
  ForEachMatch(filter, [&](std::uint32_t at) {
    found = documents_[at];
    return false;
  });
  return found;
}

Decimal Collection::SumNow(const Filter& filter, std::string_view field) const {
  Decimal sum;
  ForEachMatch(filter, [&](std::uint32_t at) {
    sum += documents_[at].AtPath(field).Number();
    return true;
  });
  return sum;
}

InsertResult Collection::InsertNow(const Value& document) {
  REDRIVE_CHECK(document.IsObject() && documents_.size() < FieldIndex::kNone);
  if (ViolatesUnique(document)) return InsertResult::kDuplicateKey;
  if (marked_) NoteChange();
  if (!counts_.empty()) Recount(Value(), document);
  if (!ordered_.empty()) NoteInOrder(document);
  const auto position = static_cast<std::uint32_t>(documents_.size());
  documents_.push_back(document);
  ++live_;
  for (FieldIndex& index : indexes_) {
    const Value& value = document[index.field()];
    if (value.IsString()) index.Add(value.String(), position);
  }
  return InsertResult::kInserted;
}

void Collection::InsertMissingNow(const std::vector<Value>& documents,
                                  std::span<const std::string_view> fields) {
  for (const Value& document : documents) {
    Filter same;
    for (const std::string_view field : fields) same.And(Key::Static(field), document[field]);
    if (CountNow(same) == 0) (void)InsertNow(document);
  }
}

UpdateResult Collection::UpdateNow(const Filter& filter, const Update& update, std::size_t limit,
                                   Upsert upsert) {
  UpdateResult result;
  std::vector<std::uint32_t> positions;
  ForEachMatch(filter, [&](std::uint32_t at) {
    positions.push_back(at);
    return positions.size() < limit;
  });
  for (const std::uint32_t at : positions) {
    Value changed = documents_[at];
    update.ApplyTo(changed, false);
    Replace(at, std::move(changed));
  }
  result.matched = result.modified = static_cast<std::int64_t>(positions.size());
  if (positions.empty() && upsert == Upsert::kYes) {
    Value fresh = FromFilter(filter);
    update.ApplyTo(fresh, true);
    result.upserted = InsertNow(fresh) == InsertResult::kInserted;
    result.duplicate_key = !result.upserted;
  }
  return result;
}

Value Collection::FindAndUpdateNow(const Filter& filter, const Update& update, Which which,
                                   Upsert upsert) {
  std::uint32_t found = FieldIndex::kNone;
  ForEachMatch(filter, [&](std::uint32_t at) {
    found = at;
    return false;
  });
  if (found == FieldIndex::kNone) {
    if (upsert == Upsert::kNo) return Value();
    Value fresh = FromFilter(filter);
    update.ApplyTo(fresh, true);
    const bool inserted = InsertNow(fresh) == InsertResult::kInserted;
    return inserted && which == Which::kAfter ? fresh : Value();
  }
  Value before = documents_[found];
  Value after = before;
  update.ApplyTo(after, false);
  Replace(found, after);
  return which == Which::kAfter ? after : before;
}

std::int64_t Collection::DeleteNow(const Filter& filter, std::size_t limit) {
  std::vector<std::uint32_t> positions;
  ForEachMatch(filter, [&](std::uint32_t at) {
    positions.push_back(at);
    return positions.size() < limit;
  });
  for (const std::uint32_t at : positions) Erase(at);
  return static_cast<std::int64_t>(positions.size());
}

void Collection::AddUnique(std::vector<std::string_view> fields) {
  REDRIVE_CHECK(!fields.empty() && live_ == 0);
  unique_.push_back(std::move(fields));
}

void Collection::Clear() {
  marked_ = false;
  changed_ = false;
  marked_size_ = 0;
  kept_.clear();
  ordered_.clear();
  counts_.clear();
  if (documents_.empty()) return;
  documents_.clear();
  live_ = 0;
  for (FieldIndex& index : indexes_) index.Clear();
}

void Collection::Replace(std::uint32_t position, Value document) {
  if (marked_) KeepForRollback(position);
  if (!counts_.empty()) Recount(documents_[position], document);
  if (!ordered_.empty()) NoteReplaced(documents_[position], document);
  const Value old = std::exchange(documents_[position], std::move(document));
  for (FieldIndex& index : indexes_) {
    const Value& before = old[index.field()];
    const Value& after = documents_[position][index.field()];
    if (before == after) continue;
    if (before.IsString()) index.Remove(before.String(), position);
    if (after.IsString()) index.Add(after.String(), position);
  }
}

void Collection::Erase(std::uint32_t position) {
  if (marked_) KeepForRollback(position);
  if (!counts_.empty()) Recount(documents_[position], Value());
  const Value old = std::exchange(documents_[position], Value());
  --live_;
  for (FieldIndex& index : indexes_) {
    const Value& value = old[index.field()];
    if (value.IsString()) index.Remove(value.String(), position);
  }
}

bool Collection::ViolatesUnique(const Value& document) const {
  for (const std::vector<std::string_view>& fields : unique_) {
    if (!document[fields[0]].Truthy()) continue;
    Filter same;
    for (const std::string_view field : fields) same.And(Key::Static(field), document[field]);
    bool found = false;
    ForEachMatch(same, [&](std::uint32_t) {
      found = true;
      return false;
    });
    if (found) return true;
  }
  return false;
}

Value Collection::FromFilter(const Filter& filter) const {
  Value document = Value::EmptyObject();
  for (const Filter::Condition& condition : filter.conditions()) {
    if (condition.op == Op::kEq) document.Set(condition.field, condition.operand);
  }
  return document;
}

}  // namespace redrive::workshop
