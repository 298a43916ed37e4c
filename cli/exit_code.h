// Exit codes of every command; documented in README and --help, so never renumber.
#ifndef REDRIVE_CLI_EXIT_CODE_H_
#define REDRIVE_CLI_EXIT_CODE_H_

namespace redrive {

enum ExitCode : int {
  kExitPass = 0,
  kExitViolation = 1,
  kExitUsage = 2,         // wrong flag, unreadable or invalid input
  kExitInconclusive = 3,  // unknown, diverged, cut short, generator too late
  kExitThreshold = 4,
  kExitBug = 70,  // of Redrive
};

}  // namespace redrive

#endif  // REDRIVE_CLI_EXIT_CODE_H_
