// Collection: documents in insertion order with MongoDB-like operations. Every operation is one
// yield point, before it touches anything, and then atomic:
//
//   const Value ticket = co_await db.tickets.FindOne(env, Where("ticket_id", id));
//   if (ticket.IsNull()) co_return NotFound("Ticket not found");
//
// Labels are "tickets.find_one", "tickets.insert_one", …  Accesses are honest: the key is the hash
// of the primary id when the filter pins it to one string, otherwise the whole collection; inserts
// into a collection with a unique index touch the whole collection too. Inserts of different ids
// commute up to their insertion order, on which, as in MongoDB, nobody may rely without a sort.
//
// What an operation returns is a snapshot: it never changes afterwards.
#ifndef REDRIVE_RECORDER_WORKSHOP_COLLECTION_H_
#define REDRIVE_RECORDER_WORKSHOP_COLLECTION_H_

#include <coroutine>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/env.h"
#include "recorder/workshop/field_index.h"
#include "recorder/workshop/filter.h"
#include "recorder/workshop/value.h"

namespace redrive {
struct StateChange;  // recorder/handler.h
}

namespace redrive::workshop {

enum class [[nodiscard]] InsertResult : std::uint8_t { kInserted, kDuplicateKey };

struct UpdateResult {
  std::int64_t matched = 0;
  std::int64_t modified = 0;  // equal to matched: a change to the same value counts
  bool upserted = false;
  bool duplicate_key = false;  // an upsert met a unique index: nothing was done
};

// What FindOneAndUpdate returns: the document before the change, or after it.
enum class Which : std::uint8_t { kBefore, kAfter };
enum class Upsert : std::uint8_t { kNo, kYes };

// The names of a collection's operations, made once per process and never freed.
struct CollectionLabels {
  Label name, find_one, find, count, insert_one, update_one, update_many, find_one_and_update,
      delete_one, delete_many, aggregate, bulk_write;
  static const CollectionLabels& Of(std::string_view name);
};

// An operation to be awaited: parks at its yield point, then does `action` in one atomic part.
template <typename Action>
class [[nodiscard]] DataOperation {
 public:
  DataOperation(Env& env, Label label, const Access& access, std::mutex* mutex, Action action)
      : inner_(env.Yield(label, access)), mutex_(mutex), action_(std::move(action)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> task) { inner_.await_suspend(task); }
  auto await_resume() {
    if (mutex_ == nullptr) return action_();
    const std::scoped_lock lock(*mutex_);
    return action_();
  }

 private:
  decltype(std::declval<Env&>().Yield(Label(), Access())) inner_;
  std::mutex* mutex_;
  Action action_;
};

struct CollectionSpec {
  std::string_view name;                  // static
  std::string_view id_field;              // the primary id; need not be unique
  std::vector<std::string_view> indexed;  // other string fields that filters pin often
};

// Thread-safe when made with a mutex, which is then held for each atomic part.
class Collection {
 public:
  Collection(const CollectionSpec& spec, std::mutex* mutex);
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  // The first match in insertion order, or null.
  auto FindOne(Env& env, const Filter& filter) {
    return Operation(env, labels_->find_one, AccessOf(filter, Mode::kRead),
                     [this, &filter] { return FindOneNow(filter); });
  }
  // The first match in the order of `options`.
  auto FindOne(Env& env, const Filter& filter, const FindOptions& options) {
    return Operation(env, labels_->find_one, AccessOf(filter, Mode::kRead),
                     [this, &filter, &options] {
                       std::vector<Value> found = FindNow(filter, options);
                       return found.empty() ? Value() : std::move(found.front());
                     });
  }
  auto Find(Env& env, const Filter& filter, const FindOptions& options) {
    return Operation(env, labels_->find, AccessOf(filter, Mode::kRead),
                     [this, &filter, &options] { return FindNow(filter, options); });
  }
  auto Find(Env& env, const Filter& filter) {
    return Operation(env, labels_->find, AccessOf(filter, Mode::kRead),
                     [this, &filter] { return FindNow(filter, FindOptions()); });
  }
  auto CountDocuments(Env& env, const Filter& filter) {
    return Operation(env, labels_->count, AccessOf(filter, Mode::kRead),
                     [this, &filter] { return CountNow(filter); });
  }
  // $group over all matches: the sum of a number field.
  auto Sum(Env& env, const Filter& filter, std::string_view field) {
    return Operation(env, labels_->aggregate, AccessOf(filter, Mode::kRead),
                     [this, &filter, field] { return SumNow(filter, field); });
  }
  // `document` must outlive the operation.
  auto InsertOne(Env& env, const Value& document) {
    return Operation(env, labels_->insert_one, AccessOfInsert(document),
                     [this, &document] { return InsertNow(document); });
  }
  // A bulk of upserts: inserts those of `documents` that no document equals in all of `fields`.
  // Both must outlive the operation.
  auto InsertMissing(Env& env, const std::vector<Value>& documents,
                     std::span<const std::string_view> fields) {
    return Operation(env, labels_->bulk_write, Access(labels_->name, 0, Mode::kWrite),
                     [this, &documents, fields] { InsertMissingNow(documents, fields); });
  }
  auto UpdateOne(Env& env, const Filter& filter, const Update& update,
                 Upsert upsert = Upsert::kNo) {
    return Operation(
        env, labels_->update_one, AccessOfUpdate(filter, upsert),
        [this, &filter, &update, upsert] { return UpdateNow(filter, update, 1, upsert); });
  }
  auto UpdateMany(Env& env, const Filter& filter, const Update& update) {
    return Operation(
        env, labels_->update_many, AccessOf(filter, Mode::kWrite),
        [this, &filter, &update] { return UpdateNow(filter, update, SIZE_MAX, Upsert::kNo); });
  }
  // Null when nothing matched (or, for an upsert with Which::kBefore, nothing was there).
  auto FindOneAndUpdate(Env& env, const Filter& filter, const Update& update,
                        Which which = Which::kAfter, Upsert upsert = Upsert::kNo) {
    return Operation(env, labels_->find_one_and_update, AccessOfUpdate(filter, upsert),
                     [this, &filter, &update, which, upsert] {
                       return FindAndUpdateNow(filter, update, which, upsert);
                     });
  }
  // The number of documents deleted: 0 or 1.
  auto DeleteOne(Env& env, const Filter& filter) {
    return Operation(env, labels_->delete_one, AccessOf(filter, Mode::kWrite),
                     [this, &filter] { return DeleteNow(filter, 1); });
  }
  auto DeleteMany(Env& env, const Filter& filter) {
    return Operation(env, labels_->delete_many, AccessOf(filter, Mode::kWrite),
                     [this, &filter] { return DeleteNow(filter, SIZE_MAX); });
  }

  // Refuses a second document with equal values of these fields. Partial: documents whose first
  // field is absent, null or "" are not held to it. The first field should be indexed. Call before
  // the first insert.
  void AddUnique(std::vector<std::string_view> fields);

  // The same without a yield point: for seeding and for tests.
  Value FindOneNow(const Filter& filter) const;
  std::vector<Value> FindNow(const Filter& filter, const FindOptions& options) const;
  std::int64_t CountNow(const Filter& filter) const;
  Decimal SumNow(const Filter& filter, std::string_view field) const;
  InsertResult InsertNow(const Value& document);
  void InsertMissingNow(const std::vector<Value>& documents,
                        std::span<const std::string_view> fields);
  UpdateResult UpdateNow(const Filter& filter, const Update& update, std::size_t limit,
                         Upsert upsert);
  Value FindAndUpdateNow(const Filter& filter, const Update& update, Which which, Upsert upsert);
  std::int64_t DeleteNow(const Filter& filter, std::size_t limit);

  void Clear();  // removes all documents and the mark, keeps memory and unique indexes

  // The present documents are the state that Rollback goes back to, at the cost of what changed
  // since; marking again forgets the old mark. REQUIRES for Rollback: Mark was called.
  void Mark();
  void Rollback();
  // The sum, over all documents that differ from the marked state, of the hash of what is there now
  // less that of what was: the order of changes and of documents does not count. 0 without a mark.
  [[nodiscard]] std::uint64_t ChangeDigest() const;
  // Appends those documents, ascending by resource. One without a primary id is named by the hash
  // of its content. Members that hold credentials show a hash, as resources do.
  void AppendChanges(std::vector<StateChange>* changes) const;
  // From now on, this collection is appended to `changed` at its first change after Mark or
  // Rollback. Null, the default: nowhere. `changed` must outlive this.
  void ReportChangesTo(std::vector<Collection*>* changed) { changed_list_ = changed; }

  [[nodiscard]] std::string_view name() const { return labels_->name.text; }
  // The key, in an access, of the document with this primary id; never 0, the whole collection.
  [[nodiscard]] static std::uint64_t KeyOf(std::string_view id) { return Filter::HashOfId(id); }
  [[nodiscard]] std::size_t size() const { return live_; }

 private:
  template <typename Action>
  DataOperation<Action> Operation(Env& env, Label label, const Access& access, Action action) {
    return DataOperation<Action>(env, label, access, mutex_, std::move(action));
  }
  [[nodiscard]] Access AccessOf(const Filter& filter, Mode mode) const;
  [[nodiscard]] Access AccessOfUpdate(const Filter& filter, Upsert upsert) const;
  [[nodiscard]] Access AccessOfInsert(const Value& document) const;
  // What people may read of an id; empty for secrets.
  [[nodiscard]] std::string_view NameOf(std::string_view id) const;

  // Puts the first `end` of `positions`, by `sort` and then insertion, in front and in order.
  void SortFirst(const std::vector<SortField>& sort, std::size_t end,
                 std::vector<std::uint32_t>* positions) const;
  // The documents that can match a filter: of an index, or without one all.
  struct Candidates {
    const FieldIndex* index = nullptr;
    FieldIndex::Chain chain;
  };
  [[nodiscard]] inline Candidates CandidatesOf(const Filter& filter) const;
  // Calls visit(position) for each match in insertion order until it returns false.
  template <typename Visit>
  void ForEachMatch(const Filter& filter, Visit visit) const;
  template <typename Visit>  // the same backwards; visit must change nothing
  void ForEachMatchFromLast(const Filter& filter, Visit visit) const;
  [[nodiscard]] std::vector<std::uint32_t> LastMatches(const Filter& filter, std::string_view field,
                                                       std::size_t wanted) const;
  // Whether the field's value never falls from one document to the next.
  [[nodiscard]] bool NeverFalls(const Key& field) const;
  void NoteInOrder(const Value& document);
  void NoteReplaced(const Value& before, const Value& after);
  void RememberCount(const Filter& filter, std::int64_t count) const;
  // Keeps the remembered counts true. Null: there was, or is, no document.
  void Recount(const Value& before, const Value& after);
  [[nodiscard]] const FieldIndex* OnlyIndex(const Filter& filter) const;
  void Replace(std::uint32_t position, Value document);
  void Erase(std::uint32_t position);
  [[nodiscard]] bool ViolatesUnique(const Value& document) const;
  [[nodiscard]] Value FromFilter(const Filter& filter) const;
  // Called before each change, but only while there is a mark.
  void NoteChange();
  void KeepForRollback(std::uint32_t position);
  [[nodiscard]] const Value& MarkedDocument(std::uint32_t position) const;
  [[nodiscard]] std::uint64_t HashOf(const Value& document) const;  // 0 for null
  // "tickets/TKT-000001"; `otherwise` stands in for an id that `document` does not have.
  [[nodiscard]] std::string ResourceOf(const Value& document, std::string_view otherwise) const;

  const CollectionLabels* labels_;
  std::string_view id_field_;
  std::mutex* mutex_;
  std::vector<Value> documents_;  // null: deleted
  std::size_t live_ = 0;
  std::vector<FieldIndex> indexes_;  // the first is of id_field_
  std::vector<std::vector<std::string_view>> unique_;

  // What collection_find.cc keeps up to date; it decides no answer, only how fast one is found.
  struct OrderState {
    bool ascending = true;
    Value last;
    void Append(const Value& document, std::string_view field);
  };
  struct OrderedField {
    Key field;
    OrderState now;
    OrderState marked;
  };
  struct CountMemo {
    Filter filter;
    std::int64_t count;
  };
  mutable std::vector<OrderedField> ordered_;
  mutable std::vector<CountMemo> counts_;

  // Since Mark. Documents from marked_size_ on were inserted; of those before it, the first old
  // content is kept.
  struct Kept {
    std::uint32_t position;
    Value before;
  };
  bool marked_ = false;
  bool changed_ = false;
  std::uint32_t marked_size_ = 0;
  std::size_t marked_live_ = 0;
  std::vector<Kept> kept_;
  std::vector<std::uint8_t> is_kept_;  // by position, up to marked_size_
  std::vector<Collection*>* changed_list_ = nullptr;
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_COLLECTION_H_
