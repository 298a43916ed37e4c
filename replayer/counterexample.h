// A counterexample told: to a person, to a program, and as a script to try by hand.
#ifndef REDRIVE_REPLAYER_COUNTEREXAMPLE_H_
#define REDRIVE_REPLAYER_COUNTEREXAMPLE_H_

#include <string>
#include <utility>
#include <vector>

#include "replayer/shrink.h"

namespace redrive {

struct CounterexampleTextOptions {
  // Lines at the end: what for, and the command ("to see it again", "redrive replay …").
  std::vector<std::pair<std::string, std::string>> commands;
};

// At most 100 columns wide, but for single words that are longer: what it is and how small, the
// lanes side by side over time with their data operations and the window of the race, the answers
// that matter, what and why in a sentence each. Ends in a newline.
std::string CounterexampleToText(const Counterexample& counterexample,
                                 const CounterexampleTextOptions& options);

// One JSON document, ending in a newline; docs/SHRINKING.md lists the fields. Byte-equal for equal
// counterexamples.
std::string CounterexampleToJson(const Counterexample& counterexample);

// A POSIX shell script with curl and jq: the setup, then the lanes at the same time. The first
// argument is the base URL. `replay_command` is the sure way, named in its comment.
std::string CurlScript(const Counterexample& counterexample, const std::string& replay_command);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_COUNTEREXAMPLE_H_
