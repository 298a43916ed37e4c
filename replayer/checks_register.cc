// The register check: a document or status that is written as a whole and read.
#include <algorithm>

#include "replayer/check_roles.h"
#include "replayer/declared_checker.h"
#include "replayer/linearizability.h"
#include "replayer/named_models.h"
#include "replayer/register_algorithm.h"

namespace redrive {
namespace {

constexpr std::uint64_t kNodesMax = 2'000'000;  // about two seconds

struct Object {
  std::vector<RegisterAccess> accesses;
  std::vector<const Operation*> operations;
  std::map<std::string, std::int64_t> values;  // by key; numbered from 0
  std::vector<std::string> texts;              // by number
  bool certain = true;

  std::int64_t Number(const std::string& key) {
    const auto [place, added] = values.emplace(key, static_cast<std::int64_t>(texts.size()));
    if (added) texts.push_back(key);
    return place->second;
  }
  [[nodiscard]] std::string Text(std::size_t access) const {
    return "\"" + ShowKey(texts[static_cast<std::size_t>(accesses[access].value)]) + "\"";
  }
};

class Register : public DeclaredChecker {
 public:
  explicit Register(SpecReader& reader)
      : DeclaredChecker(reader),
        key_(reader.Key("key", false)),
        initial_(reader.Optional("initial")),
        write_(ReadRole(reader, {.name = "write", .value = "value"}, key_)),
        read_(ReadRole(reader, {.name = "read", .value = "value"}, key_)) {
    if (initial_ && initial_->source != Source::kLiteral) {
      reader.Fail("initial", "expected a literal such as \"literal:open\" or a number");
    }
    if (!read_.given) reader.Fail("read", "missing: an object with \"requests\" and \"value\"");
    if (!write_.given) reader.Fail("write", "missing: an object with \"requests\" and \"value\"");
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Object> objects;
    std::vector<const Operation*> anywhere;
    for (const Operation* operation : write_.requests.Select(judgement.history())) {
      if (operation->outcome() == Outcome::kFail) continue;
      Collect(judgement, write_, *operation, objects, anywhere);
    }
    for (const Operation* operation : read_.requests.Select(judgement.history())) {
      if (operation->ok()) Collect(judgement, read_, *operation, objects, anywhere);
    }
    for (const Operation* operation : anywhere) {
      judgement.Missing(*operation, "nobody knows which object it wrote, if it did");
    }
    if (!anywhere.empty()) return;
    for (auto& [name, object] : objects) {
      if (object.certain) JudgeObject(judgement, name, object);
    }
  }

 private:
  void Collect(Judgement& judgement, const Role& role, const Operation& operation,
               std::map<std::string, Object>& objects,
               std::vector<const Operation*>& anywhere) const {
    const Place place{judgement.history(), operation};
    const bool write = &role == &write_;
    const std::optional<std::string> key = KeyOrMissing(judgement, role.key, place);
    if (!key) {
      if (write) anywhere.push_back(&operation);
      return;
    }
    Object& object = objects[*key];
    const std::optional<Value> value = role.value->One(place);
    if (!value) {
      judgement.Missing(operation, "no value at " + role.value->text);
      object.certain = object.certain && !write;
      return;
    }
    judgement.Examine();
    object.accesses.push_back({At(operation), object.Number(value->Key()), write});
    object.operations.push_back(&operation);
  }

  void JudgeObject(Judgement& judgement, const std::string& name, Object& object) const {
    std::optional<std::int64_t> initial;
    if (initial_) initial = object.Number(initial_->literal.Key());
    const RegisterVerdict verdict = JudgeRegister(object.accesses, initial);
    if (verdict.undecided) SearchOrder(judgement, name, object, initial);
    for (const RegisterProblem& problem : verdict.problems) {
      Report(judgement, name, object, problem);
    }
  }

  // Values that were written twice: no zones, so it takes a search.
  static void SearchOrder(Judgement& judgement, const std::string& name, const Object& object,
                          std::optional<std::int64_t> initial) {
    RegisterModel model;
    if (initial) {
      model.initial = {*initial};
    } else {
      for (std::int64_t i = -1; i < static_cast<std::int64_t>(object.texts.size()); ++i) {
        model.initial.push_back(i);
      }
    }
    std::vector<Call<RegisterModel::Operation>> calls;
    for (const RegisterAccess& access : object.accesses) {
      const auto kind = access.write ? RegisterModel::Kind::kWrite : RegisterModel::Kind::kRead;
      calls.push_back({access.at, {.kind = kind, .value = access.value}});
    }
    const auto found = CheckLinearizability(model, calls, {.nodes_max = kNodesMax});
    if (found.outcome == Linearizable::kUndecided) {
      judgement.Unknown((name.empty() ? "" : ShowKey(name) + ": ") +
                        "a value was written twice, and " + found.why);
    }
    if (found.outcome != Linearizable::kNo) return;
    Finding finding{.shape = "no_order", .key = name, .operations = {}, .what = {}};
    finding.operations = {object.operations[found.stuck]->id()};
    finding.what = "No order of the requests explains that " +
                   Describe(*object.operations[found.stuck]) + " shows " +
                   object.Text(found.stuck) + InGroup(name);
    if (found.last) {
      finding.operations.push_back(object.operations[*found.last]->id());
      finding.what += "; one that explains all that finished before ends with " +
                      NumberOf(*object.operations[*found.last]) + " and " +
                      object.Text(*found.last);
    }
    finding.what += ".";
    judgement.Violate(std::move(finding));
  }

  static void Report(Judgement& judgement, const std::string& name, const Object& object,
                     const RegisterProblem& problem) {
    const Operation& first = *object.operations[problem.first];
    Finding finding{.shape = {}, .key = name, .operations = {first.id()}, .what = {}};
    switch (problem.fault) {
      case RegisterFault::kNeverWritten:
        finding.shape = "never_written";
        finding.what = Describe(first) + " shows " + object.Text(problem.first) +
                       ", which nobody wrote" + InGroup(name) + ".";
        break;
      case RegisterFault::kFromFuture: {
        const Operation& write = *object.operations[problem.second];
        finding.shape = "from_future";
        finding.operations.push_back(write.id());
        finding.what = Describe(first) + " finished with " + object.Text(problem.first) +
                       " before " + Describe(write) + " began to write it" + InGroup(name) + ".";
        break;
      }
      case RegisterFault::kStale: {
        const Operation& between = *object.operations[problem.second];
        finding.shape = "stale";
        finding.operations.push_back(between.id());
        const std::string since =
            problem.before == RegisterProblem::kInitial
                ? "from the beginning"
                : "since " + NumberOf(*object.operations[problem.before]) + " finished with it";
        finding.what = Describe(first) + " has " + object.Text(problem.first) + ", there " + since +
                       ", yet " + Describe(between) + " had " + object.Text(problem.second) +
                       " in between" + InGroup(name) + ".";
        for (const std::size_t more : {problem.before, problem.also}) {
          if (more == RegisterProblem::kInitial) continue;
          const std::uint64_t id = object.operations[more]->id();
          const auto& ids = finding.operations;
          if (std::find(ids.begin(), ids.end(), id) == ids.end()) finding.operations.push_back(id);
        }
        break;
      }
    }
    judgement.Violate(std::move(finding));
  }

  KeyExpression key_;
  std::optional<Expression> initial_;
  Role write_;
  Role read_;
};

}  // namespace

std::unique_ptr<Checker> MakeRegister(SpecReader& reader) {
  return std::make_unique<Register>(reader);
}

}  // namespace redrive
