# Writes redrive_version.h: the project's version and, in a git checkout, the commit.
execute_process(
  COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=10 --exclude=*
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  set(commit "")
endif()
set(text "#ifndef REDRIVE_VERSION_H_
#define REDRIVE_VERSION_H_

#include <string_view>

namespace redrive {

inline constexpr std::string_view kVersion = \"${VERSION}\";
inline constexpr std::string_view kGitHash = \"${commit}\";  // empty outside a git checkout

}  // namespace redrive

#endif  // REDRIVE_VERSION_H_
")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "${text}" @ONLY)
