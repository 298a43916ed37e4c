// Edits of a case that keep it whole: whoever uses a variable keeps the request that makes it.
#ifndef REDRIVE_REPLAYER_CASE_EDIT_H_
#define REDRIVE_REPLAYER_CASE_EDIT_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/case.h"

namespace redrive {

// The variables in a text of the scenario language; ${env(…)} is none.
std::set<std::string> VariablesIn(std::string_view text);
// Those without which the request is not sent. Optional headers do not count.
std::set<std::string> NeededVariables(const CaseRequest& request);

// Gives every request of the lanes an operation number of its own, unless they have one.
void NumberRequests(Case& source);

// Which requests of the lanes, counted lane by lane, stay. A request that goes but makes a variable
// that another one needs moves to the setup. Lanes left empty go.
// REQUIRES: kept.size() == CountRequests(source).
Case KeepRequests(const Case& source, const std::vector<bool>& kept);

// Which requests of the setup stay, and with them all whose variables somebody needs.
// REQUIRES: kept.size() == source.setup.size().
Case KeepSetup(const Case& source, std::vector<bool> kept);

// Optional headers whose variable nobody makes, and extracts that nobody uses, are gone.
void DropDeadParts(Case& source);

// Lanes in order of what they send, variables named v1, v2, … as they appear, lanes named by their
// first request, nothing about where the case came from: equal bugs give equal cases.
Case Canonical(const Case& source);

// "a ticket is closed once" → "a-ticket-is-closed-once", for names of files; never empty.
std::string Slug(std::string_view text);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CASE_EDIT_H_
