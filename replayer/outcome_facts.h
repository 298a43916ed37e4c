// Facts: an outcome taken apart, so that two outcomes can be compared place by place. A place is
// "A POST tickets status", "A POST tickets /ticket/ticket_id" for an answer (A is the lane; A2 its
// second request) and "tickets/TKT-000001 /title" for a stored document that changed.
#ifndef REDRIVE_REPLAYER_OUTCOME_FACTS_H_
#define REDRIVE_REPLAYER_OUTCOME_FACTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/case_runner.h"

namespace redrive {

// Place → value as JSON text. The elements of arrays are put in order of their text, since without
// a sort no order is promised.
using OutcomeFacts = std::map<std::string, std::string>;

// "A", or "A2" for the second request of a lane that sends several.
std::string RequestTitle(const CaseRunner& runner, std::size_t lane, std::size_t position);

// Executes `schedule` and takes the outcome apart.
OutcomeFacts FactsUnder(CaseRunner& runner, const Schedule& schedule);

std::uint64_t DigestOf(const OutcomeFacts& facts);

// Adds every scalar of `json` below `place`; a text that is not JSON is one fact.
void AddFacts(const std::string& place, std::string_view json, OutcomeFacts* facts);

struct FactDifference {
  std::string place;
  std::string here;   // "" is "absent"
  std::string there;  // likewise
};
std::vector<FactDifference> CompareFacts(const OutcomeFacts& here, const OutcomeFacts& there);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_OUTCOME_FACTS_H_
