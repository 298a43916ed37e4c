#include "recorder/workshop/value.h"

#include <gtest/gtest.h>

#include <string>

#include "recorder/workshop/json_text.h"

namespace redrive::workshop {
namespace {

std::string Again(std::string_view text) {
  const JsonResult result = ParseJson(text);
  return result.error == nullptr ? ToJson(result.value) : std::string("error: ") + result.error;
}

TEST(Value, ACopyIsASnapshot) {
  Value ticket = Object("status", "open", "history", Array("open"));
  const Value snapshot = ticket;
  ticket.Set("status", "closed");
  ticket.Mutable("history").Push("closed");
  EXPECT_EQ(ToJson(snapshot), R"({"status":"open","history":["open"]})");
  EXPECT_EQ(ToJson(ticket), R"({"status":"closed","history":["open","closed"]})");
}

TEST(Value, StringsOfEveryLengthKeepTheirText) {
  for (std::size_t length = 0; length < 60; ++length) {
    const std::string text(length, 'x');
    Value value(text);
    const Value copy = value;
    const Value moved = std::move(value);
    EXPECT_EQ(copy.String(), text);
    EXPECT_EQ(moved, copy);
  }
}

TEST(Value, ManyMembersGrowAndAreRemoved) {
  Value object;
  for (int i = 0; i < 300; ++i) object.Set(Key::Copy("field" + std::to_string(i)), i);
  EXPECT_EQ(object.size(), 300U);
  EXPECT_EQ(object["field299"].Int(), 299);
  EXPECT_TRUE(object.Remove("field7"));
  EXPECT_FALSE(object.Remove("field7"));
  EXPECT_TRUE(object["field7"].IsNull());
  EXPECT_EQ(object.size(), 299U);
}

TEST(Value, AnItemPushedIntoItsOwnArrayIsCopied) {
  Value list = Array(1, 2);
  list.Push(list);
  EXPECT_EQ(ToJson(list), "[1,2,[1,2]]");
}

TEST(Value, ComparesNumbersByValueAndKindsInMongoOrder) {
  EXPECT_EQ(Value(1), Value(Decimal(1)));
  EXPECT_LT(Value::Compare(Value(), Value(0)), 0);
  EXPECT_LT(Value::Compare(Value(99), Value("")), 0);
  EXPECT_LT(Value::Compare(Value("a"), Value("b")), 0);
  EXPECT_LT(Value::Compare(Value("z"), Object()), 0);
  EXPECT_FALSE(Value("1") == Value(1));
  EXPECT_EQ(Object("a", 1, "b", 2), Object("b", 2, "a", 1));
}

TEST(Value, PathsReachIntoObjectsAndArrays) {
  const Value value = Object("a", Object("b", Array(1, Object("c", "deep"))));
  EXPECT_EQ(value.AtPath("a.b.1.c"), "deep");
  EXPECT_TRUE(value.AtPath("a.b.9.c").IsNull());
  EXPECT_TRUE(value.AtPath("a.x.y").IsNull());
}

TEST(Decimal, PrintsAsPythonPrintsFloats) {
  EXPECT_EQ(ToText(Decimal(226)), "226.0");
  EXPECT_EQ(ToText(Decimal::FromHundredths(22650)), "226.5");
  EXPECT_EQ(ToText(Decimal()), "0.0");
  EXPECT_EQ(ToText(Decimal::FromScaled(-2505)), "-0.2505");
  EXPECT_EQ(ToText(Decimal::FromScaled(INT64_MIN)), "-922337203685477.5808");
}

TEST(Decimal, RoundsHalfToEvenAndSaturates) {
  EXPECT_EQ(Decimal::FromScaled(12'350).RoundedToCents(), Decimal::FromScaled(12'400));
  EXPECT_EQ(Decimal::FromScaled(12'450).RoundedToCents(), Decimal::FromScaled(12'400));
  EXPECT_EQ(Decimal::FromScaled(-12'350).RoundedToCents(), Decimal::FromScaled(-12'400));
  EXPECT_EQ(Decimal(100) * Decimal::FromHundredths(18), Decimal(18));
  EXPECT_EQ(Decimal(1) / Decimal(3), Decimal::FromScaled(3'333));
  EXPECT_EQ(Decimal(1) / Decimal(0), Decimal());
  EXPECT_EQ(Decimal(INT64_MAX).scaled(), INT64_MAX);
}

TEST(JsonText, RoundTripsWhatStarletteWrites) {
  for (const std::string_view text :
       {R"({"a":1,"b":[true,false,null,-2],"c":{"d":"é₹😀"},"e":2.5,"f":"","g":{},"h":[]})",
        R"("quote \" backslash \\ newline \n tab \t control \u0001")", "0.0", "-0.5", "7",
        R"(["a string that is longer than twenty-two bytes, with \" in it"])"}) {
    EXPECT_EQ(Again(text), text);
  }
  EXPECT_EQ(Again(" [ 1 , 2 ] "), "[1,2]");
  EXPECT_EQ(Again(R"("\u20b9\ud83d\ude00\/")"), "\"₹😀/\"");
  EXPECT_EQ(Again(R"({"a":1,"a":2})"), R"({"a":2})");
}

TEST(JsonText, ReadsNumbersExactlyToFourPlaces) {
  EXPECT_EQ(Again("1.5e2"), "150.0");
  EXPECT_EQ(Again("1e3"), "1000.0");
  EXPECT_EQ(Again("123e-2"), "1.23");
  EXPECT_EQ(Again("0.00005"), "0.0");  // half to even
  EXPECT_EQ(Again("0.00015"), "0.0002");
  EXPECT_EQ(Again("0.000051"), "0.0001");
  EXPECT_EQ(Again("1e-9999999999999999999"), "0.0");
  EXPECT_EQ(Again("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Again("9223372036854775808"), "error: Number out of range");
  EXPECT_EQ(Again("1e400"), "error: Number out of range");
  EXPECT_EQ(Again("0e400"), "0.0");
}

TEST(JsonText, RefusesWithPythonsWordsAndPlaces) {
  const struct {
    std::string_view text;
    const char* error;
    std::size_t position;
  } cases[] = {
      {"", "Expecting value", 0},
      {"{", "Expecting property name enclosed in double quotes", 1},
      {R"({"a" 1})", "Expecting ':' delimiter", 5},
      {R"({"a":1 "b":2})", "Expecting ',' delimiter", 7},
      {R"({"a":})", "Expecting value", 5},
      {"[1,]", "Expecting value", 3},
      {"[1] x", "Extra data", 4},
      {"01", "Extra data", 1},
      {R"("abc)", "Unterminated string starting at", 0},
      {"\"a\nb\"", "Invalid control character at", 2},
      {R"("\x")", "Invalid \\escape", 1},
      {"tru", "Expecting value", 0},
      {"\"\xff\"", "Invalid UTF-8", 1},
      {"\"\xc0\x80\"", "Invalid UTF-8", 1},
      {"\"\xed\xa0\x80\"", "Invalid UTF-8", 1},
  };
  for (const auto& c : cases) {
    const JsonResult result = ParseJson(c.text);
    ASSERT_NE(result.error, nullptr) << c.text;
    EXPECT_STREQ(result.error, c.error) << c.text;
    EXPECT_EQ(result.position, c.position) << c.text;
    EXPECT_TRUE(result.value.IsNull());
  }
}

TEST(JsonText, HasLimits) {
  EXPECT_STREQ(ParseJson(std::string(10'000, '[')).error, "Too deeply nested");
  EXPECT_STREQ(ParseJson("[1,2,3]", {.values_max = 2}).error, "Too many values");
  EXPECT_STREQ(ParseJson("[1,2,3]", {.bytes_max = 3}).error, "Text too long");
  EXPECT_EQ(ParseJson(std::string(32, '[') + std::string(32, ']')).error, nullptr);
}

}  // namespace
}  // namespace redrive::workshop
