// Finds scenarios: by path, or by name among those that ship with Redrive.
#ifndef REDRIVE_CLI_CORPORA_H_
#define REDRIVE_CLI_CORPORA_H_

#include <string>
#include <vector>

#include "core/result.h"

namespace redrive {

struct ScenarioFile {
  std::string path;
  std::string text;
};

// `name` is a path, or a name such as "peak_burst_full" below the corpora folder (next to the
// installed binary, else the source tree's). Files over 16 MiB are refused. The error lists what
// is there.
[[nodiscard]] Result<ScenarioFile> LoadScenarioFile(const std::string& name);

// The names that LoadScenarioFile knows, sorted: "battwheels/efi", …
std::vector<std::string> ShippedScenarios();

[[nodiscard]] Result<std::string> ReadWholeFile(const std::string& path, std::size_t bytes_max);

}  // namespace redrive

#endif  // REDRIVE_CLI_CORPORA_H_
