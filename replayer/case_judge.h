// CaseJudge: what an execution of a case shows, by the serial-outcome oracle and by the case's
// checks. A verdict depends on outcome and real-time order alone, so equal ones are judged once.
#ifndef REDRIVE_REPLAYER_CASE_JUDGE_H_
#define REDRIVE_REPLAYER_CASE_JUDGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "recorder/case_runner.h"
#include "replayer/checker.h"
#include "replayer/serial_oracle.h"

namespace redrive {

inline constexpr std::string_view kSerialOracleName = "serial outcome";

// One way in which an execution is wrong.
struct CaseFailure {
  std::string oracle;  // kSerialOracleName, or the name of a check
  std::string shape;   // "not serial", or the violation's shape
  std::string what;    // one plain sentence each
  std::string why;
  std::vector<std::string> differences;  // against the nearest serial order
};

// Not thread-safe.
class CaseJudge {
 public:
  // `runner` must outlive it. `oracle` may be null; it has learnt. Errors (kInvalid): the checks.
  [[nodiscard]] static Result<std::unique_ptr<CaseJudge>> Make(CaseRunner& runner,
                                                               SerialOracle* oracle);

  // Takes note of what the checks cannot decide even when the requests follow each other as in
  // `schedules`: that says nothing about a search.
  void LearnUnknown(const std::vector<Schedule>& schedules);

  // Of the last execution of the runner. A violation counts when one of the lanes' requests is
  // among its witnesses: what the setup did wrong is not the lanes' fault. Empty: nothing is wrong.
  // Valid as long as this.
  [[nodiscard]] const std::vector<CaseFailure>& Judge(const CaseExecution& execution);

  [[nodiscard]] std::size_t checks() const { return checkers_.size(); }
  // Different (outcome, order) pairs so far.
  [[nodiscard]] std::size_t judged() const { return known_.size(); }
  // Checks that could not decide, each with the first reason: only in some order of steps, or
  // never.
  [[nodiscard]] const std::map<std::string, std::string>& unknown() const { return unknown_; }
  [[nodiscard]] const std::map<std::string, std::string>& silent() const { return silent_; }

 private:
  explicit CaseJudge(CaseRunner& runner, SerialOracle* oracle) : runner_(runner), oracle_(oracle) {}
  [[nodiscard]] std::vector<CaseFailure> Examine(const CaseExecution& execution);
  [[nodiscard]] CaseFailure NotSerial(const Schedule& schedule, const Trace& trace) const;

  CaseRunner& runner_;
  SerialOracle* oracle_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<CaseFailure>> known_;
  std::map<std::string, std::string> unknown_;
  std::map<std::string, std::string> silent_;
};

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CASE_JUDGE_H_
