#include "recorder/template.h"

#include <gtest/gtest.h>

#include "core/virtual_time.h"

namespace redrive {
namespace {

Template Parse(const std::string& text, Quoting quoting = Quoting::kNone) {
  TemplateContext context;
  context.quoting = quoting;
  context.site = HashName("test");
  auto parsed = ParseTemplate(text, context);
  EXPECT_TRUE(parsed.has_value()) << text << ": " << parsed.error().message;
  return parsed.has_value() ? *parsed : Template{};
}

RenderContext At(std::uint64_t seed) {
  RenderContext context;
  context.rng = Rng(seed);
  context.user = 7;
  context.iteration = 3;
  context.unix_seconds = kDefaultEpochSeconds;
  return context;
}

std::string Rendered(const std::string& text, Quoting quoting = Quoting::kNone,
                     std::uint64_t seed = 42) {
  const PlannedText planned = Render(Parse(text, quoting), At(seed));
  EXPECT_TRUE(planned.holes.empty()) << text;
  return planned.text;
}

std::string ErrorOf(const std::string& text) {
  const auto parsed = ParseTemplate(text, {});
  return parsed ? "" : parsed.error().message;
}

TEST(TemplateTest, GeneratorsHaveTheirShape) {
  EXPECT_EQ(Rendered("${letters(6)}").find_first_not_of("abcdefghijklmnopqrstuvwxyz"),
            std::string::npos);
  EXPECT_EQ(Rendered("${letters(6)}").size(), 6U);
  EXPECT_EQ(Rendered("${upper(9)}").find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            std::string::npos);
  EXPECT_EQ(Rendered("${hex(12)}").find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(Rendered("${digits(4)}").find_first_not_of("0123456789"), std::string::npos);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const int value = std::stoi(Rendered("${int(-2, 2)}", Quoting::kNone, seed));
    EXPECT_GE(value, -2);
    EXPECT_LE(value, 2);
    const std::string phone = Rendered("${phone}", Quoting::kNone, seed);
    EXPECT_EQ(phone.size(), 13U);
    EXPECT_EQ(phone.substr(0, 3), "+91");
    EXPECT_GE(phone[3], '7');
    const std::string uuid = Rendered("${uuid}", Quoting::kNone, seed);
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
  }
  EXPECT_EQ(Rendered("${choice(only)}"), "only");
  EXPECT_EQ(Rendered("${choice('a, b')}"), "a, b");
  EXPECT_EQ(Rendered("${user}/${iteration}"), "7/3");
}

TEST(TemplateTest, DatesComeFromTheVirtualClock) {
  EXPECT_EQ(Rendered("${date}"), "2026-01-05");
  EXPECT_EQ(Rendered("${date(-365)}"), "2025-01-05");
  EXPECT_EQ(Rendered("${datetime}"), "2026-01-05T04:30:00Z");
  EXPECT_EQ(Rendered("${datetime(-16201)}"), "2026-01-04T23:59:59Z");
  EXPECT_EQ(DateText(951'782'400), "2000-02-29");
  EXPECT_EQ(DateText(-1), "1969-12-31");
  EXPECT_EQ(DateTimeText(4'102'444'799), "2099-12-31T23:59:59Z");
}

TEST(TemplateTest, DrawsDependOnSeedAndSiteOnly) {
  EXPECT_EQ(Rendered("${hex(16)}"), Rendered("${hex(16)}"));
  EXPECT_NE(Rendered("${hex(16)}"), Rendered("${hex(16)}", Quoting::kNone, 43));
  // One more draw behind it moves nothing.
  EXPECT_EQ(Rendered("${hex(16)}${int(1,9)}").substr(0, 16), Rendered("${hex(16)}"));
}

TEST(TemplateTest, QuotesByPlace) {
  EXPECT_EQ(Rendered("/a?q=${choice('a b/ü&')}", Quoting::kUrl), "/a?q=a%20b%2F%C3%BC%26");
  EXPECT_EQ(Rendered("say \"${choice('a\\b')}\"", Quoting::kJsonInside), "say \\\"a\\\\b\\\"");
  EXPECT_EQ(Rendered("${int(5, 5)}", Quoting::kJsonWhole), "5");
  EXPECT_EQ(Rendered("${choice(5)}", Quoting::kJsonWhole), "\"5\"");
  std::string header;
  AppendQuoted("a\r\nX-Evil: 1", false, Quoting::kHeader, &header);
  EXPECT_EQ(header, "aX-Evil: 1");
}

TEST(TemplateTest, HolesKeepTheirPlace) {
  const Template source = Parse("/t/${ticket}/${pick(tickets, a)}/${tickets[user]}/${list[3]}");
  const PlannedText planned = Render(source, At(1));
  EXPECT_EQ(planned.text, "/t////");
  ASSERT_EQ(planned.holes.size(), 4U);
  EXPECT_EQ(planned.holes[0].offset, 3U);
  EXPECT_EQ(*planned.holes[0].name, "ticket");
  EXPECT_EQ(planned.holes[1].kind, PartKind::kPick);
  EXPECT_EQ(planned.holes[2].position, 7U);
  EXPECT_EQ(planned.holes[3].position, 3U);
}

TEST(TemplateTest, OneLabelPicksOnePosition) {
  const Template source = Parse("${pick(a, x)}${pick(b, x)}${pick(a)}");
  const PlannedText planned = Render(source, At(1));
  EXPECT_EQ(planned.holes[0].draw, planned.holes[1].draw);
  EXPECT_NE(planned.holes[0].draw, planned.holes[2].draw);
}

TEST(TemplateTest, EscapesTheOpening) {
  EXPECT_EQ(Rendered("cost $${5} and $5"), "cost ${5} and $5");
  EXPECT_TRUE(Parse("no expression: { } $").IsLiteral());
}

TEST(TemplateTest, EnvironmentIsTakenByTheGivenLookUp) {
  std::vector<std::pair<std::string, std::string>> used;
  const EnvLookup env = [](std::string_view name) -> std::optional<std::string> {
    if (name == "TEST_EMAIL") return "o\"k@example.com";
    return std::nullopt;
  };
  TemplateContext context;
  context.quoting = Quoting::kJsonInside;
  context.env = &env;
  context.env_used = &used;
  const auto set = ParseTemplate("${env(TEST_EMAIL, other)}", context);
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(Render(*set, At(1)).text, "o\\\"k@example.com");
  const auto otherwise = ParseTemplate("${env(TEST_PASSWORD, admin)}", context);
  ASSERT_TRUE(otherwise.has_value());
  EXPECT_EQ(Render(*otherwise, At(1)).text, "admin");
  ASSERT_EQ(used.size(), 2U);
  EXPECT_EQ(used[1], (std::pair<std::string, std::string>("TEST_PASSWORD", "admin")));
  const auto missing = ParseTemplate("${env(NOT_SET)}", context);
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message.find("NOT_SET is not set"), std::string::npos);
}

TEST(TemplateTest, ErrorsSayWhatIsExpected) {
  EXPECT_NE(ErrorOf("${leters(3)}").find("did you mean \"letters\"?"), std::string::npos);
  EXPECT_NE(ErrorOf("${letters()}").find("expected letters(count)"), std::string::npos);
  EXPECT_NE(ErrorOf("${letters(0)}").find("from 1 to 100000"), std::string::npos);
  EXPECT_NE(ErrorOf("${int(5, 1)}").find("first <= last"), std::string::npos);
  EXPECT_NE(ErrorOf("${open").find("not closed"), std::string::npos);
  EXPECT_NE(ErrorOf("${a b}").find("expected a variable"), std::string::npos);
  EXPECT_NE(ErrorOf("${list[x]}").find("list[user]"), std::string::npos);
  EXPECT_NE(ErrorOf("${status}").find("failure"), std::string::npos);
  EXPECT_NE(ErrorOf("${}").find("expected a variable"), std::string::npos);
  EXPECT_NE(ErrorOf("${choice('a}").find("not closed"), std::string::npos);
}

}  // namespace
}  // namespace redrive
