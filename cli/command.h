// Commands of the redrive binary: one file each, `int XCommand(arguments)` returning an exit code.
// Answers go to stdout, errors and progress to stderr.
#ifndef REDRIVE_CLI_COMMAND_H_
#define REDRIVE_CLI_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace redrive {

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;  // one line of `redrive --help`
  int (*function)(const Arguments& arguments);
};

int RunCommand(const Arguments& arguments);
int PlanCommand(const Arguments& arguments);
int ReplayCommand(const Arguments& arguments);
int ExploreCommand(const Arguments& arguments);
int MergeCommand(const Arguments& arguments);
int ShrinkCommand(const Arguments& arguments);
int CorpusCommand(const Arguments& arguments);
int CheckCommand(const Arguments& arguments);
int ChecklistCommand(const Arguments& arguments);
int ShowCommand(const Arguments& arguments);
int DiffCommand(const Arguments& arguments);
int WorkshopCommand(const Arguments& arguments);
int PropertyCommand(const Arguments& arguments);

// Finds the command in `arguments` (without the program's name) and runs it.
int Dispatch(const Arguments& arguments);

// Prints "error: …" to stderr and returns the exit code that fits the error.
int Fail(const Error& error);

// The command line as a shell would take it, for "to re-run:" lines.
std::string ShellCommand(const Arguments& arguments);

// "redrive 0.1.0 (1a2b3c4)"
std::string VersionText();

}  // namespace redrive

#endif  // REDRIVE_CLI_COMMAND_H_
