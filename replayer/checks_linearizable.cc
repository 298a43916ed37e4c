// The linearizable check: a named sequential model can have given all answers, object by object.
#include <algorithm>
#include <array>

#include "core/nearest.h"
#include "replayer/declared_checker.h"
#include "replayer/model_forms.h"

namespace redrive {
namespace {

enum class Fate : std::uint8_t { kDone, kLost, kRefused };

// What one operation did, before values are numbered.
struct Raw {
  const Operation* operation = nullptr;
  const ModelRole* role = nullptr;
  Fate fate = Fate::kDone;
  std::optional<Value> value;
  std::optional<Value> other;
};

struct Object {
  std::vector<Raw> calls;
  std::map<std::string, std::int64_t> numbers;  // of values by key
  std::vector<std::string> texts;
  bool certain = true;

  std::int64_t NumberOf(const Value& value) {
    const std::string key = value.Key();
    const auto [place, added] = numbers.emplace(key, static_cast<std::int64_t>(texts.size()));
    if (added) texts.push_back(key);
    return place->second;
  }
};

using Objects = std::map<std::string, Object>;

const ModelForm* FormOf(SpecReader& reader) {
  const std::string name = reader.Text("model", "");
  std::vector<std::string> known;
  std::string all;
  for (const ModelForm& form : ModelForms()) {
    if (form.name == name) return &form;
    known.emplace_back(form.name);
    all += (all.empty() ? "" : ", ") + known.back();
  }
  const std::string nearest = NearestOf(name, known);
  reader.Fail("model", name.empty() ? "missing: one of " + all
                       : nearest.empty()
                           ? "unknown model \"" + name.substr(0, 100) + "\"; expected one of " + all
                           : "unknown model \"" + name + "\"; did you mean \"" + nearest + "\"?");
  return nullptr;
}

class LinearizableCheck : public DeclaredChecker {
 public:
  explicit LinearizableCheck(SpecReader& reader)
      : DeclaredChecker(reader), form_(FormOf(reader)), key_(reader.Key("key", false)) {
    nodes_max_ = static_cast<std::uint64_t>(
        reader.Integer("configurations_max", 2'000'000, 1, 1'000'000'000));
    if (!form_) return;
    std::string wanted;
    for (const ModelRole& role : form_->roles) {
      roles_.push_back(ReadRole(reader, role.form, key_));
      wanted += (wanted.empty() ? "\"" : " or \"") + std::string(role.form.name) + "\"";
    }
    if (std::none_of(roles_.begin(), roles_.end(), [](const Role& role) { return role.given; })) {
      reader.Fail(form_->roles.front().form.name, "missing: give " + wanted);
    }
    if (!form_->takes_initial) return;
    if (form_->numeric) {
      initial_number_ = reader.NumberAt("initial");
      return;
    }
    initial_value_ = reader.Optional("initial");
    if (initial_value_ && initial_value_->source != Source::kLiteral) {
      reader.Fail("initial", "expected a literal such as \"literal:open\" or a number");
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Reading> initial;
    if (initial_number_) initial = ReadFirst(judgement, *initial_number_);
    Objects objects;
    Anywhere anywhere;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i].given) {
        Collect(judgement, form_->roles[i], roles_[i], initial, objects, anywhere);
      }
    }
    if (anywhere.unknown) return;
    for (auto& [name, object] : objects) {
      object.calls.insert(object.calls.end(), anywhere.calls.begin(), anywhere.calls.end());
      if (object.certain) JudgeObject(judgement, name, object, FindReading(initial, name));
    }
  }

 private:
  // Unanswered operations on an object that nobody knows: they may belong to each.
  struct Anywhere {
    std::vector<Raw> calls;
    bool unknown = false;  // nor what they would have done
  };

  void Collect(Judgement& judgement, const ModelRole& form, const Role& role,
               const std::map<std::string, Reading>& initial, Objects& objects,
               Anywhere& anywhere) const {
    for (const Operation* operation : role.requests.Select(judgement.history())) {
      const Place place{judgement.history(), *operation};
      Raw raw{operation, &form, Fate::kDone, {}, {}};
      if (operation->outcome() == Outcome::kInfo)
        raw.fate = Fate::kLost;
      else if (role.Applies(place))
        raw.fate = Fate::kRefused;
      else if (!operation->ok())
        continue;  // it had no effect, and says nothing
      if (KindOf(raw) == ModelRole::kNoKind) continue;
      if (role.value) raw.value = role.value->One(place);
      if (role.other) raw.other = role.other->One(place);
      const std::optional<std::string> key = ObjectOf(judgement, role, place);
      const bool lost = raw.fate == Fate::kLost;
      if (!key && !lost) continue;
      if (!key && (form_->by_value || Complete(role, raw))) {
        anywhere.calls.push_back(std::move(raw));
        continue;
      }
      if (!Complete(role, raw)) {
        judgement.Missing(*operation, "the value that a " + std::string(form_->name) + " needs");
        if (key)
          objects[*key].certain = false;
        else
          anywhere.unknown = true;
        continue;
      }
      Object& object = objects[*key];
      const bool changes = lost || (raw.fate == Fate::kDone && form.lost != ModelRole::kNoKind);
      const Reading* from = FindReading(initial, *key);
      if (!CountsFrom(judgement, from, *operation, changes, object.certain)) continue;
      judgement.Examine();
      object.calls.push_back(std::move(raw));
    }
  }

  static int KindOf(const Raw& raw) {
    if (raw.fate == Fate::kLost) return raw.role->lost;
    return raw.fate == Fate::kRefused ? raw.role->refused : raw.role->done;
  }

  // The key of the object; where every value is an object of its own, with the value.
  std::optional<std::string> ObjectOf(Judgement& judgement, const Role& role,
                                      const Place& place) const {
    std::optional<std::string> key = place.operation.ok() ? KeyOrMissing(judgement, role.key, place)
                                                          : EvaluateKey(role.key, place);
    if (!key || !form_->by_value) return key;
    const std::optional<Value> value = role.value->One(place);
    if (!value) return std::nullopt;
    return key->empty() ? value->Key() : *key + "\x1f" + value->Key();
  }

  // Whether all is known that the model needs: what only an answer says is not needed of a lost
  // operation, nor the new value of one that was refused for the old one.
  static bool Complete(const Role& role, const Raw& raw) {
    if (role.other && !raw.other) return false;
    if (!role.value || raw.value) return true;
    if (raw.fate == Fate::kLost) return raw.role->lost != raw.role->done;
    return raw.fate == Fate::kRefused &&
           (role.other.has_value() || raw.role->form.condition != "refused_when");
  }

  void JudgeObject(Judgement& judgement, const std::string& name, Object& object,
                   const Reading* initial) const {
    std::optional<std::int64_t> start;
    std::vector<ModelCall> calls;
    int digits = 0;
    if (form_->numeric) {
      constexpr int kNone = -1;
      digits = DigitsOf(object, initial);
      if (digits == kNone) {
        judgement.Unknown(ShowKey(name) + ": not all of its values are numbers of a common unit");
        return;
      }
      if (initial_number_ && !initial) {
        judgement.Unknown("no initial value of " + ShowKey(name));
        return;
      }
      if (initial) start = initial->value.Scaled(digits);
    } else if (initial_value_) {
      start = object.NumberOf(initial_value_->literal);
    }
    for (const Raw& raw : object.calls) {
      ModelCall call{At(*raw.operation), KindOf(raw), 0, 0};
      if (raw.value) call.value = Term(object, *raw.value, digits);
      if (raw.other) call.other = Term(object, *raw.other, digits);
      calls.push_back(call);
    }
    const ModelVerdict verdict = form_->judge(
        calls, start, static_cast<std::int64_t>(object.texts.size()), {.nodes_max = nodes_max_});
    if (verdict.outcome == Linearizable::kUndecided) {
      judgement.Unknown((name.empty() ? "" : ShowKey(name) + ": ") + verdict.why);
    } else if (verdict.outcome == Linearizable::kNo) {
      Report(judgement, name, object, digits, verdict);
    }
  }

  std::int64_t Term(Object& object, const Value& value, int digits) const {
    if (!form_->numeric) return object.NumberOf(value);
    return value.Number()->Scaled(digits).value_or(0);
  }

  // The fewest digits behind the point with which all numbers are whole, and their sum fits; -1:
  // there are none.
  static int DigitsOf(const Object& object, const Reading* initial) {
    const std::int64_t most = (std::int64_t{1} << 62) / (std::ssize(object.calls) + 2);
    const auto fits = [&](const std::optional<Decimal>& number, int digits) {
      const std::optional<std::int64_t> scaled = number ? number->Scaled(digits) : std::nullopt;
      return scaled && *scaled <= most && *scaled >= -most;
    };
    for (const int digits : {0, 1, 2, 3, 4, 6, 9}) {
      const bool all = std::all_of(object.calls.begin(), object.calls.end(), [&](const Raw& raw) {
        return (!raw.value || fits(raw.value->Number(), digits)) &&
               (!raw.other || fits(raw.other->Number(), digits));
      });
      if (all && (!initial || fits(initial->value, digits))) return digits;
    }
    return -1;
  }

  void Report(Judgement& judgement, const std::string& name, const Object& object, int digits,
              const ModelVerdict& verdict) const {
    const Raw& stuck = object.calls[verdict.stuck];
    Finding finding{.shape = "no_order",
                    .key = name,
                    .operations = {stuck.operation->id()},
                    .what = "No order of the requests within real time explains " +
                            Describe(*stuck.operation) + Doing(stuck) + " by the model " +
                            std::string(form_->name) + InGroup(name)};
    if (verdict.last) {
      const Raw& last = object.calls[*verdict.last];
      finding.operations.push_back(last.operation->id());
      finding.what += "; one that explains all that finished before ends with " +
                      redrive::NumberOf(*last.operation) + Doing(last);
      if (verdict.state) finding.what += Leaving(object, digits, *verdict.state);
    }
    finding.what += ".";
    judgement.Violate(std::move(finding));
  }

  // " (read 7)".
  static std::string Doing(const Raw& raw) {
    const bool refused = raw.fate == Fate::kRefused;
    std::string text = " (" + std::string(raw.role->form.name);
    if (refused) {
      const std::string_view condition = raw.role->form.condition;
      text += ", " + std::string(condition.substr(0, condition.find('_')));
    }
    if (raw.value && !raw.role->form.value.empty()) text += " " + ShowKey(raw.value->text);
    if (raw.other && raw.role->form.other == "from") text += " from " + ShowKey(raw.other->text);
    return text + ")";
  }

  std::string Leaving(const Object& object, int digits, std::int64_t state) const {
    if (form_->numeric) {
      std::string text = std::to_string(state < 0 ? -state : state);
      if (digits > 0) {
        const auto kept = static_cast<std::size_t>(digits);
        if (text.size() <= kept) text.insert(0, kept + 1 - text.size(), '0');
        text.insert(text.size() - kept, ".");
      }
      return " and leaves " + std::string(state < 0 ? "-" : "") + text;
    }
    if (state < 0 || static_cast<std::size_t>(state) >= object.texts.size()) return "";
    return " and leaves \"" + ShowKey(object.texts[static_cast<std::size_t>(state)]) + "\"";
  }

  const ModelForm* form_;
  KeyExpression key_;
  std::uint64_t nodes_max_ = 0;
  std::vector<Role> roles_;
  std::optional<NumberSource> initial_number_;
  std::optional<Expression> initial_value_;
};

}  // namespace

std::unique_ptr<Checker> MakeLinearizable(SpecReader& reader) {
  return std::make_unique<LinearizableCheck>(reader);
}

}  // namespace redrive
