#include "replayer/serial_oracle.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace redrive {
namespace {

constexpr Label kAdmit("request.admit");
constexpr int kConflict = 409;

// Sends whole requests one after the other, as `order` says.
class RequestOrder final : public Strategy {
 public:
  explicit RequestOrder(const std::vector<std::uint32_t>& order) : order_(order) {}
  std::string name() const override { return "serial"; }
  bool BeginExecution(std::uint64_t) override {
    position_ = 0;
    started_ = false;
    return true;
  }
  std::uint32_t PickTask(const TaskChoice& choice) override {
    for (; position_ < order_.size(); ++position_, started_ = false) {
      const TaskId task = order_[position_] + 1;
      const std::size_t index = IndexOfParked(choice.parked(), task);
      if (index == choice.parked().size()) continue;  // it has ended
      const bool at_begin = choice.parked()[index].point->label.hash == kAdmit.hash;
      if (at_begin && started_) continue;
      started_ = true;
      return choice.ValueOf(index);
    }
    return 0;
  }
  std::uint32_t PickDraw(Label, std::uint32_t) override { return 0; }

 private:
  const std::vector<std::uint32_t>& order_;
  std::size_t position_ = 0;
  bool started_ = false;
};

bool MatchesPattern(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (MatchesPattern(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  return !text.empty() && text[0] == pattern[0] &&
         MatchesPattern(text.substr(1), pattern.substr(1));
}

}  // namespace

SerialOracle::SerialOracle(CaseRunner& runner, SerialOracleOptions options)
    : runner_(runner), options_(std::move(options)) {}

bool SerialOracle::Learn() {
  std::uint64_t orders = 1;  // the multinomial of the lanes' requests, factor by factor
  std::uint64_t placed = 0;
  for (const std::size_t requests : runner_.requests()) {
    for (std::uint64_t i = 1; i <= requests; ++i) {
      orders = orders * ++placed / i;
      if (orders > options_.orders_max) return false;
    }
  }
  outcomes_ = Enumerate({});
  orders_ = orders;
  for (const SerialOutcome& outcome : outcomes_) known_[outcome.outcome] = true;
  return true;
}

std::vector<SerialOutcome> SerialOracle::Enumerate(const Omitted& omitted) {
  std::vector<std::uint32_t> order;
  for (std::size_t lane = 0; lane < runner_.lanes(); ++lane) {
    for (std::size_t i = 0; i < runner_.requests()[lane]; ++i) {
      if (std::find(omitted.begin(), omitted.end(), std::pair(lane, i)) != omitted.end()) continue;
      order.push_back(static_cast<std::uint32_t>(lane));
    }
  }
  runner_.Omit(omitted);
  std::vector<SerialOutcome> outcomes;
  std::set<std::uint64_t> seen;
  do {
    RequestOrder strategy(order);
    const auto execution = runner_.Execute(strategy, 0);
    REDRIVE_CHECK(execution.has_value());
    if (execution->ending != Ending::kDone || !seen.insert(execution->outcome).second) continue;
    SerialOutcome outcome{order, execution->outcome, {}, runner_.schedule()};
    outcome.facts = FactsUnder(runner_, outcome.schedule);
    outcomes.push_back(std::move(outcome));
  } while (std::next_permutation(order.begin(), order.end()));
  runner_.Omit({});
  return outcomes;
}

bool SerialOracle::Accepts(const CaseExecution& execution) {
  const auto known = known_.find(execution.outcome);
  if (known != known_.end()) return known->second;
  const Schedule schedule = runner_.schedule();
  const bool accepted = AcceptsFacts(FactsUnder(runner_, schedule));
  known_[execution.outcome] = accepted;
  return accepted;
}

bool SerialOracle::AcceptsFacts(const OutcomeFacts& facts) {
  const auto within = [&](const SerialOutcome& serial) { return Within(facts, serial.facts); };
  if (std::any_of(outcomes_.begin(), outcomes_.end(), within)) return true;
  const Omitted refused = Refused();
  if (refused.empty()) return false;
  OutcomeFacts others = facts;
  for (const auto& [lane, position] : refused) {
    const std::string place = RequestTitle(runner_, lane, position) + " ";
    std::erase_if(others, [&](const auto& fact) { return fact.first.starts_with(place); });
    others[place + runner_.step(lane, position).name.text() + " status"] = "none";
  }
  const std::vector<SerialOutcome>& without = Without(refused);
  return std::any_of(without.begin(), without.end(),
                     [&](const SerialOutcome& serial) { return Within(others, serial.facts); });
}

// Equal but for what is allowed.
bool SerialOracle::Within(const OutcomeFacts& facts, const OutcomeFacts& serial) {
  std::set<std::string> reasons;
  for (const FactDifference& difference : CompareFacts(facts, serial)) {
    const auto allows = [&](const Allowance& allowance) {
      return MatchesPattern(difference.place, allowance.place);
    };
    const auto allowance = std::find_if(options_.allowed.begin(), options_.allowed.end(), allows);
    if (allowance == options_.allowed.end()) return false;
    reasons.insert(allowance->reason);
  }
  for (const std::string& reason : reasons) ++used_[reason];
  return true;
}

const std::vector<SerialOutcome>& SerialOracle::Without(const Omitted& omitted) {
  const auto known = without_.find(omitted);
  if (known != without_.end()) return known->second;
  return without_[omitted] = Enumerate(omitted);
}

SerialOracle::Omitted SerialOracle::Refused() const {
  Omitted refused;
  for (std::size_t lane = 0; lane < runner_.lanes(); ++lane) {
    for (std::size_t position = 0; position < runner_.requests()[lane]; ++position) {
      if (runner_.response(lane, position).status == kConflict)
        refused.emplace_back(lane, position);
    }
  }
  return refused;
}

SerialExplanation SerialOracle::Explain(const Schedule& schedule) {
  const OutcomeFacts facts = FactsUnder(runner_, schedule);
  SerialExplanation nearest;
  for (const SerialOutcome& serial : outcomes_) {
    std::vector<FactDifference> differences = CompareFacts(facts, serial.facts);
    if (!nearest.order.empty() && differences.size() >= nearest.differences.size()) continue;
    nearest.order = serial.order;
    nearest.differences = std::move(differences);
  }
  return nearest;
}

std::string OrderText(const std::vector<std::uint32_t>& order) {
  std::string text;
  for (const std::uint32_t lane : order) {
    if (!text.empty()) text += ", then ";
    text += lane < 26 ? std::string(1, static_cast<char>('A' + lane)) : std::to_string(lane + 1);
  }
  return text;
}

}  // namespace redrive
