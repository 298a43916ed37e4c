// Property-based runs: draws parallel plans from a model, executes each under many schedules in the
// simulation, judges every outcome and hands over the smallest plan and schedule of each way to
// fail (docs/PROPERTIES.md). Deterministic: equal models and options give equal reports.
#ifndef REDRIVE_REPLAYER_PROPERTY_H_
#define REDRIVE_REPLAYER_PROPERTY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "recorder/case_runner.h"
#include "replayer/checker.h"
#include "replayer/property_gen.h"
#include "replayer/property_model.h"

namespace redrive::par {

struct PropertyProgress {
  std::string model;
  std::uint64_t cases = 0;
  std::uint64_t cases_total = 0;
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
};

struct PropertyOptions {
  std::uint64_t seed = 42;
  std::uint64_t count = 200;  // cases; they grow from small ones to `size`, ten by ten
  PlanSize size;
  std::uint64_t schedules = 20;            // per case, besides the one without preemption
  std::optional<std::uint64_t> only_case;  // from 0: this one and no other
  std::string only;                        // only ways to fail whose text begins so
  std::string workshop = "as-is";
  bool shrink = true;
  std::uint64_t shrink_executions_max = 100'000;  // per failure
  ResettableFactory handlers;                     // empty: the workshop
  const std::atomic<bool>* stop = nullptr;        // ends early, with what was found; may be null
  std::function<void(const PropertyProgress&)> on_progress;
};

// A way to fail: shrinking keeps it.
struct Signature {
  std::string check;  // its name
  std::string shape;
  auto operator<=>(const Signature&) const = default;
};
std::string SignatureText(const Signature& signature);  // "a ticket is closed once: repeated"

struct PropertyFailure {
  Signature signature;
  std::uint64_t case_number = 0;  // from 0
  Plan plan;                      // the smallest one
  Choices choices;
  redrive::Schedule schedule;  // what the choices came to
  std::uint64_t preemptions = 0;
  bool least_preemptions = false;       // every schedule of the plan with fewer was tried
  Nature nature = Nature::kSequential;  // a race when no schedule without preemption fails
  std::uint64_t commands_before = 0;
  std::uint64_t shrinks = 0;     // that were taken, of plan and choices
  std::uint64_t executions = 0;  // that shrinking took
  Violation violation;
  Case source;
  Trace trace;  // of the smallest one; replays exactly
};

struct KindCount {
  std::string name;
  std::uint64_t cases = 0;    // plans that hold it
  std::uint64_t sent = 0;     // in the first execution of each case
  std::uint64_t taken = 0;    // of these, answered below 400
  std::uint64_t refused = 0;  // 4xx
};

struct CheckCount {
  std::string name;
  std::uint64_t examined = 0;  // over all judged outcomes
};

struct PropertyReport {
  std::string model;
  std::uint64_t cases = 0;
  std::uint64_t distinct = 0;    // different plans
  std::uint64_t executions = 0;  // without those of shrinking
  std::uint64_t judged = 0;      // distinct outcomes and orders
  std::uint64_t unknown = 0;     // of these, neither passed nor violated
  std::uint64_t digest = 0;      // of all plans and choices that were drawn
  bool stopped = false;
  bool whole = true;  // false: one case only, so that coverage says nothing
  std::vector<KindCount> kinds;
  std::vector<CheckCount> checks;
  std::vector<PropertyFailure> failures;  // in order of case
  std::vector<std::string> notes;         // why inconclusive
  // Violation before unknown before pass. A kind that was never taken, a check that never had
  // anything to judge, an early end: unknown.
  [[nodiscard]] VerdictKind verdict() const;
};

// Errors (kInvalid): the model, its checks, a planted bug that does not exist.
[[nodiscard]] Result<PropertyReport> RunProperty(const Model& model,
                                                 const PropertyOptions& options);

// The plan of case `number`, as RunProperty draws it.
Plan DrawCase(const Model& model, const PropertyOptions& options, std::uint64_t number);

// For people: the tables; and one failure with the line that repeats it, ending in a newline.
std::string ReportToText(const PropertyReport& report);
std::string FailureToText(const Model& model, const PropertyFailure& failure,
                          const std::string& rerun);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_H_
