// Scenario: who the virtual users are and what they do, as read from a JSON file
// (docs/SCENARIOS.md is the language). Pure data: nothing here runs, reads a clock or a file.
#ifndef REDRIVE_RECORDER_SCENARIO_H_
#define REDRIVE_RECORDER_SCENARIO_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access.h"
#include "core/result.h"
#include "core/virtual_time.h"
#include "recorder/data_table.h"
#include "recorder/pattern.h"
#include "recorder/template.h"

namespace redrive {

// A label that owns its text, for the names that scenarios make up. Not copyable: events refer to
// it.
class OwnedLabel {
 public:
  OwnedLabel() = default;
  explicit OwnedLabel(std::string text) : text_(std::move(text)), hash_(HashName(text_)) {}
  [[nodiscard]] const std::string& text() const { return text_; }
  // Valid as long as this object is neither moved nor destroyed.
  [[nodiscard]] Label label() const { return Label::Interned(text_); }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  std::string text_;
  std::uint64_t hash_ = 0;
};

struct HeaderTemplate {
  std::string name;
  Template value;
  bool optional = false;  // left out when a variable in it has no value
};

enum class ExtractFrom : std::uint8_t { kJson, kHeader, kBetween };

// Takes a value out of an accepted response.
struct Extract {
  std::string variable;
  bool append = false;  // "name[]": push to a list (setup only)
  ExtractFrom from = ExtractFrom::kJson;
  std::string place;      // JSON pointer, or name of the header, or text before the value
  std::string until;      // kBetween: text behind the value
  bool optional = false;  // absence is not a failure of the request
};

// What the response must hold to be accepted.
struct Expect {
  std::string pointer;
  bool exists_only = false;
  std::string json;  // the scalar as JSON text; compared as a value
};

enum class CheckKind : std::uint8_t {
  kHeaderExists,
  kHeaderIs,
  kHeaderMatches,
  kBodyContains,
  kBodyLacks,
  kBodyMatches,
};

// One thing that the response must show beside its JSON.
struct ResponseCheck {
  CheckKind kind = CheckKind::kBodyContains;
  std::string header;                      // its name
  std::string text;                        // what is compared, or the pattern as written
  std::shared_ptr<const Pattern> pattern;  // kHeaderMatches, kBodyMatches
};

// Limits on the response; 0: none.
struct ResponseLimits {
  std::uint64_t body_bytes_min = 0;
  std::optional<std::uint64_t> body_bytes_max;
  VirtualTime time_max{0};  // of the service time: from the send to the whole response
};

struct RequestStep {
  std::string method = "GET";
  Template target;
  OwnedLabel name;                      // for grouping; the target without query unless given
  std::vector<HeaderTemplate> headers;  // scenario, class and step merged, in that order
  std::optional<Template> body;
  std::vector<int> accept;  // statuses; empty: all below 400
  std::vector<Expect> expect;
  std::vector<ResponseCheck> checks;
  ResponseLimits response_limits;
  std::string checks_json;          // `checks` and `response_limits` as written, or ""
  std::optional<Template> failure;  // text for the failures table
  std::vector<Extract> extract;
  std::uint32_t repeat = 1;  // setup only
  bool required = true;      // setup only: a refusal ends the run
  bool during = false;       // audit only: also every `audit_every` while users run
  bool at_end = true;        // audit only
};

enum class WaitKind : std::uint8_t { kBetween, kConstant, kConstantPacing };

// Think time; constant_throughput is pacing of its inverse. Whole microseconds.
struct WaitTime {
  WaitKind kind = WaitKind::kConstant;
  VirtualTime first{0};
  VirtualTime last{0};  // kBetween: both included
  [[nodiscard]] VirtualTime longest() const { return first > last ? first : last; }
};

// How a set chooses its next action.
enum class SetOrder : std::uint8_t {
  kWeighted,    // Locust's TaskSet
  kSequential,  // SequentialTaskSet: as listed, each as often as its weight, and again
  kMarkov,      // MarkovTaskSet: from the one that ran last
};

struct Transition {
  std::size_t to = 0;  // index in the set's actions
  std::uint32_t weight = 1;
};

// One thing a virtual user can do: requests, or a set of further actions that it stays in for some
// runs.
struct Action {
  std::string name;  // within a set with the set's before it: "checkout/pay"
  std::uint32_t weight = 1;
  std::vector<std::string> tags;  // those of the sets around it included
  std::vector<RequestStep> steps;

  // Of a set only.
  std::vector<Action> actions;
  SetOrder order = SetOrder::kWeighted;
  std::uint32_t runs_first = 0;  // its actions are run so often, both included, before it is left;
  std::uint32_t runs_last = 0;   // 0: until the user stops
  std::optional<WaitTime> wait;  // else that of what is around it
  std::vector<RequestStep> on_start;
  std::vector<RequestStep> on_stop;
  std::string start_name;  // "checkout/on_start"
  std::string stop_name;
  std::vector<std::vector<Transition>> transitions;  // kMarkov: by action; never an empty list

  [[nodiscard]] bool is_set() const { return !actions.empty(); }
};

struct UserClass {
  std::string name;
  std::uint32_t weight = 1;
  std::uint32_t fixed_count = 0;  // 0: by weight
  std::uint32_t iterations = 0;   // actions per user; 0: until the run time is over
  WaitTime wait;
  std::vector<RequestStep> on_start;
  std::vector<RequestStep> on_stop;
  std::vector<Action> actions;
};

struct Stage {
  VirtualTime duration{0};
  std::uint32_t users = 0;
  std::uint64_t spawn_rate_milli = 1000;
};

// The open model: iterations start at planned times, whatever the target does. The rate goes in a
// straight line from `rate_milli` to that of the first stage, and so on.
struct Arrivals {
  struct Stage {
    VirtualTime duration{0};
    std::uint64_t rate_milli = 0;  // at its end
  };
  std::uint64_t rate_milli = 0;  // at the start; arrivals in 1000 `per`
  VirtualTime per = std::chrono::seconds(1);
  bool poisson = false;         // else evenly spaced
  std::uint32_t max_users = 0;  // carried at once; an arrival beyond is dropped and counted
  bool constant = false;        // one stage of one rate: --run-time is its duration
  std::vector<Stage> stages;    // empty: the scenario has no arrivals
  [[nodiscard]] bool given() const { return !stages.empty(); }
};

// A difference from every serial order that is legal (docs/SEARCH.md).
struct Allowance {
  std::string place;   // "*" matches anything: "* /updated_at", "counters/*"
  std::string reason;  // for the report
  // "PLACE=REASON". Errors (kInvalid): either is missing.
  [[nodiscard]] static Result<Allowance> FromText(std::string_view text);
};

enum class ClientIp : std::uint8_t { kOne, kPerUser };

// For the embedded workshop; ignored by live targets.
struct WorkshopSettings {
  VirtualTime step_time = std::chrono::microseconds(300);  // virtual cost of one data operation
  std::string bugs;  // default for RunSpec::workshop: "as-is", "fixed" or a comma list; "": as-is
  bool rate_limits = true;
};

inline constexpr std::uint64_t kIterationsMax = 20'000'000;  // actions of a whole run

struct Scenario {
  std::string name;
  std::string description;
  std::uint32_t users = 1;
  std::uint64_t spawn_rate_milli = 1000;  // users per 1000 s
  VirtualTime run_time{0};                // 0: until all iterations are done
  std::uint64_t iterations = 0;           // actions of all users together; 0: no limit
  std::vector<Stage> stages;              // empty: one ramp to `users`
  Arrivals arrivals;                      // in place of users that stay
  std::vector<DataTable> data;            // ascending by name
  ClientIp client_ip = ClientIp::kOne;
  WorkshopSettings workshop;
  std::vector<RequestStep> setup;
  std::vector<RequestStep> audit;
  VirtualTime audit_every{0};           // 0: only at the end
  std::vector<UserClass> classes;       // ascending by name, as Locust dispatches them
  std::vector<std::string> thresholds;  // as written; the command line's --fail grammar
  std::string checks_json = "[]";       // as written; replayer/checker.h parses it
  std::uint32_t checks_line = 0;        // 0: none given
  std::vector<Allowance> allowed;
  // Each ${env(NAME, …)} with the value that was taken, in order of appearance, without repeats.
  std::vector<std::pair<std::string, std::string>> env_used;
};

// Reads the whole language and refuses what it does not know. `file` is for messages only:
// "file:line: /json/path: what was expected". `env` may be empty: defaults are taken.
[[nodiscard]] Result<Scenario> ParseScenario(std::string_view json_text, std::string_view file,
                                             const EnvLookup& env = {});

}  // namespace redrive

#endif  // REDRIVE_RECORDER_SCENARIO_H_
