// The serialisable check: the observed data operations have the conflicts of some serial order.
#include <algorithm>
#include <map>
#include <set>

#include "replayer/declared_checker.h"
#include "replayer/serialisation_graph.h"

namespace redrive {
namespace {

// The accesses of the requests that are judged, and the steps that they come from.
struct Observed {
  std::vector<DataAccess> accesses;
  std::vector<const StepRecord*> steps;   // of accesses[i]
  std::vector<std::uint64_t> operations;  // by request number
};

class Numbers {
 public:
  std::uint32_t Of(std::string_view name) {
    return numbers_.emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

class Serialisable : public DeclaredChecker {
 public:
  explicit Serialisable(SpecReader& reader)
      : DeclaredChecker(reader), selector_(reader.OwnSelector(false)) {
    if (selector_.names.empty()) selector_.names = {"*"};
    resources_ = reader.Texts("resources");
  }

 protected:
  void Judge(Judgement& judgement) const override {
    if (judgement.history().trace().steps.empty()) {
      judgement.Unknown(
          "the trace holds no data operations: only simulations and the gate see them");
      return;
    }
    const Observed observed = Observe(judgement);
    const auto requests = static_cast<std::uint32_t>(observed.operations.size());
    judgement.Examine(requests);
    for (const SerialCycle& cycle : FindSerialCycles(observed.accesses, requests)) {
      Report(judgement, observed, cycle);
    }
  }

 private:
  [[nodiscard]] bool Wanted(std::string_view resource) const {
    return resources_.empty() ||
           std::any_of(resources_.begin(), resources_.end(),
                       [&](const std::string& pattern) { return GlobMatches(pattern, resource); });
  }

  [[nodiscard]] Observed Observe(Judgement& judgement) const {
    const History& history = judgement.history();
    std::vector<const StepRecord*> steps;
    for (const Operation* operation : selector_.Select(history)) {
      // What was refused had no effect, and nobody relies on what it read.
      if (!selector_.outcome && operation->outcome() == Outcome::kFail) continue;
      for (const StepRecord* step : history.StepsOf(operation->id())) {
        if (!step->resource.empty() && Wanted(step->resource)) steps.push_back(step);
      }
    }
    std::sort(steps.begin(), steps.end(),
              [](const StepRecord* a, const StepRecord* b) { return a->sequence < b->sequence; });
    Observed observed;
    Numbers spaces;
    Numbers keys;
    std::map<std::uint64_t, std::uint32_t> requests;
    for (const StepRecord* step : steps) {
      const std::string_view resource = step->resource;
      const std::size_t slash = resource.find('/');
      const bool whole = slash == std::string_view::npos || resource.ends_with("/*");
      const auto [request, added] =
          requests.emplace(step->operation, static_cast<std::uint32_t>(observed.operations.size()));
      if (added) observed.operations.push_back(step->operation);
      observed.accesses.push_back({request->second, spaces.Of(resource.substr(0, slash)),
                                   whole ? DataAccess::kWholeSpace : keys.Of(resource),
                                   step->mode == Mode::kWrite});
      observed.steps.push_back(step);
    }
    return observed;
  }

  // The cycle told from a pair that overlaps, if there is one.
  static void Report(Judgement& judgement, const Observed& observed, SerialCycle cycle) {
    const History& history = judgement.history();
    const auto overlaps = [&](const SerialEdge& edge) {
      return Overlap(history.At(observed.steps[edge.from]->operation),
                     history.At(observed.steps[edge.to]->operation));
    };
    std::rotate(cycle.begin(), std::find_if(cycle.begin(), cycle.end(), overlaps), cycle.end());
    constexpr std::size_t kEdgesShown = 6;
    Finding finding{.shape = "cycle", .key = {}, .operations = {}, .what = {}};
    std::set<std::string> spaces;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const StepRecord& from = *observed.steps[cycle[i].from];
      const StepRecord& to = *observed.steps[cycle[i].to];
      finding.operations.push_back(from.operation);
      spaces.insert(from.resource.substr(0, from.resource.find('/')));
      if (i < kEdgesShown) finding.what += (i > 0 ? "; " : "") + Sentence(from, to);
    }
    if (cycle.size() > kEdgesShown) finding.what += "; and so on, back to the first";
    finding.what += ": no serial order of the requests does this.";
    for (const std::string& space : spaces) finding.key += (finding.key.empty() ? "" : "+") + space;
    judgement.Violate(std::move(finding));
  }

  // "#3 read tickets/T1 (event 10) before #4 wrote it (event 12)".
  static std::string Sentence(const StepRecord& from, const StepRecord& to) {
    const auto verb = [](const StepRecord& step) {
      return step.mode == Mode::kWrite ? std::string(" wrote ") : std::string(" read ");
    };
    const auto event = [](const StepRecord& step) {
      return " (event " + std::to_string(step.sequence) + ")";
    };
    return "#" + std::to_string(from.operation) + verb(from) + ShowKey(from.resource) +
           event(from) + " before #" + std::to_string(to.operation) + verb(to) +
           (to.resource == from.resource ? "it" : ShowKey(to.resource)) + event(to);
  }

  Selector selector_;
  std::vector<std::string> resources_;
};

}  // namespace

std::unique_ptr<Checker> MakeSerialisable(SpecReader& reader) {
  return std::make_unique<Serialisable>(reader);
}

}  // namespace redrive
