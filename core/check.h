// REDRIVE_CHECK states an invariant of Redrive's own code. It is always on; a failure is a bug of
// ours, never a verdict on the target, and ends the process with the command that repeats it.
#ifndef REDRIVE_CORE_CHECK_H_
#define REDRIVE_CORE_CHECK_H_

#include <string>

namespace redrive {

// Sets the command line printed after a failed check. The caller owns nothing afterwards.
void SetRerunCommand(std::string command);

// Prints "redrive bug: file:line: condition" and the re-run command to stderr, then aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace redrive

#define REDRIVE_CHECK(condition)                                              \
  do {                                                                        \
    if (!(condition)) ::redrive::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)

#endif  // REDRIVE_CORE_CHECK_H_
