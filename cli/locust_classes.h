// User classes of scenarios, as Locust's command line deals with them.
#ifndef REDRIVE_CLI_LOCUST_CLASSES_H_
#define REDRIVE_CLI_LOCUST_CLASSES_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "recorder/scenario.h"
#include "recorder/trace_records.h"

namespace redrive {

// The shipped scenario that has all these classes and the fewest others, by its shortest
// unambiguous name; of equals the first by name. "" when there is none.
std::string ScenarioWithClasses(const std::vector<std::string>& classes);

// The classes of all shipped scenarios, sorted, without repeats.
std::vector<std::string> ShippedClasses();

// --list: "Available Users:" and the names, indented.
std::string UserListText(const std::vector<std::string>& classes);

// --show-task-ratio and --show-task-ratio-json: how often each action is drawn, within its class
// and of all; classes count by the users they get of `users`.
std::string TaskRatioText(const Scenario& scenario, const RunSpec& spec);
std::string TaskRatioJson(const Scenario& scenario, const RunSpec& spec);

// --equal-weights and --config-users change the scenario itself, so that a trace holds what ran.
// Each of `config_users` is a JSON object or list of objects, or the text of a file that is one:
// {"user_class_name": "X", "weight": 2, "fixed_count": 1}. Errors (kInvalid) name the class or key.
struct ClassChanges {
  bool equal_weights = false;
  std::vector<std::string> config_users;
};
// They are also kept as settings of these names, for the command line that repeats the run.
inline constexpr std::string_view kEqualWeightsSetting = "equal_weights";
inline constexpr std::string_view kConfigUsersSetting = "config_users";
[[nodiscard]] Result<void> ChangeClasses(const ClassChanges& changes, RunSpec* spec);

}  // namespace redrive

#endif  // REDRIVE_CLI_LOCUST_CLASSES_H_
