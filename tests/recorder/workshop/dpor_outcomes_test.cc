// On the workshop's real handlers DPOR meets every outcome that full enumeration meets, with a
// fraction of the executions. An outcome is both answers, to the byte.
#include <set>

#include "tests/recorder/workshop/workshop_testing.h"

namespace redrive::workshop {
namespace {

struct Outcomes {
  std::uint64_t executions = 0;
  std::set<std::string> bodies;
};

std::vector<Request> TwoContacts(Bay& bay) {
  bay.LogIn();
  const Request contact = bay.Make("POST", "/api/v1/contacts-enhanced", R"({"name":"Asha"})");
  return {contact, contact};
}

Outcomes OutcomesOf(std::string_view strategy, BugSet bugs) {
  Outcomes outcomes;
  const auto keep = [&outcomes](Bay&, const std::vector<Answer>& answers) {
    std::string bodies;
    for (const Answer& answer : answers) {
      bodies += std::to_string(answer.status()) + " " + answer.response.body + "\n";
    }
    outcomes.bodies.insert(bodies);
    return false;
  };
  outcomes.executions = SearchRace(strategy, 100'000, bugs, TwoContacts, keep).executions;
  return outcomes;
}

TEST(DporOutcomes, EqualThoseOfFullEnumeration) {
  for (const BugSet& bugs : {BugSet::All(), BugSet::None()}) {
    SCOPED_TRACE(bugs.Text());
    const Outcomes all = OutcomesOf("dfs", bugs);
    const Outcomes classes = OutcomesOf("dpor", bugs);
    EXPECT_LT(all.executions, 100'000U) << "full enumeration did not end";
    EXPECT_EQ(classes.bodies, all.bodies);
    EXPECT_GE(classes.bodies.size(), 2U);
    EXPECT_LT(classes.executions * 20, all.executions);
  }
}

}  // namespace
}  // namespace redrive::workshop
