// The counter check: increments with or without an answer, and reads.
#include <algorithm>

#include "replayer/check_roles.h"
#include "replayer/counter_algorithm.h"
#include "replayer/declared_checker.h"

namespace redrive {
namespace {

struct Counted {
  std::vector<Issued> increments;  // number: what was answered, 0 without
  std::vector<const Operation*> increment_operations;
  std::vector<Interval> perhaps;
  std::vector<Issued> reads;
  std::vector<const Operation*> read_operations;
  bool certain = true;
};

class Counter : public DeclaredChecker {
 public:
  explicit Counter(SpecReader& reader)
      : DeclaredChecker(reader),
        key_(reader.Key("key", false)),
        initial_(reader.NumberAt("initial")) {
    const nlohmann::json* increment = reader.ObjectAt("increment");
    answers_ = increment && HasValue(*increment, reader);
    increment_ = ReadRole(reader, {.name = "increment", .value = answers_ ? "value" : ""}, key_);
    read_ = ReadRole(reader, {.name = "read", .value = "value"}, key_);
    if (!increment_.given) {
      reader.Fail("increment",
                  "missing: an object with the requests that count, and with their "
                  "\"value\" where they answer the new number");
    }
    if (!answers_ && !read_.given) {
      reader.Fail("read",
                  "missing: an object with \"requests\" and \"value\"; increments without "
                  "\"value\" show nothing themselves");
    }
    if (!answers_ && !initial_) {
      reader.Fail("initial", "missing: the number it begins with, or where to read it");
    }
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Reading> initial;
    if (initial_) initial = ReadFirst(judgement, *initial_);
    std::map<std::string, Counted> counters;
    std::vector<Interval> anywhere;
    CollectIncrements(judgement, initial, counters, anywhere);
    CollectReads(judgement, initial, counters);
    for (auto& [name, counter] : counters) {
      counter.perhaps.insert(counter.perhaps.end(), anywhere.begin(), anywhere.end());
      if (counter.certain) JudgeCounter(judgement, initial, name, counter);
    }
  }

 private:
  static bool HasValue(const nlohmann::json& increment, SpecReader& reader) {
    SpecReader inner(increment, reader.PathOf("increment"), reader.error());
    return inner.Has("value");
  }

  void CollectIncrements(Judgement& judgement, const std::map<std::string, Reading>& initial,
                         std::map<std::string, Counted>& counters,
                         std::vector<Interval>& anywhere) const {
    for (const Operation* operation : increment_.requests.Select(judgement.history())) {
      const Place place{judgement.history(), *operation};
      if (operation->outcome() == Outcome::kFail) continue;
      const std::optional<std::string> key = KeyOrMissing(judgement, increment_.key, place);
      if (!key) {
        if (!operation->ok()) anywhere.push_back(At(*operation));
        continue;
      }
      Counted& counter = counters[*key];
      const Reading* from = FindReading(initial, *key);
      if (!CountsFrom(judgement, from, *operation, /*changes=*/true, counter.certain)) continue;
      if (!operation->ok()) {
        counter.perhaps.push_back(At(*operation));
        continue;
      }
      std::int64_t number = 0;
      if (answers_ && !Whole(judgement, *increment_.value, place, number)) {
        counter.certain = false;
        continue;
      }
      judgement.Examine();
      counter.increments.push_back({At(*operation), number});
      counter.increment_operations.push_back(operation);
    }
  }

  void CollectReads(Judgement& judgement, const std::map<std::string, Reading>& initial,
                    std::map<std::string, Counted>& counters) const {
    if (!read_.given) return;
    for (const Operation* operation : read_.requests.Select(judgement.history())) {
      if (!operation->ok()) continue;
      const Place place{judgement.history(), *operation};
      const std::optional<std::string> key = KeyOrMissing(judgement, read_.key, place);
      std::int64_t number = 0;
      if (!key || !Whole(judgement, *read_.value, place, number)) continue;
      Counted& counter = counters[*key];
      const Reading* from = FindReading(initial, *key);
      if (!CountsFrom(judgement, from, *operation, /*changes=*/false, counter.certain)) continue;
      judgement.Examine();
      counter.reads.push_back({At(*operation), number});
      counter.read_operations.push_back(operation);
    }
  }

  static bool Whole(Judgement& judgement, const Expression& expression, const Place& place,
                    std::int64_t& number) {
    const std::optional<Decimal> value = expression.Number(place);
    const std::optional<std::int64_t> whole = value ? value->Scaled(0) : std::nullopt;
    if (!whole) judgement.Missing(place.operation, "no whole number at " + expression.text);
    number = whole.value_or(0);
    return whole.has_value();
  }

  void JudgeCounter(Judgement& judgement, const std::map<std::string, Reading>& initial,
                    const std::string& name, const Counted& counter) const {
    std::optional<std::int64_t> start;
    if (initial_) {
      const Reading* reading = FindReading(initial, name);
      start = reading ? reading->value.Scaled(0) : std::nullopt;
      if (!start) {
        judgement.Unknown("no whole initial number of " + ShowKey(name));
        return;
      }
    }
    if (answers_) {
      const SeriesRules rules{
          .gap_free = true, .start_known = start.has_value(), .start = start.value_or(0)};
      for (const SeriesProblem& problem :
           JudgeSeries(counter.increments, counter.perhaps, rules, counter.reads)) {
        ReportSeries(judgement, name, counter, problem);
      }
      return;
    }
    std::vector<Interval> increments;
    for (const Issued& one : counter.increments) increments.push_back(one.at);
    std::vector<std::uint64_t> perhaps;
    for (const Interval& one : counter.perhaps) perhaps.push_back(one.begin);
    for (const CounterProblem& problem :
         JudgeBlindCounter(*start, increments, perhaps, counter.reads)) {
      ReportBlind(judgement, name, counter, *start, problem);
    }
  }

  static const Operation& Who(const Counted& counter, std::size_t i) {
    const std::size_t creates = counter.increment_operations.size();
    return i < creates ? *counter.increment_operations[i] : *counter.read_operations[i - creates];
  }
  static std::string Number(const Counted& counter, std::size_t i) {
    const std::size_t creates = counter.increments.size();
    return std::to_string(
        (i < creates ? counter.increments[i] : counter.reads[i - creates]).number);
  }

  static void ReportSeries(Judgement& judgement, const std::string& name, const Counted& counter,
                           const SeriesProblem& problem) {
    const Operation& first = Who(counter, problem.first);
    const Operation& second = Who(counter, problem.second);
    Finding finding{.shape = {}, .key = name, .operations = {first.id()}, .what = {}};
    if (problem.first != problem.second) finding.operations.push_back(second.id());
    const std::string first_number = Number(counter, problem.first);
    const std::string second_number = Number(counter, problem.second);
    switch (problem.fault) {
      case SeriesFault::kDuplicate:
        finding.shape = "duplicate";
        finding.what = Describe(first) + " and " + Describe(second) + " both counted to " +
                       first_number + InGroup(name) + ".";
        break;
      case SeriesFault::kBelowStart:
        finding.shape = "below_start";
        finding.what = Describe(first) + " answered " + first_number +
                       ", less than the counter began with" + InGroup(name) + ".";
        break;
      case SeriesFault::kInversion:
        finding.shape = "inversion";
        finding.what = Describe(first) + " finished with number " + first_number + " before " +
                       Describe(second) + " began, yet " + NumberOf(second) + " got " +
                       second_number + InGroup(name) + ".";
        break;
      case SeriesFault::kGap:
        finding.shape = "gap";
        finding.what = Describe(first) + " answered " + first_number + ", but nobody who could " +
                       "have counted to " + std::to_string(problem.number) + " is left" +
                       InGroup(name) + ".";
        break;
    }
    judgement.Violate(std::move(finding));
  }

  static void ReportBlind(Judgement& judgement, const std::string& name, const Counted& counter,
                          std::int64_t start, const CounterProblem& problem) {
    const Operation& read = *counter.read_operations[problem.read];
    const std::string shows = std::to_string(counter.reads[problem.read].number);
    Finding finding{.shape = {}, .key = name, .operations = {read.id()}, .what = {}};
    switch (problem.fault) {
      case CounterFault::kBelowStart:
        finding.shape = "below_start";
        finding.what = Describe(read) + " shows " + shows + ", less than the " +
                       std::to_string(start) + " that it began with" + InGroup(name) + ".";
        break;
      case CounterFault::kInversion: {
        const Operation& before = *counter.read_operations[problem.other];
        finding.shape = "inversion";
        finding.operations = {before.id(), read.id()};
        finding.what = Describe(before) + " finished with " +
                       std::to_string(counter.reads[problem.other].number) + " before " +
                       Describe(read) + " began, yet " + NumberOf(read) + " shows " + shows +
                       InGroup(name) + ".";
        break;
      }
      case CounterFault::kTooHigh:
        finding.shape = "too_high";
        finding.what = Describe(read) + " shows " + shows +
                       ", but no order of the increments leads further than " +
                       std::to_string(problem.conceivable) + " by its end" + InGroup(name) + ".";
        break;
      case CounterFault::kLost: {
        const Operation& lost = *counter.increment_operations[problem.other];
        finding.shape = "lost";
        finding.operations = {lost.id()};
        // Who counted at the same time overwrote it, as a rule.
        for (const Operation* other : counter.increment_operations) {
          if (other == &lost || !Overlap(*other, lost)) continue;
          finding.operations.push_back(other->id());
          break;
        }
        finding.operations.push_back(read.id());
        finding.what = Describe(lost) + " had finished before " + Describe(read) +
                       " began, yet with it more than the " + shows + " that " + NumberOf(read) +
                       " shows must have been counted" + InGroup(name) + ".";
        break;
      }
    }
    judgement.Violate(std::move(finding));
  }

  KeyExpression key_;
  std::optional<NumberSource> initial_;
  bool answers_ = false;
  Role increment_;
  Role read_;
};

}  // namespace

std::unique_ptr<Checker> MakeCounter(SpecReader& reader) {
  return std::make_unique<Counter>(reader);
}

}  // namespace redrive
