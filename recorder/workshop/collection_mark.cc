// Mark and Rollback of a collection, and what changed in between. Documents are shared on write, so
// keeping an old one costs a reference.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/hash.h"
#include "recorder/handler.h"
#include "recorder/workshop/collection.h"
#include "recorder/workshop/json_text.h"
#include "recorder/workshop/value_hash.h"

namespace redrive::workshop {
namespace {

// `document` with a hash in place of each credential. The one of a session's token is the key of
// the resource in a trace.
Value WithoutCredentials(const Value& document) {
  Value shown = document;
  for (const std::string_view name : {"session_token", "portal_token", "password_hash"}) {
    const Value& secret = document[name];
    if (secret.IsString()) shown.Set(Key::Static(name), ToHex(Collection::KeyOf(secret.String())));
  }
  return shown;
}

std::string ShownText(const Value& document) { return ToJson(WithoutCredentials(document)); }

// One side of a change: a document that is gone, or one that came.
struct Side {
  std::uint64_t hash;
  std::string resource;
  std::string text;
};

bool ByHash(const Side& a, const Side& b) { return a.hash < b.hash; }

bool ByResource(const Side& a, const Side& b) {
  return std::tie(a.resource, a.text) < std::tie(b.resource, b.text);
}

// Those of `sides`, sorted by hash, that are not among `others`; in the order of their resources.
std::vector<Side> Without(const std::vector<Side>& sides, const std::vector<Side>& others) {
  std::vector<Side> rest;
  std::set_difference(sides.begin(), sides.end(), others.begin(), others.end(),
                      std::back_inserter(rest), ByHash);
  std::sort(rest.begin(), rest.end(), ByResource);
  return rest;
}

// The n-th document of a resource that is gone became the n-th of it that came.
void AppendPaired(std::vector<Side>& gone, std::vector<Side>& come,
                  std::vector<StateChange>* changes) {
  auto before = gone.begin();
  auto after = come.begin();
  while (before != gone.end() || after != come.end()) {
    const int order = before == gone.end()  ? 1
                      : after == come.end() ? -1
                                            : before->resource.compare(after->resource);
    StateChange change;
    change.resource = order <= 0 ? before->resource : after->resource;
    if (order <= 0) change.before = std::move((before++)->text);
    if (order >= 0) change.after = std::move((after++)->text);
    changes->push_back(std::move(change));
  }
}

}  // namespace

void Collection::Mark() {
  marked_ = true;
  changed_ = false;
  marked_size_ = static_cast<std::uint32_t>(documents_.size());
  marked_live_ = live_;
  kept_.clear();
  is_kept_.assign(marked_size_, 0);
  for (FieldIndex& index : indexes_) index.Mark();
  for (OrderedField& ordered : ordered_) ordered.marked = ordered.now;
}

void Collection::Rollback() {
  REDRIVE_CHECK(marked_);
  if (!changed_) return;
  changed_ = false;
  for (FieldIndex& index : indexes_) index.Rollback();
  for (OrderedField& ordered : ordered_) ordered.now = ordered.marked;
  if (!counts_.empty()) {
    for (std::size_t at = marked_size_; at < documents_.size(); ++at) {
      Recount(documents_[at], Value());
    }
    for (const Kept& kept : kept_) Recount(documents_[kept.position], kept.before);
  }
  documents_.resize(marked_size_);
  live_ = marked_live_;
  for (Kept& kept : kept_) {
    documents_[kept.position] = std::move(kept.before);
    is_kept_[kept.position] = 0;
  }
  kept_.clear();
}

void Collection::NoteChange() {
  if (changed_) return;
  changed_ = true;
  if (changed_list_ != nullptr) changed_list_->push_back(this);
}

void Collection::KeepForRollback(std::uint32_t position) {
  NoteChange();
  if (position >= marked_size_ || is_kept_[position] != 0) return;
  is_kept_[position] = 1;
  kept_.push_back(Kept{position, documents_[position]});
}

const Value& Collection::MarkedDocument(std::uint32_t position) const {
  if (is_kept_[position] == 0) return documents_[position];
  const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                 [&](const Kept& one) { return one.position == position; });
  return kept->before;
}

std::uint64_t Collection::HashOf(const Value& document) const {
  return document.IsNull() ? 0 : Scramble(HashValue(document) ^ labels_->name.hash);
}

std::uint64_t Collection::ChangeDigest() const {
  if (!changed_) return 0;
  std::uint64_t digest = 0;
  for (const Kept& kept : kept_) {
    digest += HashOf(documents_[kept.position]) - HashOf(kept.before);
  }
  for (std::size_t at = marked_size_; at < documents_.size(); ++at)
    digest += HashOf(documents_[at]);
  return digest;
}

std::string Collection::ResourceOf(const Value& document, std::string_view otherwise) const {
  const Value& id = document[id_field_];
  std::string resource(name());
  resource += '/';
  if (!id.IsString()) return resource.append(otherwise);
  const std::string_view shown = NameOf(id.String());
  return shown.empty() ? resource + ToHex(KeyOf(id.String())) : resource.append(shown);
}

void Collection::AppendChanges(std::vector<StateChange>* changes) const {
  if (!changed_) return;
  std::vector<Side> gone;
  std::vector<Side> come;
  const auto add = [&](const Value& before, const Value& after) {
    // A document without an id is known by what it was first.
    const std::string by_content = "#" + ToHex(HashValue(before.IsNull() ? after : before));
    const auto side = [&](const Value& document) {
      return Side{HashValue(document), ResourceOf(document, by_content), ShownText(document)};
    };
    if (!before.IsNull()) gone.push_back(side(before));
    if (!after.IsNull()) come.push_back(side(after));
  };
  for (const Kept& kept : kept_) add(kept.before, documents_[kept.position]);
  for (std::size_t at = marked_size_; at < documents_.size(); ++at) add(Value(), documents_[at]);
  // What is on both sides only stands somewhere else now.
  std::sort(gone.begin(), gone.end(), ByHash);
  std::sort(come.begin(), come.end(), ByHash);
  std::vector<Side> really_gone = Without(gone, come);
  std::vector<Side> really_come = Without(come, gone);
  AppendPaired(really_gone, really_come, changes);
}

}  // namespace redrive::workshop
