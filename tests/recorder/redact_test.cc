#include "recorder/redact.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/rng.h"
#include "recorder/sha256.h"

namespace redrive {
namespace {

std::string Hex(std::string_view text) {
  std::string hex;
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t byte : Sha256(text)) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

class RedactTest : public testing::Test {
 protected:
  std::string Body(std::string_view text) const { return redactor_.RedactBody(text); }
  std::string Value(const std::string& name, const std::string& value) const {
    Request request;
    request.headers = {{name, value}};
    redactor_.Redact(&request);
    return request.headers[0].value;
  }
  const Redactor redactor_{42, {"gstin-key"}};
  const std::string abc_ = redactor_.Hide("abc");
};

// FIPS 180-4 examples, and one that needs two blocks of padding.
TEST(Sha256Test, KnownAnswers) {
  EXPECT_EQ(Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(RedactTest, EqualSecretsStayEqualUnderOneKeyOnly) {
  EXPECT_EQ(abc_.size(), std::string("[redacted:01234567]").size());
  EXPECT_EQ(abc_, redactor_.Hide("abc"));
  EXPECT_NE(abc_, redactor_.Hide("abd"));
  EXPECT_NE(abc_, Redactor(43).Hide("abc"));
  EXPECT_EQ(redactor_.Hide(abc_), abc_);
  EXPECT_EQ(redactor_.Hide(""), "");
}

TEST_F(RedactTest, Headers) {
  EXPECT_EQ(Value("authorization", "Bearer abc"), "Bearer " + abc_);
  EXPECT_EQ(Value("Proxy-Authorization", "abc"), abc_);
  EXPECT_EQ(Value("X-CSRF-Token", "abc"), abc_);
  EXPECT_EQ(Value("x-portal-session", "abc"), abc_);
  EXPECT_EQ(Value("GSTIN-Key", "abc"), abc_);
  EXPECT_EQ(Value("Cookie", "session=abc; theme=abc"), "session=" + abc_ + "; theme=" + abc_);
  EXPECT_EQ(Value("Set-Cookie", "session=abc; Path=/; HttpOnly"),
            "session=" + abc_ + "; Path=/; HttpOnly");
  EXPECT_EQ(Value("Location", "/portal?token=abc&page=2"), "/portal?token=" + abc_ + "&page=2");
  EXPECT_EQ(Value("Content-Type", "application/json"), "application/json");
}

TEST_F(RedactTest, QueryParameters) {
  EXPECT_EQ(redactor_.RedactParameters("/a?page=1&Token=abc&size=2"),
            "/a?page=1&Token=" + abc_ + "&size=2");
  EXPECT_EQ(redactor_.RedactParameters("/a?pass%77ord=%61bc#top"),
            "/a?pass%77ord=" + abc_ + "#top");
  EXPECT_EQ(redactor_.RedactParameters("/a?tokens=abc"), "/a?tokens=abc");
  EXPECT_EQ(Body("user=me&password=abc"), "user=me&password=" + abc_);
}

TEST_F(RedactTest, JsonMembersAtAnyDepthAndInAnyCase) {
  EXPECT_EQ(Body(R"({"email":"a@b.c","password":"abc"})"),
            R"({"email":"a@b.c","password":")" + abc_ + R"("})");
  EXPECT_EQ(Body(R"({"data":[{"user":{"accessToken" : "abc","n":1}}]})"),
            R"({"data":[{"user":{"accessToken" : ")" + abc_ + R"(","n":1}}]})");
  EXPECT_EQ(Body(R"({"ADMIN_PASSWORD":"abc"})"), R"({"ADMIN_PASSWORD":")" + abc_ + R"("})");
  EXPECT_EQ(Body(R"({"pass\u0077ord":"\u0061bc"})"), R"({"pass\u0077ord":")" + abc_ + R"("})");
  EXPECT_EQ(Body(R"({"token_count":5,"note":"token"})"), R"({"token_count":5,"note":"token"})");
}

TEST_F(RedactTest, ValuesThatAreNotTexts) {
  EXPECT_EQ(Body(R"({"token":12345,"a":1})"),
            R"({"token":")" + redactor_.Hide("12345") + R"(","a":1})");
  EXPECT_EQ(Body(R"({"token":null})"), R"({"token":null})");
  EXPECT_EQ(Body(R"({"secret":{"a":["x}",2]},"b":1})"),
            R"({"secret":")" + redactor_.Hide(R"({"a":["x}",2]})") + R"(","b":1})");
}

TEST_F(RedactTest, JsonInsideAJsonText) {
  EXPECT_EQ(Body(R"({"log":"sent {\"password\":\"abc\"} ₹","b":1})"),
            R"({"log":"sent {\"password\":\")" + abc_ + R"(\"} ₹","b":1})");
}

TEST_F(RedactTest, PythonsWayOfPrintingInAnErrorText) {
  EXPECT_EQ(Body(R"({"detail":"bad input {'password': 'abc', 'n': 1}"})"),
            R"({"detail":"bad input {'password': ')" + abc_ + R"(', 'n': 1}"})");
  EXPECT_EQ(Body(R"({"detail":"cut {'password': 'abc"})"),
            R"({"detail":"cut {'password': ')" + abc_ + R"('"})");
}

TEST_F(RedactTest, BrokenJson) {
  EXPECT_EQ(Body(R"({"password":"abc)"), R"({"password":")" + abc_ + '"');
  EXPECT_EQ(Body(R"(5" wide {"password":"abc","x)"), R"(5" wide {"password":")" + abc_ + R"(","x)");
  EXPECT_EQ(Body(R"({"password":)"), R"({"password":)");
  EXPECT_EQ(Body(R"({"password)"), R"({"password)");
  EXPECT_EQ(Body(R"("password":[[[abc)"), R"("password":")" + redactor_.Hide("[[[abc") + '"');
}

nlohmann::json RandomJson(Rng* rng, int depth) {
  constexpr const char* kNames[] = {"password",      "name", "Token", "items",
                                    "refresh-token", "a\"b", ""};
  const std::uint64_t kind = rng->Below(depth > 3 ? 4 : 6);
  if (kind == 0) return nullptr;
  if (kind == 1) return static_cast<std::int64_t>(rng->Next());
  if (kind == 2) return rng->Below(2) == 1;
  if (kind == 3) {
    constexpr const char* kTexts[] = {"",
                                      "hunter2",
                                      "say \"password\": \"hunter2\"",
                                      "\\u ₹ \n\t",
                                      "https://x/?token=hunter2&a=1",
                                      "'secret': 'hunter2'"};
    return kTexts[rng->Below(6)];
  }
  nlohmann::json value = kind == 4 ? nlohmann::json::object() : nlohmann::json::array();
  for (std::uint64_t i = rng->Below(4); i > 0; --i) {
    nlohmann::json inner = RandomJson(rng, depth + 1);
    if (kind == 5) {
      value.push_back(std::move(inner));
    } else {
      value[kNames[rng->Below(7)]] = std::move(inner);
    }
  }
  return value;
}

// Names that hold a secret, in any valid JSON: nothing else changes, and it stays valid.
void ExpectOnlySecretsChanged(const Redactor& redactor, const nlohmann::json& before,
                              const nlohmann::json& after) {
  if (before.is_object()) {
    ASSERT_EQ(before.size(), after.size());
    for (const auto& [name, value] : before.items()) {
      ASSERT_TRUE(after.contains(name));
      if (!redactor.IsSecretName(name)) {
        ExpectOnlySecretsChanged(redactor, value, after[name]);
      } else if (!value.is_null() && value != "") {
        EXPECT_EQ(after[name].get<std::string>().find("[redacted:"), 0U);
      }
    }
  } else if (before.is_array()) {
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      ExpectOnlySecretsChanged(redactor, before[i], after[i]);
    }
  } else if (!before.is_string()) {
    EXPECT_EQ(before, after);
  }
}

RC_GTEST_PROP(RedactPropertyTest, ValidJsonStaysValidAndHoldsNoSecret, (std::uint64_t seed)) {
  Rng rng(seed);
  const Redactor redactor(seed);
  const nlohmann::json before = RandomJson(&rng, 0);
  const std::string text = before.dump(rng.Below(2) == 0 ? -1 : 2);
  const std::string clean = redactor.RedactBody(text);
  const nlohmann::json after = nlohmann::json::parse(clean, nullptr, false);
  RC_ASSERT(!after.is_discarded());
  RC_ASSERT(redactor.RedactBody(clean) == clean);
  ExpectOnlySecretsChanged(redactor, before, after);
  RC_ASSERT(!testing::Test::HasFailure());
}

RC_GTEST_PROP(RedactPropertyTest, AnyTextIsSurvived, (std::uint64_t seed)) {
  constexpr std::string_view kPieces[] = {"\"", "'", "\\",    "password", ":", "{", "}", "[",
                                          "=",  "&", "\\u00", "token",    " ", ",", "x"};
  Rng rng(seed);
  std::string text;
  for (std::uint64_t i = rng.Below(40); i > 0; --i) text += kPieces[rng.Below(15)];
  const std::string clean = Redactor(1).RedactBody(text);
  RC_ASSERT(clean.size() <= 30 * text.size());
}

TEST_F(RedactTest, HostileBodiesTakeLinearTime) {
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "{\"a\":";
  std::string quotes(1'000'000, '"');
  std::string escaped;
  for (int i = 0; i < 300'000; ++i) escaped += "\\\"";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Body(nested), nested);
  EXPECT_EQ(Body(quotes), quotes);
  EXPECT_EQ(Body(escaped), escaped);
  EXPECT_EQ(Body(std::string(1'000'000, '=')), std::string(1'000'000, '='));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace redrive
