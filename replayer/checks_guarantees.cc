// The session guarantees by versions: read_your_writes, monotonic_reads, monotonic_writes,
// writes_follow_reads.
#include <algorithm>
#include <map>
#include <set>

#include "replayer/check_roles.h"
#include "replayer/declared_checker.h"
#include "replayer/session_algorithm.h"

namespace redrive {
namespace {

bool NeedsWrites(Guarantee guarantee) { return guarantee != Guarantee::kMonotonicReads; }
bool NeedsReads(Guarantee guarantee) { return guarantee != Guarantee::kMonotonicWrites; }

// Where accesses are: requests, the objects in them, and the version of each.
struct AccessForm {
  bool given = false;
  Selector requests;
  std::vector<JsonPointer> each;
  KeyExpression object;
  Expression version;
};

AccessForm ReadForm(SpecReader& reader, std::string_view name, bool needed) {
  AccessForm form;
  if (!needed) return form;
  const nlohmann::json* object = reader.ObjectAt(name);
  if (!object) {
    reader.Fail(name, "missing: an object with \"requests\", \"object\" and \"version\"");
    return form;
  }
  form.given = true;
  SpecReader inner(*object, reader.PathOf(name), reader.error());
  form.requests = inner.OwnSelector(true);
  form.each = inner.Pointers("each");
  form.object = inner.Key("object", false);
  form.version = inner.Required("version");
  std::optional<Error> missing;
  std::swap(reader.error(), missing);
  inner.Finish();
  if (!reader.error()) std::swap(reader.error(), missing);
  return form;
}

struct Seen {
  const Operation* operation;
  std::string session;
  std::string object;
  Value version;
  bool write;
};

// Ranks of versions: by number when all are numbers, otherwise as texts, which is how dates of ISO
// 8601 are ordered.
class Versions {
 public:
  explicit Versions(const std::vector<Seen>& all) {
    numbers_ = std::all_of(all.begin(), all.end(),
                           [](const Seen& one) { return one.version.Number().has_value(); });
    std::set<Decimal> numbers;
    std::set<std::string> texts;
    for (const Seen& one : all) {
      if (numbers_)
        numbers.insert(*one.version.Number());
      else
        texts.insert(one.version.text);
    }
    std::int64_t rank = 0;
    for (const Decimal number : numbers) by_number_[number] = rank++;
    for (const std::string& text : texts) by_text_[text] = rank++;
  }
  [[nodiscard]] std::int64_t RankOf(const Value& version) const {
    return numbers_ ? by_number_.at(*version.Number()) : by_text_.at(version.text);
  }

 private:
  bool numbers_ = true;
  std::map<Decimal, std::int64_t> by_number_;
  std::map<std::string, std::int64_t> by_text_;
};

class SessionGuarantee : public DeclaredChecker {
 public:
  SessionGuarantee(SpecReader& reader, Guarantee guarantee)
      : DeclaredChecker(reader),
        guarantee_(guarantee),
        session_(reader.Key("session", false)),
        writes_(ReadForm(reader, "writes", NeedsWrites(guarantee))),
        reads_(ReadForm(reader, "reads", NeedsReads(guarantee))) {
    if (session_.empty()) {
      Expression user;
      user.source = Source::kUser;
      user.text = "user";
      session_.push_back(std::move(user));
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::vector<Seen> seen;
    if (writes_.given) Collect(judgement, writes_, /*write=*/true, seen);
    if (reads_.given) Collect(judgement, reads_, /*write=*/false, seen);
    const Versions versions(seen);
    std::map<std::string, std::uint32_t> sessions;
    std::map<std::string, std::uint32_t> objects;
    const auto number = [](std::map<std::string, std::uint32_t>& names, const std::string& name) {
      return names.emplace(name, static_cast<std::uint32_t>(names.size())).first->second;
    };
    std::vector<SessionAccess> accesses;
    for (const Seen& one : seen) {
      accesses.push_back({.session = number(sessions, one.session),
                          .object = number(objects, one.object),
                          .at = At(*one.operation),
                          .version = versions.RankOf(one.version),
                          .write = one.write});
    }
    for (const SessionProblem& problem : JudgeSessions(accesses, guarantee_)) {
      Report(judgement, seen[problem.earlier], seen[problem.later]);
    }
  }

 private:
  // Only what was answered: nobody may rely on a write whose answer never came.
  void Collect(Judgement& judgement, const AccessForm& form, bool write,
               std::vector<Seen>& seen) const {
    const History& history = judgement.history();
    for (const Operation* operation : form.requests.Select(history)) {
      if (!operation->ok()) continue;
      const Place place{history, *operation};
      const std::optional<std::string> session = KeyOrMissing(judgement, session_, place);
      if (!session) continue;
      if (form.each.empty()) {
        CollectOne(judgement, form, place, *session, write, seen);
        continue;
      }
      for (const JsonNode& item : ItemsOf(history, *operation, form.each, form.requests)) {
        CollectOne(judgement, form, {history, *operation, &item}, *session, write, seen);
      }
    }
  }

  static void CollectOne(Judgement& judgement, const AccessForm& form, const Place& place,
                         const std::string& session, bool write, std::vector<Seen>& seen) {
    const std::optional<std::string> object = KeyOrMissing(judgement, form.object, place);
    const std::optional<Value> version = form.version.One(place);
    if (!version || version->text.empty()) {
      judgement.Missing(place.operation, "no version at " + form.version.text);
      return;
    }
    if (!object) return;
    judgement.Examine();
    seen.push_back({&place.operation, session, *object, *version, write});
  }

  void Report(Judgement& judgement, const Seen& earlier, const Seen& later) const {
    constexpr std::string_view kShapes[] = {"own_write_missing", "older_read", "older_write",
                                            "write_before_read"};
    const std::string had = earlier.write ? " had made version " : " had shown version ";
    const std::string has = later.write ? " made version " : " shows version ";
    judgement.Violate({.shape = std::string(kShapes[static_cast<std::size_t>(guarantee_)]),
                       .key = later.object,
                       .operations = {earlier.operation->id(), later.operation->id()},
                       .what = Describe(*earlier.operation) + had + earlier.version.text +
                               " before " + Describe(*later.operation) +
                               " of the same session began, yet " + NumberOf(*later.operation) +
                               has + later.version.text + InGroup(later.object) + "."});
  }

  Guarantee guarantee_;
  KeyExpression session_;
  AccessForm writes_;
  AccessForm reads_;
};

}  // namespace

std::unique_ptr<Checker> MakeReadYourWriteVersions(SpecReader& reader) {
  return std::make_unique<SessionGuarantee>(reader, Guarantee::kReadYourWrites);
}
std::unique_ptr<Checker> MakeMonotonicReads(SpecReader& reader) {
  return std::make_unique<SessionGuarantee>(reader, Guarantee::kMonotonicReads);
}
std::unique_ptr<Checker> MakeMonotonicWrites(SpecReader& reader) {
  return std::make_unique<SessionGuarantee>(reader, Guarantee::kMonotonicWrites);
}
std::unique_ptr<Checker> MakeWritesFollowReads(SpecReader& reader) {
  return std::make_unique<SessionGuarantee>(reader, Guarantee::kWritesFollowReads);
}

}  // namespace redrive
