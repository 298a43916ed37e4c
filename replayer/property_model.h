// Model: what a service under test can be asked, as data that plans are drawn from: kinds of
// commands with a precondition and an effect on an abstract state, a request for each, and the
// checks that judge (docs/PROPERTIES.md). Plain values; the functions in them must be pure.
#ifndef REDRIVE_REPLAYER_PROPERTY_MODEL_H_
#define REDRIVE_REPLAYER_PROPERTY_MODEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "recorder/case.h"

namespace redrive::par {

// The abstract state: which results exist, and numbers by name. Small, ordered and comparable,
// since every order of a plan's commands is walked over it.
class State {
 public:
  // 0 unless set.
  [[nodiscard]] std::int64_t Get(const std::string& name) const;
  void Set(const std::string& name, std::int64_t value);
  void Add(const std::string& name, std::int64_t change) { Set(name, Get(name) + change); }

  // Results of accepted commands by their variables: "ticket3".
  [[nodiscard]] bool Exists(const std::string& variable) const;
  void Create(const std::string& variable) { numbers_["#" + variable] = 1; }

  auto operator<=>(const State&) const = default;

 private:
  std::map<std::string, std::int64_t> numbers_;  // without zeros, so that equal states are equal
};

// One drawn argument: `values` are its choices as texts, the first is the simplest.
struct Argument {
  std::string name;
  std::vector<std::string> values;
};
// Whole numbers from `first` to `last`.
Argument Number(std::string name, std::int64_t first, std::int64_t last);

// A command as precondition and effect see it.
class Call {
 public:
  std::string result;                            // the variable that it makes; "" for none
  std::map<std::string, std::string> uses;       // name of the use → variable
  std::map<std::string, std::string> arguments;  // name → value

  // REQUIRES, for all: the kind declares that name.
  [[nodiscard]] const std::string& Use(const std::string& name) const;
  [[nodiscard]] const std::string& Text(const std::string& argument) const;
  [[nodiscard]] std::int64_t Number(const std::string& argument) const;  // 0 when it is no number
  // The name of a number that belongs to what is used: "ticket3.closed".
  [[nodiscard]] std::string Of(const std::string& use, const std::string& field) const {
    return Use(use) + "." + field;
  }
};

using Predicate = std::function<bool(const State& state, const Call& call)>;
using Effect = std::function<void(State& state, const Call& call)>;

enum class Place : std::uint8_t {
  kAnywhere,
  kPrefix,  // only before the lanes
  kLanes,   // only in the lanes
};

struct Kind {
  std::string name;                 // of its requests: what checks select
  std::vector<std::string> uses;    // results of earlier commands: "TYPE" or "NAME:TYPE"
  std::vector<Argument> arguments;  // drawn
  // Texts may hold ${use}, ${argument} and ${command}, a number of its own; other variables are
  // those of the model's setup. The name is the kind's.
  CaseRequest request;
  // Kinds that make its precondition hold: one of each is sent before the lanes, to the same
  // results, when it does not hold yet.
  std::vector<std::string> after;
  std::string creates;  // the type of its result; "" for none
  std::string result;   // where in the answer it is, as in "extract"
  Place place = Place::kAnywhere;
  // Whether it makes sense to send it. Holds in every order in which the lanes can be served, or
  // the command is not in the plan. Empty: always. What it uses exists anyway.
  Predicate precondition;
  // Whether a correct service takes it, in this state. Empty: always. In the lanes it may be
  // refused; before them only what is taken is sent.
  Predicate accepted;
  Effect effect;  // of an accepted one, besides making its result. May be empty.
};

// A read after the lanes: once, or for each result of type `of` that was made before the lanes.
struct Audit {
  std::string of;       // "" for once
  CaseRequest request;  // may hold ${TYPE}
};

struct Model {
  std::string name;  // lower-case letters, digits, '_'
  std::string description;
  std::vector<CaseRequest> setup;  // of every case, before the plan's own
  std::vector<Kind> kinds;
  std::vector<Audit> audit;
  std::string checks_json = "[]";  // docs/CHECKS.md
};

// Errors (kInvalid) name the model, the kind and what is wrong with it.
[[nodiscard]] Result<void> CheckModel(const Model& model);

// A request with a JSON body, or none when `json` is empty, for models.
CaseRequest JsonRequest(std::string method, std::string path, std::string json = "");

// One drawn command. Its result is the variable TYPE + id.
struct Command {
  std::size_t kind = 0;                  // in Model::kinds
  std::uint32_t id = 0;                  // unique in its plan, from 1
  std::vector<std::uint32_t> uses;       // ids of the commands whose results it uses
  std::vector<std::uint32_t> arguments;  // indices into Argument::values
  bool operator==(const Command&) const = default;
};

// What comes first, and what then happens at once.
struct Plan {
  std::vector<Command> prefix;
  std::vector<std::vector<Command>> lanes;  // none is empty
  bool operator==(const Plan&) const = default;
};

std::size_t CountCommands(const Plan& plan);

Call CallOf(const Model& model, const Plan& plan, const Command& command);

// "POST allocations(part1, ticket2, quantity=2) -> allocation4".
std::string CommandToText(const Model& model, const Plan& plan, const Command& command);
// One line; equal plans have equal texts: "a; b | c; d | e" with the prefix first.
std::string PlanToText(const Model& model, const Plan& plan);

// The plan as it runs: prefix → setup, lanes, audit, checks. Equal plans give equal cases.
Case PlanToCase(const Model& model, const Plan& plan, const std::string& workshop);

// "NAME:TYPE" or "TYPE".
std::string UseName(const std::string& use);
std::string UseType(const std::string& use);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_MODEL_H_
