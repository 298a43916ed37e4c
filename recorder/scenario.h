// Scenario: who the virtual users are and what they do, as read from a JSON file
// (docs/SCENARIOS.md is the language). Pure data: nothing here runs, reads a clock or a file.
#ifndef REDRIVE_RECORDER_SCENARIO_H_
#define REDRIVE_RECORDER_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access.h"
#include "core/result.h"
#include "core/virtual_time.h"
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

struct RequestStep {
  std::string method = "GET";
  Template target;
  OwnedLabel name;                      // for grouping; the target without query unless given
  std::vector<HeaderTemplate> headers;  // scenario, class and step merged, in that order
  std::optional<Template> body;
  std::vector<int> accept;  // statuses; empty: all below 400
  std::vector<Expect> expect;
  std::optional<Template> failure;  // text for the failures table
  std::vector<Extract> extract;
  std::uint32_t repeat = 1;  // setup only
  bool required = true;      // setup only: a refusal ends the run
  bool during = false;       // audit only: also every `audit_every` while users run
  bool at_end = true;        // audit only
};

// One thing a virtual user can do.
struct Action {
  std::string name;
  std::uint32_t weight = 1;
  std::vector<std::string> tags;
  std::vector<RequestStep> steps;
};

enum class WaitKind : std::uint8_t { kBetween, kConstant, kConstantPacing };

// Think time; constant_throughput is pacing of its inverse. Whole microseconds.
struct WaitTime {
  WaitKind kind = WaitKind::kConstant;
  VirtualTime first{0};
  VirtualTime last{0};  // kBetween: both included
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

struct Scenario {
  std::string name;
  std::string description;
  std::uint32_t users = 1;
  std::uint64_t spawn_rate_milli = 1000;  // users per 1000 s
  VirtualTime run_time{0};                // 0: until all iterations are done
  std::vector<Stage> stages;              // empty: one ramp to `users`
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
