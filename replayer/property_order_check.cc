#include "replayer/property_order_check.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace redrive::par {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// A command of a lane as it went.
struct Went {
  const Kind* kind = nullptr;
  Call call;
  std::uint64_t operation = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = kNever;  // of its handler: later it takes no effect
  int status = 0;
  bool may_be_taken = true;
  bool may_be_refused = true;
};

class Search {
 public:
  Search(std::vector<std::vector<Went>> lanes, std::size_t states_max)
      : lanes_(std::move(lanes)), states_max_(states_max) {}

  bool Explains(const State& start) {
    return Walk(std::vector<std::size_t>(lanes_.size(), 0), start);
  }
  [[nodiscard]] bool too_many() const { return seen_.size() > states_max_; }

 private:
  // What had ended before it began comes before it; within a lane that is the order anyway.
  [[nodiscard]] bool IsNext(const std::vector<std::size_t>& positions, std::size_t lane) const {
    const Went& candidate = lanes_[lane][positions[lane]];
    for (std::size_t other = 0; other < lanes_.size(); ++other) {
      if (other == lane) continue;
      for (std::size_t i = positions[other]; i < lanes_[other].size(); ++i) {
        if (lanes_[other][i].end < candidate.begin) return false;
      }
    }
    return true;
  }

  bool Walk(const std::vector<std::size_t>& positions, const State& state) {
    if (too_many() || !seen_.emplace(positions, state).second) return false;
    bool done = true;
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      if (positions[lane] == lanes_[lane].size()) continue;
      done = false;
      if (!IsNext(positions, lane)) continue;
      const Went& went = lanes_[lane][positions[lane]];
      std::vector<std::size_t> next = positions;
      ++next[lane];
      const bool taken = !went.kind->accepted || went.kind->accepted(state, went.call);
      // What had no answer need not have arrived at all.
      const bool lost = went.may_be_taken && went.may_be_refused;
      if ((!taken || lost) && went.may_be_refused && Walk(next, state)) return true;
      if (!taken || !went.may_be_taken) continue;
      State after = state;
      if (!went.call.result.empty()) after.Create(went.call.result);
      if (went.kind->effect) went.kind->effect(after, went.call);
      if (Walk(next, after)) return true;
    }
    return done;
  }

  std::vector<std::vector<Went>> lanes_;
  std::size_t states_max_;
  std::set<std::pair<std::vector<std::size_t>, State>> seen_;
};

Went MakeWent(const Model& model, const Plan& plan, const Command& command) {
  Went went;
  went.kind = &model.kinds[command.kind];
  went.call = CallOf(model, plan, command);
  return went;
}

void Answer(const InvokeRecord& invoke, const std::optional<ReturnRecord>& reply, Went& went) {
  went.operation = invoke.operation;
  went.begin = invoke.sequence;
  if (!reply) return;
  went.end = reply->sequence;
  went.status = reply->response.status;
  if (reply->outcome == Outcome::kInfo) return;
  went.may_be_taken = reply->outcome == Outcome::kOk;
  went.may_be_refused = !went.may_be_taken;
}

// The commands that were sent, lane by lane.
std::vector<std::vector<Went>> LanesOf(const Model& model, const Plan& plan, const Trace& trace) {
  std::vector<std::vector<Went>> lanes(plan.lanes.size());
  for (std::size_t i = 0; i < trace.invokes.size(); ++i) {
    const InvokeRecord& invoke = trace.invokes[i];
    if (invoke.phase != Phase::kRun || invoke.user >= lanes.size()) continue;
    const std::vector<Command>& commands = plan.lanes[invoke.user];
    if (invoke.step >= commands.size()) continue;
    Went went = MakeWent(model, plan, commands[invoke.step]);
    Answer(invoke, trace.returns[i], went);
    lanes[invoke.user].push_back(std::move(went));
  }
  return lanes;
}

State AfterPrefix(const Model& model, const Plan& plan) {
  State state;
  for (const Command& command : plan.prefix) {
    const Went went = MakeWent(model, plan, command);
    if (!went.call.result.empty()) state.Create(went.call.result);
    if (went.kind->effect) went.kind->effect(state, went.call);
  }
  return state;
}

// Names them all: which of them are to blame is what shrinking tells.
Violation Explain(const std::vector<std::vector<Went>>& lanes) {
  std::vector<const Went*> all;
  for (const std::vector<Went>& lane : lanes) {
    for (const Went& went : lane) all.push_back(&went);
  }
  std::sort(all.begin(), all.end(),
            [](const Went* a, const Went* b) { return a->operation < b->operation; });
  Violation violation;
  violation.shape = "no_order";
  std::string list;
  bool overlap = false;
  for (const Went* went : all) {
    violation.operations.push_back(went->operation);
    list += (list.empty() ? "#" : ", #") + std::to_string(went->operation) + " " +
            went->kind->name + " " +
            (went->status == 0 ? "without an answer" : std::to_string(went->status));
    for (const Went* other : all) {
      overlap |= other != went && other->begin < went->end && went->begin < other->end;
    }
  }
  violation.nature = overlap ? Nature::kRace : Nature::kSequential;
  violation.what = "In no order would the model take and refuse what was: " + list + ".";
  violation.why = overlap ? "Some of them overlap: each order that time allows was tried."
                          : "None of them overlap: there is one order only.";
  return violation;
}

}  // namespace

Verdict CheckOrder(const Model& model, const Plan& plan, const Trace& trace,
                   std::size_t states_max) {
  Verdict verdict;
  verdict.check = "model";
  verdict.name = kOrderCheck;
  const std::vector<std::vector<Went>> lanes = LanesOf(model, plan, trace);
  for (const std::vector<Went>& lane : lanes) verdict.examined += lane.size();
  Search search(lanes, states_max);
  if (search.Explains(AfterPrefix(model, plan))) return verdict;
  if (search.too_many()) {
    verdict.kind = VerdictKind::kUnknown;
    verdict.notes.push_back("more than " + std::to_string(states_max) + " states");
    return verdict;
  }
  verdict.kind = VerdictKind::kViolation;
  verdict.violations.push_back(Explain(lanes));
  verdict.violations_total = 1;
  return verdict;
}

}  // namespace redrive::par
