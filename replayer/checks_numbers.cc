// Checks of identity: unique, same_value, at_most_once.
#include <algorithm>
#include <utility>

#include "replayer/declared_checker.h"

namespace redrive {
namespace {

using ByKey = std::map<std::string, std::vector<const Operation*>>;

// No two answers carry the same value.
class Unique : public DeclaredChecker {
 public:
  explicit Unique(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        group_(reader.Key("group", false)),
        each_(reader.Pointers("each")),
        value_(reader.Required("value")) {}

 protected:
  void Judge(Judgement& judgement) const override {
    const History& history = judgement.history();
    std::map<std::string, ByKey> groups;
    for (const Operation* operation : selector_.Select(history)) {
      if (!operation->ok()) continue;
      for (const JsonNode& item : ItemsOf(history, *operation, each_, selector_)) {
        Collect(judgement, {history, *operation, &item}, groups);
      }
      if (!history.ResponseJson(*operation)) Collect(judgement, {history, *operation}, groups);
    }
    for (const auto& [group, values] : groups) {
      for (const auto& [value, operations] : values) {
        if (operations.size() > 1) Report(judgement, group, value, operations);
      }
    }
  }

 private:
  void Collect(Judgement& judgement, const Place& place,
               std::map<std::string, ByKey>& groups) const {
    const std::optional<std::string> group = KeyOrMissing(judgement, group_, place);
    if (!group) return;
    const std::vector<Value> values = value_.All(place);
    // A list may be empty; a single value may not.
    const bool list = value_.pointer.text.find('*') != std::string::npos;
    if (values.empty() && !list)
      judgement.Missing(place.operation, "no value at " + value_.text);
    else
      judgement.Examine();
    for (const Value& value : values) groups[*group][value.Key()].push_back(&place.operation);
  }

  void Report(Judgement& judgement, const std::string& group, const std::string& value,
              const std::vector<const Operation*>& operations) const {
    Finding finding{.shape = "duplicate",
                    .key = group.empty() ? value : group + "\x1f" + value,
                    .operations = OverlappingFirst(operations),
                    .what = {}};
    const Operation& first = judgement.history().At(finding.operations[0]);
    if (finding.operations.size() == 1) {
      finding.what = Describe(first) + " shows " + ShowKey(value) + " " +
                     std::to_string(operations.size()) + " times.";
    } else {
      const Operation& second = judgement.history().At(finding.operations[1]);
      finding.what = Describe(second) + " answered " + ShowKey(value) + ", and so did " +
                     Describe(first) + InGroup(group);
      const std::size_t more = finding.operations.size() - 2;
      finding.what += more > 0 ? "; " + std::to_string(more) + " more carry it too." : ".";
    }
    judgement.Violate(std::move(finding));
  }

  Selector selector_;
  KeyExpression group_;
  std::vector<JsonPointer> each_;
  Expression value_;
};

// All answers about one key carry one value.
class SameValue : public DeclaredChecker {
 public:
  explicit SameValue(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        key_(reader.Key("key", true)),
        value_(reader.Required("value")) {}

 protected:
  void Judge(Judgement& judgement) const override {
    const History& history = judgement.history();
    std::map<std::string, ByKey> values;
    for (const Operation* operation : selector_.Select(history)) {
      if (!operation->ok()) continue;
      const Place place{history, *operation};
      const std::optional<std::string> key = KeyOrMissing(judgement, key_, place);
      const std::optional<std::string> value = KeyOrMissing(judgement, {value_}, place);
      if (!key || !value) continue;
      judgement.Examine();
      values[*key][*value].push_back(operation);
    }
    for (const auto& [key, by_value] : values) {
      if (by_value.size() > 1) Report(judgement, key, by_value);
    }
  }

 private:
  static void Report(Judgement& judgement, const std::string& key, const ByKey& by_value) {
    // One witness for each value: the first that answered it.
    std::vector<const Operation*> witnesses;
    std::map<std::uint64_t, std::string> said;
    for (const auto& [value, operations] : by_value) {
      witnesses.push_back(operations.front());
      said[operations.front()->id()] = value;
    }
    Finding finding{.shape = "different",
                    .key = key,
                    .operations = OverlappingFirst(std::move(witnesses)),
                    .what = {}};
    const std::uint64_t first = finding.operations[0];
    const std::uint64_t second = finding.operations[1];
    finding.what = Describe(judgement.history().At(second)) + " answered " + ShowKey(said[second]) +
                   " where " + Describe(judgement.history().At(first)) + " had " +
                   ShowKey(said[first]) + ": " + std::to_string(by_value.size()) +
                   " different values for " + ShowKey(key) + ".";
    judgement.Violate(std::move(finding));
  }

  Selector selector_;
  KeyExpression key_;
  Expression value_;
};

// At most `at_most` accepted requests per key: close, convert, reverse, use.
class AtMostOnce : public DeclaredChecker {
 public:
  explicit AtMostOnce(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        key_(reader.Key("key", true)),
        at_most_(static_cast<std::size_t>(reader.Integer("at_most", 1, 1, 1'000'000))) {}

 protected:
  void Judge(Judgement& judgement) const override {
    const History& history = judgement.history();
    ByKey accepted;
    for (const Operation* operation : selector_.Select(history)) {
      // Refused: no effect. Unanswered: perhaps an effect, but nobody was told so.
      if (!operation->ok()) {
        judgement.Examine();
        continue;
      }
      const std::optional<std::string> key = KeyOrMissing(judgement, key_, {history, *operation});
      if (!key) continue;
      judgement.Examine();
      accepted[*key].push_back(operation);
    }
    for (const auto& [key, operations] : accepted) {
      if (operations.size() > at_most_) Report(judgement, key, operations);
    }
  }

 private:
  void Report(Judgement& judgement, const std::string& key,
              const std::vector<const Operation*>& operations) const {
    Finding finding{
        .shape = "repeated", .key = key, .operations = OverlappingFirst(operations), .what = {}};
    const Operation& first = judgement.history().At(finding.operations[0]);
    const Operation& second = judgement.history().At(finding.operations[1]);
    finding.what = Describe(second) + " was accepted (" + std::to_string(second.status()) +
                   ") although " + Describe(first) +
                   " was too: " + std::to_string(operations.size()) + " times for " + ShowKey(key) +
                   ", allowed " + std::to_string(at_most_) + ".";
    judgement.Violate(std::move(finding));
  }

  Selector selector_;
  KeyExpression key_;
  std::size_t at_most_;
};

}  // namespace

std::unique_ptr<Checker> MakeUnique(SpecReader& reader) { return std::make_unique<Unique>(reader); }
std::unique_ptr<Checker> MakeSameValue(SpecReader& reader) {
  return std::make_unique<SameValue>(reader);
}
std::unique_ptr<Checker> MakeAtMostOnce(SpecReader& reader) {
  return std::make_unique<AtMostOnce>(reader);
}

}  // namespace redrive
