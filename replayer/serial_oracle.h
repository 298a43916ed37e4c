// Serial-outcome oracle: decides without any specification whether concurrent requests were
// isolated. All serial orders of the requests are executed first; an interleaving whose answers and
// stored documents equal those of none of them is a race. (Membership in the set of acceptable
// outcomes: Emmi and Enea, "Exposing non-atomic methods of concurrent objects", 2017.)
#ifndef REDRIVE_REPLAYER_SERIAL_ORACLE_H_
#define REDRIVE_REPLAYER_SERIAL_ORACLE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "recorder/case_runner.h"
#include "replayer/outcome_facts.h"

namespace redrive {

struct SerialOracleOptions {
  std::uint64_t orders_max = 5'040;  // 7!; with more orders the oracle cannot judge
  std::vector<Allowance> allowed;
};

// One serial order and what came of it.
struct SerialOutcome {
  std::vector<std::uint32_t> order;  // lanes, one for each request
  std::uint64_t outcome = 0;
  OutcomeFacts facts;
  Schedule schedule;
};

struct SerialExplanation {
  std::vector<std::uint32_t> order;         // of the nearest serial outcome
  std::vector<FactDifference> differences;  // here: the interleaving; there: the serial order
};

// Not thread-safe.
class SerialOracle {
 public:
  // `runner` must outlive it.
  SerialOracle(CaseRunner& runner, SerialOracleOptions options);

  // Executes the serial orders. False: there are too many of them.
  bool Learn();

  // Whether the last execution of the runner, which must have ended by itself, is explained by some
  // serial order. Executes again when an outcome is new. A request that was refused with 409
  // (conflict) may have been left out of the order. REQUIRES: Learn returned true.
  [[nodiscard]] bool Accepts(const CaseExecution& execution);

  [[nodiscard]] SerialExplanation Explain(const Schedule& schedule);

  // Different serial outcomes, in order of discovery; the first is of the order A, B, …
  [[nodiscard]] const std::vector<SerialOutcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] std::uint64_t orders() const { return orders_; }
  // Outcomes that were accepted by an allowance, by its reason.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& allowed() const { return used_; }

 private:
  using Omitted = std::vector<std::pair<std::size_t, std::size_t>>;
  [[nodiscard]] std::vector<SerialOutcome> Enumerate(const Omitted& omitted);
  [[nodiscard]] bool AcceptsFacts(const OutcomeFacts& facts);
  [[nodiscard]] bool Within(const OutcomeFacts& facts, const OutcomeFacts& serial);
  [[nodiscard]] const std::vector<SerialOutcome>& Without(const Omitted& omitted);
  [[nodiscard]] Omitted Refused() const;

  CaseRunner& runner_;
  SerialOracleOptions options_;
  std::vector<SerialOutcome> outcomes_;
  std::uint64_t orders_ = 0;
  std::map<std::uint64_t, bool> known_;  // by CaseExecution::outcome
  std::map<Omitted, std::vector<SerialOutcome>> without_;
  std::map<std::string, std::uint64_t> used_;
};

// "A, then B, then A".
std::string OrderText(const std::vector<std::uint32_t>& order);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_SERIAL_ORACLE_H_
