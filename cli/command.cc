#include "cli/command.h"

#include <array>
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/flags.h"
#include "core/check.h"
#include "core/nearest.h"
#include "redrive_version.h"

namespace redrive {
namespace {

constexpr std::array kCommands = {
    Command{"run", "seeded users against the workshop (default) or --host URL; records, checks",
            RunCommand},
    Command{"plan", "the request plan of a scenario and its digest, without sending anything",
            PlanCommand},
    Command{"replay", "drive a trace again: exactly (simulation) or on its timeline (live)",
            ReplayCommand},
    Command{"explore", "search the interleavings of a small scenario or of requests of a trace",
            ExploreCommand},
    Command{"merge", "join the reports of a campaign that ran in parts", MergeCommand},
    Command{"shrink", "cut a failing run to the two or three requests that matter", ShrinkCommand},
    Command{"corpus", "run a folder of regression cases, as in CI", CorpusCommand},
    Command{"check", "judge a trace by the checkers of its scenario", CheckCommand},
    Command{"checklist", "the load-testing guide's four scenarios and its list before a launch",
            ChecklistCommand},
    Command{"show", "a trace as a readable timeline", ShowCommand},
    Command{"diff", "the responses of two traces side by side", DiffCommand},
    Command{"property", "random parallel requests of a model, judged and shrunk", PropertyCommand},
    Command{"workshop", "the embedded workshop as a real HTTP server", WorkshopCommand},
};

void PrintHelp() {
  std::printf(
      "Redrive finds, replays and explains race conditions in HTTP services.\n\n"
      "Usage: redrive COMMAND [FLAGS]\n\nCommands:\n");
  for (const Command& command : kCommands) {
    std::printf("  %-10s %s\n", std::string(command.name).c_str(),
                std::string(command.summary).c_str());
  }
  std::printf(
      "\n"
      "redrive COMMAND --help shows a command's flags and an example.\n"
      "redrive --version shows the version.\n\n"
      "Exit codes: 0 pass, 1 violation, 2 usage, 3 inconclusive, 4 threshold failed,\n"
      "70 a bug of Redrive.\n\n"
      "Start here:\n"
      "  redrive run peak_burst_full --seed 42\n");
}

}  // namespace

int Dispatch(const Arguments& arguments) {
  if (arguments.empty()) {
    PrintHelp();
    return kExitUsage;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    PrintHelp();
    return kExitPass;
  }
  if (name == "--version" || name == "-V") {
    std::puts(VersionText().c_str());
    return kExitPass;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name != name) {
      names.emplace_back(command.name);
      continue;
    }
    SetRerunCommand(ShellCommand(arguments));
    return command.function(Arguments(arguments.begin() + 1, arguments.end()));
  }
  std::string message = "redrive: unknown command '" + name + "'";
  const std::string nearest = NearestOf(name, names);
  if (!nearest.empty()) message += "; did you mean " + nearest + "?";
  return Fail(Error{ErrorCode::kInvalid, message + " (see redrive --help)"});
}

int Fail(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message.c_str());
  switch (error.code) {
    case ErrorCode::kDiverged:
    case ErrorCode::kLimit:
      return kExitInconclusive;
    default:
      return kExitUsage;
  }
}

std::string ShellCommand(const Arguments& arguments) {
  std::string line = "redrive";
  for (const std::string& argument : arguments) {
    constexpr const char* kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,@%+";
    const bool plain = !argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos;
    line += ' ';
    if (plain) {
      line += argument;
      continue;
    }
    line += '\'';
    for (const char c : argument) {
      if (c == '\'') {
        line += "'\\''";
      } else {
        line += c;
      }
    }
    line += '\'';
  }
  return line;
}

std::string VersionText() {
  std::string text = "redrive " + std::string(kVersion);
  if (!kGitHash.empty()) text += " (" + std::string(kGitHash) + ")";
  return text;
}

}  // namespace redrive
