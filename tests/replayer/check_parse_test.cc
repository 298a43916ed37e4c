// Declarations that are wrong: the error names the place and what was expected.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "replayer/checker.h"

namespace redrive {
namespace {

std::string ErrorOf(const std::string& checks) {
  const auto parsed = ParseChecks(nlohmann::json::parse(checks), "s.json: /checks");
  return parsed ? "" : parsed.error().message;
}

struct Case {
  const char* checks;
  const char* message;
};

TEST(CheckParseTest, ErrorsNamePlaceAndRemedy) {
  const Case cases[] = {
      {R"({})", "s.json: /checks: expected an array of checks"},
      {R"([7])", "s.json: /checks/0: expected an object, got number"},
      {R"([{"check": "uniqe"}])",
       "s.json: /checks/0/check: unknown check \"uniqe\"; did you mean \"unique\"?"},
      {R"([{"check": "unique", "requests": "a", "valeu": "status"}])",
       "s.json: /checks/0/valeu: unknown key; did you mean \"value\"?"},
      {R"([{"check": "unique", "requests": "a"}])",
       "s.json: /checks/0/value: missing: a value such as \"response:/json/pointer\" is expected"},
      {R"([{"check": "unique", "value": "status"}])",
       "s.json: /checks/0/requests: missing: request names, as the scenario groups them"},
      {R"([{"check": "unique", "requests": "a", "value": "reponse:/x"}])",
       "s.json: /checks/0/value: did you mean \"response\"? unknown value, got \"reponse:/x\""},
      {R"([{"check": "unique", "requests": "a", "value": "response:x"}])",
       "s.json: /checks/0/value: a JSON pointer starts with '/', got \"x\""},
      {R"([{"check": "unique", "requests": "a", "value": "path:x"}])",
       "s.json: /checks/0/value: a path segment is a number from 0 to 100, got \"path:x\""},
      {R"([{"check": "unique", "requests": "a", "value": "status:1"}])",
       "s.json: /checks/0/value: \"status\" takes nothing behind it, got \"status:1\""},
      {R"([{"check": "unique", "requests": "a", "value": "status", "phases": "mid"}])",
       "s.json: /checks/0/phases: expected \"setup\", \"run\" or \"audit\""},
      {R"([{"check": "at_most_once", "requests": "a", "key": "path:1", "at_most": 0}])",
       "s.json: /checks/0/at_most: expected a whole number from 1 to 1000000"},
      {R"([{"check": "series", "requests": "a", "value": "status", "pattern": "TKT"}])",
       "s.json: /checks/0/pattern: expected '#' where the digits are, such as \"TKT-#\""},
      {R"([{"check": "response_invariant", "requests": "a", "holds": ["status", "=<", 4]}])",
       "s.json: /checks/0/holds: expected a condition such as [\"response:/status\", \"==\", "
       "\"literal:open\"] or [\"response:/id\", \"exists\"]"},
      {R"([{"check": "stock", "initial": 3, "deduct": [{"requests": "a", "itm": "path:1"}]}])",
       "s.json: /checks/0/deduct/0/itm: unknown key; did you mean \"item\"?"},
      {R"([{"check": "rate_limit", "requests": "a", "window_ms": 1000}])",
       "s.json: /checks/0/limit: missing: a whole number is expected"},
      {R"([{"check": "counter", "initial": 0}])",
       "s.json: /checks/0/increment: missing: an object with the requests that count, and with "
       "their \"value\" where they answer the new number"},
      {R"([{"check": "counter", "increment": {"requests": "a"}, "initial": 0}])",
       "s.json: /checks/0/read: missing: an object with \"requests\" and \"value\"; increments "
       "without \"value\" show nothing themselves"},
      {R"([{"check": "counter", "increment": {"requests": "a"},
            "read": {"requests": "b", "value": "status"}}])",
       "s.json: /checks/0/initial: missing: the number it begins with, or where to read it"},
      {R"([{"check": "register", "write": {"requests": "a", "valeu": "status"},
            "read": {"requests": "b", "value": "status"}}])",
       "s.json: /checks/0/write/valeu: unknown key; did you mean \"value\"?"},
      {R"([{"check": "register", "write": {"requests": "a", "value": "status"},
            "read": {"requests": "b", "value": "status"}, "initial": "status"}])",
       "s.json: /checks/0/initial: expected a literal such as \"literal:open\" or a number"},
      {R"([{"check": "monotonic_reads", "raeds": {"requests": "a"}}])",
       "s.json: /checks/0/raeds: unknown key; did you mean \"reads\"?"},
      {R"([{"check": "serialisable", "resources": 5}])",
       "s.json: /checks/0/resources: expected a text, or an array of texts"},
      {R"([{"check": "linearisable"}])",
       "s.json: /checks/0/check: unknown check \"linearisable\"; did you mean \"linearizable\"?"},
      {R"([{"check": "linearizable", "model": "registr"}])",
       "s.json: /checks/0/model: unknown model \"registr\"; did you mean \"register\"?"},
      {R"([{"check": "linearizable", "model": "tree"}])",
       "s.json: /checks/0/model: unknown model \"tree\"; expected one of register, cas_register, "
       "status, counter, inc_and_get, stock, set, queue, lock"},
      {R"([{"check": "linearizable", "model": "lock"}])",
       "s.json: /checks/0/acquire: missing: give \"acquire\" or \"release\""},
      {R"([{"check": "linearizable", "model": "lock", "enqueue": {"requests": "a"}}])",
       "s.json: /checks/0/enqueue: unknown key"},
  };
  for (const Case& one : cases) EXPECT_EQ(ErrorOf(one.checks), one.message) << one.checks;
}

TEST(CheckParseTest, AnyJsonValueInAnyPlaceIsAnErrorOrACheck) {
  const nlohmann::json good = nlohmann::json::parse(R"([
    {"check": "unique", "requests": ["a"], "value": "status", "group": ["user"],
     "where": ["status", "==", 1]},
    {"check": "stock", "deduct": {"requests": "a", "each": "/x"},
     "initial": {"requests": "b", "value": "status"}},
    {"check": "payments", "requests": "a", "invoice": "path:1", "amount": 1,
     "audit": {"requests": "b", "invoice": "path:1", "amounts": "response:/*"}},
    {"check": "trial_balance", "requests": "a", "total_debit": 1, "total_credit": 1,
     "accounts": {"each": "/x/*"}, "entries": {"requests": "b"}},
    {"check": "counter", "increment": {"requests": "a", "value": "status"}, "initial": 0},
    {"check": "register", "key": "path:1", "write": {"requests": "a", "value": "status"},
     "read": {"requests": "b", "value": "status"}},
    {"check": "serialisable", "requests": "a", "resources": ["x/*"]},
    {"check": "writes_follow_reads", "reads": {"requests": "a", "each": "/x", "version": "item:/v"},
     "writes": {"requests": "a", "object": "path:1", "version": "status"}},
    {"check": "linearizable", "model": "status", "key": ["path:1"], "initial": "literal:x",
     "compare_and_set": {"requests": "a", "from": "status", "to": 2,
                         "refused_when": ["status", "==", 409]}}])");
  ASSERT_EQ(ErrorOf(good.dump()), "");
  const nlohmann::json odd[] = {nullptr,
                                true,
                                -1,
                                1e300,
                                "",
                                "x",
                                nlohmann::json::array(),
                                nlohmann::json::array({nullptr}),
                                nlohmann::json::object()};
  int errors = 0;
  const nlohmann::json flat = good.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const nlohmann::json& strange : odd) {
      nlohmann::json changed = good;
      changed[nlohmann::json::json_pointer(pointer)] = strange;
      errors += ErrorOf(changed.dump()).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(errors, 50);
}

TEST(CheckParseTest, ReadsTheChecksOfAScenario) {
  const auto none = ParseScenarioChecks("{} // nothing", "s.json");
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
  const auto one = ParseScenarioChecks(
      R"({"checks": [{"check": "unique", "requests": "a", "value": "status"}]})", "s.json");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ((*one)[0]->name(), "unique");
  EXPECT_FALSE(ParseScenarioChecks("{", "s.json").has_value());
}

}  // namespace
}  // namespace redrive
