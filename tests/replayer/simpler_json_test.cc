#include "replayer/simpler_json.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace redrive {
namespace {

bool Has(const std::vector<std::string>& bodies, const std::string& body) {
  return std::find(bodies.begin(), bodies.end(), body) != bodies.end();
}

TEST(SimplerBodiesTest, OneChangeAtATimeTheBoldestFirst) {
  const std::vector<std::string> bodies =
      SimplerBodies(R"({"text":"Zebra","n":120.5,"list":[3,4]})", Simpler::kAll);
  ASSERT_FALSE(bodies.empty());
  EXPECT_EQ(bodies.front(), "{}");
  for (const char* body :
       {R"({"n":120.5,"list":[3,4]})", R"({"text":"","n":120.5,"list":[3,4]})",
        R"({"text":"a","n":120.5,"list":[3,4]})", R"({"text":"aaaaa","n":120.5,"list":[3,4]})",
        R"({"text":"Zebra","n":0,"list":[3,4]})", R"({"text":"Zebra","n":120,"list":[3,4]})",
        R"({"text":"Zebra","n":120.5,"list":[]})", R"({"text":"Zebra","n":120.5,"list":[3]})",
        R"({"text":"Zebra","n":120.5,"list":[4]})", R"({"text":"Zebra","n":120.5,"list":[0,4]})"}) {
    EXPECT_TRUE(Has(bodies, body)) << body;
  }
}

TEST(SimplerBodiesTest, NumbersOnlyChangesNothingElse) {
  EXPECT_EQ(SimplerBodies(R"({"text":"Zebra","n":[-3]})", Simpler::kNumbers),
            (std::vector<std::string>{R"({"text":"Zebra","n":[0]})", R"({"text":"Zebra","n":[1]})",
                                      R"({"text":"Zebra","n":[2]})", R"({"text":"Zebra","n":[3]})",
                                      R"({"text":"Zebra","n":[-1]})"}));
}

// Whatever is accepted, an end is reached: the first candidate, the last one.
TEST(SimplerBodiesTest, TakingThemAgainAndAgainEnds) {
  for (const bool first : {true, false}) {
    std::string body =
        R"({"a":[1,-20,3e2,true,null,"Az9-ß@"],"b":{"c":"2026-01-05","d":18446744073709551615}})";
    int rounds = 0;
    for (;; ++rounds) {
      ASSERT_LT(rounds, 10'000) << body;
      const std::vector<std::string> bodies = SimplerBodies(body, Simpler::kAll);
      if (bodies.empty()) break;
      body = first ? bodies.front() : bodies.back();
    }
    EXPECT_GT(rounds, 0);
  }
}

TEST(SimplerBodiesTest, VariablesStayOrGoAsAWhole) {
  const std::vector<std::string> bodies = SimplerBodies(R"({"id":"${v1}"})", Simpler::kAll);
  EXPECT_EQ(bodies, (std::vector<std::string>{"{}", "{}"}));
  EXPECT_TRUE(SimplerTexts("x-${v1}").empty());
  EXPECT_TRUE(SimplerBodies("no json", Simpler::kAll).empty());
}

TEST(SimplerTextsTest, MailAddressesStayAddresses) {
  EXPECT_TRUE(Has(SimplerTexts("fleet-3f9a@example.com"), "a@a.aa"));
  EXPECT_FALSE(Has(SimplerTexts("fleet 3f9a"), "a@a.aa"));
  EXPECT_TRUE(SimplerTexts("").empty());
}

}  // namespace
}  // namespace redrive
