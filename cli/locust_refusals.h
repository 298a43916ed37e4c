// Flags of Locust that Redrive does not take, each with the sentence that says what to do instead.
#ifndef REDRIVE_CLI_LOCUST_REFUSALS_H_
#define REDRIVE_CLI_LOCUST_REFUSALS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace redrive {

// For "--master", "-P" and so on: why not, and what instead; "" for any other flag.
std::string_view LocustRefusal(std::string_view flag);

// Every refused flag by its long name, for tests and the documentation.
std::vector<std::string_view> RefusedLocustFlags();

// The environment variables that Locust reads, each with its long flag ("LOCUST_USERS",
// "--users"); refused flags' too. LOCUST_USER_CLASSES has "".
const std::vector<std::pair<std::string_view, std::string_view>>& LocustVariables();

}  // namespace redrive

#endif  // REDRIVE_CLI_LOCUST_REFUSALS_H_
