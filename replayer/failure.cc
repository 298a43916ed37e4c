#include "replayer/failure.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace redrive {
namespace {

// Enough for every shape of a check to appear; a case has few requests.
constexpr std::size_t kViolationsMax = 200;

class CheckFailureTest final : public FailureTest {
 public:
  explicit CheckFailureTest(std::vector<std::unique_ptr<Checker>> checkers)
      : checkers_(std::move(checkers)) {}

  Result<std::span<const Failure>> Judge(CaseRunner& runner,
                                         const CaseExecution& execution) override {
    if (execution.ending != Ending::kDone || checkers_.empty()) {
      return std::span<const Failure>();
    }
    const std::pair key(execution.outcome, execution.order);
    const auto known = verdicts_.find(key);
    if (known != verdicts_.end()) return std::span<const Failure>(known->second);
    const Result<Trace> trace = runner.Record(runner.schedule());
    if (trace.has_error()) return trace.error();
    CheckOptions options;
    options.violations_max = kViolationsMax;
    const auto added = verdicts_.emplace(key, FailuresOf(CheckAll(*trace, checkers_, options)));
    return std::span<const Failure>(added.first->second);
  }

 private:
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Failure>> verdicts_;
};

}  // namespace

std::string IdentityText(const FailureIdentity& identity) {
  return identity.check + ": " + identity.shape;
}

std::vector<Failure> FailuresOf(const CheckReport& report) {
  std::vector<Failure> failures;
  for (const Verdict& verdict : report.verdicts) {
    const std::size_t first = failures.size();
    for (const Violation& violation : verdict.violations) {
      const auto same_shape = [&](const Failure& failure) {
        return failure.identity.shape == violation.shape;
      };
      const auto begin = failures.begin() + static_cast<std::ptrdiff_t>(first);
      if (std::any_of(begin, failures.end(), same_shape)) continue;
      failures.push_back({{verdict.name, violation.shape}, violation});
    }
  }
  return failures;
}

Result<std::unique_ptr<FailureTest>> MakeCheckFailureTest(std::string_view checks_json,
                                                          std::string_view where) {
  const nlohmann::json checks =
      nlohmann::json::parse(checks_json, nullptr, /*allow_exceptions=*/false,
                            /*ignore_comments=*/true);
  if (checks.is_discarded()) {
    return Error{ErrorCode::kInvalid, std::string(where) + ": not JSON"};
  }
  auto checkers = ParseChecks(checks, where);
  if (checkers.has_error()) return checkers.error();
  return std::unique_ptr<FailureTest>(std::make_unique<CheckFailureTest>(std::move(*checkers)));
}

FailureTestFactory CheckFailures() {
  return [](const Case& source) {
    return MakeCheckFailureTest(source.checks_json, source.name + ": /checks");
  };
}

}  // namespace redrive
