// Variables: the values that responses told, and how requests are filled in with them. The same
// rules for virtual users, for setup and audit, and for the lanes of a case.
#ifndef REDRIVE_RECORDER_VARIABLES_H_
#define REDRIVE_RECORDER_VARIABLES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recorder/http.h"
#include "recorder/plan.h"

namespace redrive {

// A value taken out of a response.
struct Extracted {
  std::string text;
  bool raw_json = false;  // a number, true, false, an object or a list as written
};
using Variables = std::map<std::string, Extracted, std::less<>>;
using VariableLists = std::map<std::string, std::vector<Extracted>>;

// What a request may be filled in from: the user's own variables win over those made in setup.
struct VariableScope {
  const Variables& own;
  const Variables& shared;
  const VariableLists& lists;

  // Null when there is no such value.
  [[nodiscard]] const Extracted* Find(const Hole& hole) const;
};

// Fills in what only responses could tell. False: `missing` names the first value that is not
// there, and `request` is half filled. Optional headers with a missing value are left out. What
// `request` held before is forgotten, its memory is used again.
bool FillRequest(const PlannedRequest& planned, const VariableScope& scope, Request* request,
                 std::string* missing);

// Empty when the response does not hold it.
std::optional<Extracted> TakeValue(const Extract& extract, const Response& response);

// Before a request is sent, what it would tell is forgotten: no request uses the value of an
// earlier one by accident.
void ForgetExtracts(const RequestStep& step, Variables* own);

// Keeps what `response` tells: nothing when it is a refusal. Returns why a value that is not
// optional could not be taken, or "".
std::string TakeExtracts(const RequestStep& step, const Response& response, Variables* own,
                         VariableLists* lists);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_VARIABLES_H_
