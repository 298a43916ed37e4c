// The command line of `redrive run` as a Locust user writes it: settings from Locust's files and
// environment below it, and the few habits that CLI11 does not share.
#ifndef REDRIVE_CLI_LOCUST_ARGUMENTS_H_
#define REDRIVE_CLI_LOCUST_ARGUMENTS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/flags.h"
#include "core/result.h"

namespace redrive {

struct LocustSurroundings {
  // The environment; may be empty.
  std::function<std::optional<std::string>(std::string_view name)> variable;
  // A file's text, empty when there is none of that path; may be empty.
  std::function<Result<std::optional<std::string>>(const std::string& path)> file;
};

// The environment and the files of this process.
LocustSurroundings ProcessSurroundings();

struct LocustArguments {
  Arguments words;                 // for Flags::Parse: positional words, then --name=value
  std::vector<std::string> notes;  // for stderr, one line each
};

// What it does, from weak to strong: ~/.locust.conf, pyproject.toml, locust.conf, the file of
// --config, LOCUST_… variables, `words`. Of a value given twice the last counts; "-T a b" takes
// both; "-u NAME" is a user class, since it is no number; "--host=" is no host; "-f FILE" is the
// scenario; classes without a scenario find the shipped one that has them. Words that `flags` does
// not know stay as they are, for its own messages.
// Errors (kInvalid): a flag of Locust's that Redrive refuses, a bad setting, with its place.
[[nodiscard]] Result<LocustArguments> ReadLocustArguments(const Flags& flags,
                                                          const Arguments& words,
                                                          const LocustSurroundings& surroundings);

}  // namespace redrive

#endif  // REDRIVE_CLI_LOCUST_ARGUMENTS_H_
