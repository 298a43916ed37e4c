#include "replayer/case_edit.h"

#include <gtest/gtest.h>

namespace redrive {
namespace {

CaseRequest Make(const std::string& name, const std::string& path, const std::string& makes = "") {
  CaseRequest request;
  request.name = name;
  request.path = path;
  if (makes.empty()) return request;
  Extract extract;
  extract.variable = makes;
  extract.place = "/id";
  request.extract = {extract};
  return request;
}

// Two users who each create a thing and use it, after a login.
Case Things() {
  Case source;
  source.name = "things";
  source.setup = {Make("login", "/login", "token"), Make("unused", "/unused")};
  source.lanes = {{"X", {Make("create", "/x/${token}", "thing"), Make("use", "/use/${thing}")}},
                  {"Y", {Make("create", "/y/${token}", "thing"), Make("use", "/use/${thing}")}}};
  return source;
}

std::vector<std::string> Paths(const std::vector<CaseRequest>& requests) {
  std::vector<std::string> paths;
  for (const CaseRequest& request : requests) paths.push_back(request.path);
  return paths;
}

TEST(CaseEditTest, WhatOthersNeedMovesToTheSetup) {
  const Case fewer = KeepRequests(Things(), {false, true, false, true});
  EXPECT_EQ(Paths(fewer.setup),
            (std::vector<std::string>{"/login", "/unused", "/x/${token}", "/y/${token}"}));
  ASSERT_EQ(fewer.lanes.size(), 2U);
  // Variables of the setup are everybody's, so the second one got a name of its own.
  EXPECT_EQ(fewer.lanes[0].requests[0].path, "/use/${thing}");
  EXPECT_EQ(fewer.lanes[1].requests[0].path, "/use/${thing_1}");
  EXPECT_EQ(fewer.setup[3].extract[0].variable, "thing_1");
}

TEST(CaseEditTest, WhatNobodyNeedsIsGoneWithItsLane) {
  const Case fewer = KeepRequests(Things(), {true, false, false, false});
  ASSERT_EQ(fewer.lanes.size(), 1U);
  EXPECT_EQ(Paths(fewer.lanes[0].requests), (std::vector<std::string>{"/x/${token}"}));
  EXPECT_TRUE(fewer.lanes[0].requests[0].extract.empty());  // nobody uses it any more
}

TEST(CaseEditTest, TheSetupKeepsWhatItIsNeededFor) {
  const Case fewer = KeepSetup(Things(), {false, false});
  EXPECT_EQ(Paths(fewer.setup), (std::vector<std::string>{"/login"}));
}

TEST(CaseEditTest, OptionalHeadersGoWithTheirVariable) {
  Case source = Things();
  source.lanes = {{"X", {Make("list", "/list")}}};
  source.lanes[0].requests[0].headers = {{"Authorization", "Bearer ${token}", true}};
  const Case fewer = KeepSetup(source, {false, true});
  EXPECT_TRUE(fewer.lanes[0].requests[0].headers.empty());
}

TEST(CaseEditTest, EqualCasesUnderOtherNamesAreOneCanonicalCase) {
  Case other = Things();
  std::swap(other.lanes[0], other.lanes[1]);
  other.setup[0].extract[0].variable = "v2";
  for (CaseLane& lane : other.lanes) {
    lane.requests[0].path = lane.requests[0].path.substr(0, 3) + "${v2}";
    lane.user_class = "Z";
    lane.requests[0].operation = 77;
  }
  EXPECT_EQ(CaseToScenario(Canonical(other)), CaseToScenario(Canonical(Things())));
  EXPECT_EQ(Canonical(Things()).lanes[0].requests[0].path, "/x/${v1}");
  EXPECT_EQ(Canonical(Things()).lanes[0].requests[1].path, "/use/${v2}");
}

TEST(CaseEditTest, VariablesAreThoseThatTheLanguageMeans) {
  EXPECT_EQ(VariablesIn("${a}/${b}-$${c}-${env(D, e)}-${f"), (std::set<std::string>{"a", "b"}));
}

TEST(CaseEditTest, SlugsAreNamesOfFiles) {
  EXPECT_EQ(Slug("0 ≤ Reserved ≤ quantity: broken"), "0-reserved-quantity-broken");
  EXPECT_EQ(Slug("≤≥"), "case");
  EXPECT_EQ(Slug("../../etc"), "etc");
}

}  // namespace
}  // namespace redrive
