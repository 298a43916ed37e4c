#include "replayer/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/rng.h"

namespace redrive {
namespace {

std::vector<std::string> At(const std::string& text, std::string_view pointer) {
  const Result<JsonText> document = JsonText::Parse(text);
  const Result<JsonPointer> path = JsonPointer::FromText(pointer);
  std::vector<JsonNode> nodes;
  if (document && path) JsonText::Resolve(document->root(), *path, nodes);
  std::vector<std::string> texts;
  for (const JsonNode node : nodes) texts.push_back(node.Text());
  return texts;
}

using Texts = std::vector<std::string>;

TEST(JsonTextTest, KeepsNumbersAsWritten) {
  EXPECT_EQ(At(R"({"a":[1,2.50,-1e3]})", "/a/*"), (Texts{"1", "2.50", "-1e3"}));
  EXPECT_EQ(At(R"({"a":[1,2.50,-1e3]})", "/a/1"), Texts{"2.50"});
  EXPECT_EQ(At(R"({"a":{"x":1,"y":{"z":true}}})", "/a/*/z"), Texts{"true"});
  EXPECT_EQ(At(R"({"a/b":{"~":null}})", "/a~1b/~0"), Texts{"null"});
  EXPECT_EQ(At(R"({"a":1})", "/b"), Texts{});
  EXPECT_EQ(At(R"([{"n":1},{},{"n":3}])", "/*/n"), (Texts{"1", "3"}));
}

TEST(JsonTextTest, DecodesStrings) {
  EXPECT_EQ(At(R"(["a\"\\\/\b\f\n\r\t","\u00e9\ud83d\ude00","\ud800x"])", "/*"),
            (Texts{"a\"\\/\b\f\n\r\t", "é😀", "\xef\xbf\xbdx"}));
}

TEST(JsonTextTest, LimitsNesting) {
  EXPECT_TRUE(JsonText::Parse(std::string(128, '[') + std::string(128, ']')).has_value());
  const auto deep = JsonText::Parse(std::string(1'000'000, '['));
  ASSERT_TRUE(deep.has_error());
  EXPECT_EQ(deep.error().code, ErrorCode::kLimit);
}

// Random texts near valid JSON: the parser accepts exactly what nlohmann accepts.
TEST(JsonTextTest, AcceptsWhatAnotherParserAccepts) {
  Rng rng(7);
  const std::string seeds[] = {R"({"a":[1,-2.5e+3,"x\u00e9\n"],"b":{"c":null,"d":[true,false]}})",
                               R"([0,0.1,1E5,"",{},[],{"":[[]]}])"};
  const std::string alphabet = "{}[],:\"\\u0019aeE+-. truefalsn\n";
  int valid = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = seeds[rng.Below(2)];
    const std::uint64_t edits = rng.Below(4);
    for (std::uint64_t edit = 0; edit < edits; ++edit) {
      const std::uint64_t at = rng.Below(text.size());
      const char c = alphabet[rng.Below(alphabet.size())];
      const std::uint64_t how = rng.Below(3);
      if (how == 0) text[at] = c;
      if (how == 1) text.insert(at, 1, c);
      if (how == 2) text.erase(at, 1);
    }
    const bool ours = JsonText::Parse(text).has_value();
    // nlohmann refuses lone surrogates, which RFC 8259 allows, and numbers beyond double.
    if (text.find("\\u") != std::string::npos) continue;
    ASSERT_EQ(ours, nlohmann::json::accept(text)) << text;
    valid += ours ? 1 : 0;
  }
  EXPECT_GT(valid, 5'000);
}

}  // namespace
}  // namespace redrive
