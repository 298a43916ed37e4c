// What redrive explore searches: a trace, or one run of a scenario, and which of its requests.
#ifndef REDRIVE_CLI_EXPLORE_INPUT_H_
#define REDRIVE_CLI_EXPLORE_INPUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "recorder/trace_records.h"
#include "replayer/campaign.h"

namespace redrive {

// The flags as given; "" and 0 are "not given".
struct ExploreInput {
  std::string name;  // a scenario's file or shipped name, or a trace's file
  std::uint64_t seed = 42;
  std::uint64_t users = 0;
  std::string workshop;
  std::string pick;    // "auto", "all", or request numbers "91,95"
  std::string window;  // "120..180"
  std::uint64_t requests = 2;
  std::string before;  // "all", "setup", "needed"
};

// Reads the trace, or runs the scenario once.
[[nodiscard]] Result<Trace> LoadInput(const ExploreInput& input);

// The cases to search. Errors (kInvalid) name the flag, or say that there is nothing to search.
[[nodiscard]] Result<std::vector<CampaignInput>> PickInputs(const ExploreInput& input,
                                                            const Trace& trace);

}  // namespace redrive

#endif  // REDRIVE_CLI_EXPLORE_INPUT_H_
