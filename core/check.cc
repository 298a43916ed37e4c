#include "core/check.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace redrive {
namespace {

std::string& RerunCommandSlot() {
  static std::string command = "(no command recorded)";
  return command;
}

}  // namespace

void SetRerunCommand(std::string command) { RerunCommandSlot() = std::move(command); }

void CheckFailed(const char* condition, const char* file, int line) {
  // abort() runs no destructors, so a scope guard would stay silent here.
  std::fprintf(stderr, "redrive bug: %s:%d: %s\nto re-run: %s\n", file, line, condition,
               RerunCommandSlot().c_str());
  std::abort();
}

}  // namespace redrive
