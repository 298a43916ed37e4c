// Settings of a run that come from outside: the values of ${env(NAME, default)} in the scenario,
// and the files of its "data". They are part of the spec, since the plan depends on them; those
// that look like secrets never reach a file.
#ifndef REDRIVE_CLI_SETTINGS_H_
#define REDRIVE_CLI_SETTINGS_H_

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "recorder/template.h"
#include "recorder/trace_records.h"

namespace redrive {

// The process's environment variable.
std::optional<std::string> FromEnvironment(std::string_view name);

// Files beside the scenario at `path`, for ParseScenario; no environment variables.
EnvLookup FilesBeside(const std::string& path);

// Parses the scenario of `spec` and fills spec->settings with the values it takes. `path` is for
// messages.
[[nodiscard]] Result<void> TakeEnvironment(const std::string& path, RunSpec* spec);

// For files: values of names such as TEST_PASSWORD become "[redacted:…]", and so do the columns of
// data files that are called so.
RunSpec WithoutSecrets(const RunSpec& spec);

// The way back, for a replay: takes the secrets from the environment and from the files beside the
// scenario, or the scenario's defaults. Error when a value is not the recorded one; it names the
// variable to set or the file to put back.
[[nodiscard]] Result<void> RestoreSecrets(RunSpec* spec);

}  // namespace redrive

#endif  // REDRIVE_CLI_SETTINGS_H_
