// Checker: judges a whole history. ParseChecks makes checkers from a scenario's "checks" array
// (docs/CHECKS.md), CheckAll lets them judge a trace. Equal traces give equal reports.
#ifndef REDRIVE_REPLAYER_CHECKER_H_
#define REDRIVE_REPLAYER_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "recorder/trace_records.h"

namespace redrive {

class History;

// Unknown is never green: it says what was missing, and the exit code is that of inconclusive.
enum class VerdictKind : std::uint8_t { kPass, kViolation, kUnknown };
std::string_view VerdictName(VerdictKind kind);  // "pass", "violation", "unknown"

// A race needs the operations to overlap; a sequential violation happens one after the other too.
enum class Nature : std::uint8_t { kRace, kSequential };
std::string_view NatureName(Nature nature);  // "race", "sequential"

// A data operation that opens or closes the window of a race.
struct WindowStep {
  std::uint64_t operation = 0;
  std::uint64_t sequence = 0;
  std::string label;
  std::string resource;
  Mode mode = Mode::kRead;
};

struct Violation {
  std::string shape;  // a fixed word per way to fail, such as "duplicate": identity for shrinking
  std::string key;    // what it is about: the group and the number, the item, the entry; may be ""
  std::vector<std::uint64_t> operations;  // the witnesses; the first two cause it, if two do
  Nature nature = Nature::kSequential;
  std::string what;                // one plain sentence: what was answered, by whom
  std::string why;                 // one plain sentence: the overlap, or that none is needed
  std::vector<WindowStep> window;  // read, read, write, write; empty without recorded steps
};

struct Verdict {
  std::string check;  // the kind: "unique"
  std::string name;   // for people
  VerdictKind kind = VerdictKind::kPass;
  std::uint64_t examined = 0;          // operations that were selected and judged
  std::vector<std::string> notes;      // why unknown, or what a pass does not cover
  std::vector<Violation> violations;   // races first, then by last witness; capped
  std::uint64_t violations_total = 0;  // all of them
};

struct CheckReport {
  std::vector<Verdict> verdicts;              // in the order of the checks
  std::string rerun_command;                  // as the caller gave it
  std::vector<std::string> notes;             // about the trace as a whole
  [[nodiscard]] VerdictKind overall() const;  // violation before unknown before pass
};

struct CheckOptions {
  std::size_t violations_max = 10;  // kept per check; all are counted
  std::string rerun_command;
};

class Checker {
 public:
  virtual ~Checker() = default;
  [[nodiscard]] virtual std::string_view kind() const = 0;  // "unique"
  [[nodiscard]] virtual std::string_view name() const = 0;  // for people
  // Deterministic; never throws on any history.
  [[nodiscard]] virtual Verdict Check(const History& history,
                                      const CheckOptions& options) const = 0;
};

// `where` is the place of the array for error messages ("peak.json: /checks"). Errors (kInvalid)
// name the JSON path and what was expected; unknown keys and kinds suggest the nearest.
[[nodiscard]] Result<std::vector<std::unique_ptr<Checker>>> ParseChecks(
    const nlohmann::json& checks_array, std::string_view where);

// The same from the text of a whole scenario (comments allowed), as it stands in RunSpec; a
// scenario without "checks" has none.
[[nodiscard]] Result<std::vector<std::unique_ptr<Checker>>> ParseScenarioChecks(
    std::string_view scenario_json, std::string_view where);

// Judges `trace` with every checker. Records that were dropped turn every pass into unknown.
[[nodiscard]] CheckReport CheckAll(const Trace& trace,
                                   const std::vector<std::unique_ptr<Checker>>& checkers,
                                   const CheckOptions& options);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECKER_H_
