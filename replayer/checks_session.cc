// Checks of what a client may rely on: read_your_writes, never_decreases.
#include <algorithm>
#include <set>
#include <utility>

#include "replayer/declared_checker.h"

namespace redrive {
namespace {

struct Created {
  const Operation* operation;
  std::string group;
  std::string id;
};

// What was created is in every later list, and is found by its id.
class ReadYourWrites : public DeclaredChecker {
 public:
  explicit ReadYourWrites(SpecReader& reader)
      : DeclaredChecker(reader),
        creates_(SelectorOf(reader, "creates")),
        reads_(SelectorOf(reader, "reads")),
        group_(reader.Key("group", false)),
        id_(reader.Required("id")),
        ids_(reader.Optional("ids")),
        read_id_(reader.Optional("read_id")),
        missing_when_(reader.Conditions("missing_when")),
        complete_when_(reader.Conditions("complete_when")),
        same_user_(reader.Flag("same_user", true)),
        union_(reader.Flag("union", false)) {
    if (ids_.has_value() == read_id_.has_value()) {
      reader.Fail("ids", "expected either \"ids\" (a list) or \"read_id\" (one object by its id)");
    }
    if (read_id_ && missing_when_.empty()) {
      reader.Fail("missing_when",
                  "missing: when an answer means absence, such as "
                  "[\"status\", \"==\", 404]");
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    const std::vector<Created> created = CollectCreated(judgement);
    if (read_id_)
      JudgeById(judgement, created);
    else if (union_)
      JudgeUnion(judgement, created);
    else
      JudgeLists(judgement, created);
  }

 private:
  static Selector SelectorOf(SpecReader& reader, std::string_view key) {
    std::optional<Selector> selector = reader.SelectorAt(key);
    if (!selector) reader.Fail(key, "missing: request names, or an object with \"requests\"");
    return selector.value_or(Selector());
  }

  [[nodiscard]] std::string GroupOf(Judgement& judgement, const Place& place, bool& known) const {
    const std::optional<std::string> group = KeyOrMissing(judgement, group_, place);
    known = group.has_value();
    const std::string user =
        same_user_ ? std::to_string(place.operation.invoke->user) + "\x1f" : std::string();
    return user + group.value_or("");
  }

  [[nodiscard]] std::vector<Created> CollectCreated(Judgement& judgement) const {
    std::vector<Created> created;
    for (const Operation* operation : creates_.Select(judgement.history())) {
      if (!operation->ok()) continue;
      const Place place{judgement.history(), *operation};
      bool known = false;
      const std::string group = GroupOf(judgement, place, known);
      const std::optional<Value> id = id_.One(place);
      if (!id) judgement.Missing(*operation, "no value at " + id_.text);
      if (id && known) created.push_back({operation, group, id->Key()});
    }
    return created;
  }

  [[nodiscard]] static bool AllTrue(const std::vector<Condition>& conditions, const Place& place) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& condition) {
      return condition.Test(place) == Truth::kTrue;
    });
  }

  static void Report(Judgement& judgement, const Created& created, const Operation& read,
                     const char* shape, const char* how) {
    judgement.Violate({.shape = shape,
                       .key = created.id,
                       .operations = {created.operation->id(), read.id()},
                       .what = Describe(read) + how + ShowKey(created.id) + ", which " +
                               Describe(*created.operation) + " had created."});
  }

  void JudgeLists(Judgement& judgement, const std::vector<Created>& created) const {
    std::map<std::string, std::vector<const Created*>> by_group;
    for (const Created& one : created) by_group[one.group].push_back(&one);
    for (const Operation* read : reads_.Select(judgement.history())) {
      const Place place{judgement.history(), *read};
      if (!read->ok() || !AllTrue(complete_when_, place)) continue;
      bool known = false;
      const auto mine = by_group.find(GroupOf(judgement, place, known));
      if (!known || mine == by_group.end()) continue;
      std::set<std::string> shown;
      for (const Value& value : ids_->All(place)) shown.insert(value.Key());
      bool examined = false;
      for (const Created* one : mine->second) {
        if (one->operation->end() >= read->begin()) continue;
        examined = true;
        if (!shown.contains(one->id)) {
          Report(judgement, *one, *read, "missing", " does not show ");
        }
      }
      if (examined) judgement.Examine();
    }
  }

  // All reads of a group are pages of one list; what existed before the first must be on one.
  void JudgeUnion(Judgement& judgement, const std::vector<Created>& created) const {
    struct Pages {
      const Operation* first = nullptr;
      const Operation* last = nullptr;
      std::set<std::string> shown;
    };
    std::map<std::string, Pages> lists;
    for (const Operation* read : reads_.Select(judgement.history())) {
      const Place place{judgement.history(), *read};
      bool known = false;
      const std::string group = read->ok() ? GroupOf(judgement, place, known) : "";
      if (!known) continue;
      Pages& pages = lists[group];
      if (!pages.first) pages.first = read;
      pages.last = read;
      for (const Value& value : ids_->All(place)) pages.shown.insert(value.Key());
    }
    for (const Created& one : created) {
      const auto found = lists.find(one.group);
      if (found == lists.end()) {
        judgement.Missing(*one.operation, "no list of its group was read");
        continue;
      }
      if (one.operation->end() >= found->second.first->begin()) continue;
      judgement.Examine();
      if (!found->second.shown.contains(one.id)) {
        Report(judgement, one, *found->second.last, "missing",
               " and the pages before do not show ");
      }
    }
  }

  void JudgeById(Judgement& judgement, const std::vector<Created>& created) const {
    std::map<std::pair<std::string, std::string>, const Created*> by_id;
    for (const Created& one : created) by_id.emplace(std::pair(one.group, one.id), &one);
    for (const Operation* read : reads_.Select(judgement.history())) {
      if (read->outcome() == Outcome::kInfo) continue;
      const Place place{judgement.history(), *read};
      const std::optional<Value> id = read_id_->One(place);
      bool known = false;
      const std::string group = GroupOf(judgement, place, known);
      if (!known || !id) continue;
      const auto found = by_id.find({group, id->Key()});
      if (found == by_id.end() || found->second->operation->end() >= read->begin()) continue;
      judgement.Examine();
      if (AllTrue(missing_when_, place)) {
        Report(judgement, *found->second, *read, "not_found", " did not find ");
      }
    }
  }

  Selector creates_;
  Selector reads_;
  KeyExpression group_;
  Expression id_;
  std::optional<Expression> ids_;
  std::optional<Expression> read_id_;
  std::vector<Condition> missing_when_;
  std::vector<Condition> complete_when_;
  bool same_user_;
  bool union_;
};

// A number that no later answer shows smaller.
class NeverDecreases : public DeclaredChecker {
 public:
  explicit NeverDecreases(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        group_(reader.Key("group", false)),
        value_(reader.Required("value")) {}

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, std::vector<Read>> groups;
    for (const Operation* operation : selector_.Select(judgement.history())) {
      if (!operation->ok()) continue;
      const Place place{judgement.history(), *operation};
      const std::optional<std::string> group = KeyOrMissing(judgement, group_, place);
      const std::optional<Decimal> value = value_.Number(place);
      if (!value) judgement.Missing(*operation, "no number at " + value_.text);
      if (!group || !value) continue;
      judgement.Examine();
      groups[*group].push_back({operation, *value});
    }
    for (const auto& [group, reads] : groups) JudgeGroup(judgement, group, reads);
  }

 private:
  struct Read {
    const Operation* operation;
    Decimal value;
  };

  // `reads` are in order of begin; those that ended are followed in order of end.
  static void JudgeGroup(Judgement& judgement, const std::string& group,
                         const std::vector<Read>& reads) {
    std::vector<Read> ended = reads;
    std::sort(ended.begin(), ended.end(),
              [](const Read& a, const Read& b) { return a.operation->end() < b.operation->end(); });
    const Read* largest = nullptr;
    std::size_t next = 0;
    for (const Read& read : reads) {
      for (; next < ended.size() && ended[next].operation->end() < read.operation->begin();
           ++next) {
        if (!largest || ended[next].value > largest->value) largest = &ended[next];
      }
      if (!largest || read.value >= largest->value) continue;
      judgement.Violate({.shape = "decrease",
                         .key = group,
                         .operations = {largest->operation->id(), read.operation->id()},
                         .what = Describe(*read.operation) + " shows " + read.value.ToText() +
                                 " after " + Describe(*largest->operation) + " had shown " +
                                 largest->value.ToText() + InGroup(group) + "."});
    }
  }

  Selector selector_;
  KeyExpression group_;
  Expression value_;
};

}  // namespace

std::unique_ptr<Checker> MakeReadYourWrites(SpecReader& reader) {
  // By version where writes of objects are declared; else whether what was created is there.
  if (reader.Has("writes")) return MakeReadYourWriteVersions(reader);
  return std::make_unique<ReadYourWrites>(reader);
}
std::unique_ptr<Checker> MakeNeverDecreases(SpecReader& reader) {
  return std::make_unique<NeverDecreases>(reader);
}

}  // namespace redrive
