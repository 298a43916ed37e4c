// The flags that make a RunSpec: shared by run and plan, and the way back from a spec to the
// command line that repeats it.
#ifndef REDRIVE_CLI_SPEC_FLAGS_H_
#define REDRIVE_CLI_SPEC_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "core/result.h"
#include "recorder/trace_records.h"

namespace redrive {

class SpecFlags {
 public:
  // Adds the flags to `flags`; both must outlive Parse.
  void AddTo(Flags& flags);

  // Loads the scenario and builds the spec. Positional words behind the scenario are user classes.
  [[nodiscard]] Result<RunSpec> MakeSpec() const;

  // A named workshop means the simulation, whatever TARGET_HOST says.
  [[nodiscard]] bool workshop_given() const { return !workshop_.empty(); }

  [[nodiscard]] bool scenario_given() const { return !positionals_.empty(); }

  // Where the scenario was found, for error messages; set by MakeSpec.
  [[nodiscard]] const std::string& scenario_path() const { return scenario_path_; }

 private:
  std::vector<std::string> positionals_;
  std::uint64_t seed_ = 42;
  std::uint64_t users_ = 0;
  std::uint64_t spawn_rate_milli_ = 0;
  std::optional<VirtualTime> run_time_;
  std::uint64_t iterations_ = 0;
  std::string pacing_ = "planned";
  std::string workshop_;
  std::string strategy_ = "random";
  std::string epoch_;
  std::vector<std::string> tags_;
  std::vector<std::string> exclude_tags_;
  mutable std::string scenario_path_;
};

// The `redrive run …` line that makes this spec again: only what differs from the defaults.
// `host` is empty for the workshop.
std::string RunCommandLine(const RunSpec& spec, const std::string& host);

// "2026-01-05", "2026-01-05T04:30:00Z" or seconds since 1970.
[[nodiscard]] Result<std::int64_t> ParseEpoch(const std::string& text);

}  // namespace redrive

#endif  // REDRIVE_CLI_SPEC_FLAGS_H_
