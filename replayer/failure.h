// Failure: that one execution of a case is wrong, in a way that can be recognised again. Search and
// shrinking ask a FailureTest and do not know what stands behind it: the checks of the scenario, or
// any other oracle.
#ifndef REDRIVE_REPLAYER_FAILURE_H_
#define REDRIVE_REPLAYER_FAILURE_H_

#include <compare>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "recorder/case.h"
#include "recorder/case_runner.h"
#include "replayer/checker.h"

namespace redrive {

// What stays the same while a failure is made smaller. The key of a violation (which ticket, which
// part) is not in it: shrinking renames keys.
struct FailureIdentity {
  std::string check;  // the check's name
  std::string shape;  // its way to fail, as in docs/CHECKS.md
  auto operator<=>(const FailureIdentity&) const = default;
};

// "a ticket is closed once: repeated"
std::string IdentityText(const FailureIdentity& identity);

struct Failure {
  FailureIdentity identity;
  Violation violation;  // operations and events are those of CaseRunner::Record
};

// Belongs to one case. Not thread-safe.
class FailureTest {
 public:
  virtual ~FailureTest() = default;
  // What the last execution of `runner` shows: at most one failure per identity, in a fixed order;
  // none when it is right or cannot be judged. Valid until the next call. Deterministic. Errors:
  // those of CaseRunner::Record.
  [[nodiscard]] virtual Result<std::span<const Failure>> Judge(CaseRunner& runner,
                                                               const CaseExecution& execution) = 0;
};

// Makes the test of a case; shrinking calls it once for each candidate. Errors (kInvalid): what the
// case declares cannot be read.
using FailureTestFactory = std::function<Result<std::unique_ptr<FailureTest>>(const Case& source)>;

// The checks of a case. Verdicts are kept per outcome and order, of which they are a function, so
// the whole history is made and judged once for each.
[[nodiscard]] Result<std::unique_ptr<FailureTest>> MakeCheckFailureTest(
    std::string_view checks_json, std::string_view where);

// The same as a factory; what shrinking uses unless told otherwise.
FailureTestFactory CheckFailures();

// One failure per identity out of a report: in the order of the checks, the first of each shape.
std::vector<Failure> FailuresOf(const CheckReport& report);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_FAILURE_H_
