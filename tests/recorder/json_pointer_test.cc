#include "recorder/json_pointer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

namespace redrive {
namespace {

using nlohmann::json;

rc::Gen<std::string> AnyText() {
  return rc::gen::container<std::string>(rc::gen::element('a', 'b', '/', '~', '"', '\\', '0', '1',
                                                          '\n', '[', ']', '{', '}', ',', ':', ' '));
}

json AnyJson(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 7 : 5);
  switch (kind) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::inRange(-1000, 1000);
    case 3:
      return *rc::gen::inRange(-1000, 1000) / 8.0;
    case 4:
      return *AnyText();
    case 5: {
      json list = json::array();
      const int size = *rc::gen::inRange(0, 4);
      for (int i = 0; i < size; ++i) list.push_back(AnyJson(depth - 1));
      return list;
    }
    default: {
      json object = json::object();
      const int size = *rc::gen::inRange(0, 4);
      for (int i = 0; i < size; ++i) object[*AnyText()] = AnyJson(depth - 1);
      return object;
    }
  }
}

void CheckAll(const json& root, const std::string& text, const json& value,
              const json::json_pointer& pointer) {
  const auto found = FindJson(text, pointer.to_string());
  RC_ASSERT(found.has_value());
  RC_ASSERT(json::parse(*found) == value);
  if (value.is_string()) {
    const auto decoded = DecodeJsonString(*found);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == value.get<std::string>());
  }
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) CheckAll(root, text, member, pointer / key);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) CheckAll(root, text, value[i], pointer / i);
    RC_ASSERT(!FindJson(text, (pointer / value.size()).to_string()).has_value());
  }
}

RC_GTEST_PROP(JsonPointerTest, FindsWhatNlohmannFinds, ()) {
  const json root = AnyJson(4);
  const int indent = *rc::gen::element(-1, 2);
  CheckAll(root, root.dump(indent), root, json::json_pointer());
}

RC_GTEST_PROP(JsonPointerTest, SurvivesBrokenText, ()) {
  std::string text = AnyJson(3).dump();
  const auto cut = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  text.resize(cut);
  const std::string junk = *AnyText();
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  text.insert(at, junk);
  for (const char* pointer : {"", "/a", "/0", "/a/b", "/[a=b]/c", "/~1/~0"}) {
    const auto found = FindJson(text, pointer);
    if (!found) continue;
    RC_ASSERT(found->data() >= text.data());
    RC_ASSERT(found->data() + found->size() <= text.data() + text.size());
    (void)DecodeJsonString(*found);
  }
}

RC_GTEST_PROP(JsonPointerTest, EscapingIsUndoneByDecoding, (const std::string& text)) {
  std::string quoted = "\"";
  AppendJsonEscaped(text, &quoted);
  quoted += "\"";
  const auto decoded = DecodeJsonString(quoted);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == text);
}

TEST(JsonPointerTest, SelectsAnElementByAMember) {
  const std::string text =
      R"({"accounts":[{"code":"1100","id":"a"},{"id":"b","code":"1210"},{"code":1300,"id":"c"}]})";
  EXPECT_EQ(FindJson(text, "/accounts/[code=1210]/id"), "\"b\"");
  EXPECT_EQ(FindJson(text, "/accounts/[code=1300]/id"), "\"c\"");
  EXPECT_FALSE(FindJson(text, "/accounts/[code=9]/id").has_value());
  EXPECT_FALSE(FindJson(text, "/accounts/01/id").has_value());
}

TEST(JsonPointerTest, DecodesEscapes) {
  EXPECT_EQ(DecodeJsonString(R"("\ud83d\ude00 \u20b9 \u0041 \n\/")"), "😀 ₹ A \n/");
  EXPECT_EQ(DecodeJsonString(R"("\ud83d")"), "\xef\xbf\xbd");
  EXPECT_FALSE(DecodeJsonString(R"("\u12g4")").has_value());
  EXPECT_FALSE(DecodeJsonString(R"("\x")").has_value());
  EXPECT_FALSE(DecodeJsonString("5").has_value());
  EXPECT_FALSE(DecodeJsonString("\"a\"b\"").has_value());
}

TEST(JsonPointerTest, ChecksPointers) {
  EXPECT_TRUE(CheckJsonPointer("").has_value());
  EXPECT_TRUE(CheckJsonPointer("/a~1b/[k=v]/0").has_value());
  EXPECT_FALSE(CheckJsonPointer("token").has_value());
  EXPECT_FALSE(CheckJsonPointer("/a~2").has_value());
  EXPECT_FALSE(CheckJsonPointer("/[code]").has_value());
}

TEST(JsonPointerTest, DepthCostsNothing) {
  const std::string deep(1'000'000, '[');
  EXPECT_FALSE(FindJson(deep, "/0/0").has_value());
}

}  // namespace
}  // namespace redrive
