// The series check: unique numbers, in real-time order, without holes where promised.
#include <algorithm>
#include <charconv>

#include "replayer/declared_checker.h"
#include "replayer/series_algorithm.h"

namespace redrive {
namespace {

// "TKT-#": the digits at '#', between a prefix (in which '*' stands for anything) and a suffix.
struct NumberPattern {
  std::string prefix;
  std::string suffix;

  [[nodiscard]] std::optional<std::int64_t> Extract(std::string_view text) const {
    if (text.size() < suffix.size() || !text.ends_with(suffix)) return std::nullopt;
    text.remove_suffix(suffix.size());
    std::size_t begin = text.size();
    while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
    // The prefix may itself end in digits; then they do not belong to the number.
    for (; begin < text.size(); ++begin) {
      if (!GlobMatches(prefix, text.substr(0, begin))) continue;
      std::int64_t number = 0;
      const char* end = text.data() + text.size();
      const auto parsed = std::from_chars(text.data() + begin, end, number);
      if (parsed.ec == std::errc() && number < INT64_MAX / 2) return number;
      return std::nullopt;
    }
    return std::nullopt;
  }
};

struct Group {
  std::vector<Issued> issued;
  std::vector<const Operation*> holders;  // of issued[i]
  std::vector<std::string> texts;
  std::vector<Interval> perhaps;
};

class Series : public DeclaredChecker {
 public:
  explicit Series(SpecReader& reader)
      : DeclaredChecker(reader),
        selector_(reader.OwnSelector(true)),
        group_(reader.Key("group", false)),
        value_(reader.Required("value")),
        failed_may_consume_(reader.Flag("failed_may_consume", false)) {
    const std::string pattern = reader.Text("pattern", "#");
    const std::size_t mark = pattern.find('#');
    if (mark == std::string::npos) {
      reader.Fail("pattern", "expected '#' where the digits are, such as \"TKT-#\"");
    } else {
      pattern_ = {pattern.substr(0, mark), pattern.substr(mark + 1)};
    }
    rules_.gap_free = reader.Flag("gap_free", false);
    rules_.real_time_order = reader.Flag("real_time_order", true);
    rules_.start_known = reader.Has("start");
    rules_.start = reader.Integer("start", 0, 0, 1'000'000'000'000);
  }

 protected:
  void Judge(Judgement& judgement) const override {
    std::map<std::string, Group> groups = Collect(judgement);
    for (const auto& [name, group] : groups) {
      for (const SeriesProblem& problem : JudgeSeries(group.issued, group.perhaps, rules_)) {
        Report(judgement, name, group, problem);
      }
    }
  }

 private:
  [[nodiscard]] std::map<std::string, Group> Collect(Judgement& judgement) const {
    std::map<std::string, Group> groups;
    std::vector<Interval> anywhere;  // unanswered, and of a group nobody knows
    for (const Operation* operation : selector_.Select(judgement.history())) {
      const Place place{judgement.history(), *operation};
      const Interval at{operation->begin(), operation->end()};
      const std::optional<std::string> group = KeyOrMissing(judgement, group_, place);
      if (!operation->ok()) {
        if (operation->outcome() == Outcome::kFail && !failed_may_consume_) continue;
        if (group)
          groups[*group].perhaps.push_back(at);
        else
          anywhere.push_back(at);
        continue;
      }
      if (!group) continue;
      const std::optional<Value> value = value_.One(place);
      const std::optional<std::int64_t> number =
          value ? pattern_.Extract(value->text) : std::nullopt;
      if (!number) {
        judgement.Missing(*operation, "no number like " + pattern_.prefix + "#" + pattern_.suffix +
                                          " at " + value_.text);
        continue;
      }
      judgement.Examine();
      Group& here = groups[*group];
      here.issued.push_back({at, *number});
      here.holders.push_back(operation);
      here.texts.push_back(value->text);
    }
    for (auto& [name, group] : groups) {
      group.perhaps.insert(group.perhaps.end(), anywhere.begin(), anywhere.end());
    }
    return groups;
  }

  static void Report(Judgement& judgement, const std::string& name, const Group& group,
                     const SeriesProblem& problem) {
    const Operation& first = *group.holders[problem.first];
    const Operation& second = *group.holders[problem.second];
    const std::string& first_text = group.texts[problem.first];
    const std::string& second_text = group.texts[problem.second];
    Finding finding;
    finding.key = name.empty() ? second_text : name + "\x1f" + second_text;
    finding.operations = {first.id()};
    if (problem.first != problem.second) finding.operations.push_back(second.id());
    switch (problem.fault) {
      case SeriesFault::kDuplicate:
        finding.shape = "duplicate";
        finding.what = Describe(second) + " answered " + second_text + ", and so did " +
                       Describe(first) + InGroup(name) + ".";
        break;
      case SeriesFault::kBelowStart:
        finding.shape = "below_start";
        finding.what = Describe(first) + " answered " + first_text +
                       ", which is not behind the start of the series" + InGroup(name) + ".";
        break;
      case SeriesFault::kInversion:
        finding.shape = "inversion";
        finding.what = Describe(first) + " finished with " + first_text + ", yet " +
                       Describe(second) + " got the smaller " + second_text + " later" +
                       InGroup(name) + ".";
        break;
      case SeriesFault::kGap:
        finding.shape = "gap";
        finding.what =
            "Number " + std::to_string(problem.number) +
            (problem.missing > 1 ? " and " + std::to_string(problem.missing - 1) + " behind it were"
                                 : " was") +
            " never issued, and no request is left that could have taken it; " + Describe(first) +
            " answered " + first_text + InGroup(name) + ".";
        break;
    }
    judgement.Violate(std::move(finding));
  }

  Selector selector_;
  KeyExpression group_;
  Expression value_;
  NumberPattern pattern_;
  SeriesRules rules_;
  bool failed_may_consume_;
};

}  // namespace

std::unique_ptr<Checker> MakeSeries(SpecReader& reader) { return std::make_unique<Series>(reader); }

}  // namespace redrive
