#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_code.h"

int main(int argc, char** argv) {
  try {
    return redrive::Dispatch(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    // The world's errors are Results; whatever arrives here is ours.
    std::fprintf(stderr, "redrive bug: %s\nto re-run: redrive", error.what());
    for (int i = 1; i < argc; ++i) std::fprintf(stderr, " %s", argv[i]);
    std::fputc('\n', stderr);
    return redrive::kExitBug;
  }
}
